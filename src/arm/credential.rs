//! In whose name requests are sent: a token for each audience, asked for when a request needs it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use time::OffsetDateTime;

/// Who accepts a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Resource Manager, and the data planes that take its tokens: run history, data references.
    ResourceManager,
    /// The batch data plane: scoring addresses, the jobs of an endpoint.
    MachineLearning,
    /// Blobs of a datastore that gives no signature.
    Storage,
}

/// A bearer token. `Debug` hides it, and there is no `Display`.
#[derive(Clone)]
pub struct AccessToken {
    secret: String,
    authorization: HeaderValue,
    expires_on: Option<OffsetDateTime>,
}

/// A text with characters that no token has.
#[derive(Debug, thiserror::Error)]
#[error("it holds characters that no token has")]
pub struct NotAToken;

impl AccessToken {
    /// A token that is good until `expires_on`, where that is known.
    pub fn new(secret: impl Into<String>, expires_on: Option<OffsetDateTime>) -> Result<Self, NotAToken> {
        let secret = secret.into();
        if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotAToken);
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {secret}")).map_err(|_| NotAToken)?;
        authorization.set_sensitive(true);
        Ok(Self { secret, authorization, expires_on })
    }

    /// The token itself, for where it belongs.
    pub fn expose(&self) -> &str {
        &self.secret
    }

    /// When it stops being good, where that is known.
    pub fn expires_on(&self) -> Option<OffsetDateTime> {
        self.expires_on
    }

    /// Value of the `Authorization` header.
    pub(super) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// The `tid` claim of a JSON web token; anything else has none.
    pub(super) fn tenant(&self) -> Option<String> {
        let payload = self.secret.split('.').nth(1)?.trim_end_matches('=');
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        claims["tid"].as_str().map(str::to_owned)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_on", &self.expires_on).finish_non_exhaustive()
    }
}

/// Why there is no token. The message is for the user, says what to do, and holds no secret.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct CredentialError(pub String);

/// The token to come, or why there is none.
pub type TokenAnswer<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, CredentialError>> + Send + 'a>>;

/// Gives tokens.
pub trait Credential: Send + Sync {
    /// A token for `audience` that is good for at least the next request.
    fn token(&self, audience: Audience) -> TokenAnswer<'_>;

    /// A service refused `token`, so it is not given again. Whether asking for another one makes sense.
    fn refused(&self, audience: Audience, token: &AccessToken) -> bool;
}

/// A token the user gave: the same for everybody, and there is no other.
impl Credential for AccessToken {
    fn token(&self, _: Audience) -> TokenAnswer<'_> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }

    fn refused(&self, _: Audience, _: &AccessToken) -> bool {
        false
    }
}

/// What a service that refuses a good token wants to be proved by a new sign-in (continuous access evaluation), in
/// base64. `None` where that is not why it refused.
pub(super) fn claims_challenge(headers: &HeaderMap) -> Option<String> {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let challenge = challenges.into_iter().find(|text| text.contains("error=\"insufficient_claims\""))?;
    let claims = challenge
        .split_once("claims=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(claims, _)| claims);
    // It ends up in a command for the user to run, so it may be nothing but base64.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    Some(claims.filter(|claims| claims.chars().all(is_plain)).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_token_is_not_shown_and_has_no_line_ends() {
        let token = AccessToken::new("se.cr.et", None).unwrap();
        assert!(!format!("{token:?} {:?}", token.authorization()).contains("cr"));
        for text in ["", "a\nb", "a b", "\u{e9}"] {
            assert!(AccessToken::new(text, None).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_claims_challenge_is_told_from_other_refusals() {
        let claims = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("PoP x=\"y\""));
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(text));
            claims_challenge(&headers)
        };
        assert_eq!(claims("Bearer error=\"invalid_token\""), None);
        let challenge = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJh+/_-=\"";
        assert_eq!(claims(challenge).as_deref(), Some("eyJh+/_-="));
        let hostile = "Bearer error=\"insufficient_claims\", claims=\"$(reboot)\"";
        assert_eq!(claims(hostile).as_deref(), Some(""));
    }

    #[test]
    fn the_tenant_is_the_one_the_token_names() {
        // {"tid":"t1"}
        assert_eq!(AccessToken::new("h.eyJ0aWQiOiJ0MSJ9.s", None).unwrap().tenant().as_deref(), Some("t1"));
        assert_eq!(AccessToken::new("opaque", None).unwrap().tenant(), None);
    }
}
