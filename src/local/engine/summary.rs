//! What a job came to, in numbers, for programs: `logs/summary.json`, whichever way it ended.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::error_list::ErrorCount;
use super::plan::JobPlan;
use super::record::{JobError, Progress};
use crate::wire::job::JobStatus;

/// Where the time of a job goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// Environment, model and input.
    Preparing,
    /// From the first worker to the last.
    Scoring,
    /// The output file.
    Assembling,
}

/// What is remembered of a job for its summary while it runs.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) progress: Progress,
    started_at: OffsetDateTime,
    phase: Phase,
    entered: Instant,
    spent: Seconds,
}

/// Time spent in each phase.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Seconds {
    preparing: f64,
    scoring: f64,
    assembling: f64,
}

impl Course {
    /// Of a job that starts now.
    pub(super) fn begin() -> Self {
        Self {
            progress: Progress::default(),
            started_at: crate::clock::now(),
            phase: Phase::Preparing,
            entered: Instant::now(),
            spent: Seconds::default(),
        }
    }

    /// The next phase begins.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.add(self.entered.elapsed());
        (self.phase, self.entered) = (phase, Instant::now());
    }

    fn add(&mut self, time: Duration) {
        let spent = match self.phase {
            Phase::Preparing => &mut self.spent.preparing,
            Phase::Scoring => &mut self.spent.scoring,
            Phase::Assembling => &mut self.spent.assembling,
        };
        *spent += time.as_secs_f64();
    }

    /// The job is over: the content of its summary.
    pub(super) fn summary(
        mut self,
        plan: &JobPlan,
        status: JobStatus,
        error: Option<&JobError>,
        errors: ErrorCount,
    ) -> String {
        self.add(self.entered.elapsed());
        let Self { progress, started_at, spent, .. } = self;
        let summary = json!({
            "job": plan.job,
            "endpoint": plan.endpoint,
            "deployment": plan.deployment,
            "status": status.as_str(),
            "error": error,
            "started_at": crate::clock::iso_micros(started_at),
            "ended_at": crate::clock::iso_micros(crate::clock::now()),
            "files": counts(progress.items, progress.succeeded_items, progress.failed_items),
            "mini_batches": counts(progress.mini_batches, progress.done, progress.failed),
            "retried": progress.retried,
            "rows": progress.rows,
            "seconds": spent,
            "errors": { "told": errors.told, "lost": errors.lost },
        });
        format!("{summary:#}\n")
    }
}

fn counts(total: u64, succeeded: u64, failed: u64) -> Value {
    json!({ "total": total, "succeeded": succeeded, "failed": failed })
}
