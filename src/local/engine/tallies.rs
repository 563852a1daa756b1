//! What each process and each node did, summed up: two tables that show who was idle, slow or unlucky.
//!
//! The cloud has files of these names; their columns are not public. Memory does not grow with the number of processes.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;

use time::OffsetDateTime;

use super::logs::JobLogs;
use super::worker::WorkerIdentity;

const PROCESSES: &str = "logs/sys/job_report/process_summary.csv";
const NODES: &str = "logs/sys/job_report/node_summary.csv";
/// Processes that have a row of their own. Those beyond, of a script that ends one after the other, are in their nodes' sums.
pub(super) const LISTED_PROCESSES: usize = 10_000;
const COLUMNS: &str =
    "Mini-batches,Failed Attempts,Total,Succeeded,Failed,Process Seconds,Run Method Seconds";

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Tallies {
    /// By node and process.
    processes: BTreeMap<(u32, u32), Process>,
    nodes: BTreeMap<u32, Tally>,
}

struct Process {
    started: String,
    tally: Tally,
}

/// Sums over attempts; `files` and below it are files.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) mini_batches: u64,
    pub(super) failed_attempts: u64,
    pub(super) files: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) processing_seconds: f64,
    pub(super) running_seconds: f64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.mini_batches += other.mini_batches;
        self.failed_attempts += other.failed_attempts;
        self.files += other.files;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.processing_seconds += other.processing_seconds;
        self.running_seconds += other.running_seconds;
    }
}

/// The columns.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mini_batches, failed_attempts, files, succeeded, failed, .. } = self;
        write!(f, "{mini_batches},{failed_attempts},{files},{succeeded},{failed},")?;
        write!(f, "{:.6},{:.6}", self.processing_seconds, self.running_seconds)
    }
}

impl Tallies {
    pub(super) fn add(&mut self, worker: WorkerIdentity, started: OffsetDateTime, tally: Tally) {
        self.count((worker.node, worker.process), || crate::clock::iso_micros(started), tally);
    }

    /// Adds the attempts of an earlier run of the job, from its table of them; answers how long the table is without a
    /// last row that was cut off.
    pub(super) fn add_table(&mut self, table: &File) -> u64 {
        let (mut reader, mut row, mut whole) = (BufReader::new(table), Vec::new(), 0);
        while matches!(reader.read_until(b'\n', &mut row), Ok(1..)) && row.ends_with(b"\n") {
            whole += row.len() as u64;
            if let Some((process, started, tally)) = parsed(&String::from_utf8_lossy(&row)) {
                self.count(process, || started.to_owned(), tally);
            }
            row.clear();
        }
        whole
    }

    fn count(&mut self, process: (u32, u32), started: impl FnOnce() -> String, tally: Tally) {
        *self.nodes.entry(process.0).or_default() += tally;
        if self.processes.len() < LISTED_PROCESSES || self.processes.contains_key(&process) {
            let new = || Process { started: started(), tally: Tally::default() };
            self.processes.entry(process).or_insert_with(new).tally += tally;
        }
    }

    /// Writes both tables, if anything was tried.
    pub(super) fn write(&self, logs: &JobLogs) {
        if self.nodes.is_empty() {
            return;
        }
        let mut table = format!("Process,Process Start Time,{COLUMNS}\n");
        for ((node, process), Process { started, tally }) in &self.processes {
            // Writing to a string cannot fail.
            let _ok = writeln!(table, "{node}/process{process:03},{started},{tally}");
        }
        logs.write(PROCESSES, &table);
        let mut table = format!("Node,{COLUMNS}\n");
        for (node, tally) in &self.nodes {
            let _ok = writeln!(table, "{node},{tally}");
        }
        logs.write(NODES, &table);
    }
}

/// A row of the table of attempts: the process by node and number, when it was started, and what the attempt was.
fn parsed(row: &str) -> Option<((u32, u32), &str, Tally)> {
    // Only columns behind these may hold commas.
    let cells: Vec<&str> = row.splitn(12, ',').collect();
    let &[_, _, process, started, files, succeeded, failed, _, processing, running, status, _] =
        cells.as_slice()
    else {
        return None;
    };
    let (node, process) = process.split_once("/process")?;
    let is_done = u64::from(status == "RUN_DONE");
    let tally = Tally {
        mini_batches: is_done,
        failed_attempts: 1 - is_done,
        files: files.parse().ok()?,
        succeeded: succeeded.parse().ok()?,
        failed: failed.parse().ok()?,
        processing_seconds: processing.parse().ok()?,
        running_seconds: running.parse().unwrap_or_default(),
    };
    Some(((node.parse().ok()?, process.parse().ok()?), started, tally))
}
