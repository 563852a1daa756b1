//! One pipeline from beginning to end: starts what the schedule says, and tells what comes of it.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::super::cancellation::cancel_requested;
use super::super::download::Downloader;
use super::super::ending::{finish, patiently};
use super::super::failure::Failure;
use super::super::logs::JobLogs;
use super::super::outcome::job_error;
use super::super::plan::EngineSettings;
use super::super::record::{JobError, JobRecord, RecordError};
use super::super::reserve::Reserve;
use super::super::{processes, scratch};
use super::plan::{PipelinePlan, StepPlan, StepTask};
use super::schedule::{Schedule, StepState};
use super::step::{RunningStep, StepRecord};
use super::step_dir;
use crate::wire::job::JobStatus;

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

/// Which step ended how, and why if badly.
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
    let surroundings = Surroundings { environments, settings, downloader };
    let pipeline = Pipeline { plan, job_dir, surroundings: &surroundings, record, logs: &logs };
    let (status, error) = processes::with_descendants(settings.owns_process, pipeline.run()).await;
    reserve.release();
    logs.close(pipeline.sentence(status), error.as_ref().map(|error| error.message.as_str()));
    let status = finish(record, status, error.as_ref(), Some(&logs)).await;
    scratch::remove_aside(job_dir).await;
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
        let is_done = match self.done_before().await {
            Ok(is_done) => is_done,
            Err(failure) => return (JobStatus::Failed, Some(job_error(&failure))),
        };
        let room = self.surroundings.settings.worker_limit();
        let mut schedule = Schedule::new(self.plan, room, |at| takes(&steps[at]), |at| is_done[at]);
        let stop = Arc::new(AtomicBool::new(false));
        let mut running: Running<'a> = FuturesUnordered::new();
        let mut errors: Vec<Option<JobError>> = vec![None; steps.len()];
        let mut told = vec![StepState::Waiting; self.plan.groups.len()];
        let mut is_cancelled = false;
        loop {
            self.submit(&schedule.start(), &stop, &mut running);
            self.tell_groups(&schedule, &mut told);
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
        self.skip_the_rest(&schedule, &told).await;
        // Whoever heard of a request first may have been a step, and the last one.
        match is_cancelled || (!schedule.is_complete() && self.is_cancelled().await) {
            true => (JobStatus::Canceled, None),
            false => self.judge(&schedule, &errors),
        }
    }

    /// Which steps were complete before. Not to know would be to run them again.
    async fn done_before(&self) -> Result<Vec<bool>, Failure> {
        let mut is_done = Vec::with_capacity(self.plan.steps.len());
        for step in &self.plan.steps {
            is_done.push(patiently(|| self.record.is_complete(&step.run_id)).await?);
        }
        Ok(is_done)
    }

    async fn is_cancelled(&self) -> bool {
        let asked = patiently(|| self.record.cancel_requested()).await;
        asked.unwrap_or_else(|error| {
            self.logs.warn(error);
            false
        })
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
            let record = StepRecord::new(self.record.step(&step.run_id), Arc::clone(stop));
            let dir = step_dir(self.job_dir, &step.run_id);
            let (pipeline, surroundings, at) = (self.plan, self.surroundings, *at);
            running.push(Box::pin(async move {
                let step = RunningStep { pipeline, step, dir: &dir, surroundings, record: &record };
                let (status, error) = step.run().await;
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

    /// Tells of nested pipelines that have begun or ended since it was `told` where they are.
    fn tell_groups(&self, schedule: &Schedule, told: &mut [StepState]) {
        for (at, (group, told)) in self.plan.groups.iter().zip(told).enumerate() {
            if matches!(told, StepState::Ended(_)) {
                continue;
            }
            let state = self.state_of_group(at, schedule);
            if state == *told {
                continue;
            }
            let record = self.record.step(&group.run_id);
            let noted = match state {
                StepState::Waiting => Ok(()),
                StepState::Running => record.set_status(JobStatus::Running),
                StepState::Ended(status) => record.finish(status, None),
            };
            if noted.is_ok() {
                *told = state;
            }
            self.note(noted);
        }
    }

    fn state_of_group(&self, group: usize, schedule: &Schedule) -> StepState {
        let states = self.states_inside(group, schedule);
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

    /// Where the steps of a nested pipeline are.
    fn states_inside(&self, group: usize, schedule: &Schedule) -> Vec<StepState> {
        let inside = self.plan.steps.iter().enumerate().filter(|(_, step)| self.plan.is_inside(step, group));
        inside.map(|(at, _)| schedule.state(at)).collect()
    }

    /// Steps that never ran are cancelled, and so are pipelines with such steps. Of one that has ended already this could
    /// not be told before, and nobody else knows how it did.
    async fn skip_the_rest(&self, schedule: &Schedule, told: &[StepState]) {
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
        let groups = self.plan.groups.iter().zip(told).enumerate();
        let untold = groups.filter(|(_, (_, told))| !matches!(told, StepState::Ended(_)));
        let ends = untold.map(async |(at, (group, _))| {
            let record = self.record.step(&group.run_id);
            finish(&*record, self.end_of_group(at, schedule), None, Some(self.logs)).await
        });
        join_all(ends).await;
    }

    /// How a nested pipeline ends of which no step will run any more.
    fn end_of_group(&self, group: usize, schedule: &Schedule) -> JobStatus {
        let states = self.states_inside(group, schedule);
        match self.state_of_group(group, schedule) {
            StepState::Ended(status) => status,
            _ if states.contains(&StepState::Ended(JobStatus::Failed)) => JobStatus::Failed,
            _ => JobStatus::Canceled,
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
