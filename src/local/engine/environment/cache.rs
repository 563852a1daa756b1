//! Where an environment lies on disk, who may use or build it, and whether it is sound.
//!
//! `KEY.lock` beside the folder is held shared by every job whose workers run on the environment, and alone by who
//! builds or removes it. Its time of modification is when somebody last began or ended to use it. An environment counts
//! only when it holds the marker that is written last, after everything else has reached the disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::python::Python;

const LOCK_POLL: Duration = Duration::from_millis(200);
const MARKER: &str = "complete";
/// Begins the name of what is being removed.
pub(super) const REMOVED: &str = ".removed-";

/// What is known of an environment that is complete.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// Name and version of the environment it was first built for.
    pub(super) environment: String,
    /// Its version of Python, as `3.11.7`.
    pub(super) python: String,
}

/// Why the lock of an environment is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Use,
    Build,
}

/// The right to use or to build an environment, for as long as this lives.
#[derive(Debug)]
pub(super) struct Lock(pub(super) File);

impl Lock {
    fn touch(&self) {
        let _the_time_is_for_people = self.0.set_modified(SystemTime::from(crate::clock::now()));
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.touch();
        // Closing is not enough: a process that is forked at this moment has the file too until it runs its program.
        let _closing_does_too = self.0.unlock();
    }
}

/// The place of one environment.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) lock: PathBuf,
}

impl Place {
    pub(super) fn new(environments: &Path, key: &str) -> Self {
        Self { folder: environments.join(key), lock: environments.join(format!("{key}.lock")) }
    }

    pub(super) fn interpreter(&self) -> PathBuf {
        self.folder.join("python/bin/python")
    }

    pub(super) fn is_complete(&self) -> Result<bool, FileError> {
        Ok(self.facts()?.is_some())
    }

    /// Whether the environment is complete and its interpreter still is what it was: the Python that a virtual
    /// environment is made with may have been removed, or replaced by one that looks for packages elsewhere. One that
    /// does not answer is believed to be: what is not sound is removed, and a busy machine is no reason for that.
    pub(super) async fn is_sound(&self, logs: &JobLogs) -> Result<bool, FileError> {
        let Some(facts) = self.facts()? else { return Ok(false) };
        Ok(match Python::ask(&self.interpreter()).await {
            Ok(found) => {
                let minor = facts.python.rsplit_once('.').map(|(minor, _patch)| minor);
                found.is_some_and(|found| minor == Some(found.minor()))
            }
            Err(silence) => {
                logs.line(format_args!("Environment: used as it is, since {silence}"));
                true
            }
        })
    }

    /// Waits until the environment may be used, or until nobody else uses it.
    pub(super) async fn lock(&self, access: Access, logs: &JobLogs) -> Result<Lock, FileError> {
        let mut told = false;
        loop {
            if let Some(lock) = self.try_lock(access)? {
                return Ok(lock);
            }
            if !told {
                told = true;
                logs.line(match (access, self.is_complete()?) {
                    // Jobs that use it do not keep others from using it.
                    (Access::Use, true) => "Environment: waiting until it is checked or removed",
                    (Access::Build, true) => "Environment: waiting for jobs that still use it",
                    (_, false) => "Environment: waiting for another job that builds it",
                });
            }
            tokio::time::sleep(LOCK_POLL).await;
        }
    }

    pub(super) fn try_lock(&self, access: Access) -> Result<Option<Lock>, FileError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.lock);
        let file = file.map_err(FileError::on("open", &self.lock))?;
        let locked = match access {
            Access::Use => file.try_lock_shared(),
            Access::Build => file.try_lock(),
        };
        match locked {
            Ok(()) if is_still_at(&file, &self.lock) => {
                let lock = Lock(file);
                lock.touch();
                Ok(Some(lock))
            }
            // Removed with its environment before it was locked here.
            Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(FileError::on("lock", &self.lock)(error)),
        }
    }

    /// Makes an empty folder for a new build; whatever was there is gone.
    pub(super) fn clear(&self) -> Result<(), FileError> {
        remove_folder(&self.folder).map_err(FileError::on("remove", &self.folder))?;
        fs::create_dir_all(&self.folder).map_err(FileError::on("create", &self.folder))
    }

    /// Declares the environment complete. A machine that goes down must not leave the marker without what it stands for.
    pub(super) fn finish(&self, facts: &Facts) -> Result<(), FileError> {
        let path = self.folder.join(MARKER);
        let text = serde_json::to_string(facts).map_err(io::Error::from);
        sync(&self.folder).map_err(FileError::on("sync", &self.folder))?;
        text.and_then(|text| fs::write(&path, text)).map_err(FileError::on("write", &path))
    }

    /// What is known of the environment; `None` when it is not complete. What cannot be read at the moment is an error.
    pub(super) fn facts(&self) -> Result<Option<Facts>, FileError> {
        let marker = self.folder.join(MARKER);
        match fs::read(&marker) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::on("read", &marker)(error)),
        }
    }
}

/// Removes a folder so that a removal that is broken off leaves none that looks whole.
pub(super) fn remove_folder(folder: &Path) -> io::Result<()> {
    let aside = folder.with_file_name(format!("{REMOVED}{}", Uuid::new_v4()));
    match fs::rename(folder, &aside) {
        Ok(()) => match fs::remove_dir_all(aside) {
            // Somebody else goes on with the removal.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the open file is the one that has the name.
pub(super) fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Brings all that was written below the folder to the disk.
fn sync(folder: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::fs::syncfs(File::open(folder)?)?);
    #[cfg(not(target_os = "linux"))]
    {
        let _the_same_for_all = folder;
        rustix::fs::sync();
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::super::log_root;
    use super::super::super::tests::write_program;
    use super::*;

    /// A complete environment without an interpreter.
    pub(in super::super) fn finished(environments: &Path, key: &str) -> Place {
        let place = Place::new(environments, key);
        place.clear().unwrap();
        place.finish(&Facts { environment: "e:1".to_owned(), python: "3.11.7".to_owned() }).unwrap();
        place
    }

    /// What is done and logged about an environment in this folder, on a runtime of its own.
    fn with_logs<T>(folder: &Path, done: impl AsyncFnOnce(&JobLogs) -> T) -> (T, String) {
        let logs = JobLogs::create(folder, false).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(done(&logs));
        let log = log_root(folder).join("logs/azureml/executionlogs.txt");
        (result, fs::read_to_string(log).unwrap())
    }

    #[test]
    fn an_environment_whose_python_does_not_answer_is_used_and_one_with_a_broken_python_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        let python = place.interpreter();
        fs::create_dir_all(python.parent().unwrap()).unwrap();
        for (script, expected) in [
            ("kill -9 $$", true),
            ("echo 3.11.9; echo $0", true),
            ("echo 3.12.0; echo $0", false),
            ("exit 1", false),
        ] {
            write_program(&python, script);
            let (is_sound, log) = with_logs(folder.path(), async |logs| place.is_sound(logs).await.unwrap());
            assert_eq!(is_sound, expected, "{script}");
            assert_eq!(log.contains("used as it is"), script.starts_with("kill"), "{log}");
            fs::remove_dir_all(log_root(folder.path())).unwrap();
        }
    }

    #[test]
    fn an_environment_that_cannot_be_looked_into_is_an_error_and_none_that_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        // A folder in its place is what a test can have of a marker that cannot be read.
        fs::remove_file(place.folder.join(MARKER)).unwrap();
        fs::create_dir(place.folder.join(MARKER)).unwrap();
        assert!(place.is_complete().is_err());
        let (sound, _log) = with_logs(folder.path(), async |logs| place.is_sound(logs).await);
        assert!(sound.is_err());
    }

    #[test]
    fn who_waits_is_told_for_what() {
        for (is_finished, held, wanted, told) in [
            (true, Access::Use, Access::Build, "waiting for jobs that still use it"),
            (true, Access::Build, Access::Use, "waiting until it is checked or removed"),
            (false, Access::Build, Access::Use, "waiting for another job that builds it"),
            (false, Access::Build, Access::Build, "waiting for another job that builds it"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let place = match is_finished {
                true => finished(folder.path(), "k"),
                false => Place::new(folder.path(), "k"),
            };
            let _held = place.try_lock(held).unwrap().unwrap();
            let (waited, log) = with_logs(folder.path(), async |logs| {
                tokio::time::timeout(Duration::ZERO, place.lock(wanted, logs)).await
            });
            assert!(waited.is_err(), "nobody waited for {held:?}");
            assert!(log.contains(told), "{told}: {log}");
        }
    }
}
