//! Steps of pipelines: how far each is. What they are is in the plan of their job, and it is their job that has a
//! supervisor: whatever ends the job ends them.

use rusqlite::{Row, Transaction, named_params, params};

use super::jobs::{TERMINAL, status_column};
use super::{Store, StoreError, json_column, timestamp};
use crate::local::engine::{JobError, Progress};
use crate::wire::job::JobStatus;

/// A run inside the job of a pipeline, as it is kept.
#[derive(Debug, Clone)]
pub struct Step {
    /// Id of the run.
    pub run_id: String,
    /// Where it is.
    pub status: JobStatus,
    /// How far scoring is, for a step that scores mini-batches.
    pub progress: Option<Progress>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// When it began.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl Store {
    /// The runs inside a job.
    pub fn steps(&self, job: &str) -> Result<Vec<Step>, StoreError> {
        let sql = "SELECT run_id, status, progress, error, started_at, ended_at FROM steps
                   WHERE job = (SELECT id FROM jobs WHERE name = ?1) ORDER BY rowid";
        self.all(sql, [job], read)
    }

    /// Asks one run inside a job to stop. False: it had ended before.
    pub fn request_step_cancel(&self, run_id: &str) -> Result<bool, StoreError> {
        let sql = format!("UPDATE steps SET status = ?2 WHERE run_id = ?1 AND status NOT IN {TERMINAL}");
        let status = JobStatus::CancelRequested.as_str();
        self.write(|transaction| transaction.execute(&sql, params![run_id, status]))
            .map(|changed| changed == 1)
    }

    pub(super) fn set_step_status(&self, run_id: &str, status: JobStatus) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE steps SET status = ?2, started_at = coalesce(started_at, ?3)
             WHERE run_id = ?1 AND status <> 'CancelRequested' AND status NOT IN {TERMINAL}"
        );
        self.write(|transaction| transaction.execute(&sql, params![run_id, status.as_str(), timestamp()]))
            .map(drop)
    }

    pub(super) fn set_step_progress(&self, run_id: &str, progress: &Progress) -> Result<(), StoreError> {
        let (sql, progress) = ("UPDATE steps SET progress = ?2 WHERE run_id = ?1", self.encode(progress)?);
        self.write(|transaction| transaction.execute(sql, params![run_id, progress])).map(drop)
    }

    pub(super) fn finish_step(
        &self,
        run_id: &str,
        status: JobStatus,
        error: Option<&JobError>,
    ) -> Result<(), StoreError> {
        let error = error.map(|error| self.encode(error)).transpose()?;
        let sql = format!(
            "UPDATE steps SET status = ?2, error = ?3, ended_at = ?4
             WHERE run_id = ?1 AND status NOT IN {TERMINAL}"
        );
        self.write(|transaction| {
            transaction.execute(&sql, params![run_id, status.as_str(), error, timestamp()])
        })
        .map(drop)
    }

    /// Whether somebody asked this run or its job to stop.
    pub(super) fn is_step_cancel_requested(&self, run_id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT steps.status, jobs.status FROM steps JOIN jobs ON jobs.id = steps.job WHERE steps.run_id = ?1";
        let found = self.one(sql, [run_id], |row| Ok([status_column(row, 0)?, status_column(row, 1)?]))?;
        let is_cancel =
            |status: &JobStatus| matches!(status, JobStatus::CancelRequested | JobStatus::Canceled);
        Ok(found.is_none_or(|statuses| statuses.iter().any(is_cancel)))
    }

    pub(super) fn is_step_complete(&self, run_id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT status FROM steps WHERE run_id = ?1";
        let status = self.one(sql, [run_id], |row| status_column(row, 0))?;
        Ok(status == Some(JobStatus::Completed))
    }
}

/// Records the runs inside a job that is being recorded.
pub(super) fn insert<'a>(
    transaction: &Transaction<'_>,
    job: i64,
    runs: impl Iterator<Item = &'a str>,
) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare_cached("INSERT INTO steps (run_id, job, status) VALUES (:run, :job, 'NotStarted')")?;
    for run in runs {
        insert.execute(named_params! { ":run": run, ":job": job })?;
    }
    Ok(())
}

/// Ends the runs inside a job that have not ended, whose supervisor is gone.
pub(super) fn end_all(transaction: &Transaction<'_>, job: &str) -> rusqlite::Result<()> {
    let sql = format!(
        "UPDATE steps SET
             status = CASE WHEN status IN ('NotStarted', 'CancelRequested')
                             OR (SELECT status FROM jobs WHERE name = ?1) = 'Canceled' THEN 'Canceled'
                           ELSE 'NotResponding' END,
             ended_at = ?2
         WHERE job = (SELECT id FROM jobs WHERE name = ?1) AND status NOT IN {TERMINAL}"
    );
    transaction.execute(&sql, params![job, timestamp()]).map(drop)
}

/// Lets the runs inside a job that are not complete begin anew.
pub(super) fn reopen(transaction: &Transaction<'_>, job: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE steps SET status = 'NotStarted', error = NULL, ended_at = NULL
               WHERE job = (SELECT id FROM jobs WHERE name = ?1) AND status <> 'Completed'";
    transaction.execute(sql, [job]).map(drop)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Step> {
    let is_there = |column: usize| row.get::<_, Option<String>>(column).map(|text| text.is_some());
    Ok(Step {
        run_id: row.get(0)?,
        status: status_column(row, 1)?,
        progress: is_there(2)?.then(|| json_column(row, 2)).transpose()?,
        error: is_there(3)?.then(|| json_column(row, 3)).transpose()?,
        started_at: row.get(4)?,
        ended_at: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::local::engine::Plan;
    use crate::local::engine::pipeline::tests::plan_of;
    use crate::local::engine::supervisor::SupervisorLock;
    use crate::local::store::tests::temporary;
    use crate::local::store::{NewJob, Recorded};
    use crate::wire::ids::WorkspaceId;

    /// A job of three steps, `run-0` to `run-2`.
    fn recorded(store: &Store) -> SupervisorLock {
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        fs::create_dir_all(store.home.job_dir("job")).unwrap();
        let lock = SupervisorLock::acquire(&store.home.job_dir("job")).unwrap();
        let plan = Plan::from(plan_of(&[&[], &[0], &[1]]));
        let job = NewJob { plan: &plan, display_name: "d", request: &json!({}), repeatability_id: None };
        assert_eq!(store.insert_job(&workspace, &job).unwrap(), Recorded::New);
        lock
    }

    fn statuses(store: &Store) -> Vec<JobStatus> {
        store.steps("job").unwrap().into_iter().map(|step| step.status).collect()
    }

    #[test]
    fn a_run_inside_a_job_leads_to_it_and_cancelling_either_is_heard() {
        let (_temp, store) = temporary();
        let _lock = recorded(&store);
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        assert_eq!(store.job_of_run(&workspace, "RUN-1").unwrap().unwrap().plan.job(), "job");
        assert_eq!(store.job_name_of_step("run-1").unwrap().as_deref(), Some("job"));
        assert!(store.request_step_cancel("run-1").unwrap());
        let is_heard = |run: &str| store.is_step_cancel_requested(run).unwrap();
        assert_eq!((is_heard("run-0"), is_heard("run-1")), (false, true));
        store.request_cancel("job").unwrap();
        assert!(is_heard("run-0") && is_heard("no run"));
    }

    #[test]
    fn steps_end_with_their_supervisor_and_only_those_that_are_not_complete_begin_anew() {
        let (_temp, store) = temporary();
        let lock = recorded(&store);
        store.set_step_status("run-0", JobStatus::Running).unwrap();
        store.finish_step("run-0", JobStatus::Completed, None).unwrap();
        store.set_step_status("run-1", JobStatus::Running).unwrap();
        drop(lock);
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        assert_eq!(store.job(&workspace, "job").unwrap().unwrap().status, JobStatus::NotResponding);
        assert_eq!(statuses(&store), [JobStatus::Completed, JobStatus::NotResponding, JobStatus::Canceled]);
        let lock = SupervisorLock::acquire(&store.home.job_dir("job")).unwrap();
        assert!(store.reopen_job("job", &lock).unwrap());
        assert_eq!(statuses(&store), [JobStatus::Completed, JobStatus::NotStarted, JobStatus::NotStarted]);
        assert!(store.is_step_complete("run-0").unwrap() && !store.is_step_complete("run-1").unwrap());
    }
}
