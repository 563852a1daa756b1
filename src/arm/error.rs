//! What can go wrong with a request, shown the way `az` shows service errors.

use std::fmt::{self, Write as _};

use http::{Method, StatusCode};

use super::credential::CredentialError;
use super::transport::TransportError;
use crate::wire::error::{AdditionalInfo, ErrorBody, ErrorDetail};

/// A request that did not do what it was sent for.
#[derive(Debug)]
pub struct ArmError {
    /// Method of the request.
    pub method: Method,
    /// Where it was sent, as people may see it.
    pub url: String,
    /// The service's id of the exchange.
    pub request_id: Option<String>,
    /// What went wrong.
    pub kind: ArmErrorKind,
}

/// The ways a request goes wrong.
#[derive(Debug)]
pub enum ArmErrorKind {
    /// No answer came.
    Transport(TransportError),
    /// Nothing was sent: there is no token.
    Credential(CredentialError),
    /// Nothing was sent: the address is plain http on another machine, where anybody could read the token.
    TokenInTheOpen,
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
}

impl ArmError {
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
        match &self.kind {
            ArmErrorKind::Status { error: Some(error), .. } => f.write_str(&describe(error)),
            ArmErrorKind::Status { status, raw, .. } if raw.trim().is_empty() => {
                write!(
                    f,
                    "Operation returned an invalid status '{}'",
                    status.canonical_reason().unwrap_or(status.as_str())
                )
            }
            ArmErrorKind::Status { raw, .. } => f.write_str(raw.trim_end()),
            ArmErrorKind::OperationFailed { error: Some(error), .. } => f.write_str(&describe(error)),
            ArmErrorKind::OperationFailed { status, .. } => write!(f, "the operation ended as {status}"),
            ArmErrorKind::Transport(_) => write!(f, "{} {}", self.method, self.url),
            ArmErrorKind::Credential(error) => error.fmt(f),
            ArmErrorKind::TokenInTheOpen => write!(
                f,
                "{} {}: the token is not sent over plain http to another machine",
                self.method, self.url
            ),
            ArmErrorKind::Decode(_) => write!(f, "{} {}: the answer cannot be read", self.method, self.url),
            ArmErrorKind::Incomplete(what) => {
                write!(f, "{} {}: the answer has no `{what}`", self.method, self.url)
            }
        }
    }
}

impl std::error::Error for ArmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ArmErrorKind::Transport(error) => Some(error),
            ArmErrorKind::Decode(error) => Some(error),
            ArmErrorKind::Credential(_)
            | ArmErrorKind::TokenInTheOpen
            | ArmErrorKind::Status { .. }
            | ArmErrorKind::OperationFailed { .. }
            | ArmErrorKind::Incomplete(_) => None,
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
    use super::*;

    #[test]
    fn service_errors_read_as_az_prints_them() {
        let body = br#"{"error": {"code": "R", "message": "line 1\nline 2", "target": "tt",
            "details": [{"code": "Inner", "message": "inner msg"}],
            "additionalInfo": [{"type": "ComponentName", "info": {"value": "m"}}]}}"#;
        let error = ArmError {
            method: Method::GET,
            url: String::new(),
            request_id: None,
            kind: ArmError::status_kind(StatusCode::NOT_FOUND, body),
        };
        let expected = "(R) line 1\nline 2\nCode: R\nMessage: line 1\nline 2\nTarget: tt\n\
            Exception Details:\t(Inner) inner msg\n\tCode: Inner\n\tMessage: inner msg\n\
            Additional Information:Type: ComponentName\nInfo: {\n    \"value\": \"m\"\n}";
        assert_eq!(error.to_string(), expected);
        assert!(error.is_not_found());
    }

    #[test]
    fn a_body_that_is_no_error_is_shown_raw_and_an_empty_one_by_its_status() {
        let show = |body: &[u8]| ArmError {
            method: Method::GET,
            url: String::new(),
            request_id: None,
            kind: ArmError::status_kind(StatusCode::BAD_GATEWAY, body),
        };
        assert_eq!(show(b"<html>").to_string(), "<html>");
        assert_eq!(show(b"").to_string(), "Operation returned an invalid status 'Bad Gateway'");
    }
}
