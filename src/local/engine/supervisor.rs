//! The life of the process that runs one job: starting it detached, and telling whether it still lives.
//!
//! A supervisor is alive exactly as long as `supervisor.lock` is locked. The lock is taken by the process
//! that launches it and handed over as standard input: an advisory lock belongs to the open file, not to a
//! process, so there is no instant at which a launched job looks dead, and the kernel releases it however the
//! supervisor ends. For the same reason no process started by a supervisor may inherit its standard input.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{processes, scratch, unix};

/// How long launching waits for others who are just probing the lock.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// Why a supervisor could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// A file of the job folder could not be made, locked or removed.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another supervisor works on this job.
    #[error("job folder `{path}` already has a running supervisor")]
    AlreadyRunning {
        /// The job folder.
        path: PathBuf,
    },
    /// The process could not be started.
    #[error("cannot start `{executable}`")]
    Spawn {
        /// The program.
        executable: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The right to run one job, held from before the job is on record until its supervisor ends.
#[derive(Debug)]
pub struct SupervisorLock {
    file: File,
    job_dir: PathBuf,
}

impl SupervisorLock {
    /// Takes the lock of `job_dir`, whose folder must exist.
    pub fn acquire(job_dir: &Path) -> Result<Self, LaunchError> {
        let path = lock_path(job_dir);
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(|source| LaunchError::File { path: path.clone(), source })?;
        let deadline = Instant::now() + PROBE_PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    return Ok(Self { file, job_dir: job_dir.to_owned() });
                }
                Err(TryLockError::Error(source)) => return Err(LaunchError::File { path, source }),
                Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                    return Err(LaunchError::AlreadyRunning { path: job_dir.to_owned() });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// Empties the job's folder but for the lock: a reset that was interrupted, or a machine that went down, may have
    /// left there what nobody has on record.
    pub fn empty_folder(&self) -> Result<(), LaunchError> {
        let file_error = |path: &Path, source| LaunchError::File { path: path.to_owned(), source };
        let entries = fs::read_dir(&self.job_dir).map_err(|source| file_error(&self.job_dir, source))?;
        for path in
            entries.flatten().map(|entry| entry.path()).filter(|path| *path != lock_path(&self.job_dir))
        {
            let is_folder = path.symlink_metadata().is_ok_and(|facts| facts.is_dir());
            let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(|source| file_error(&path, source))?;
        }
        Ok(())
    }

    /// Starts the supervisor detached from this process: own session, `/` as its folder, output to
    /// `supervisor.log`. Of this process's variables it gets all but those `withheld`.
    pub fn launch(self, executable: &Path, args: &[OsString], withheld: &[&str]) -> Result<(), LaunchError> {
        let path = self.job_dir.join("supervisor.log");
        let file_error = |source| LaunchError::File { path: path.clone(), source };
        let log = OpenOptions::new().create(true).append(true).open(&path).map_err(file_error)?;
        let log_too = log.try_clone().map_err(file_error)?;
        let mut command = Command::new(executable);
        command.args(args).current_dir("/").stdin(Stdio::from(self.file)).stdout(log).stderr(log_too);
        withheld.iter().for_each(|name| {
            command.env_remove(name);
        });
        unix::own_session(&mut command);
        let child = command.spawn();
        let mut child =
            child.map_err(|source| LaunchError::Spawn { executable: executable.to_owned(), source })?;
        // A launcher that lives longer than the supervisor must not collect zombies. One that ends takes its
        // thread along and leaves the supervisor to the system.
        let _no_thread_no_harm = std::thread::Builder::new().spawn(move || child.wait());
        Ok(())
    }
}

/// Whether a supervisor holds the lock of `job_dir`.
pub fn is_alive(job_dir: &Path) -> bool {
    // A shared lock keeps two probes from taking each other for a supervisor.
    File::open(lock_path(job_dir))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Takes the lock of a job whose supervisor is gone, ends the processes that its workers left behind, and removes what
/// only they needed. Whoever has the lock otherwise has workers that are no leftovers.
pub fn take_over(job_dir: &Path) -> Result<SupervisorLock, LaunchError> {
    let lock = SupervisorLock::acquire(job_dir)?;
    for folder in scratch::folders(job_dir) {
        processes::end_recorded_groups(&folder);
        scratch::remove(&folder);
    }
    Ok(lock)
}

fn lock_path(job_dir: &Path) -> PathBuf {
    job_dir.join("supervisor.lock")
}
