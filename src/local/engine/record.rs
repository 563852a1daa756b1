//! The engine's only way to tell the world about a job, and to hear that it shall stop.
//!
//! Implemented by whoever keeps the jobs; the engine knows no database.

use std::error::Error;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::wire::job::JobStatus;

/// One job as its keeper sees it.
pub trait JobRecord: Send {
    /// Notes a step of the job; without effect once the job is cancelled or at its end.
    fn set_status(&self, status: JobStatus) -> Result<(), RecordError>;
    /// Notes how far scoring is; called at most about five times a second.
    fn set_progress(&self, progress: &Progress) -> Result<(), RecordError>;
    /// Notes the end of the job, with the reason when it did not end well.
    fn finish(&self, status: JobStatus, error: Option<&JobError>) -> Result<(), RecordError>;
    /// Whether somebody asked to stop the job; polled several times a second.
    fn cancel_requested(&self) -> Result<bool, RecordError>;
}

/// How far a job is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Mini-batches of the job; 0 until the input is listed.
    pub mini_batches: u64,
    /// Mini-batches whose rows are committed.
    pub done: u64,
    /// Mini-batches given up after their last try.
    pub failed: u64,
    /// Tries that failed and were repeated.
    pub retried: u64,
    /// Files of the job.
    pub items: u64,
    /// Files that count as scored.
    pub succeeded_items: u64,
    /// Files that count as failed.
    pub failed_items: u64,
    /// Rows returned by `run()`.
    pub rows: u64,
    /// Worker processes that are alive.
    pub workers: u64,
    /// When scoring began.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
}

/// Why a job failed, in the form the REST API reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// `UserError` when the deployment or its data is at fault, `SystemError` when the engine or machine is.
    pub code: String,
    /// What happened, where, and which log tells more; may have several lines.
    pub message: String,
}

/// The keeper of the job could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach the record of the job")]
pub struct RecordError(#[source] Box<dyn Error + Send + Sync>);

impl RecordError {
    /// Wraps the keeper's own error.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
