//! What becomes of every attempt, as a table, and which errors the script made, counted.
//!
//! Like every log it is written as far as it can be. Memory does not grow with the number of attempts. `tallies` sums
//! them up.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

use time::OffsetDateTime;

use super::failure::WorkerFailure;
use super::logs::JobLogs;
use super::tallies::{Tallies, Tally};
use super::worker::{Returned, WorkerIdentity};

const TABLE: &str = "logs/sys/job_report/processed_mini-batches.csv";
const ERRORS: &str = "logs/user/error.txt";
/// The columns of the cloud's table.
const HEADER: &str = "Mini-batch Id,Picked Count,Process,Process Start Time,Total,Succeeded,Failed,Elapsed Seconds,\
                      Process Seconds,Run Method Seconds,Status,Error Category,Error Message,Mini-batch Detail\n";
/// Different errors that are counted one by one.
const COUNTED_ERRORS: usize = 100;

/// One attempt of one mini-batch that is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub(super) worker: WorkerIdentity,
    pub(super) worker_started: OffsetDateTime,
    pub(super) mini_batch: u64,
    pub(super) files: u64,
    /// Counts from 1.
    pub(super) attempt: u32,
    /// Since it was sent to the worker, and since the worker got to it.
    pub(super) elapsed: Duration,
    pub(super) processing: Duration,
}

/// See the module's documentation.
pub(super) struct JobReport {
    table: RefCell<Option<BufWriter<File>>>,
    tallies: RefCell<Tallies>,
    errors: RefCell<BTreeMap<String, u64>>,
    other_errors: Cell<u64>,
}

impl JobReport {
    pub(super) fn new(logs: &JobLogs) -> Self {
        let (table, mut tallies) = (logs.open(TABLE), Tallies::default());
        // A job that was resumed goes on with its table.
        let whole = table.as_ref().map_or(0, |table| tallies.add_table(table));
        let _lost = table.as_ref().map(|table| table.set_len(whole));
        let mut table = table.map(BufWriter::new);
        if let Some(table) = table.as_mut().filter(|_| whole == 0) {
            let _lost = table.write_all(HEADER.as_bytes());
        }
        let (table, tallies) = (RefCell::new(table), RefCell::new(tallies));
        Self { table, tallies, errors: RefCell::default(), other_errors: Cell::new(0) }
    }

    pub(super) fn returned(&self, attempt: &Attempt, returned: &Returned) {
        let running = Duration::from_nanos(returned.nanoseconds);
        self.row(attempt, returned.rows.min(attempt.files), Some(running), "RUN_DONE,,,");
    }

    pub(super) fn failed(&self, attempt: &Attempt, failure: &WorkerFailure) {
        let (status, category) = match failure {
            WorkerFailure::Script(_) => ("RUN_EXCEPTION", "Script"),
            WorkerFailure::TimeLimit { .. } => ("RUN_TIMEOUT", "TimeLimit"),
            WorkerFailure::Died { .. } => ("RUN_EXCEPTION", "ProcessExit"),
        };
        self.row(attempt, 0, None, &format!("{status},{category},{},", quoted(&failure.to_string())));
    }

    /// `running` is how long `run()` took, if it returned.
    fn row(&self, attempt: &Attempt, succeeded: u64, running: Option<Duration>, end: &str) {
        let Attempt { worker, worker_started, mini_batch, files, attempt: count, elapsed, processing } =
            attempt;
        let failed = files - succeeded;
        let tally = Tally {
            mini_batches: u64::from(running.is_some()),
            failed_attempts: u64::from(running.is_none()),
            files: *files,
            succeeded,
            failed,
            processing_seconds: processing.as_secs_f64(),
            running_seconds: running.unwrap_or_default().as_secs_f64(),
        };
        self.tallies.borrow_mut().add(*worker, *worker_started, tally);
        if let Some(table) = self.table.borrow_mut().as_mut() {
            let running = running.map(|time| format!("{:.6}", time.as_secs_f64())).unwrap_or_default();
            let _lost = writeln!(
                table,
                "{mini_batch},{count},{worker},{},{files},{succeeded},{failed},{:.6},{:.6},{running},{end}",
                crate::clock::iso_micros(*worker_started),
                elapsed.as_secs_f64(),
                processing.as_secs_f64(),
            );
        }
    }

    /// Puts the rows so far in the file.
    pub(super) fn flush(&self) {
        if let Some(table) = self.table.borrow_mut().as_mut() {
            let _lost = table.flush();
        }
    }

    /// Counts an error of a worker.
    pub(super) fn count(&self, failure: &WorkerFailure) {
        let (mut errors, error) = (self.errors.borrow_mut(), failure.to_string());
        if errors.len() < COUNTED_ERRORS || errors.contains_key(&error) {
            *errors.entry(error).or_default() += 1;
        } else {
            self.other_errors.set(self.other_errors.get() + 1);
        }
    }

    /// Writes down the sums, and the errors, if there were any.
    pub(super) fn close(&self, logs: &JobLogs) {
        self.flush();
        self.tallies.borrow().write(logs);
        let mut errors: Vec<_> = self.errors.take().into_iter().collect();
        errors.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut text = String::new();
        for (error, count) in errors {
            // Writing to a string cannot fail.
            let _ok = writeln!(text, "Error `{error}` occurred {count} times.");
        }
        if self.other_errors.get() > 0 {
            let _ok = writeln!(text, "Other errors occurred {} times.", self.other_errors.get());
        }
        if !text.is_empty() {
            text.push_str("Tracebacks are in logs/user/error.\n");
            logs.append(ERRORS, &text);
        }
    }
}

/// A value of the table that may hold anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
