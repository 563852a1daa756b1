//! ARM error bodies: `{"error": {"code", "message", "target", "details", "additionalInfo"}}`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// One error, with the errors that caused it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// Machine-readable code.
    #[serde(default)]
    pub code: Option<String>,
    /// Text for people.
    #[serde(default)]
    pub message: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub target: Option<String>,
    /// Inner errors.
    #[serde(default)]
    pub details: Option<Vec<ErrorDetail>>,
    /// `{"type", "info"}` entries.
    #[serde(default)]
    pub additional_info: Option<Vec<AdditionalInfo>>,
}

/// One entry of `additionalInfo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdditionalInfo {
    /// Kind of the information.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// The information.
    #[serde(default)]
    pub info: Value,
}

impl ErrorBody {
    /// An error without causes.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            error: ErrorDetail {
                code: Some(code.to_owned()),
                message: Some(message.into()),
                ..ErrorDetail::default()
            },
        }
    }
}
