//! Removing what the local workspace keeps and can make again: environments that no job uses, and what jobs that are
//! over have left of their working files.
//!
//! Results, rows, logs, uploads and everything else that somebody made stay; those go with `reset`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;

use super::engine::supervisor::{self, LaunchError};
use super::engine::{self, CachedEnvironment};
use super::home::Home;
use super::{LocalError, size};

/// What is to go.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prune {
    /// Only what has not been used for this long.
    pub older_than: Option<Duration>,
    /// Remove nothing, and tell what would go.
    pub dry_run: bool,
}

/// What went, or would go.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Environments, and what broken-off builds and removals have left of some.
    pub environments: Vec<PrunedEnvironment>,
    /// Jobs with working files that were left over.
    pub jobs: Vec<PrunedJob>,
    /// Environments that stay because a job uses or builds them.
    pub in_use: Vec<PathBuf>,
}

/// An environment that went.
#[derive(Debug)]
pub struct PrunedEnvironment {
    /// What it was.
    pub environment: CachedEnvironment,
    /// Room it took.
    pub bytes: u64,
}

/// A job some of whose files went.
#[derive(Debug)]
pub struct PrunedJob {
    /// Name of the job, in lower case.
    pub name: String,
    /// Room they took.
    pub bytes: u64,
}

impl Pruned {
    /// Room on disk, in all.
    pub fn bytes(&self) -> u64 {
        let environments = self.environments.iter().map(|pruned| pruned.bytes);
        environments.chain(self.jobs.iter().map(|pruned| pruned.bytes)).sum()
    }

    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty() && self.jobs.is_empty()
    }
}

/// Removes what can be made again and is used by nobody. A workspace that was never used stays unmade.
pub fn prune(home: &Home, what: Prune, now: OffsetDateTime) -> Result<Pruned, LocalError> {
    let mut pruned = Pruned::default();
    // Ages are compared: the day so long ago may be before any that there is a date for.
    let is_old = |used: OffsetDateTime| what.older_than.is_none_or(|age| now - used >= age);
    let folder = home.environments_dir();
    let environments = engine::cached(&folder).map_err(reading(&folder))?;
    for environment in environments.into_iter().filter(|found| is_old(found.last_used)) {
        let bytes = size(&environment.folder);
        let is_ours = match what.dry_run {
            true => environment.is_free().map_err(reading(&environment.folder))?,
            false => environment.remove().map_err(removing(&environment.folder))?,
        };
        match is_ours {
            true => pruned.environments.push(PrunedEnvironment { environment, bytes }),
            false => pruned.in_use.push(environment.folder),
        }
    }
    for job_dir in job_dirs(home)? {
        pruned.jobs.extend(prune_job(&job_dir, what.dry_run, is_old)?);
    }
    Ok(pruned)
}

/// Removes the small files beside the environments that nobody needs any more. They take no room to speak of, so nobody is
/// asked or told.
pub fn sweep(home: &Home) -> Result<(), LocalError> {
    let folder = home.environments_dir();
    engine::sweep(&folder).map_err(reading(&folder))
}

/// Removes what is left of the working files of a job whose supervisor is gone.
fn prune_job(
    job_dir: &Path,
    dry_run: bool,
    is_old: impl Fn(OffsetDateTime) -> bool,
) -> Result<Option<PrunedJob>, LocalError> {
    let is_unused = engine::folders_of(job_dir).iter().filter_map(|folder| last_change(folder)).all(is_old);
    let mut scratch = engine::scratch_of(job_dir);
    scratch.retain(|path| path.symlink_metadata().is_ok());
    if !is_unused || scratch.is_empty() || supervisor::is_alive(job_dir) {
        return Ok(None);
    }
    let bytes = scratch.iter().map(|path| size(path)).sum();
    if !dry_run {
        match supervisor::take_over(job_dir) {
            Ok(_until_removed) => {}
            // It is resumed this very moment.
            Err(LaunchError::AlreadyRunning { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let name = job_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Some(PrunedJob { name, bytes }))
}

/// When something in the folder came or went; `None` when it has gone itself.
fn last_change(folder: &Path) -> Option<OffsetDateTime> {
    Some(fs::metadata(folder).ok()?.modified().ok()?.into())
}

fn job_dirs(home: &Home) -> Result<Vec<PathBuf>, LocalError> {
    let path = home.jobs_dir();
    match fs::read_dir(&path) {
        Ok(entries) => {
            let mut folders: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
            folders.sort();
            Ok(folders)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(LocalError::Read { path, source }),
    }
}

fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> LocalError + '_ {
    |source| LocalError::Read { path: path.to_owned(), source }
}

fn removing(path: &Path) -> impl FnOnce(std::io::Error) -> LocalError + '_ {
    |source| LocalError::Remove { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::local::engine::supervisor::SupervisorLock;

    #[test]
    fn working_files_of_jobs_that_are_over_go_and_everything_else_of_a_job_stays() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().join("home"));
        let now = OffsetDateTime::from(fs::metadata(temp.path()).unwrap().modified().unwrap());
        assert!(prune(&home, Prune::default(), now).unwrap().is_empty());
        assert!(!home.root().exists(), "looking made the workspace");
        home.ensure().unwrap();
        for job in ["busy", "dead", "done"] {
            let scratch = home.job_dir(job).join("work/0");
            fs::create_dir_all(&scratch).unwrap();
            fs::write(scratch.join("file"), "1234").unwrap();
            fs::create_dir_all(home.job_dir(job).join("segments")).unwrap();
        }
        fs::remove_dir_all(home.job_dir("done").join("work")).unwrap();
        let of_step = home.job_dir("dead").join("steps/run/downloads");
        fs::create_dir_all(&of_step).unwrap();
        fs::write(of_step.join("file"), "12345").unwrap();
        let _alive = SupervisorLock::acquire(&home.job_dir("busy")).unwrap();

        let look = Prune { dry_run: true, ..Prune::default() };
        let pruned = prune(&home, look, now).unwrap();
        assert!(home.job_dir("dead").join("work/0/file").exists(), "a look removed it");
        let names = |pruned: &Pruned| pruned.jobs.iter().map(|job| job.name.clone()).collect::<Vec<_>>();
        assert_eq!((names(&pruned), pruned.bytes()), (vec!["dead".to_owned()], 4 + 5));

        for days in [1, u64::from(u32::MAX)] {
            let older_than = Some(Duration::from_secs(days * 86_400));
            assert!(
                prune(&home, Prune { older_than, dry_run: false }, now).unwrap().is_empty(),
                "{days} days"
            );
        }
        let older_than = Some(Duration::from_secs(86_400));
        let tomorrow = now + Duration::from_secs(90_000);
        assert_eq!(names(&prune(&home, Prune { older_than, dry_run: false }, tomorrow).unwrap()), ["dead"]);
        assert!(
            !home.job_dir("dead").join("work").exists() && home.job_dir("dead").join("segments").exists()
        );
        assert!(!of_step.exists(), "what a step of a pipeline has fetched stays for ever");
        assert!(home.job_dir("busy").join("work/0/file").exists(), "a running job lost its files");
    }

    #[test]
    fn working_files_of_steps_count_and_go_with_those_of_their_pipeline() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().join("home"));
        home.ensure().unwrap();
        let step = home.job_dir("dead").join("steps/step-1");
        for (name, text) in [("work/code/file", "1234"), ("downloads/in/file", "12"), ("logs/kept", "")] {
            fs::create_dir_all(step.join(name).parent().unwrap()).unwrap();
            fs::write(step.join(name), text).unwrap();
        }
        // Without a byte there is still something to remove.
        fs::create_dir_all(home.job_dir("empty").join("steps/step-1/work/code")).unwrap();
        let now = OffsetDateTime::from(fs::metadata(&step).unwrap().modified().unwrap());
        let sizes =
            |pruned: &Pruned| pruned.jobs.iter().map(|job| (job.name.clone(), job.bytes)).collect::<Vec<_>>();
        // What happened in a step happened in the job, however old its own folder is.
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        fs::File::open(home.job_dir("dead")).unwrap().set_modified(long_ago).unwrap();
        let older_than = Some(Duration::from_secs(86_400));
        assert!(prune(&home, Prune { older_than, dry_run: true }, now).unwrap().is_empty());
        let pruned = prune(&home, Prune::default(), now).unwrap();
        assert_eq!(sizes(&pruned), [("dead".to_owned(), 6), ("empty".to_owned(), 0)]);
        assert!(!step.join("work").exists() && !step.join("downloads").exists());
        assert!(step.join("logs/kept").exists());
        assert!(prune(&home, Prune::default(), now).unwrap().is_empty(), "told twice");
    }
}
