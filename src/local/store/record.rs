//! The engine's view of one job, or of one step of a pipeline, kept in the state.

use super::{Store, StoreError};
use crate::local::engine::pipeline::PipelineRecord;
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

impl PipelineRecord for StoreJobRecord {
    fn step(&self, run_id: &str) -> Box<dyn JobRecord> {
        Box::new(StoreStepRecord { store: self.store.clone(), run_id: run_id.to_owned() })
    }

    fn is_complete(&self, run_id: &str) -> Result<bool, RecordError> {
        told(self.store.is_step_complete(run_id))
    }
}

/// The record of one run inside the job of a pipeline.
#[derive(Debug, Clone)]
pub struct StoreStepRecord {
    store: Store,
    run_id: String,
}

impl JobRecord for StoreStepRecord {
    fn set_status(&self, status: JobStatus) -> Result<(), RecordError> {
        told(self.store.set_step_status(&self.run_id, status))
    }

    fn set_progress(&self, progress: &Progress) -> Result<(), RecordError> {
        told(self.store.set_step_progress(&self.run_id, progress))
    }

    fn finish(&self, status: JobStatus, error: Option<&JobError>) -> Result<(), RecordError> {
        told(self.store.finish_step(&self.run_id, status, error))
    }

    fn cancel_requested(&self) -> Result<bool, RecordError> {
        told(self.store.is_step_cancel_requested(&self.run_id))
    }
}

fn told<T>(result: Result<T, StoreError>) -> Result<T, RecordError> {
    result.map_err(RecordError::new)
}
