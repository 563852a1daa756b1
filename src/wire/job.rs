//! Job states.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::JsonMap;

/// Property, `True`, of a job of the local workspace that can be resumed.
pub const RESUMABLE_PROPERTY: &str = "azml.resumable";
/// Property, `True`, of a job of the local workspace that has failed files to be retried.
pub const RETRYABLE_PROPERTY: &str = "azml.retryable";
/// Property of a job of the local workspace that retries another one: the name of that.
pub const RETRY_OF_PROPERTY: &str = "azml.retryOf";

/// What is asked of the retry of a job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetryRequest {
    /// Whether the output has the rows of the job that is retried as well.
    pub merge: bool,
    /// Name for the new job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the output goes, as for an invocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_data: Option<JsonMap>,
}

/// State of a job, as the REST model of the batch job names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobStatus {
    /// Accepted, nothing done yet.
    NotStarted,
    /// Waiting for nodes.
    Queued,
    /// The environment is being built.
    Preparing,
    /// Nodes are being made.
    Provisioning,
    /// Workers are being started.
    Starting,
    /// Mini-batches are being scored.
    Running,
    /// The output is being assembled.
    Finalizing,
    /// Somebody asked to stop it.
    CancelRequested,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Stopped on request.
    Canceled,
    /// Its supervisor is gone.
    NotResponding,
    /// Held.
    Paused,
}

impl JobStatus {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::NotStarted,
        Self::Queued,
        Self::Preparing,
        Self::Provisioning,
        Self::Starting,
        Self::Running,
        Self::Finalizing,
        Self::CancelRequested,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::NotResponding,
        Self::Paused,
    ];

    /// Nothing more will happen by itself.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled | Self::NotResponding | Self::Paused)
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Queued => "Queued",
            Self::Preparing => "Preparing",
            Self::Provisioning => "Provisioning",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::Finalizing => "Finalizing",
            Self::CancelRequested => "CancelRequested",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
            Self::NotResponding => "NotResponding",
            Self::Paused => "Paused",
        }
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// A status word this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown job status `{0}`")]
pub struct UnknownStatus(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_as_it_is_written() {
        for status in JobStatus::ALL {
            assert_eq!(status.to_string().parse::<JobStatus>().ok(), Some(status));
        }
    }
}
