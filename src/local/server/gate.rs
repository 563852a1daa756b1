//! Who may reach the routes over a socket. In process there is no gate: whoever runs azml is the user.
//!
//! The socket is on loopback, where every user and every web page of the machine can connect. So each request carries
//! a token this process issued, or a signature this process made; and its `Host` must be loopback, or a page
//! whose name was pointed here could read what is public.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;
use uuid::Uuid;

use super::error::{BlobServiceError, ServiceError};
use super::signer::{Permission, Refusal, Signer};
use super::url::{LOGS, blob_of_path, is_blob_account};
use super::{cloud, identity};
use crate::clock;
use crate::wire::origin;
use crate::wire::paths;

/// Which tokens open the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// Those of this process.
    Issued,
    /// Any at all: whoever can connect is let in.
    Any,
}

/// Decides which requests reach the routes.
pub struct Gate {
    signer: Arc<Signer>,
    identity_header: String,
    tokens: Tokens,
}

impl Gate {
    /// A gate with a key and a secret of its own.
    pub fn new(tokens: Tokens) -> Self {
        let identity_header = Uuid::new_v4().simple().to_string();
        Self { signer: Arc::new(Signer::new()), identity_header, tokens }
    }

    /// What a client has to know (`IDENTITY_HEADER`) to be given a token.
    pub fn identity_header(&self) -> &str {
        &self.identity_header
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whether a request may pass, and if not, what it is told.
    fn admit(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let now = clock::now();
        if !is_to_loopback(uri, headers) {
            return refuse(ServiceError::ForeignHost);
        }
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(uri).unwrap_or_default();
        match Door::of(uri.path()) {
            Door::Open => Ok(()),
            Door::Blob { container } => match self.has_token(headers, now) {
                true => Ok(()),
                false => {
                    let permission = permission(method, &query);
                    let checked = self.signer.check_container(&container, permission, &query, now);
                    checked.or_else(|refusal| refuse(BlobServiceError::NotAuthorized(reason(refusal))))
                }
            },
            Door::Log => match self.signer.check_log(uri.path(), &query, now) {
                Ok(()) => Ok(()),
                Err(_) if self.has_token(headers, now) => Ok(()),
                Err(refusal) => refuse(ServiceError::Unauthorized(reason(refusal))),
            },
            Door::Guarded if self.has_token(headers, now) => Ok(()),
            Door::Guarded => refuse(ServiceError::Unauthorized(
                "It carries no token of this server. Evaluate the lines `azml local serve` prints, and use \
                 DefaultAzureCredential.",
            )),
        }
    }

    fn has_token(&self, headers: &HeaderMap, now: OffsetDateTime) -> bool {
        let Some((scheme, token)) =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '))
        else {
            return false;
        };
        scheme.eq_ignore_ascii_case("bearer")
            && (self.tokens == Tokens::Any || self.signer.knows_token(token.trim(), now))
    }
}

/// Lets a request through to the routes, which sign what they hand out, or answers it here.
pub(super) async fn guard(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    if let Err(refused) = gate.admit(request.method(), request.uri(), request.headers()) {
        return *refused;
    }
    request.extensions_mut().insert(Arc::clone(&gate.signer));
    next.run(request).await
}

/// What a path leads to, by what it takes to go in.
#[derive(Debug, PartialEq, Eq)]
enum Door {
    /// Nothing, or a secret of its own.
    Open,
    /// A token, or a signature on the container.
    Blob { container: String },
    /// A token, or a signature on the path.
    Log,
    /// A token.
    Guarded,
}

impl Door {
    fn of(path: &str) -> Self {
        if [paths::DISCOVERY, cloud::CLOUDS, identity::IDENTITY].contains(&path) {
            return Self::Open;
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        match path.split('/').next() {
            Some(LOGS) => Self::Log,
            Some(account) if is_blob_account(account) => match blob_of_path(path) {
                Some((container, _)) => Self::Blob { container },
                None => Self::Guarded,
            },
            _ => Self::Guarded,
        }
    }
}

fn permission(method: &Method, query: &[(String, String)]) -> Permission {
    match *method {
        Method::GET if query.iter().any(|(name, value)| name == "comp" && value == "list") => {
            Permission::List
        }
        Method::GET | Method::HEAD => Permission::Read,
        Method::DELETE => Permission::Delete,
        _ => Permission::Write,
    }
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Unsigned => "It carries neither a token nor a signature of this server.",
        Refusal::Forged => "Its signature is not one of this server for this address.",
        Refusal::Expired => "Its signature has expired.",
        Refusal::NotPermitted => "Its signature does not permit this operation.",
    }
}

fn is_to_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut named = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    match (named.next(), named.next()) {
        (Some(host), None) => origin::is_loopback_host(host),
        (None, _) => uri.authority().is_some_and(|authority| origin::is_loopback_host(authority.as_str())),
        (Some(_), Some(_)) => false,
    }
}

fn refuse(error: impl IntoResponse) -> Result<(), Box<Response>> {
    Err(Box::new(error.into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_known_to_be_open_is_guarded() {
        for path in [paths::DISCOVERY, cloud::CLOUDS, identity::IDENTITY] {
            assert_eq!(Door::of(path), Door::Open, "{path}");
        }
        for path in
            ["/", "", "/subscriptions/s", "//devstore/c", "/%64evstore/c", "/discovery/", "/DISCOVERY"]
        {
            assert_eq!(Door::of(path), Door::Guarded, "{path}");
        }
        let container = |name: &str| Door::Blob { container: name.to_owned() };
        assert_eq!(Door::of("/devstore/c"), container("c"));
        assert_eq!(Door::of("/devstore.blob.local/%63/x"), container("c"));
        assert_eq!(Door::of("/devstore/../c/x"), container(".."));
        assert_eq!(Door::of("/joblogs/j/a.txt"), Door::Log);
    }
}
