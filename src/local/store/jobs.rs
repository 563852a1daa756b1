//! Jobs: recording them, following them, stopping them.
//!
//! A job that is not at its end has a living supervisor. Whoever reads a job checks that; a job whose supervisor is
//! gone is written down as `NotResponding` (or `Canceled`, if that was asked for) before it is answered.

use std::fs;
use std::path::Path;

use rusqlite::{OptionalExtension, Params, Row, Transaction, named_params, params};
use serde_json::Value;

use super::{Store, StoreError, Workspace, json_column, steps, timestamp};
use crate::local::engine::supervisor::{self, SupervisorLock};
use crate::local::engine::{JOB_ERROR, JobError, Plan, Progress, log_root};
use crate::wire::job::JobStatus;

/// A job as it is kept.
#[derive(Debug, Clone)]
pub struct Job {
    /// What its supervisor was told; names, endpoint and experiment are in there.
    pub plan: Plan,
    /// Name for people.
    pub display_name: String,
    /// Where it is.
    pub status: JobStatus,
    /// The invocation as it is answered.
    pub request: Value,
    /// How far scoring is.
    pub progress: Option<Progress>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// When it was invoked.
    pub created_at: String,
    /// When its supervisor began.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl Job {
    /// Whether the job stopped for a reason that lies in this machine, so that it can go on from there: its supervisor
    /// is gone, or could not work, as on a full disk.
    pub fn is_resumable(&self) -> bool {
        let is_machines = self.error.as_ref().is_some_and(|error| error.code == "SystemError");
        self.status == JobStatus::NotResponding || (self.status == JobStatus::Failed && is_machines)
    }

    /// Whether the job has ended for good and some of its files have failed.
    pub fn has_files_to_be_retried(&self) -> bool {
        let has_failures = self.progress.as_ref().is_some_and(|progress| progress.failed_items > 0);
        self.status.is_terminal() && !self.is_resumable() && has_failures
    }
}

/// A job to be recorded.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// What its supervisor is told.
    pub plan: &'a Plan,
    /// Name for people.
    pub display_name: &'a str,
    /// The invocation as it is answered.
    pub request: &'a Value,
    /// The caller's mark for a request that may arrive twice.
    pub repeatability_id: Option<&'a str>,
}

/// What became of a job that was to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded.
    New,
    /// Another job has its name.
    NameTaken,
    /// The same request was recorded before, as the job of this name.
    Repeated(String),
}

/// Which jobs a list shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct JobFilter<'a> {
    /// Only those of this endpoint.
    pub endpoint: Option<&'a str>,
    /// Only those of this deployment.
    pub deployment: Option<&'a str>,
    /// How many to leave out.
    pub skip: u32,
    /// How many to show at most; 0 shows all.
    pub limit: u32,
}

/// How many jobs are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusCount {
    /// The state.
    pub status: JobStatus,
    /// How many.
    pub jobs: u64,
}

/// States nothing follows, as SQL; a test holds them against [`JobStatus::is_terminal`].
pub(super) const TERMINAL: &str = "('Completed', 'Failed', 'Canceled', 'NotResponding', 'Paused')";

/// Jobs that can be resumed, as SQL; a test holds it against [`Job::is_resumable`].
const RESUMABLE: &str =
    "status = 'NotResponding' OR (status = 'Failed' AND json_extract(error, '$.code') = 'SystemError')";

const COLUMNS: &str =
    "plan, display_name, status, request, progress, error, created_at, started_at, ended_at";

impl Store {
    /// Records a job whose supervisor lock the caller holds.
    pub fn insert_job(&self, workspace: &Workspace, job: &NewJob<'_>) -> Result<Recorded, StoreError> {
        let (plan, request) = (self.encode(job.plan)?, self.encode(job.request)?);
        self.write(|transaction| {
            if let Some(name) = repeated(transaction, workspace.row, job.repeatability_id)? {
                return Ok(Recorded::Repeated(name));
            }
            let made = transaction
                .prepare_cached(
                    "INSERT INTO jobs (workspace, name, run_id, endpoint, deployment, display_name, experiment,
                                       status, request, plan, repeatability_id, created_at)
                     VALUES (:workspace, :name, :run, :endpoint, :deployment, :display, :experiment,
                             :status, :request, :plan, :repeatability, :now)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(named_params! {
                    ":workspace": workspace.row, ":name": job.plan.job(), ":run": run_of(job.plan),
                    ":endpoint": job.plan.endpoint(), ":deployment": job.plan.deployment(),
                    ":display": job.display_name, ":experiment": job.plan.experiment(),
                    ":status": JobStatus::Preparing.as_str(), ":request": request, ":plan": plan,
                    ":repeatability": job.repeatability_id, ":now": timestamp(),
                })?;
            if made == 0 {
                return Ok(Recorded::NameTaken);
            }
            if let Some(pipeline) = job.plan.pipeline() {
                steps::insert(transaction, transaction.last_insert_rowid(), pipeline.runs())?;
            }
            Ok(Recorded::New)
        })
    }

    /// The job a repeated request was recorded as.
    pub fn repeated_job(
        &self,
        workspace: &Workspace,
        repeatability_id: &str,
    ) -> Result<Option<Job>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE workspace = ?1 AND repeatability_id = ?2");
        self.current(&sql, params![workspace.row, repeatability_id])
    }

    /// The job of this name.
    pub fn job(&self, workspace: &Workspace, name: &str) -> Result<Option<Job>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE workspace = ?1 AND name = ?2");
        self.current(&sql, params![workspace.row, name])
    }

    /// The job that is this run, or that it is in.
    pub fn job_of_run(&self, workspace: &Workspace, run: &str) -> Result<Option<Job>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jobs
             WHERE workspace = ?1
               AND (name = ?2 OR run_id = ?2 OR id = (SELECT job FROM steps WHERE steps.run_id = ?2))"
        );
        self.current(&sql, params![workspace.row, run])
    }

    /// Whether a job of this name exists in any workspace.
    pub fn job_name_is_taken(&self, name: &str) -> Result<bool, StoreError> {
        let found = self.one("SELECT 1 FROM jobs WHERE name = ?1", [name], |_row| Ok(()))?;
        Ok(found.is_some())
    }

    /// Whether the end of a job is on record.
    pub fn has_ended(&self, name: &str) -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 FROM jobs WHERE name = ?1 AND status IN {TERMINAL}");
        Ok(self.one(&sql, [name], |_row| Ok(()))?.is_some())
    }

    /// What the supervisor of this job is to do.
    pub fn job_plan(&self, name: &str) -> Result<Option<Plan>, StoreError> {
        self.one("SELECT plan FROM jobs WHERE name = ?1", [name], |row| json_column(row, 0))
    }

    /// Name of the job that a run is in.
    pub fn job_name_of_step(&self, run: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT name FROM jobs WHERE id = (SELECT job FROM steps WHERE run_id = ?1)";
        self.one(sql, [run], |row| row.get(0))
    }

    /// Jobs of a workspace, newest first.
    pub fn jobs(&self, workspace: &Workspace, filter: &JobFilter<'_>) -> Result<Vec<Job>, StoreError> {
        self.settle_dead_jobs()?;
        let limit = if filter.limit == 0 { -1 } else { i64::from(filter.limit) };
        let sql = format!(
            "SELECT {COLUMNS} FROM jobs
             WHERE workspace = ?1 AND (?2 IS NULL OR endpoint = ?2) AND (?3 IS NULL OR deployment = ?3)
             ORDER BY id DESC LIMIT ?4 OFFSET ?5"
        );
        self.all(&sql, params![workspace.row, filter.endpoint, filter.deployment, limit, filter.skip], read)
    }

    /// How many jobs there are in each state, over all workspaces.
    pub fn count_jobs(&self) -> Result<Vec<StatusCount>, StoreError> {
        self.settle_dead_jobs()?;
        let sql = "SELECT status, count(*) FROM jobs GROUP BY status ORDER BY status";
        self.all(sql, [], |row| {
            let jobs: i64 = row.get(1)?;
            Ok(StatusCount { status: status_column(row, 0)?, jobs: u64::try_from(jobs).unwrap_or(0) })
        })
    }

    /// Asks a job to stop; a job without a supervisor is stopped at once. False: it had ended before.
    pub fn request_cancel(&self, name: &str) -> Result<bool, StoreError> {
        let sql = format!("UPDATE jobs SET status = ?2 WHERE name = ?1 AND status NOT IN {TERMINAL}");
        let is_requested = self.write(|transaction| {
            transaction.execute(&sql, params![name, JobStatus::CancelRequested.as_str()])
        })? == 1;
        if is_requested && !self.has_supervisor(name) {
            self.settle(name)?;
        }
        Ok(is_requested)
    }

    /// Notes a step of a job that is neither cancelled nor at its end.
    pub(super) fn set_job_status(&self, name: &str, status: JobStatus) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE jobs SET status = ?2, started_at = coalesce(started_at, ?3)
             WHERE name = ?1 AND status <> 'CancelRequested' AND status NOT IN {TERMINAL}"
        );
        self.write(|transaction| transaction.execute(&sql, params![name, status.as_str(), timestamp()]))
            .map(drop)
    }

    pub(super) fn set_job_progress(&self, name: &str, progress: &Progress) -> Result<(), StoreError> {
        let (sql, progress) = ("UPDATE jobs SET progress = ?2 WHERE name = ?1", self.encode(progress)?);
        self.write(|transaction| transaction.execute(sql, params![name, progress])).map(drop)
    }

    /// Notes the end of a job that has not ended yet.
    pub fn finish_job(
        &self,
        name: &str,
        status: JobStatus,
        error: Option<&JobError>,
    ) -> Result<(), StoreError> {
        let error = error.map(|error| self.encode(error)).transpose()?;
        let sql = format!(
            "UPDATE jobs SET status = ?2, error = ?3, ended_at = ?4
             WHERE name = ?1 AND status NOT IN {TERMINAL}"
        );
        self.write(|transaction| {
            transaction.execute(&sql, params![name, status.as_str(), error, timestamp()])?;
            // None is left of a pipeline that ended properly.
            steps::end_all(transaction, name)
        })
    }

    /// Takes back the end of a job that can be resumed, so that it can go on. False: it cannot. The caller holds the
    /// job's supervisor lock.
    pub fn reopen_job(&self, name: &str, _held: &SupervisorLock) -> Result<bool, StoreError> {
        let sql = format!(
            "UPDATE jobs SET status = ?2, error = NULL, ended_at = NULL WHERE name = ?1 AND ({RESUMABLE})"
        );
        self.write(|transaction| {
            let reopened = transaction.execute(&sql, params![name, JobStatus::Preparing.as_str()])?;
            if reopened == 1 {
                steps::reopen(transaction, name)?;
            }
            Ok(reopened == 1)
        })
    }

    pub(super) fn is_cancel_requested(&self, name: &str) -> Result<bool, StoreError> {
        let status =
            self.one("SELECT status FROM jobs WHERE name = ?1", [name], |row| status_column(row, 0))?;
        Ok(matches!(status, None | Some(JobStatus::CancelRequested | JobStatus::Canceled)))
    }

    /// The job found by `sql`, after making sure that it has a supervisor if it needs one.
    fn current(&self, sql: &str, params: impl Params + Copy) -> Result<Option<Job>, StoreError> {
        let found = self.one(sql, params, read)?;
        match found {
            Some(job) if !job.status.is_terminal() && !self.has_supervisor(job.plan.job()) => {
                self.settle(job.plan.job())?;
                self.one(sql, params, read)
            }
            other => Ok(other),
        }
    }

    fn settle_dead_jobs(&self) -> Result<(), StoreError> {
        let sql = format!("SELECT name FROM jobs WHERE status NOT IN {TERMINAL}");
        let unfinished: Vec<String> = self.all(&sql, [], |row| row.get(0))?;
        unfinished.iter().filter(|name| !self.has_supervisor(name)).try_for_each(|name| self.settle(name))
    }

    fn has_supervisor(&self, job: &str) -> bool {
        supervisor::is_alive(&self.home.job_dir(job))
    }

    /// Ends a job whose supervisor is gone. One that ended properly in the meantime stays as it is.
    fn settle(&self, name: &str) -> Result<(), StoreError> {
        let folder = self.home.job_dir(name);
        let _held = match supervisor::take_over(&folder) {
            // Somebody resumed the job since it was read, or settles it at this moment.
            Err(supervisor::LaunchError::AlreadyRunning { .. }) => return Ok(()),
            // Without a folder to lock nobody can run it.
            taken => taken.ok(),
        };
        let error =
            self.encode(&JobError { code: "SystemError".to_owned(), message: gone_message(&folder) })?;
        let sql = format!(
            "UPDATE jobs SET
                 error = CASE status WHEN 'CancelRequested' THEN NULL ELSE ?2 END,
                 status = CASE status WHEN 'CancelRequested' THEN 'Canceled' ELSE 'NotResponding' END,
                 ended_at = ?3
             WHERE name = ?1 AND status NOT IN {TERMINAL}"
        );
        self.write(|transaction| {
            transaction.execute(&sql, params![name, error, timestamp()])?;
            steps::end_all(transaction, name)
        })
    }
}

/// The run that a job's columns name besides the job itself. A pipeline has many, which are elsewhere.
fn run_of(plan: &Plan) -> &str {
    plan.scoring().map_or_else(|| plan.job(), |scoring| &scoring.run_id)
}

/// What is told of a job whose supervisor is gone.
fn gone_message(folder: &Path) -> String {
    let logs = log_root(folder);
    let mut message = format!(
        "The supervisor of the job is gone: it was killed, or the machine was restarted, or it could not record the \
         job's end. Its logs are in {}; what it last said is in {}.",
        logs.display(),
        folder.join("supervisor.log").display()
    );
    let job_error = fs::read(logs.join(JOB_ERROR)).unwrap_or_default();
    let job_error = String::from_utf8_lossy(&job_error);
    if !job_error.trim().is_empty() {
        message.push_str("\nThe job had failed: ");
        message.push_str(job_error.trim());
    }
    message
}

fn repeated(
    transaction: &Transaction<'_>,
    workspace: i64,
    repeatability_id: Option<&str>,
) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT name FROM jobs WHERE workspace = ?1 AND repeatability_id = ?2";
    transaction
        .prepare_cached(sql)?
        .query_row(params![workspace, repeatability_id], |row| row.get(0))
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Job> {
    let optional = |column: usize| row.get::<_, Option<String>>(column).map(|text| text.is_some());
    Ok(Job {
        plan: json_column(row, 0)?,
        display_name: row.get(1)?,
        status: status_column(row, 2)?,
        request: json_column(row, 3)?,
        progress: optional(4)?.then(|| json_column(row, 4)).transpose()?,
        error: optional(5)?.then(|| json_column(row, 5)).transpose()?,
        created_at: row.get(6)?,
        started_at: row.get(7)?,
        ended_at: row.get(8)?,
    })
}

pub(super) fn status_column(row: &Row<'_>, column: usize) -> rusqlite::Result<JobStatus> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use serde_json::json;

    use super::*;
    use crate::local::store::tests::{plan, temporary};
    use crate::wire::ids::WorkspaceId;

    fn record(store: &Store, name: &str, repeatability_id: Option<&str>) -> (Recorded, SupervisorLock) {
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let plan = plan(name).into();
        fs::create_dir_all(store.home.job_dir(name)).unwrap();
        let lock = SupervisorLock::acquire(&store.home.job_dir(name)).unwrap();
        let job = NewJob { plan: &plan, display_name: "d", request: &json!({}), repeatability_id };
        (store.insert_job(&workspace, &job).unwrap(), lock)
    }

    #[test]
    fn terminal_states_are_those_of_the_wire() {
        for status in JobStatus::ALL {
            assert_eq!(TERMINAL.contains(&format!("'{status}'")), status.is_terminal(), "{status}");
        }
    }

    #[test]
    fn a_job_without_supervisor_is_found_out_when_it_is_read() {
        let (_temp, store) = temporary();
        let (_, lock) = record(&store, "a", None);
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        assert_eq!(store.job(&workspace, "a").unwrap().unwrap().status, JobStatus::Preparing);
        drop(lock);
        let dead = store.job(&workspace, "A").unwrap().unwrap();
        assert_eq!(dead.status, JobStatus::NotResponding);
        assert!(dead.error.unwrap().message.contains("supervisor.log") && dead.ended_at.is_some());
    }

    #[test]
    fn a_failure_that_could_not_be_recorded_is_read_from_the_log() {
        let (_temp, store) = temporary();
        let (_, lock) = record(&store, "a", None);
        let logs = log_root(&store.home.job_dir("a")).join("logs");
        fs::create_dir_all(&logs).unwrap();
        fs::write(logs.join("job_error.txt"), "Cannot write `x`: no room\n").unwrap();
        drop(lock);
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let message = store.job(&workspace, "a").unwrap().unwrap().error.unwrap().message;
        assert!(message.contains("could not record"), "{message}");
        assert!(message.ends_with("The job had failed: Cannot write `x`: no room"), "{message}");
    }

    #[test]
    fn a_list_finds_dead_jobs_too_and_pages_from_the_newest() {
        let (_temp, store) = temporary();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let _alive = record(&store, "a", None);
        drop(record(&store, "b", None));
        let statuses = |filter| -> Vec<_> {
            store
                .jobs(&workspace, &filter)
                .unwrap()
                .into_iter()
                .map(|job| (job.plan.job().to_owned(), job.status))
                .collect()
        };
        let (a, b) = (("a".to_owned(), JobStatus::Preparing), ("b".to_owned(), JobStatus::NotResponding));
        assert_eq!(statuses(JobFilter::default()), [b.clone(), a.clone()]);
        assert_eq!(statuses(JobFilter { limit: 1, ..JobFilter::default() }), [b]);
        assert_eq!(statuses(JobFilter { skip: 1, endpoint: Some("E"), ..JobFilter::default() }), [a]);
        assert_eq!(statuses(JobFilter { endpoint: Some("other"), ..JobFilter::default() }), []);
    }

    #[test]
    fn an_end_is_an_end() {
        let (_temp, store) = temporary();
        let (_, _lock) = record(&store, "a", None);
        store.finish_job("a", JobStatus::Completed, None).unwrap();
        store.set_job_status("a", JobStatus::Running).unwrap();
        assert!(!store.request_cancel("a").unwrap());
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        assert_eq!(store.job(&workspace, "a").unwrap().unwrap().status, JobStatus::Completed);
    }

    #[test]
    fn a_cancelled_job_does_not_go_back_to_running() {
        let (_temp, store) = temporary();
        let (_, lock) = record(&store, "a", None);
        assert!(store.request_cancel("a").unwrap());
        store.set_job_status("a", JobStatus::Running).unwrap();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        assert_eq!(store.job(&workspace, "a").unwrap().unwrap().status, JobStatus::CancelRequested);
        drop(lock);
        assert!(store.request_cancel("a").unwrap());
        let canceled = store.job(&workspace, "a").unwrap().unwrap();
        assert_eq!((canceled.status, canceled.error), (JobStatus::Canceled, None));
    }

    #[test]
    fn jobs_that_the_machine_stopped_can_be_resumed_and_no_others() {
        let (_temp, store) = temporary();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        let error = |code: &str| JobError { code: code.to_owned(), message: "m".to_owned() };
        let ends = JobStatus::ALL.into_iter().filter(|status| status.is_terminal());
        let errors = [None, Some(error("UserError")), Some(error("SystemError"))];
        for (number, (status, error)) in
            ends.flat_map(|end| errors.iter().map(move |error| (end, error))).enumerate()
        {
            let name = format!("job{number}");
            let (_, lock) = record(&store, &name, None);
            store.finish_job(&name, status, error.as_ref()).unwrap();
            let job = store.job(&workspace, &name).unwrap().unwrap();
            assert_eq!(store.reopen_job(&name, &lock).unwrap(), job.is_resumable(), "{status} {error:?}");
            if job.is_resumable() {
                let job = store.job(&workspace, &name).unwrap().unwrap();
                assert_eq!((job.status, job.error, job.ended_at), (JobStatus::Preparing, None, None));
            }
        }
        let (_, lock) = record(&store, "running", None);
        assert!(!store.reopen_job("running", &lock).unwrap());
    }

    #[test]
    fn a_job_that_was_resumed_is_not_settled_by_who_saw_it_dead() {
        let (_temp, store) = temporary();
        let (_, lock) = record(&store, "a", None);
        store.finish_job("a", JobStatus::NotResponding, None).unwrap();
        assert!(store.reopen_job("a", &lock).unwrap());
        store.settle("a").unwrap();
        let workspace = store.workspace(&WorkspaceId::local()).unwrap();
        assert_eq!(store.job(&workspace, "a").unwrap().unwrap().status, JobStatus::Preparing);
    }

    #[test]
    fn names_and_repeated_requests_are_recognised() {
        let (_temp, store) = temporary();
        let (first, _first_lock) = record(&store, "a", Some("r"));
        assert_eq!(first, Recorded::New);
        let (second, _second_lock) = record(&store, "b", Some("r"));
        assert_eq!(second, Recorded::Repeated("a".to_owned()));
        let workspace =
            store.workspace(&WorkspaceId { name: "other".to_owned(), ..WorkspaceId::local() }).unwrap();
        let plan = plan("A").into();
        let job = NewJob { plan: &plan, display_name: "d", request: &json!({}), repeatability_id: None };
        assert_eq!(store.insert_job(&workspace, &job).unwrap(), Recorded::NameTaken);
    }
}
