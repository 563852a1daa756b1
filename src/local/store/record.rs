//! The engine's view of one job, kept in the state.

use super::{Store, StoreError};
use crate::local::engine::{JobError, JobRecord, Progress, RecordError};
use crate::wire::job::JobStatus;

/// The record of one job, handed to the engine that runs it.
#[derive(Debug, Clone)]
pub struct StoreJobRecord {
    store: Store,
    job: String,
}

impl StoreJobRecord {
    /// The record of `job`.
    pub fn new(store: Store, job: &str) -> Self {
        Self { store, job: job.to_owned() }
    }
}

impl JobRecord for StoreJobRecord {
    fn set_status(&self, status: JobStatus) -> Result<(), RecordError> {
        told(self.store.set_job_status(&self.job, status))
    }

    fn set_progress(&self, progress: &Progress) -> Result<(), RecordError> {
        told(self.store.set_job_progress(&self.job, progress))
    }

    fn finish(&self, status: JobStatus, error: Option<&JobError>) -> Result<(), RecordError> {
        told(self.store.finish_job(&self.job, status, error))
    }

    fn cancel_requested(&self) -> Result<bool, RecordError> {
        told(self.store.is_cancel_requested(&self.job))
    }
}

fn told<T>(result: Result<T, StoreError>) -> Result<T, RecordError> {
    result.map_err(RecordError::new)
}
