//! One step of a pipeline from beginning to end, whatever it runs.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::aside::Aside;
use super::super::cancellation::cancel_requested;
use super::super::ending::finish;
use super::super::failure::Failure;
use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::super::outcome::job_error;
use super::super::record::{JobError, JobRecord, Progress, RecordError};
use super::super::{processes, scratch};
use super::command::CommandStep;
use super::parallel::ParallelStep;
use super::plan::{CommandPlan, ParallelPlan, PipelinePlan, StepPlan, StepTask};
use super::run::Surroundings;
use crate::wire::job::JobStatus;

/// How a step that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finished {
    Completed,
    Cancelled,
}

/// A step that is run.
pub(super) struct RunningStep<'a> {
    pub(super) pipeline: &'a PipelinePlan,
    pub(super) step: &'a StepPlan,
    pub(super) dir: &'a Path,
    pub(super) surroundings: &'a Surroundings<'a>,
    pub(super) record: &'a StepRecord,
}

/// How a step ended, and why if badly.
type End = (JobStatus, Option<JobError>);

impl RunningStep<'_> {
    /// Runs the step to its end, which is on record when this returns.
    pub(super) async fn run(&self) -> End {
        if let Err(source) = fs::create_dir_all(self.dir) {
            return self.end(None, Err(FileError::on("create", self.dir)(source).into())).await;
        }
        match &self.step.task {
            StepTask::Command(command) => self.command(command).await,
            StepTask::Parallel(parallel) => self.parallel(parallel).await,
        }
    }

    async fn command(&self, command: &CommandPlan) -> End {
        let logs = match JobLogs::of_command(self.dir) {
            Ok(logs) => logs,
            Err(error) => return self.end(None, Err(error.into())).await,
        };
        let aside = Aside::default();
        let Self { pipeline, step, dir, surroundings, record } = *self;
        let command =
            CommandStep { pipeline, step, command, dir, surroundings, record, logs: &logs, aside: &aside };
        let result = self.unless_cancelled(&logs, command.run()).await;
        aside.end().await;
        self.end(Some(&logs), result.unwrap_or(Ok(Finished::Cancelled))).await
    }

    async fn parallel(&self, parallel: &ParallelPlan) -> End {
        let logs = match JobLogs::create(self.dir, parallel.job.logs_debug()) {
            Ok(logs) => logs,
            Err(error) => return self.end(None, Err(error.into())).await,
        };
        let Self { step, dir, surroundings, record, .. } = *self;
        let parallel = ParallelStep { step, parallel, dir, surroundings, record, logs: &logs };
        match self.unless_cancelled(&logs, parallel.prepare()).await {
            Some(Ok(plan)) => (parallel.run(&plan).await, record.error.take()),
            Some(Err(failure)) => self.end(Some(&logs), Err(failure)).await,
            None => self.end(Some(&logs), Ok(Finished::Cancelled)).await,
        }
    }

    /// Does the `work` that a step begins with, unless somebody asks the step to stop before it is done.
    async fn unless_cancelled<T>(&self, logs: &JobLogs, work: impl Future<Output = T>) -> Option<T> {
        if let Err(error) = self.record.set_status(JobStatus::Preparing) {
            logs.warn(error);
        }
        tokio::select! {
            biased;
            () = cancel_requested(self.record, logs) => None,
            done = work => Some(done),
        }
    }

    /// Ends a step that is no batch job, or none yet: one that is ends itself.
    async fn end(&self, logs: Option<&JobLogs>, result: Result<Finished, Failure>) -> End {
        let (status, sentence, error) = match result {
            Ok(Finished::Completed) => (JobStatus::Completed, "The step is completed.", None),
            Ok(Finished::Cancelled) => (JobStatus::Canceled, "The step was cancelled.", None),
            Err(failure) => (JobStatus::Failed, "The step has failed.", Some(job_error(&failure))),
        };
        if let Some(logs) = logs {
            logs.close(sentence, error.as_ref().map(|error| error.message.as_str()));
        }
        let status = finish(self.record, status, error.as_ref(), logs).await;
        processes::forget_groups(self.dir);
        scratch::remove_aside(self.dir).await;
        (status, error)
    }
}

/// The record of a step that is also stopped when another one has failed.
pub(super) struct StepRecord {
    record: Box<dyn JobRecord>,
    stop: Arc<AtomicBool>,
    /// Why it failed, once that is on record.
    error: RefCell<Option<JobError>>,
}

impl StepRecord {
    pub(super) fn new(record: Box<dyn JobRecord>, stop: Arc<AtomicBool>) -> Self {
        Self { record, stop, error: RefCell::default() }
    }
}

impl JobRecord for StepRecord {
    fn set_status(&self, status: JobStatus) -> Result<(), RecordError> {
        self.record.set_status(status)
    }

    fn set_progress(&self, progress: &Progress) -> Result<(), RecordError> {
        self.record.set_progress(progress)
    }

    fn finish(&self, status: JobStatus, error: Option<&JobError>) -> Result<(), RecordError> {
        self.error.replace(error.cloned());
        self.record.finish(status, error)
    }

    fn cancel_requested(&self) -> Result<bool, RecordError> {
        Ok(self.stop.load(Ordering::Relaxed) || self.record.cancel_requested()?)
    }
}
