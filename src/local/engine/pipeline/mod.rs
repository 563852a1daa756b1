//! Running a pipeline: its steps in the order of what they need, as many at once as the machine has room for.
//!
//! ```text
//!             ┌── needs it and failed: skipped ─────────────────────────────> Canceled
//!             │
//! NotStarted ─┴─ all it needs is complete, there is room ─> Preparing ─> Running ─┬─> Completed ─> others become ready
//!                                                               │                 ├─> Failed ──> the others are stopped,
//!                                                               └──── cancel ─────┴─> Canceled   or go on if told to
//! ```
//!
//! `plan` is what a pipeline is, `schedule` decides what starts, `run` does it. A `step` is a `command`, whose line is a
//! `template`, or a batch job of its own (`parallel`). Each has a folder of its own below the job's, with its own logs;
//! `material` is what it is given and what becomes of its outputs.

mod command;
mod material;
mod parallel;
mod plan;
mod run;
mod schedule;
mod step;
mod template;
#[cfg(test)]
pub(in crate::local) mod tests;

pub use plan::{
    CommandPlan, GroupPlan, OutputPlan, ParallelPlan, PipelinePlan, StepInput, StepPlan, StepTask,
};
pub use run::{PipelineRecord, run_pipeline};
pub use template::{Side, Template, TemplateError, is_name};

use std::fs;
use std::path::{Path, PathBuf};

/// Folder of a step's logs and working files.
pub fn step_dir(job_dir: &Path, run_id: &str) -> PathBuf {
    steps_dir(job_dir).join(run_id)
}

fn steps_dir(job_dir: &Path) -> PathBuf {
    job_dir.join("steps")
}

/// Folders of all steps that have begun.
pub(super) fn step_dirs(job_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(steps_dir(job_dir)).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
