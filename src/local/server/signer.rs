//! What the served workspace signs, so that it knows its own tokens and addresses again.
//!
//! The key lives in the memory of one serving process: what that process signed ends with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::wire::paths::encode_segment;

/// How long a token lasts; clients ask for another one before it ends.
const TOKEN_LIFE: Duration = Duration::hours(1);
/// How long a signature on a container lasts: it has to outlast the upload it was asked for.
const CONTAINER_LIFE: Duration = Duration::hours(8);
/// How long the address of a log lasts; every look at a job gives new ones.
const LOG_LIFE: Duration = Duration::hours(1);
/// Version word of shared access signatures; SDKs take a text without it for an account key.
const SIGNED_VERSION: &str = "2021-08-06";

/// Signs with a key of its own.
#[derive(Clone)]
pub(super) struct Signer(Hmac<Sha256>);

/// A token, and when it ends.
pub(super) struct IssuedToken {
    pub(super) text: String,
    pub(super) expires_at: OffsetDateTime,
}

/// What may be done with a container, in the letters of shared access signatures.
#[derive(Debug, Clone, Copy)]
pub(super) enum Permission {
    Read,
    Write,
    List,
    Delete,
}

impl Permission {
    fn letter(self) -> char {
        match self {
            Self::Read => 'r',
            Self::Write => 'w',
            Self::List => 'l',
            Self::Delete => 'd',
        }
    }
}

/// Why a signed address is not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Unsigned,
    Forged,
    Expired,
    NotPermitted,
}

/// The query of a request.
pub(super) type Query = [(String, String)];

impl Signer {
    /// A signer with a key that nobody else has.
    pub(super) fn new() -> Self {
        let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
        let key = [*first.as_bytes(), *second.as_bytes()].concat();
        // Keys of any length are taken.
        Self(Hmac::new_from_slice(&key).unwrap_or_else(|_| Hmac::new(&Default::default())))
    }

    /// A token for `audience`, in the form of a JSON web token: SDKs look for claims in it.
    pub(super) fn token(&self, audience: &str, now: OffsetDateTime) -> IssuedToken {
        let expires_at = now + TOKEN_LIFE;
        let claims = json!({
            "aud": audience,
            "iss": "azml",
            "iat": now.unix_timestamp(),
            "nbf": now.unix_timestamp(),
            "exp": expires_at.unix_timestamp(),
        });
        let head = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{head}.{}", BASE64.encode(claims.to_string()));
        IssuedToken { text: format!("{signed}.{}", self.sign(&signed)), expires_at }
    }

    /// Whether a token is of this signer and has not ended.
    pub(super) fn knows_token(&self, token: &str, now: OffsetDateTime) -> bool {
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let claims = signed.rsplit_once('.').and_then(|(_, claims)| BASE64.decode(claims).ok());
        let claims: Option<Value> = claims.and_then(|text| serde_json::from_slice(&text).ok());
        let ends = claims.and_then(|claims| claims["exp"].as_i64());
        self.is_signature(signed, signature) && ends.is_some_and(|ends| now.unix_timestamp() < ends)
    }

    /// A shared access signature for one container: everything in it may be read, written, listed and deleted.
    pub(super) fn container_query(&self, container: &str, now: OffsetDateTime) -> String {
        let (permissions, ends) = ("rcwdl", moment(now + CONTAINER_LIFE));
        let signature = self.sign(&container_text(container, permissions, &ends));
        format!("sv={SIGNED_VERSION}&sr=c&sp={permissions}&se={}&sig={signature}", encode_segment(&ends))
    }

    /// Whether the query of a request lets it do that with the container.
    pub(super) fn check_container(
        &self,
        container: &str,
        permission: Permission,
        query: &Query,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let (permissions, ends) = (value(query, "sp"), value(query, "se"));
        self.check(&container_text(container, permissions, ends), ends, value(query, "sig"), now)?;
        if permissions.contains(permission.letter()) { Ok(()) } else { Err(Refusal::NotPermitted) }
    }

    /// The query that makes the address of a log work without a token.
    pub(super) fn log_query(&self, path: &str, now: OffsetDateTime) -> String {
        let ends = moment(now + LOG_LIFE);
        format!("se={}&sig={}", encode_segment(&ends), self.sign(&log_text(path, &ends)))
    }

    /// Whether the query of a request lets it read the log at `path`.
    pub(super) fn check_log(&self, path: &str, query: &Query, now: OffsetDateTime) -> Result<(), Refusal> {
        let ends = value(query, "se");
        self.check(&log_text(path, ends), ends, value(query, "sig"), now)
    }

    fn check(&self, text: &str, ends: &str, signature: &str, now: OffsetDateTime) -> Result<(), Refusal> {
        if signature.is_empty() {
            return Err(Refusal::Unsigned);
        }
        if !self.is_signature(text, signature) {
            return Err(Refusal::Forged);
        }
        match OffsetDateTime::parse(ends, &Rfc3339) {
            Ok(ends) if now < ends => Ok(()),
            _ => Err(Refusal::Expired),
        }
    }

    fn sign(&self, text: &str) -> String {
        BASE64.encode(self.0.clone().chain_update(text).finalize().into_bytes())
    }

    /// Compared in constant time.
    fn is_signature(&self, text: &str, signature: &str) -> bool {
        let signature = BASE64.decode(signature);
        signature.is_ok_and(|bytes| self.0.clone().chain_update(text).verify_slice(&bytes).is_ok())
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

// The texts that are signed start with what they are for, so that no signature serves two purposes.

fn container_text(container: &str, permissions: &str, ends: &str) -> String {
    format!("container\n{container}\n{permissions}\n{ends}")
}

fn log_text(path: &str, ends: &str) -> String {
    format!("log\n{path}\n{ends}")
}

fn moment(moment: OffsetDateTime) -> String {
    moment.replace_nanosecond(0).unwrap_or(moment).format(&Rfc3339).unwrap_or_default()
}

fn value<'a>(query: &'a Query, name: &str) -> &'a str {
    query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-22 12:00 UTC);

    fn query(text: &str) -> Vec<(String, String)> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
        };
        text.split('&').map(pair).collect()
    }

    #[test]
    fn a_token_is_known_until_it_ends_and_to_its_signer_alone() {
        let signer = Signer::new();
        let token = signer.token("https://ml.azure.com", NOW);
        assert!(signer.knows_token(&token.text, NOW));
        assert!(!signer.knows_token(&token.text, token.expires_at));
        assert!(!Signer::new().knows_token(&token.text, NOW));
        let (signed, signature) = token.text.rsplit_once('.').unwrap();
        let later = BASE64.encode(r#"{"exp":99999999999}"#);
        let forged = format!("{}.{later}.{signature}", signed.split('.').next().unwrap());
        for text in [forged.as_str(), signed, "", ".", "..", "a.b.c"] {
            assert!(!signer.knows_token(text, NOW), "{text}");
        }
    }

    #[test]
    fn a_container_signature_holds_for_its_container_until_it_ends() {
        let signer = Signer::new();
        let good = query(&signer.container_query("c", NOW));
        let check = |container: &str, query: &Query, now| {
            signer.check_container(container, Permission::Write, query, now)
        };
        assert_eq!(check("c", &good, NOW), Ok(()));
        assert_eq!(check("other", &good, NOW), Err(Refusal::Forged));
        assert_eq!(check("c", &good, NOW + CONTAINER_LIFE), Err(Refusal::Expired));
        assert_eq!(check("c", &[], NOW), Err(Refusal::Unsigned));
        for (name, value) in [("sp", "r"), ("se", "2099-01-01T00:00:00Z")] {
            let mut changed = good.clone();
            changed.iter_mut().find(|(key, _)| key == name).unwrap().1 = value.to_owned();
            assert_eq!(check("c", &changed, NOW), Err(Refusal::Forged), "{name}");
        }
    }

    #[test]
    fn the_address_of_a_log_opens_nothing_else() {
        let signer = Signer::new();
        let log = query(&signer.log_query("/joblogs/j/a.txt", NOW));
        assert_eq!(signer.check_log("/joblogs/j/a.txt", &log, NOW), Ok(()));
        assert_eq!(signer.check_log("/joblogs/j/b.txt", &log, NOW), Err(Refusal::Forged));
        assert_eq!(
            signer.check_container("/joblogs/j/a.txt", Permission::Read, &log, NOW),
            Err(Refusal::Forged)
        );
        assert_eq!(signer.check_log("/joblogs/j/a.txt", &log, NOW + LOG_LIFE), Err(Refusal::Expired));
    }
}
