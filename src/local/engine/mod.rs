//! The engine: runs one job on this machine, from its plan to its output: batch scoring as told here, or a [`pipeline`].
//!
//! It knows neither the network nor the terminal. Whoever keeps the jobs launches a detached process for each
//! of them (see [`supervisor`]), which calls [`run`]; the engine reports through [`JobRecord`] and writes its
//! logs below [`log_root`].
//!
//! A job:
//!
//! ```text
//! Preparing ── environment, input and output folder are there ──> Running ── every mini-batch settled ──> Finalizing
//!     │                                                              │                                        │
//!     │ cannot be had                                                │ threshold exceeded, nothing            │ output file
//!     v                                                              │ succeeded, script unusable             v assembled
//!   Failed <─────────────────────────────────────────────────────────┘                                    Completed
//!
//! Finalizing fails as well, where the output file exists or the disk is full. Canceled is reached from Preparing and
//! Running, as soon as the record says that cancelling was requested; while Finalizing it is too late for that.
//! ```
//!
//! A job whose supervisor died is run once more, by another one: `earlier` finds what is settled, and from Preparing on
//! only the rest is done. There is no other difference, so the output has the bytes of an undisturbed run. A job that
//! retries an ended one lists what that has left undone, or begins with what that has done: see [`retry`].
//!
//! A mini-batch:
//!
//! ```text
//!            ┌───────────── run() failed, or its worker died or took too long; tries left ────────────┐
//!            v                                                                                        │
//! listed ─> waiting ── a worker has room ──> sent ── the worker gets to it ──> running ───────────────┤
//!            ^                                 │                                  │                   │ no tries left
//!            └──── its worker is gone ─────────┘                                  │ run() returned    v
//!                                                                                 v                given up
//!                                                                             committed
//! ```
//!
//! Committed and given up are final and on disk (`journal`) before progress counts them. Rows lie in the
//! segment files of the workers; only those of committed mini-batches reach the output (`sink`), each once
//! and in mini-batch order.
//!
//! Who does what: `environment` finds or builds a Python, `mlflow` tells what models without a script ask for, `inputs`
//! and `partition` list and cut the input, `dispatcher` decides (with `crew` and `work` as its state), `executor` acts
//! (each worker in a `hand`), `worker` is one Python process, started by `workshop` with its `model` and `gpus`;
//! `processes` ends what workers leave behind, `scratch` is what only a running job needs, and `aside` is where work may
//! block that ends early with its job; what is only removed has threads of its own. `outcome`, `job_report` with its
//! `tallies`, `error_list`, `summary` and `logs` tell the tale, for whose `ending` a `reserve` of room is kept. `pipeline`
//! runs jobs of several steps.

mod aside;
mod cancellation;
mod crew;
mod dispatcher;
mod download;
mod earlier;
mod ending;
mod environment;
mod error_list;
mod executor;
mod failure;
mod file_error;
mod gpus;
mod hand;
mod inputs;
mod job;
mod job_report;
mod journal;
mod last_words;
mod logs;
mod mlflow;
mod model;
mod outcome;
mod partition;
pub mod pipeline;
mod plan;
mod processes;
mod record;
mod reporter;
mod reserve;
pub mod retry;
mod scratch;
mod sink;
mod sorted_names;
mod summary;
pub mod supervisor;
mod tallies;
#[cfg(test)]
mod tests;
mod unix;
mod work;
mod worker;
mod workshop;

pub use download::{Download, DownloadError, Downloader};
pub use environment::{CachedEnvironment, cached, remember_lines, sweep};
pub use mlflow::is_mlflow_model;
pub use plan::{
    CodePlan, EngineSettings, EnvironmentPlan, JobInput, JobPlan, OVERHEAD_ALLOWANCE, Plan, RetryPlan,
};
pub use record::{JobError, JobRecord, Progress, RecordError};
pub use scratch::{folders as folders_of, of_job as scratch_of};

use std::path::{Path, PathBuf};

use self::aside::Aside;
use crate::wire::job::JobStatus;

/// The log file, below the log root, that tells why a job failed.
pub const JOB_ERROR: &str = "logs/job_error.txt";

/// Folder that holds every log file of a job.
pub fn log_root(job_dir: &Path) -> PathBuf {
    job_dir.join("logs")
}

/// Runs the job described by `plan` to its end, from where an earlier supervisor left it, and answers how it ended.
///
/// Never fails: whatever goes wrong ends the job and is told to `record`. Call it on a single-threaded
/// runtime with time and I/O enabled, from the thread that lives as long as the process: workers die with the
/// thread that starts them.
pub async fn run(
    plan: &JobPlan,
    job_dir: &Path,
    environments: &Path,
    settings: &EngineSettings,
    record: &dyn JobRecord,
    downloader: &dyn Downloader,
) -> JobStatus {
    let aside = Aside::default();
    job::Job { plan, job_dir, environments, settings, record, downloader, aside }.run().await
}
