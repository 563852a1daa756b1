//! What can go wrong with a request, shown the way `az` shows service errors.

use std::fmt::{self, Write as _};

use http::{Extensions, HeaderMap, Method, StatusCode};
use uuid::Uuid;

use super::client::header_text;
use super::credential::CredentialError;
use super::redact;
use super::transport::TransportError;
use crate::wire::error::{AdditionalInfo, ErrorBody, ErrorDetail};
use crate::wire::origin::shown;

/// A request that did not do what it was sent for.
#[derive(Debug)]
pub struct ArmError {
    /// Method of the request.
    pub method: Method,
    /// Where it was sent, as people may see it.
    pub url: Box<str>,
    /// The service's id of the exchange.
    pub request_id: Option<Box<str>>,
    /// How it was sent.
    pub sent: Sent,
    /// What went wrong.
    pub kind: ArmErrorKind,
}

/// How a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// How many attempts were made.
    pub tries: u32,
    /// Our own id of the request, where somebody else keeps a record of it.
    pub client_id: Option<Uuid>,
}

impl Default for Sent {
    fn default() -> Self {
        Self { tries: 1, client_id: None }
    }
}

/// Headers in which services name an exchange, the one their support asks for first.
const REQUEST_ID_HEADERS: [&str; 4] =
    ["x-ms-request-id", "x-request-id", "x-ms-correlation-request-id", "request-id"];
/// Longest id of an exchange that is shown; theirs have 36 characters or a few more.
const LONGEST_ID: usize = 128;

/// The ways a request goes wrong.
#[derive(Debug)]
pub enum ArmErrorKind {
    /// No answer came.
    Transport(TransportError),
    /// Nothing was sent: there is no token.
    Credential(CredentialError),
    /// The token is good, but the service wants a new sign-in; with what, in base64, or empty.
    ClaimsChallenge(String),
    /// Nothing was sent: the address is plain http on another machine, where anybody could read the token.
    TokenInTheOpen,
    /// Nothing was sent: the address is of a host that nobody who takes such tokens has.
    StrangeHost,
    /// The service said no.
    Status {
        /// HTTP status.
        status: StatusCode,
        /// Error body, if it was one.
        error: Option<Box<ErrorDetail>>,
        /// The body's text where it was no error body.
        raw: String,
    },
    /// The answer cannot be read.
    Decode(serde_json::Error),
    /// The service accepted the request and then did not do it.
    OperationFailed {
        /// How the operation ended.
        status: String,
        /// Why.
        error: Option<Box<ErrorDetail>>,
    },
    /// The answer lacks something the contract promises.
    Incomplete(&'static str),
    /// A page of a list names one that was read before, or there are too many.
    EndlessList,
    /// Ctrl-C came while an answer was waited for.
    Interrupted,
    /// Ctrl-C came while the service was carrying out what it had accepted; it goes on.
    WaitInterrupted,
}

impl ArmError {
    /// A failure of the request to `url`.
    pub(super) fn new(method: Method, url: &str, kind: ArmErrorKind) -> Self {
        Self { method, url: shown(url).into(), request_id: None, sent: Sent::default(), kind }
    }

    /// The same failure, with what the answer's headers and its way here tell.
    pub(super) fn answered(mut self, headers: &HeaderMap, account: &Extensions) -> Self {
        self.sent = account.get().copied().unwrap_or_default();
        // A service inside this process keeps no record that an id could be looked up in.
        self.request_id = self.sent.client_id.and_then(|_| {
            REQUEST_ID_HEADERS
                .into_iter()
                .find_map(|name| header_text(headers, name))
                .filter(|id| id.len() <= LONGEST_ID)
                .map(String::into_boxed_str)
        });
        self
    }

    /// Whether what was to be made is there already.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(StatusCode::CONFLICT)
    }

    /// Whether an earlier attempt may have done what this one was refused.
    pub(super) fn was_repeated(&self) -> bool {
        self.sent.tries > 1
    }

    /// The HTTP status, if the service answered.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.kind {
            ArmErrorKind::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Reads the kind of failure out of an answer's status and body.
    pub(super) fn status_kind(status: StatusCode, body: &[u8]) -> ArmErrorKind {
        let error = serde_json::from_slice::<ErrorBody>(body).map(|body| body.error).ok();
        let error = error.or_else(|| super::blobs::read_error(body)).map(Box::new);
        let raw = if error.is_some() { String::new() } else { String::from_utf8_lossy(body).into_owned() };
        ArmErrorKind::Status { status, error, raw }
    }
}

impl fmt::Display for ArmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, .. } = self;
        match &self.kind {
            ArmErrorKind::Status { .. } | ArmErrorKind::OperationFailed { .. } => {
                f.write_str(&redact::said(&self.answer_text()))?;
                self.write_account(f)
            }
            ArmErrorKind::Transport(_) if self.was_repeated() => {
                write!(f, "{method} {url} (tried {} times)", self.sent.tries)
            }
            ArmErrorKind::Transport(_) => write!(f, "{method} {url}"),
            ArmErrorKind::Credential(error) => error.fmt(f),
            ArmErrorKind::ClaimsChallenge(claims) => {
                f.write_str(
                    "the service wants a new sign-in, since a policy or the account has changed; \
                     run `az logout`, then `az login",
                )?;
                match claims.as_str() {
                    "" => f.write_str("`")?,
                    claims => write!(f, " --claims-challenge \"{claims}\"`")?,
                }
                self.write_account(f)
            }
            ArmErrorKind::TokenInTheOpen => write!(
                f,
                "{method} {url}: the address is plain http on another machine, where the token could be read by \
                 others, so nothing was sent; azml sends it to https addresses and to this machine only"
            ),
            ArmErrorKind::Decode(_) => {
                write!(f, "{method} {url}: the answer is not what was expected")?;
                self.write_account(f)
            }
            ArmErrorKind::StrangeHost => write!(
                f,
                "{method} {url}: the service named this host, which is none of its cloud's, so no token was sent \
                 there; a private cloud is made known by `az cloud register` and chosen by `az cloud set`"
            ),
            ArmErrorKind::Incomplete(what) => {
                write!(f, "{method} {url}: the answer has no `{what}`")?;
                self.write_account(f)
            }
            ArmErrorKind::EndlessList => {
                write!(f, "{method} {url}: the list does not end")
            }
            ArmErrorKind::Interrupted => write!(f, "{method} {url}: interrupted"),
            ArmErrorKind::WaitInterrupted => f.write_str("Long-running operation wait cancelled."),
        }
    }
}

impl ArmError {
    /// What the service says, as `az` shows it.
    fn answer_text(&self) -> String {
        match &self.kind {
            ArmErrorKind::Status { error: Some(error), .. }
            | ArmErrorKind::OperationFailed { error: Some(error), .. } => describe(error),
            ArmErrorKind::Status { status, raw, .. } if raw.trim().is_empty() => format!(
                "Operation returned an invalid status '{}'",
                status.canonical_reason().unwrap_or(status.as_str())
            ),
            ArmErrorKind::Status { raw, .. } => raw.trim_end().to_owned(),
            ArmErrorKind::OperationFailed { status, .. } => format!("the operation ended as {status}"),
            _ => String::new(),
        }
    }

    /// How often it was tried, and what to tell the service's support.
    fn write_account(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.was_repeated() {
            write!(f, "\nTried {} times.", self.sent.tries)?;
        }
        match (&self.request_id, self.sent.client_id) {
            (Some(id), _) => write!(f, "\nRequest id: {id}"),
            (None, Some(id)) => write!(f, "\nClient request id: {id}"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for ArmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ArmErrorKind::Transport(error) => Some(error),
            ArmErrorKind::Decode(error) => Some(error),
            ArmErrorKind::Credential(_)
            | ArmErrorKind::ClaimsChallenge(_)
            | ArmErrorKind::TokenInTheOpen
            | ArmErrorKind::StrangeHost
            | ArmErrorKind::Status { .. }
            | ArmErrorKind::OperationFailed { .. }
            | ArmErrorKind::Incomplete(_)
            | ArmErrorKind::EndlessList
            | ArmErrorKind::Interrupted
            | ArmErrorKind::WaitInterrupted => None,
        }
    }
}

/// The block of azure-core's `ODataV4Error`, byte for byte (measured on az 2.91.0).
fn describe(error: &ErrorDetail) -> String {
    let (code, message) =
        (error.code.as_deref().unwrap_or("None"), error.message.as_deref().unwrap_or("None"));
    let mut text = format!("({code}) {message}\nCode: {code}\nMessage: {message}");
    if let Some(target) = &error.target {
        let _ = write!(text, "\nTarget: {target}");
    }
    let details = error.details.as_deref().unwrap_or_default();
    if !details.is_empty() {
        text.push_str("\nException Details:");
        for detail in details {
            let _ = write!(text, "\t{}", describe(detail).replace('\n', "\n\t"));
        }
    }
    let additional = error.additional_info.as_deref().unwrap_or_default();
    if !additional.is_empty() {
        let entries: String = additional.iter().map(describe_additional).collect();
        let _ = write!(text, "\nAdditional Information:{entries}");
    }
    text
}

fn describe_additional(entry: &AdditionalInfo) -> String {
    let mut info = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut info, formatter);
    let written = serde::Serialize::serialize(&entry.info, &mut serializer).is_ok();
    let info = if written { String::from_utf8_lossy(&info).into_owned() } else { String::new() };
    format!("Type: {}\nInfo: {info}", entry.kind.as_deref().unwrap_or("None"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn service_errors_read_as_az_prints_them() {
        let body = br#"{"error": {"code": "R", "message": "line 1\nline 2", "target": "tt",
            "details": [{"code": "Inner", "message": "inner msg"}],
            "additionalInfo": [{"type": "ComponentName", "info": {"value": "m"}}]}}"#;
        let error = ArmError::new(Method::GET, "", ArmError::status_kind(StatusCode::NOT_FOUND, body));
        let expected = "(R) line 1\nline 2\nCode: R\nMessage: line 1\nline 2\nTarget: tt\n\
            Exception Details:\t(Inner) inner msg\n\tCode: Inner\n\tMessage: inner msg\n\
            Additional Information:Type: ComponentName\nInfo: {\n    \"value\": \"m\"\n}";
        assert_eq!(error.to_string(), expected);
        assert!(error.is_not_found());
    }

    #[test]
    fn a_body_that_is_no_error_is_shown_raw_and_an_empty_one_by_its_status() {
        let show = |body: &[u8]| {
            ArmError::new(Method::GET, "", ArmError::status_kind(StatusCode::BAD_GATEWAY, body))
        };
        assert_eq!(show(b"<html>").to_string(), "<html>");
        assert_eq!(show(b"").to_string(), "Operation returned an invalid status 'Bad Gateway'");
    }

    #[test]
    fn an_error_of_another_machine_says_how_often_it_was_tried_and_its_id() {
        let sent = Sent { tries: 3, client_id: Some(Uuid::nil()) };
        let account = [sent].into_iter().fold(Extensions::new(), |mut all, sent| {
            all.insert(sent);
            all
        });
        let show = |headers: &HeaderMap| {
            let kind = ArmError::status_kind(StatusCode::BAD_GATEWAY, b"no: https://h/c?sig=secret");
            ArmError::new(Method::GET, "", kind).answered(headers, &account).to_string()
        };
        let mut headers = HeaderMap::new();
        let ours = "no: https://h/c?sig=***\nTried 3 times.\nClient request id: 00000000-0000-0000-0000-000000000000";
        assert_eq!(show(&headers), ours);
        headers.insert("x-ms-request-id", http::HeaderValue::from_static("theirs"));
        assert_eq!(show(&headers), "no: https://h/c?sig=***\nTried 3 times.\nRequest id: theirs");
        let decode = serde_json::from_str::<()>("<").unwrap_err();
        for kind in [
            ArmError::status_kind(StatusCode::FORBIDDEN, b""),
            ArmErrorKind::Decode(decode),
            ArmErrorKind::Incomplete("x"),
            ArmErrorKind::ClaimsChallenge(String::new()),
            ArmErrorKind::OperationFailed { status: "Failed".to_owned(), error: None },
        ] {
            let told = ArmError::new(Method::GET, "", kind).answered(&headers, &account).to_string();
            assert!(told.ends_with("Request id: theirs"), "{told}");
        }
    }

    #[test]
    fn what_a_service_says_is_cut_where_nobody_would_read_on() {
        let kind = ArmError::status_kind(StatusCode::BAD_GATEWAY, "é".repeat(1 << 20).as_bytes());
        let told = ArmError::new(Method::GET, "", kind).to_string();
        assert!(told.len() < 20_000 && told.ends_with("é... (2097152 bytes in all)"), "{}", told.len());
    }
}
