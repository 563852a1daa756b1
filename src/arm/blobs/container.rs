//! A container of blobs and what opens it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use percent_encoding::percent_decode_str;
use sha2::Sha256;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use super::SERVICE_VERSION;
use crate::wire::origin::is_private;
use crate::wire::paths::{encode_path, encode_segment};

/// How long a signature made from an account key is good for: longer than any transfer.
const SIGNATURE_LIFE: Duration = Duration::days(7);
/// By how much the clocks of the two ends may differ.
const CLOCK_SKEW: Duration = Duration::minutes(15);

/// A container and the right to use it.
#[derive(Clone)]
pub struct Container {
    url: String,
    access: Access,
}

#[derive(Clone)]
enum Access {
    /// The query of a shared access signature, without its `?`.
    Signature(String),
    /// The token of whoever acts.
    Token,
    /// None is needed.
    Public,
}

/// An account key that is no key.
#[derive(Debug, thiserror::Error)]
#[error("the key of the storage account is not valid base64")]
pub struct BadKey;

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Container {
    /// A container at `url`; `signature` is the SAS query without its `?`. An empty one stands for the user's token.
    pub fn new(url: impl Into<String>, signature: impl Into<String>) -> Self {
        let signature = signature.into();
        let access = if signature.is_empty() { Access::Token } else { Access::Signature(signature) };
        Self { url: url.into(), access }
    }

    /// Splits an address that carries its SAS.
    pub fn from_sas_uri(uri: &str) -> Self {
        let (url, signature) = uri.split_once('?').unwrap_or((uri, ""));
        Self::new(url.trim_end_matches('/'), signature)
    }

    /// A container anybody may read.
    pub fn public(url: impl Into<String>) -> Self {
        Self { url: url.into(), access: Access::Public }
    }

    /// A container opened by a signature made from the key of its account, for this container alone. The key itself
    /// goes nowhere.
    pub fn with_account_key(url: &str, key: &str, now: OffsetDateTime) -> Result<Self, BadKey> {
        let key = BASE64.decode(key.trim()).map_err(|_| BadKey)?;
        let (account, name) = account_and_container(url);
        let protocols = if url.starts_with("http://") { "https,http" } else { "https" };
        let (from, to) = (moment(now - CLOCK_SKEW), moment(now + SIGNATURE_LIFE));
        // Read, create, write and list. The order of lines is the service's, empty ones are options not used.
        let permissions = "rcwl";
        let text = format!(
            "{permissions}\n{from}\n{to}\n/blob/{account}/{name}\n\n\n{protocols}\n{SERVICE_VERSION}\nc\n\n\n\n\n\n\n"
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| BadKey)?;
        mac.update(text.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        let query = [
            ("sv", SERVICE_VERSION),
            ("spr", protocols),
            ("st", &from),
            ("se", &to),
            ("sr", "c"),
            ("sp", permissions),
            ("sig", &signature),
        ];
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode_segment(value))).collect();
        Ok(Self::new(url, query.join("&")))
    }

    /// Container and path of a blob or folder by its address in a storage account, which anybody may read unless the
    /// address is signed. None: it is no such address.
    pub fn at_address(address: &str) -> Option<(Self, String)> {
        let (url, signature) = address.split_once('?').unwrap_or((address, ""));
        let (scheme, rest) = url.split_once("://")?;
        let (host, path) = rest.split_once('/')?;
        if !(scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")) {
            return None;
        }
        // Where the host does not name the account, as with emulators, the first part of the path does.
        let account_in_path = match () {
            // `ACCOUNT.blob...`, and with a DNS zone or a private link between the two.
            () if host.split('.').skip(1).take(2).any(|label| label == "blob") => 0,
            () if is_private(&format!("http://{host}/")) => 1,
            () => return None,
        };
        let at = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).nth(account_in_path)?;
        let (container, path) = (&path[..at], path[at..].trim_start_matches('/'));
        if container.is_empty() || container.ends_with('/') {
            return None;
        }
        let url = format!("{scheme}://{host}/{container}");
        let path = percent_decode_str(path).decode_utf8().ok()?.into_owned();
        let container = if signature.is_empty() { Self::public(url) } else { Self::new(url, signature) };
        Some((container, path))
    }

    /// Address of the container, without its signature.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether requests carry the user's token.
    pub(super) fn wants_token(&self) -> bool {
        matches!(self.access, Access::Token)
    }

    /// Address of a blob with a query and the signature.
    pub(super) fn blob(&self, name: &str, query: &str) -> String {
        let mut url = format!("{}/{}", self.url, encode_path(name));
        self.add_query(&mut url, query);
        url
    }

    /// Address of the container with a query and the signature.
    pub(super) fn query(&self, query: &str) -> String {
        let mut url = self.url.clone();
        self.add_query(&mut url, query);
        url
    }

    fn add_query(&self, url: &mut String, query: &str) {
        let signature = match &self.access {
            Access::Signature(signature) => signature,
            Access::Token | Access::Public => "",
        };
        let parts: Vec<&str> = [query, signature].into_iter().filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            let _ = write!(url, "?{}", parts.join("&"));
        }
    }
}

/// The account of a container's address and its name: `https://account.blob.domain/container`, or, where the host is
/// no account's, `http://host/account/container`.
fn account_and_container(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.split('/').collect::<Vec<_>>()[..] {
        [_, account, container] => (account, container),
        [host, container] => (host.split('.').next().unwrap_or_default(), container),
        _ => ("", ""),
    }
}

fn moment(moment: OffsetDateTime) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    moment.to_offset(time::UtcOffset::UTC).format(FORMAT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn signatures_stay_out_of_debug_output() {
        let container = Container::from_sas_uri("https://h/c?sv=1&sig=secret");
        assert!(!format!("{container:?}").contains("secret"));
        assert_eq!(container.blob("a b", "comp=block"), "https://h/c/a%20b?comp=block&sv=1&sig=secret");
        assert_eq!(Container::public("https://h/c").blob("a", ""), "https://h/c/a");
    }

    #[test]
    fn addresses_in_storage_accounts_are_told_from_others() {
        for (address, url, path) in [
            ("https://a.blob.core.windows.net/c/d/e%20f/", "https://a.blob.core.windows.net/c", "d/e f/"),
            ("https://a.blob.core.windows.net/c", "https://a.blob.core.windows.net/c", ""),
            ("http://127.0.0.1:1000/a/c/d/e", "http://127.0.0.1:1000/a/c", "d/e"),
        ] {
            let (container, found) = Container::at_address(address).unwrap();
            assert_eq!((container.url(), &*found), (url, path), "{address}");
            assert!(!container.wants_token(), "the token is not for whoever an address names");
        }
        let (signed, _) = Container::at_address("https://a.blob.core.windows.net/c/d?sig=x").unwrap();
        assert_eq!(signed.blob("d", ""), "https://a.blob.core.windows.net/c/d?sig=x");
        for address in [
            "https://example.org/c/d",
            "https://a.blob.core.windows.net",
            "https://a.blob.core.windows.net/",
            "http://127.0.0.1:1000/a",
            "wasbs://c@a.blob.core.windows.net/d",
            "azureml://datastores/d/paths/p",
            "./a.blob.x/c",
        ] {
            assert!(Container::at_address(address).is_none(), "{address}");
        }
        assert_eq!(account_and_container("https://a.blob.core.windows.net/c"), ("a", "c"));
        assert_eq!(account_and_container("http://127.0.0.1:1/a/c"), ("a", "c"));
    }

    #[test]
    fn an_account_key_becomes_a_signature_and_is_not_shown() {
        let key = BASE64.encode("the key");
        let signed = Container::with_account_key("https://h/c", &key, OffsetDateTime::UNIX_EPOCH).unwrap();
        let url = signed.blob("a", "");
        assert!(url.contains("sp=rcwl") && url.contains("se=1970-01-08T00%3A00%3A00Z"), "{url}");
        assert!(!url.contains(&key) && !signed.wants_token());
        assert!(Container::with_account_key("u", "no base64!", OffsetDateTime::UNIX_EPOCH).is_err());
    }
}
