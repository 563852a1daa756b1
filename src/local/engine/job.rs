//! One job from beginning to end: the phases in their order, and what is told about them.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use super::aside::Aside;
use super::cancellation::cancel_requested;
use super::dispatcher::{Dispatcher, Ending, Rules};
use super::download::Downloader;
use super::earlier::Earlier;
use super::ending::{finish, warn_of_record};
use super::environment;
use super::executor::{Executor, ListingTask};
use super::failure::{Failure, ScoringFailure};
use super::file_error::FileError;
use super::inputs::{self, InputRoot};
use super::journal::Journal;
use super::logs::JobLogs;
use super::mlflow::MlflowModel;
use super::model;
use super::outcome::{job_error, scoring_message};
use super::partition::Partition;
use super::plan::{EngineSettings, EnvironmentPlan, JobInput, JobPlan};
use super::processes;
use super::record::{JobRecord, Progress};
use super::reporter::Reporter;
use super::reserve::Reserve;
use super::retry::{self, Whose};
use super::scratch;
use super::sink::{self, MadeBefore};
use super::summary::{Course, Phase};
use super::workshop::{Prepared, Workshop};
use crate::wire::deployment::OutputAction;
use crate::wire::job::JobStatus;
use crate::wire::origin::shown;

/// The parts of a running job that everything borrows.
pub(super) struct Job<'a> {
    pub(super) plan: &'a JobPlan,
    pub(super) job_dir: &'a Path,
    pub(super) environments: &'a Path,
    pub(super) settings: &'a EngineSettings,
    pub(super) record: &'a dyn JobRecord,
    pub(super) downloader: &'a dyn Downloader,
    pub(super) aside: Aside,
}

/// How a job that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finished {
    Completed,
    Cancelled,
}

impl Job<'_> {
    pub(super) async fn run(&self) -> JobStatus {
        match JobLogs::create(self.job_dir, self.plan.logs_debug()) {
            Ok(logs) => self.run_with(&logs).await,
            Err(error) => {
                let error = job_error(&error.into());
                finish(self.record, JobStatus::Failed, Some(&error), None).await
            }
        }
    }

    /// The same with logs that are open already.
    pub(super) async fn run_with(&self, logs: &JobLogs) -> JobStatus {
        let reserve = Reserve::take(self.job_dir);
        let mut course = Course::begin();
        let phases = self.phases(logs, &mut course);
        let result = processes::with_descendants(self.settings.owns_process, phases).await;
        let (status, sentence, error) = match result {
            Ok(Finished::Completed) => (JobStatus::Completed, "The job is completed.", None),
            Ok(Finished::Cancelled) => (JobStatus::Canceled, "User cancelled the run.", None),
            Err(failure) => (JobStatus::Failed, "The job has failed.", Some(job_error(&failure))),
        };
        reserve.release();
        logs.summary(self.job_dir, &course.summary(self.plan, status, error.as_ref(), logs.errors().count()));
        logs.close(sentence, error.as_ref().map(|error| error.message.as_str()));
        let status = finish(self.record, status, error.as_ref(), Some(logs)).await;
        // Not before: while the end is not on record, this is all there is of the job.
        self.clean_up(status).await;
        status
    }

    async fn phases(&self, logs: &JobLogs, course: &mut Course) -> Result<Finished, Failure> {
        self.introduce(logs);
        self.status(JobStatus::Preparing, logs);
        let prepared = tokio::select! {
            biased;
            () = cancel_requested(self.record, logs) => return Ok(Finished::Cancelled),
            prepared = self.prepare(logs) => prepared?,
        };
        course.enter(Phase::Scoring);
        let made_before = match &prepared.earlier {
            Some(earlier) if earlier.is_complete() => MadeBefore::Perhaps,
            _ => MadeBefore::Never,
        };
        self.status(JobStatus::Running, logs);
        match self.score(prepared, logs, course).await? {
            Ending::Scored => {}
            Ending::Cancelled => return Ok(Finished::Cancelled),
            Ending::Failed(failure) => return Err(self.scoring_failed(&failure)),
        }
        course.enter(Phase::Assembling);
        self.assemble(&course.progress, made_before, logs).await?;
        Ok(Finished::Completed)
    }

    fn introduce(&self, logs: &JobLogs) {
        let plan = self.plan;
        logs.line(format_args!(
            "Job {} for deployment {} of endpoint {}: mini-batches of {} files, {} tries each ({} retries), \
             time limit {} seconds ({} + {} allowance), error threshold {}",
            plan.job,
            plan.deployment,
            plan.endpoint,
            plan.mini_batch_size,
            plan.tries(),
            plan.max_retries,
            plan.timeout_seconds + self.settings.overhead_allowance.as_secs(),
            plan.timeout_seconds,
            self.settings.overhead_allowance.as_secs(),
            plan.error_threshold,
        ));
        if let Some(retry) = &plan.retry {
            let with = if retry.merge { "; the output will have the rows of both" } else { "" };
            logs.line(format_args!("It scores what has no result in job {}{with}", retry.job));
        }
        if !plan.environment_variables.is_empty() {
            logs.warn("the deployment's environment variables are applied; in the cloud some were seen to be dropped");
        }
    }

    async fn prepare(&self, logs: &JobLogs) -> Result<Prepared, Failure> {
        let earlier = self.earlier(logs).await?;
        let output_dir = &self.plan.output_dir;
        fs::create_dir_all(output_dir).map_err(FileError::on("create", output_dir))?;
        if self.appends_rows() && !earlier.as_ref().is_some_and(Earlier::is_complete) {
            // Better to hear of it now than after hours of scoring.
            sink::target(output_dir, &self.plan.output_file_name)?;
        }
        let wanted = self.environment(logs)?;
        let interpreter = environment::prepare(&wanted, self.environments, self.settings, logs).await?;
        let interpreter = match self.most_workers() {
            1 => interpreter,
            _ => interpreter.for_workers(self.job_dir).await,
        };
        let (input, model_dir) = (self.input(logs).await?, self.model_dir().await?);
        Ok(Prepared { interpreter, input, model_dir, earlier })
    }

    /// The deployment's environment, or that of an MLflow model which is to be scored without a script.
    fn environment(&self, logs: &JobLogs) -> Result<Cow<'_, EnvironmentPlan>, Failure> {
        let plan = self.plan;
        if plan.code.is_some() {
            return Ok(Cow::Borrowed(&plan.environment));
        }
        let model = MlflowModel::read(plan.model.as_deref())?;
        if plan.environment.is_named() {
            return Ok(Cow::Borrowed(&plan.environment));
        }
        let Some(found) = model.environment()? else {
            logs.warn("the MLflow model has no conda.yaml, python_env.yaml or requirements.txt: its packages are guesswork");
            return Ok(Cow::Borrowed(&plan.environment));
        };
        let EnvironmentPlan { name, version, .. } = &found.plan;
        logs.line(format_args!("Environment: that of the MLflow model `{name}`, by its {version}"));
        if !found.added.is_empty() {
            logs.line(format_args!("Environment: added to read files with: {}", found.added.join(", ")));
        }
        Ok(Cow::Owned(found.plan))
    }

    /// What an earlier supervisor has done of the job, or the job that this one retries.
    async fn earlier(&self, logs: &JobLogs) -> Result<Option<Earlier>, Failure> {
        let merged = self.plan.retry.clone().filter(|retry| retry.merge);
        let job_dir = self.job_dir.to_owned();
        let found = self.aside.start(move |stop| match merged {
            Some(merged) => retry::own_or_taken_over(&merged, &job_dir, stop),
            None => Ok((Earlier::find(&job_dir, stop)?, Whose::Own)),
        });
        let (found, whose) = found.await??;
        if let Some(Earlier { progress, .. }) = &found {
            let what = match (whose, &self.plan.retry) {
                (Whose::TakenOver, Some(retry)) => format!("with what job {} has done", retry.job),
                _ => "where the job stopped".to_owned(),
            };
            logs.progress_line(format_args!(
                "Going on {what}: {} of {} mini batches are settled and do not run again.",
                progress.done + progress.failed,
                progress.mini_batches
            ));
        }
        Ok(found)
    }

    async fn model_dir(&self) -> Result<Option<PathBuf>, Failure> {
        let Some(model) = self.plan.model.clone() else {
            return Ok(None);
        };
        let job_dir = self.job_dir.to_owned();
        let made = self.aside.start(move |stop| model::model_dir(&job_dir, &model, stop));
        Ok(Some(made.await??))
    }

    async fn input(&self, logs: &JobLogs) -> Result<InputRoot, Failure> {
        match &self.plan.input {
            JobInput::File(path) => Ok(InputRoot::File(path.clone())),
            JobInput::Folder(path) => Ok(InputRoot::Folder(path.clone())),
            JobInput::Url(url) => {
                logs.line(format_args!("Fetching the input {}", shown(url)));
                let folder = scratch::downloads_path(self.job_dir);
                fs::create_dir_all(&folder).map_err(FileError::on("create", &folder))?;
                let fetched = self.downloader.download(url, &folder).await;
                let fetched = fetched.map_err(|source| Failure::Download { url: shown(url), source });
                let path = fetched?;
                Ok(if path.is_dir() { InputRoot::Folder(path) } else { InputRoot::File(path) })
            }
        }
    }

    async fn score(
        &self,
        prepared: Prepared,
        logs: &JobLogs,
        course: &mut Course,
    ) -> Result<Ending, Failure> {
        let workshop = Workshop::prepare(self.plan, self.job_dir, logs, &prepared, self.settings)?;
        let Prepared { input, earlier, interpreter: _in_use, .. } = prepared;
        let rules = self.rules(&input, logs);
        let settled_before = earlier.as_ref().map_or(0, Earlier::settled);
        let (journal, partition, listing, mut dispatcher) = match earlier {
            Some(earlier) => {
                let partition = Some(workshop.open_partition()?);
                (Journal::open(self.job_dir)?, partition, None, Dispatcher::resuming(rules, earlier))
            }
            None => {
                let journal = Journal::create(self.job_dir)?;
                (journal, None, Some(self.list(input)), Dispatcher::new(rules))
            }
        };
        let reporter = Reporter::new(self.plan, logs, self.record, settled_before);
        let mut executor =
            Executor::new(&mut dispatcher, &workshop, self.record, &reporter, journal, partition);
        let ending = executor.run(listing).await;
        if let Ok(Ending::Failed(failure)) = &ending {
            reporter.final_failure(failure);
        }
        reporter.close();
        course.progress = reporter.last_progress();
        ending
    }

    fn list(&self, input: InputRoot) -> ListingTask {
        let (job_dir, size) = (self.job_dir.to_owned(), self.plan.mini_batch_size);
        let retried = self.plan.retry.clone().filter(|retry| retry.job_dir.is_some());
        self.aside.start(move |stop| match retried {
            Some(retried) => retry::list(&retried, &job_dir, size, stop),
            None => inputs::list(&input, &job_dir, size, stop),
        })
    }

    fn rules(&self, input: &InputRoot, logs: &JobLogs) -> Rules {
        let plan = self.plan;
        let requested = plan.requested_workers();
        let useful = if matches!(input, InputRoot::File(_)) { 1 } else { usize::MAX };
        let workers = self.most_workers().min(useful);
        let reason = match workers {
            _ if workers == requested => "as the deployment asks for",
            _ if workers == useful => "a single file needs no more",
            _ if self.settings.max_workers.is_some() => "the limit set by AZML_MAX_WORKERS",
            _ => "the number of this machine's cores",
        };
        logs.line(format_args!(
            "Starting {workers} of {requested} worker processes (instance_count {} * max_concurrency_per_instance {}): {reason}",
            plan.instance_count, plan.max_concurrency_per_instance
        ));
        Rules {
            workers,
            workers_per_node: plan.max_concurrency_per_instance.max(1) as usize,
            tries: plan.tries(),
            error_threshold: plan.error_threshold,
            needs_success: self.appends_rows(),
        }
    }

    /// How many workers the deployment asks for and this machine allows.
    fn most_workers(&self) -> usize {
        self.plan.requested_workers().min(self.settings.worker_limit())
    }

    fn scoring_failed(&self, failure: &ScoringFailure) -> Failure {
        let partition = Partition::open(self.job_dir).ok();
        Failure::Scoring(scoring_message(failure, self.plan, partition.as_ref()))
    }

    async fn assemble(
        &self,
        progress: &Progress,
        made_before: MadeBefore,
        logs: &JobLogs,
    ) -> Result<(), Failure> {
        self.status(JobStatus::Finalizing, logs);
        logs.progress_line(format_args!(
            "All {} mini batches have been processed: {} succeeded items, {} failed items, {} retries.",
            progress.mini_batches, progress.succeeded_items, progress.failed_items, progress.retried
        ));
        if !self.appends_rows() {
            if progress.succeeded_items == 0 {
                logs.warn("not one item succeeded");
            }
            return Ok(());
        }
        let (job_dir, mini_batches) = (self.job_dir.to_owned(), progress.mini_batches);
        let (folder, name) = (self.plan.output_dir.clone(), self.plan.output_file_name.clone());
        let assembled =
            self.aside.start(move |_| sink::assemble(&job_dir, mini_batches, &folder, &name, made_before));
        let bytes = assembled.await??;
        logs.progress_line(format_args!("Wrote {bytes} bytes to {}", self.plan.output_file_name));
        Ok(())
    }

    fn appends_rows(&self) -> bool {
        self.plan.output_action == OutputAction::AppendRow
    }

    fn status(&self, status: JobStatus, logs: &JobLogs) {
        if let Err(error) = self.record.set_status(status) {
            warn_of_record(&error, logs);
        }
    }

    /// Removes what no one needs after this end; leftovers do no harm.
    async fn clean_up(&self, status: JobStatus) {
        self.aside.end().await;
        processes::forget_groups(self.job_dir);
        scratch::remove_aside(self.job_dir).await;
        if status == JobStatus::Completed {
            let segments = sink::segments_path(self.job_dir);
            let _left_over = self.aside.start(move |_| fs::remove_dir_all(segments)).await;
        }
    }
}
