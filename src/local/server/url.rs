//! Addresses the service hands out, all built from the host the request was sent to, and what reads them back.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;

use super::signer::Signer;
use crate::clock;
use crate::wire::ids::WorkspaceId;
use crate::wire::paths;

/// First segment of every blob address.
pub(super) const BLOB_ACCOUNT: &str = "devstore";
/// First segment of every log address.
pub(super) const LOGS: &str = "joblogs";

/// In process, something in the form of a shared access signature: who is there needs none.
const UNSIGNED: &str = "sv=2021-08-06&sr=c&sp=rcwdl&sig=none";

/// The host a request was sent to, and on a socket what signs the addresses that are handed out.
#[derive(Clone)]
pub(super) struct Origin {
    host: String,
    signer: Option<Arc<Signer>>,
}

impl Origin {
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// An address on this service.
    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host)
    }

    /// The "storage account" of datastores: clients append `.blob.<suffix>` and the container.
    pub(super) fn account(&self) -> String {
        format!("{}/{BLOB_ACCOUNT}", self.host)
    }

    /// Address of a container.
    pub(super) fn container(&self, container: &str) -> String {
        self.url(&format!("/{BLOB_ACCOUNT}/{container}"))
    }

    /// Whether the request came over a socket, and not from this very process.
    pub(super) fn is_on_a_socket(&self) -> bool {
        self.signer.is_some()
    }

    /// The query that opens a container: a shared access signature.
    pub(super) fn container_query(&self, container: &str) -> String {
        let signed = self.signer.as_ref().map(|signer| signer.container_query(container, clock::now()));
        signed.unwrap_or_else(|| UNSIGNED.to_owned())
    }

    /// Where an endpoint is invoked.
    pub(super) fn scoring(&self, workspace: &WorkspaceId, endpoint: &str) -> String {
        let WorkspaceId { subscription, resource_group, name } = workspace;
        let names = [subscription, resource_group, name, endpoint];
        self.url(&format!("/batchEndpoints/{}/jobs", names.map(paths::encode_segment).join("/")))
    }

    /// Address of a log file.
    pub(super) fn log(&self, job: &str, file: &str) -> String {
        let path = format!("/{LOGS}/{}/{}", paths::encode_segment(job), paths::encode_path(file));
        match &self.signer {
            Some(signer) => self.url(&format!("{path}?{}", signer.log_query(&path, clock::now()))),
            None => self.url(&path),
        }
    }

    /// Container and name of a blob address on this service; other addresses are somebody else's.
    pub(super) fn blob_of(&self, url: &str) -> Option<(String, String)> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let (host, path) = rest.split_once('/')?;
        host.eq_ignore_ascii_case(&self.host).then(|| blob_of_path(path)).flatten()
    }
}

/// Container and name in `devstore[.blob.<suffix>]/<container>/<name>`.
pub(super) fn blob_of_path(path: &str) -> Option<(String, String)> {
    let path = path.split(['?', '#']).next()?;
    let (account, rest) = path.split_once('/')?;
    if !is_blob_account(account) {
        return None;
    }
    let (container, name) = rest.split_once('/').unwrap_or((rest, ""));
    let decoded = |text| percent_encoding::percent_decode_str(text).decode_utf8().ok();
    Some((decoded(container)?.into_owned(), decoded(name)?.into_owned()))
}

/// Whether a first path segment names the blob service.
pub(super) fn is_blob_account(segment: &str) -> bool {
    let rest = segment.strip_prefix(BLOB_ACCOUNT);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(".blob."))
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        // Requests that never saw a socket may have their host in the address only, or nowhere.
        let host = named
            .or_else(|| parts.uri.authority().map(|authority| authority.as_str()))
            .unwrap_or("localhost");
        Ok(Self { host: host.to_owned(), signer: parts.extensions.get().cloned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_addresses_are_read_in_every_form() {
        let origin = Origin { host: "127.0.0.1:8443".to_owned(), signer: None };
        let blob = Some(("c".to_owned(), "a b/x".to_owned()));
        for url in [
            "https://127.0.0.1:8443/devstore/c/a%20b/x",
            "https://127.0.0.1:8443/devstore.blob.local/c/a%20b/x?sig=1",
        ] {
            assert_eq!(origin.blob_of(url), blob, "{url}");
        }
        for url in ["https://elsewhere/devstore/c/x", "https://127.0.0.1:8443/other/c/x", "devstore/c/x"] {
            assert_eq!(origin.blob_of(url), None, "{url}");
        }
    }
}
