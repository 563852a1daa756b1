//! Turns what happens while a job is scored into log lines and progress on record.
//!
//! Decides nothing. Many failures make many lines, so from a point on they are only written to the workers'
//! own logs.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::dispatcher::Note;
use super::error_list::{ErrorLine, LONGEST_MESSAGE, NAMED_FILES};
use super::failure::{Flaw, ScoringFailure, Witness, WorkerFailure};
use super::inputs::Listing;
use super::job_report::{Attempt, JobReport};
use super::logs::{JobLogs, error_log};
use super::outcome::{file_of_code, location};
use super::partition::Partition;
use super::plan::JobPlan;
use super::record::{JobRecord, Progress, RecordError};
use super::worker::{Returned, ScriptLocation, ScriptPhase, WorkerIdentity};

/// How often the log tells how far the job is.
const PROGRESS_LINES: Duration = Duration::from_secs(10);
/// Failures that get a line of their own in the execution log.
pub(super) const FAILURE_LINES: u32 = 1000;

/// See the module's documentation.
pub(super) struct Reporter<'a> {
    plan: &'a JobPlan,
    logs: &'a JobLogs,
    record: &'a dyn JobRecord,
    began: Instant,
    started_at: OffsetDateTime,
    /// Mini-batches that an earlier run of the job has settled.
    settled_before: u64,
    last_line: Cell<Instant>,
    last_progress: RefCell<Progress>,
    report: JobReport,
    failure_lines: Cell<u32>,
    python_told: Cell<bool>,
    surplus_told: Cell<bool>,
    record_trouble_told: Cell<bool>,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(
        plan: &'a JobPlan,
        logs: &'a JobLogs,
        record: &'a dyn JobRecord,
        settled_before: u64,
    ) -> Self {
        let began = Instant::now();
        Self {
            plan,
            logs,
            record,
            began,
            started_at: crate::clock::now(),
            settled_before,
            last_line: Cell::new(began),
            last_progress: RefCell::default(),
            report: JobReport::new(logs),
            failure_lines: Cell::new(0),
            python_told: Cell::new(false),
            surplus_told: Cell::new(false),
            record_trouble_told: Cell::new(false),
        }
    }

    pub(super) fn listed(&self, listing: &Listing) {
        self.logs.progress_line(format_args!(
            "Scheduling finished. Scheduled {} mini batches with {} items in {:.1} seconds.",
            listing.mini_batches,
            listing.items,
            self.began.elapsed().as_secs_f64()
        ));
        if let Some(folder) = &listing.nested {
            self.logs.warn(format_args!(
                "the input has files in sub-folders such as `{folder}`; they are scored here, but the cloud may skip them"
            ));
        }
        for skipped in &listing.skipped {
            self.logs.warn(format_args!("not scored: {skipped}"));
        }
        if listing.skipped_count > listing.skipped.len() as u64 {
            self.logs.warn(format_args!("not scored: {} entries in all", listing.skipped_count));
        }
    }

    pub(super) fn worker_ready(&self, worker: WorkerIdentity, python: &str) {
        if self.python_told.replace(true) {
            self.logs.line(format_args!("Worker {worker} is ready"));
        } else {
            self.logs.line(format_args!("Worker {worker} is ready (Python {python})"));
        }
    }

    pub(super) fn returned(&self, attempt: &Attempt, returned: &Returned) {
        let seconds = Duration::from_nanos(returned.nanoseconds).as_secs_f64();
        self.logs.mini_batch(
            attempt.worker,
            format_args!(
                "mini-batch {}: {} items, {} results, run() took {seconds:.6} seconds",
                attempt.mini_batch, attempt.files, returned.rows
            ),
        );
        self.report.returned(attempt, returned);
    }

    pub(super) fn failed(&self, attempt: &Attempt, failure: &WorkerFailure) {
        self.report.failed(attempt, failure);
    }

    pub(super) fn note(&self, note: &Note, partition: Option<&Partition>) {
        match note {
            Note::AttemptFailed { witness, attempt, given_up } => {
                self.attempt_failed(witness, *attempt, *given_up, partition);
            }
            Note::InitFailed { worker, failure, place_closed } => {
                self.init_failed(*worker, failure);
                let next =
                    if *place_closed { "this worker is not started again" } else { "starting it again" };
                let log = error_log(*worker);
                self.failure_line(format_args!(
                    "Worker {worker} failed before it was ready: {failure}{}; {next}, see {log}",
                    location(failure, self.plan)
                ));
            }
            Note::ResultCount { worker, mini_batch, attempt, files, rows } => {
                self.result_count(*worker, *mini_batch, *files, *rows);
                if rows < files {
                    let message = Flaw::ShortResult { rows: *rows, files: *files }.to_string();
                    let line = error_line(*worker, ScriptPhase::Run, "ShortResult", &message);
                    let line = of_mini_batch(line, *mini_batch, *attempt, partition);
                    self.logs.errors().add(&ErrorLine { failed_files: files - rows, ..line });
                }
            }
            Note::Replaced { worker } => {
                self.failure_line(format_args!(
                    "Worker {worker} is gone and will be replaced if there is work left"
                ));
            }
        }
    }

    fn attempt_failed(&self, witness: &Witness, attempt: u32, given_up: bool, partition: Option<&Partition>) {
        let Flaw::Failed(failure) = &witness.flaw else {
            return;
        };
        let Witness { worker, mini_batch, .. } = witness;
        let tries = self.plan.tries();
        self.worker_error(
            *worker,
            &format!("mini-batch {mini_batch}, attempt {attempt} of {tries}"),
            failure,
        );
        let line = self.error_line(*worker, ScriptPhase::Run, failure);
        let line = of_mini_batch(line, *mini_batch, attempt, partition);
        let failed_files = if given_up { line.file_count } else { 0 };
        self.logs.errors().add(&ErrorLine { failed_files, ..line });
        if self.failure_lines.get() > FAILURE_LINES {
            return;
        }
        let file = first_file(partition, *mini_batch);
        let next = if given_up { "given up" } else { "trying it again" };
        self.failure_line(format_args!(
            "Mini-batch {mini_batch} (first file {file}) failed, attempt {attempt} of {tries}, worker {worker}: \
             {failure}{}; {next}, see {}",
            location(failure, self.plan),
            error_log(*worker)
        ));
    }

    fn init_failed(&self, worker: WorkerIdentity, failure: &WorkerFailure) {
        self.worker_error(worker, "before the first mini-batch", failure);
        let phase = if failure.is_import() { ScriptPhase::Import } else { ScriptPhase::Init };
        self.logs.errors().add(&self.error_line(worker, phase, failure));
    }

    /// The failure for the list of errors, of no mini-batch yet.
    fn error_line(&self, worker: WorkerIdentity, phase: ScriptPhase, failure: &WorkerFailure) -> ErrorLine {
        let location = match failure {
            WorkerFailure::Script(report) => report.location.as_ref(),
            WorkerFailure::TimeLimit { .. } | WorkerFailure::Died { .. } => None,
        };
        ErrorLine {
            location: location.map(|at| ScriptLocation { file: file_of_code(at, self.plan), ..at.clone() }),
            log: Some(error_log(worker)),
            ..error_line(worker, phase, failure.class(), &failure.message())
        }
    }

    /// The full story for the worker's own log; later failures are told in one line, lest the log fill the disk.
    fn worker_error(&self, worker: WorkerIdentity, heading: &str, failure: &WorkerFailure) {
        self.report.count(failure);
        match self.failure_lines.get() {
            0..FAILURE_LINES => self.logs.worker_error(worker, heading, &failure.details()),
            _ => self.logs.worker_error(worker, heading, &format!("{failure}\n")),
        }
    }

    /// Too few results are failed items and told each time; too many are usual for tables and told once.
    fn result_count(&self, worker: WorkerIdentity, mini_batch: u64, files: u64, rows: u64) {
        let line = format_args!(
            "run() returned {rows} results for the {files} files of mini-batch {mini_batch} (worker {worker})"
        );
        if rows < files {
            self.failure_line(format_args!("Warning: {line}; the missing ones count as failed items"));
        } else if !self.surplus_told.replace(true) {
            self.logs.line(format_args!("{line}; every file counts once"));
        }
    }

    fn failure_line(&self, text: std::fmt::Arguments<'_>) {
        let lines = self.failure_lines.get();
        self.failure_lines.set(lines.saturating_add(1));
        if lines < FAILURE_LINES {
            self.logs.line(text);
        } else if lines == FAILURE_LINES {
            self.logs.line("Further failures are only in logs/user/error");
        }
    }

    /// A failure that ends the job before any mini-batch is written to its worker's log like any other.
    pub(super) fn final_failure(&self, failure: &ScoringFailure) {
        match failure {
            ScoringFailure::CannotImport { worker, failure }
            | ScoringFailure::CannotInit { worker, failure, .. } => {
                self.init_failed(*worker, failure);
            }
            ScoringFailure::ThresholdExceeded { .. } | ScoringFailure::NothingSucceeded { .. } => {}
        }
    }

    pub(super) fn shutdown_too_long<'w>(&self, workers: impl Iterator<Item = &'w WorkerIdentity>) {
        for worker in workers {
            self.logs.warn(format_args!(
                "worker {worker} did not end in time after the last mini-batch and is killed"
            ));
        }
    }

    /// Puts the progress on record if it changed, and a line in the log now and then.
    pub(super) fn progress(&self, progress: &Progress, workers: u64) {
        let progress = Progress { workers, started_at: Some(self.started_at), ..progress.clone() };
        if self.last_line.get().elapsed() >= PROGRESS_LINES {
            self.last_line.set(Instant::now());
            self.progress_line(&progress);
        }
        if *self.last_progress.borrow() != progress {
            self.report.flush();
            if let Err(error) = self.record.set_progress(&progress) {
                self.record_failed(&error);
            }
            self.last_progress.replace(progress);
        }
    }

    /// Nothing more will happen.
    pub(super) fn close(&self) {
        self.report.close(self.logs);
    }

    /// The progress that was put on record last.
    pub(super) fn last_progress(&self) -> Progress {
        self.last_progress.borrow().clone()
    }

    fn progress_line(&self, progress: &Progress) {
        let processed = progress.done + progress.failed;
        let elapsed = self.began.elapsed();
        let remaining = match processed - self.settled_before {
            0 => "unknown".to_owned(),
            now => clock(elapsed.mul_f64((progress.mini_batches - processed) as f64 / now as f64)),
        };
        self.logs.progress_line(format_args!(
            "Processed {processed} of {} mini batches in {}. Estimate remaining {remaining}. \
             {} failed items, {} retries.",
            progress.mini_batches,
            clock(elapsed),
            progress.failed_items,
            progress.retried
        ));
    }

    /// The job goes on without its keeper; one line says so.
    pub(super) fn record_failed(&self, error: &RecordError) {
        if !self.record_trouble_told.replace(true) {
            let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            self.logs.warn(format_args!("{error}: {cause}"));
        }
    }
}

/// The first file of a mini-batch, quoted.
pub(super) fn first_file(partition: Option<&Partition>, mini_batch: u64) -> String {
    let content = partition.and_then(|partition| partition.read(mini_batch).ok());
    let first = content.and_then(|content| content.shown_names().next());
    first.map_or_else(|| "unknown".to_owned(), |name| format!("`{name}`"))
}

fn error_line(worker: WorkerIdentity, phase: ScriptPhase, class: &str, message: &str) -> ErrorLine {
    ErrorLine {
        time: crate::clock::iso_micros(crate::clock::now()),
        phase,
        mini_batch: None,
        attempt: None,
        files: Vec::new(),
        file_count: 0,
        failed_files: 0,
        worker: worker.to_string(),
        class: class.to_owned(),
        message: message.chars().take(LONGEST_MESSAGE).collect(),
        location: None,
        log: None,
    }
}

fn of_mini_batch(line: ErrorLine, mini_batch: u64, attempt: u32, partition: Option<&Partition>) -> ErrorLine {
    let content = partition.and_then(|partition| partition.read(mini_batch).ok());
    let files = content.iter().flat_map(|content| content.shown_names().take(NAMED_FILES)).collect();
    let file_count = content.as_ref().map_or(0, |content| content.files);
    ErrorLine { mini_batch: Some(mini_batch), attempt: Some(attempt), files, file_count, ..line }
}

fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
