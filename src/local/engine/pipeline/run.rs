//! One pipeline from beginning to end: starts what the schedule says, and tells what comes of it.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::cancellation::cancel_requested;
use super::super::download::Downloader;
use super::super::ending::finish;
use super::super::failure::Failure;
use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::super::outcome::job_error;
use super::super::plan::EngineSettings;
use super::super::record::{JobError, JobRecord, Progress, RecordError};
use super::super::reserve::Reserve;
use super::super::{processes, scratch};
use super::command::CommandStep;
use super::parallel::ParallelStep;
use super::plan::{PipelinePlan, StepPlan, StepTask};
use super::schedule::{Schedule, StepState};
use super::step_dir;
use crate::wire::job::JobStatus;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

/// The record of a pipeline and of the runs inside it.
pub trait PipelineRecord: JobRecord {
    /// The record of a step or of a nested pipeline.
    fn step(&self, run_id: &str) -> Box<dyn JobRecord>;
    /// Whether a step was complete before this supervisor began.
    fn is_complete(&self, run_id: &str) -> Result<bool, RecordError>;
}

/// What all steps are run with.
pub(super) struct Surroundings<'a> {
    pub(super) environments: &'a Path,
    pub(super) settings: &'a EngineSettings,
    pub(super) downloader: &'a dyn Downloader,
}

/// How a step that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finished {
    Completed,
    Cancelled,
}

/// How a step ended, and why if badly.
type End = (usize, JobStatus, Option<JobError>);
type Running<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = End> + 'a>>>;

/// Runs the pipeline described by `plan` to its end and answers how it ended.
///
/// Never fails: whatever goes wrong ends the job and is told to `record`. To be called as [`super::super::run`] is.
pub async fn run_pipeline(
    plan: &PipelinePlan,
    job_dir: &Path,
    environments: &Path,
    settings: &EngineSettings,
    record: &dyn PipelineRecord,
    downloader: &dyn Downloader,
) -> JobStatus {
    let logs = match JobLogs::of_pipeline(job_dir) {
        Ok(logs) => logs,
        Err(error) => {
            let error = job_error(&Failure::File(error));
            return finish(record, JobStatus::Failed, Some(&error), None).await;
        }
    };
    let reserve = Reserve::take(job_dir);
    if settings.owns_process {
        processes::adopt_orphans();
    }
    let surroundings = Surroundings { environments, settings, downloader };
    let pipeline = Pipeline { plan, job_dir, surroundings: &surroundings, record, logs: &logs };
    let (status, error) = pipeline.run().await;
    if settings.owns_process {
        processes::end_descendants();
    }
    reserve.release();
    logs.close(pipeline.sentence(status), error.as_ref().map(|error| error.message.as_str()));
    let status = finish(record, status, error.as_ref(), Some(&logs)).await;
    scratch::remove(job_dir);
    status
}

struct Pipeline<'a> {
    plan: &'a PipelinePlan,
    job_dir: &'a Path,
    surroundings: &'a Surroundings<'a>,
    record: &'a dyn PipelineRecord,
    logs: &'a JobLogs,
}

impl<'a> Pipeline<'a> {
    async fn run(&self) -> (JobStatus, Option<JobError>) {
        let steps = &self.plan.steps;
        self.logs.line(format_args!(
            "Job {} for deployment {} of endpoint {}: {} steps",
            self.plan.job,
            self.plan.deployment,
            self.plan.endpoint,
            steps.len()
        ));
        self.note(self.record.set_status(JobStatus::Running));
        let room = self.surroundings.settings.worker_limit();
        let is_done = |at: usize| self.record.is_complete(&steps[at].run_id).unwrap_or_default();
        let mut schedule = Schedule::new(self.plan, room, |at| takes(&steps[at]), is_done);
        let stop = Arc::new(AtomicBool::new(false));
        let mut running: Running<'a> = FuturesUnordered::new();
        let mut errors: Vec<Option<JobError>> = vec![None; steps.len()];
        let mut is_cancelled = false;
        loop {
            self.submit(&schedule.start(), &stop, &mut running);
            self.tell_groups(&schedule);
            if schedule.is_idle() {
                break;
            }
            tokio::select! {
                Some((at, status, error)) = running.next() => {
                    self.tell_end(at, status, error.as_ref());
                    errors[at] = error;
                    if schedule.ended(at, status) {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                () = cancel_requested(self.record, self.logs), if !is_cancelled => {
                    is_cancelled = true;
                    // Each running step sees the request itself.
                    schedule.stop();
                }
            }
        }
        self.skip_the_rest(&schedule);
        match is_cancelled {
            true => (JobStatus::Canceled, None),
            false => self.judge(&schedule, &errors),
        }
    }

    fn submit(&self, started: &[usize], stop: &Arc<AtomicBool>, running: &mut Running<'a>) {
        let runs: Vec<&StepPlan> = started.iter().map(|at| &self.plan.steps[*at]).collect();
        if !runs.is_empty() {
            let first: Vec<String> =
                runs.iter().take(5).map(|step| format!("{}:{}", short(&step.run_id), step.run_id)).collect();
            self.logs.line(format_args!(
                "Submitting {} runs, first five are: {}",
                runs.len(),
                first.join(", ")
            ));
        }
        for at in started {
            let step = &self.plan.steps[*at];
            self.logs.line(format_args!("Step {} is run {}", step.name, step.run_id));
            let record = StepRecord {
                record: self.record.step(&step.run_id),
                stop: Arc::clone(stop),
                error: RefCell::default(),
            };
            let dir = step_dir(self.job_dir, &step.run_id);
            let (plan, surroundings, at) = (self.plan, self.surroundings, *at);
            running.push(Box::pin(async move {
                let (status, error) = run_step(plan, step, &dir, surroundings, &record).await;
                (at, status, error)
            }));
        }
    }

    fn tell_end(&self, at: usize, status: JobStatus, error: Option<&JobError>) {
        let step = &self.plan.steps[at];
        match error {
            Some(error) => {
                self.logs.line(format_args!("Step {} ended as {status}: {}", step.name, error.message))
            }
            None => self.logs.line(format_args!("Step {} ended as {status}", step.name)),
        }
        self.logs.line(format_args!("Completing processing run id {}.", step.run_id));
    }

    /// Tells of nested pipelines that have begun or ended.
    fn tell_groups(&self, schedule: &Schedule) {
        for (at, group) in self.plan.groups.iter().enumerate() {
            let record = self.record.step(&group.run_id);
            match self.state_of_group(at, schedule) {
                StepState::Waiting => {}
                StepState::Running => self.note(record.set_status(JobStatus::Running)),
                StepState::Ended(status) => self.note(record.finish(status, None)),
            }
        }
    }

    fn state_of_group(&self, group: usize, schedule: &Schedule) -> StepState {
        let inside = self.plan.steps.iter().enumerate().filter(|(_, step)| self.plan.is_inside(step, group));
        let states: Vec<StepState> = inside.map(|(at, _)| schedule.state(at)).collect();
        let ended = |status: JobStatus| states.contains(&StepState::Ended(status));
        let is_over = states.iter().all(|state| matches!(state, StepState::Ended(_)));
        match () {
            () if states.iter().all(|state| *state == StepState::Waiting) && !states.is_empty() => {
                StepState::Waiting
            }
            () if !is_over => StepState::Running,
            () if ended(JobStatus::Failed) => StepState::Ended(JobStatus::Failed),
            () if ended(JobStatus::Canceled) => StepState::Ended(JobStatus::Canceled),
            () => StepState::Ended(JobStatus::Completed),
        }
    }

    /// Steps that never ran are cancelled, and so are pipelines with such steps.
    fn skip_the_rest(&self, schedule: &Schedule) {
        let name = |at: usize| self.plan.steps[at].name.as_str();
        for (at, obstacle) in schedule.obstacles().into_iter().enumerate() {
            if schedule.state(at) == StepState::Waiting {
                let reason = obstacle.map(|failed| format!("it needs the step {}", name(failed)));
                let reason = reason.unwrap_or_else(|| "the pipeline was stopped".to_owned());
                self.logs.line(format_args!("Step {} was not run: {reason}", name(at)));
                let record = self.record.step(&self.plan.steps[at].run_id);
                self.note(record.finish(JobStatus::Canceled, None));
            }
        }
        for (at, group) in self.plan.groups.iter().enumerate() {
            let inside = self.plan.steps.iter().enumerate().filter(|(_, step)| self.plan.is_inside(step, at));
            let failed =
                inside.into_iter().any(|(at, _)| schedule.state(at) == StepState::Ended(JobStatus::Failed));
            let status = if failed { JobStatus::Failed } else { JobStatus::Canceled };
            // Without effect on one that has ended.
            self.note(self.record.step(&group.run_id).finish(status, None));
        }
    }

    /// What the pipeline came to: complete if every step is.
    fn judge(&self, schedule: &Schedule, errors: &[Option<JobError>]) -> (JobStatus, Option<JobError>) {
        let states = (0..self.plan.steps.len()).map(|at| (at, schedule.state(at)));
        let ended_badly =
            |state: StepState| matches!(state, StepState::Ended(status) if status != JobStatus::Completed);
        let mut bad: Vec<usize> = states.filter(|(_, state)| ended_badly(*state)).map(|(at, _)| at).collect();
        // Steps that were stopped because of another one are not the reason.
        bad.sort_by_key(|at| errors[*at].is_none());
        let Some(first) = bad.first().copied() else {
            return (JobStatus::Completed, None);
        };
        let step = &self.plan.steps[first];
        let place = format!("The step {} (run {})", step.name, step.run_id);
        let error = match &errors[first] {
            Some(JobError { code, message }) => {
                JobError { code: code.clone(), message: format!("{place} failed: {message}") }
            }
            None => JobError { code: "UserError".to_owned(), message: format!("{place} was cancelled.") },
        };
        (JobStatus::Failed, Some(error))
    }

    fn sentence(&self, status: JobStatus) -> &'static str {
        match status {
            JobStatus::Completed => "The pipeline is completed.",
            JobStatus::Canceled => "User cancelled the run.",
            _ => "The pipeline has failed.",
        }
    }

    fn note(&self, told: Result<(), RecordError>) {
        if let Err(error) = told {
            self.logs.warn(error);
        }
    }
}

/// How much of the machine's room a step takes.
fn takes(step: &StepPlan) -> usize {
    match &step.task {
        StepTask::Command(_) => 1,
        StepTask::Parallel(parallel) => parallel.job.requested_workers(),
    }
}

fn short(run_id: &str) -> &str {
    run_id.get(..8).unwrap_or(run_id)
}

/// Runs one step to its end, which is on record when this returns.
async fn run_step(
    pipeline: &PipelinePlan,
    step: &StepPlan,
    dir: &Path,
    surroundings: &Surroundings<'_>,
    record: &StepRecord,
) -> (JobStatus, Option<JobError>) {
    if let Err(source) = fs::create_dir_all(dir) {
        let error = job_error(&Failure::File(FileError::on("create", dir)(source)));
        let status = finish(record, JobStatus::Failed, Some(&error), None).await;
        return (status, Some(error));
    }
    match &step.task {
        StepTask::Parallel(parallel) => {
            let parallel = ParallelStep { step, parallel, dir, surroundings, record };
            match parallel.run().await {
                Ok(status) => (status, record.error.take()),
                Err(failure) => end(record, parallel.logs().as_ref(), Err(failure)).await,
            }
        }
        StepTask::Command(command) => {
            let logs = match JobLogs::of_command(dir) {
                Ok(logs) => logs,
                Err(error) => return end(record, None, Err(error.into())).await,
            };
            if let Err(error) = record.set_status(JobStatus::Preparing) {
                logs.warn(error);
            }
            let command = CommandStep { pipeline, step, command, dir, surroundings, record, logs: &logs };
            let result = tokio::select! {
                biased;
                () = cancel_requested(record, &logs) => Ok(Finished::Cancelled),
                result = command.run() => result,
            };
            let ended = end(record, Some(&logs), result).await;
            processes::forget_groups(dir);
            scratch::remove(dir);
            ended
        }
    }
}

async fn end(
    record: &StepRecord,
    logs: Option<&JobLogs>,
    result: Result<Finished, Failure>,
) -> (JobStatus, Option<JobError>) {
    let (status, sentence, error) = match result {
        Ok(Finished::Completed) => (JobStatus::Completed, "The step is completed.", None),
        Ok(Finished::Cancelled) => (JobStatus::Canceled, "The step was cancelled.", None),
        Err(failure) => (JobStatus::Failed, "The step has failed.", Some(job_error(&failure))),
    };
    if let Some(logs) = logs {
        logs.close(sentence, error.as_ref().map(|error| error.message.as_str()));
    }
    (finish(record, status, error.as_ref(), logs).await, error)
}

/// The record of a step that is also stopped when another one has failed.
struct StepRecord {
    record: Box<dyn JobRecord>,
    stop: Arc<AtomicBool>,
    /// Why it failed, once that is on record.
    error: RefCell<Option<JobError>>,
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
