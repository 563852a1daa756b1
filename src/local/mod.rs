//! The workspace built into azml: state, bytes, REST service and job engine, all below one folder.
//!
//! This module opens it, counts what is in it and empties it; the parts do the work.

pub mod blobs;
pub mod engine;
pub mod home;
mod place;
pub mod prune;
pub mod serve;
pub mod server;
pub mod store;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::blobs::{BlobStore, permissions};
use self::home::{Home, HomeError};
use self::serve::{Claim, ServeError};
use self::server::{Launcher, LocalService};
use self::store::{ResourceKind, StatusCount, Store, StoreError};

/// How long jobs that are cancelled, or are over, get to end before a reset gives up.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why the local workspace cannot be opened, looked at or emptied.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The state folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The state file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Jobs are still running.
    #[error("{} still running: {}; cancel first", counted(.jobs.len()), .jobs.join(", "))]
    JobsRunning {
        /// Their names.
        jobs: Vec<String>,
    },
    /// The workspace is being served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A job that is over cannot be taken over to remove its files.
    #[error(transparent)]
    TakeOver(#[from] engine::supervisor::LaunchError),
    /// A file or folder cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder cannot be removed.
    #[error("cannot remove `{path}`")]
    Remove {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What a reset does about jobs that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunningJobs {
    /// Change nothing and name them.
    Refuse,
    /// Cancel them and wait for their end.
    Cancel,
}

/// What is in the local workspace.
#[derive(Debug, Clone, Default)]
pub struct LocalStatus {
    /// Where it is.
    pub home: PathBuf,
    /// Batch endpoints.
    pub endpoints: u64,
    /// Batch deployments.
    pub deployments: u64,
    /// Compute clusters.
    pub computes: u64,
    /// Jobs by state; states without jobs are left out.
    pub jobs: Vec<StatusCount>,
    /// Room on disk.
    pub bytes: AreaSizes,
}

/// Bytes on disk by what they are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AreaSizes {
    /// The state file.
    pub state: u64,
    /// Logs and working files of jobs.
    pub jobs: u64,
    /// Uploads, assets and outputs.
    pub blobs: u64,
    /// Cached environments.
    pub environments: u64,
}

/// Opens the local workspace in `home`, making what is missing.
pub fn open(home: Home, launcher: Box<dyn Launcher>) -> Result<LocalService, LocalError> {
    home.ensure()?;
    let store = Store::open(&home)?;
    let blobs = BlobStore::new(home.blobs_dir());
    Ok(LocalService::new(home, store, blobs, launcher))
}

/// Counts what is in the local workspace; one that was never used is left unmade.
pub fn status(home: &Home) -> Result<LocalStatus, LocalError> {
    let path = home.root().to_owned();
    if !home.database().exists() {
        return Ok(LocalStatus { home: path, ..LocalStatus::default() });
    }
    let store = Store::open(home)?;
    Ok(LocalStatus {
        home: path,
        endpoints: store.count_resources(ResourceKind::Endpoint)?,
        deployments: store.count_resources(ResourceKind::Deployment)?,
        computes: store.count_resources(ResourceKind::Compute)?,
        jobs: store.count_jobs()?,
        bytes: AreaSizes {
            state: store::files_of(&home.database()).iter().map(|file| size(file)).sum(),
            jobs: size(&home.jobs_dir()),
            blobs: size(&home.blobs_dir()),
            environments: size(&home.environments_dir()),
        },
    })
}

/// Removes everything the local workspace holds, environments included.
pub fn reset(home: &Home, running: RunningJobs) -> Result<(), LocalError> {
    if !home.root().exists() {
        return Ok(());
    }
    let _nobody_serves_it = Claim::to_remove(home)?;
    let jobs = running_jobs(home)?;
    if !jobs.is_empty() {
        match running {
            RunningJobs::Refuse => refuse(home, jobs)?,
            RunningJobs::Cancel => cancel(home, &jobs)?,
        }
        wait_for_supervisors(home)?;
    }
    // The state goes first: what is left after an interruption is then room on disk and no broken promise.
    for path in store::files_of(&home.database()) {
        remove(&path, |path| fs::remove_file(path))?;
    }
    let folders =
        [home.jobs_dir(), home.blobs_dir(), home.environments_dir(), home.tokens_dir(), home.serve_dir()];
    for path in folders {
        remove(&path, |path| fs::remove_dir_all(path))?;
    }
    remove(&home.serve_lock(), |path| fs::remove_file(path))?;
    Ok(())
}

/// Jobs whose supervisor lives. Asked of the job folders, so that a damaged state file can be reset too.
fn running_jobs(home: &Home) -> Result<Vec<String>, LocalError> {
    let path = home.jobs_dir();
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(LocalError::Read { path, source }),
    };
    let mut jobs: Vec<String> = entries
        .flatten()
        .filter(|entry| engine::supervisor::is_alive(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    jobs.sort();
    Ok(jobs)
}

/// Refuses to go on unless all jobs have ended on record: their supervisors are about to follow. Of a state that cannot
/// be read nothing is believed.
fn refuse(home: &Home, mut jobs: Vec<String>) -> Result<(), LocalError> {
    if let Ok(store) = Store::open(home) {
        jobs.retain(|job| !store.has_ended(job).unwrap_or_default());
    }
    match jobs.is_empty() {
        true => Ok(()),
        false => Err(LocalError::JobsRunning { jobs }),
    }
}

fn cancel(home: &Home, jobs: &[String]) -> Result<(), LocalError> {
    let store = Store::open(home)?;
    for job in jobs {
        store.request_cancel(job)?;
    }
    Ok(())
}

fn wait_for_supervisors(home: &Home) -> Result<(), LocalError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match running_jobs(home)? {
            jobs if jobs.is_empty() => return Ok(()),
            jobs if Instant::now() > deadline => return Err(LocalError::JobsRunning { jobs }),
            // Supervisors are other processes, and a lock that is let go wakes nobody.
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn remove(path: &Path, remove: impl Fn(&Path) -> io::Result<()>) -> Result<(), LocalError> {
    let outcome = match remove(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // Finished uploads are read-only.
            let _still_read_only = permissions::set(path, permissions::WRITABLE);
            remove(path)
        }
        outcome => outcome,
    };
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(|source| LocalError::Remove { path: path.to_owned(), source }),
    }
}

/// Bytes of a file or of everything below a folder. What cannot be read counts nothing: the number is for people.
fn size(path: &Path) -> u64 {
    let Ok(facts) = path.symlink_metadata() else {
        return 0;
    };
    if !facts.is_dir() {
        return facts.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size(&entry.path())).sum()
}

fn counted(jobs: usize) -> String {
    match jobs {
        1 => "1 job is".to_owned(),
        _ => format!("{jobs} jobs are"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::local::engine::supervisor::SupervisorLock;
    use crate::wire::ids::WorkspaceId;

    #[test]
    fn a_workspace_that_was_never_used_is_empty_and_stays_unmade() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().join("home"));
        let status = status(&home).unwrap();
        assert_eq!((status.endpoints, status.bytes), (0, AreaSizes::default()));
        reset(&home, RunningJobs::Refuse).unwrap();
        assert!(!home.root().exists());
    }

    #[test]
    fn a_reset_spares_running_jobs_and_otherwise_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().join("home"));
        home.ensure().unwrap();
        Store::open(&home).unwrap().workspace(&WorkspaceId::local()).unwrap();
        fs::create_dir(home.job_dir("busy")).unwrap();
        let lock = SupervisorLock::acquire(&home.job_dir("busy")).unwrap();
        let refused = reset(&home, RunningJobs::Refuse).unwrap_err();
        assert_eq!(refused.to_string(), "1 job is still running: busy; cancel first");
        assert!(status(&home).unwrap().bytes.state > 0);
        drop(lock);
        reset(&home, RunningJobs::Refuse).unwrap();
        assert_eq!(fs::read_dir(home.root()).unwrap().count(), 0);
    }
}
