//! The environments that are kept: a folder for each content, who uses it, and its removal.
//!
//! `KEY.lock` beside the folder is held shared by every job whose workers run on the environment, and alone by who
//! builds or removes it. Its time of modification is when the environment was last asked for. An environment counts
//! only when it holds the marker that is written last, after everything else has reached the disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::python::Python;

const LOCK_POLL: Duration = Duration::from_millis(200);
const MARKER: &str = "complete";
/// Begins the name of what is being removed.
const REMOVED: &str = ".removed-";

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

/// The place of one environment.
pub(super) struct Place {
    folder: PathBuf,
    lock: PathBuf,
}

impl Place {
    pub(super) fn new(environments: &Path, key: &str) -> Self {
        Self { folder: environments.join(key), lock: environments.join(format!("{key}.lock")) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn interpreter(&self) -> PathBuf {
        self.folder.join("python/bin/python")
    }

    pub(super) fn is_complete(&self) -> bool {
        self.facts().is_some()
    }

    /// Whether the environment is complete and its interpreter still is what it was: the Python that a virtual
    /// environment is made with may have been removed, or replaced by one that looks for packages elsewhere.
    pub(super) async fn is_sound(&self) -> bool {
        let (Some(facts), Some(found)) = (self.facts(), Python::ask(&self.interpreter()).await) else {
            return false;
        };
        facts.python.rsplit_once('.').is_some_and(|(minor, _patch)| minor == found.minor())
    }

    /// Waits until the environment may be used, or until nobody else uses it.
    pub(super) async fn lock(&self, access: Access, logs: &JobLogs) -> Result<File, FileError> {
        let mut told = false;
        loop {
            if let Some(lock) = self.try_lock(access)? {
                return Ok(lock);
            }
            if !told {
                told = true;
                logs.line(match self.is_complete() {
                    true => "Environment: waiting for jobs that still use it",
                    false => "Environment: waiting for another job that builds it",
                });
            }
            tokio::time::sleep(LOCK_POLL).await;
        }
    }

    fn try_lock(&self, access: Access) -> Result<Option<File>, FileError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.lock);
        let file = file.map_err(FileError::on("open", &self.lock))?;
        let locked = match access {
            Access::Use => file.try_lock_shared(),
            Access::Build => file.try_lock(),
        };
        match locked {
            Ok(()) if is_still_at(&file, &self.lock) => {
                let _the_time_is_for_people = file.set_modified(SystemTime::from(crate::clock::now()));
                Ok(Some(file))
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

    fn facts(&self) -> Option<Facts> {
        serde_json::from_str(&fs::read_to_string(self.folder.join(MARKER)).ok()?).ok()
    }
}

/// An environment on disk, whole or not.
#[derive(Debug, Clone)]
pub struct CachedEnvironment {
    /// Its name on disk, a hash of its content.
    pub key: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Name and version of the environment it was first built for; empty when it was never finished.
    pub environment: String,
    /// Its version of Python.
    pub python: String,
    /// When a job last asked for it.
    pub last_used: OffsetDateTime,
    lock: PathBuf,
}

/// Whether an environment could be taken from those who might use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is nobody's: removed, or on a dry run removable.
    Free,
    /// A job uses or builds it.
    InUse,
}

/// The environments in a folder, by key, and what removals that were broken off have left.
pub fn cached(environments: &Path) -> io::Result<Vec<CachedEnvironment>> {
    let entries = match fs::read_dir(environments) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let key = entry.file_name().to_string_lossy().into_owned();
        let place = Place::new(environments, &key);
        let facts = place.facts().unwrap_or_default();
        let used = fs::metadata(&place.lock).or_else(|_| entry.metadata()).and_then(|facts| facts.modified());
        found.push(CachedEnvironment {
            key,
            environment: facts.environment,
            python: facts.python,
            last_used: used?.into(),
            folder: place.folder,
            lock: place.lock,
        });
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

impl CachedEnvironment {
    /// Removes the environment unless somebody uses it; `keep` only looks whether somebody does.
    pub fn remove(&self, keep: bool) -> io::Result<Taken> {
        if self.key.starts_with(REMOVED) {
            if !keep {
                remove_folder(&self.folder)?;
            }
            return Ok(Taken::Free);
        }
        let lock = match (OpenOptions::new().write(true).open(&self.lock), keep) {
            (Err(error), true) if error.kind() == io::ErrorKind::NotFound => return Ok(Taken::Free),
            (Err(error), false) if error.kind() == io::ErrorKind::NotFound => File::create(&self.lock)?,
            (opened, _) => opened?,
        };
        match lock.try_lock() {
            Ok(()) if is_still_at(&lock, &self.lock) => {}
            Ok(()) | Err(TryLockError::WouldBlock) => return Ok(Taken::InUse),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if !keep {
            remove_folder(&self.folder)?;
            fs::remove_file(&self.lock)?;
        }
        Ok(Taken::Free)
    }
}

/// Removes a folder so that a removal that is broken off leaves none that looks whole.
fn remove_folder(folder: &Path) -> io::Result<()> {
    let aside = folder.with_file_name(format!("{REMOVED}{}", Uuid::new_v4()));
    match fs::rename(folder, &aside) {
        Ok(()) => fs::remove_dir_all(aside),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the open file is the one that has the name.
fn is_still_at(file: &File, path: &Path) -> bool {
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn finished(environments: &Path, key: &str) -> Place {
        let place = Place::new(environments, key);
        place.clear().unwrap();
        place.finish(&Facts { environment: "e:1".to_owned(), python: "3.11.7".to_owned() }).unwrap();
        place
    }

    #[test]
    fn an_environment_in_use_stays_and_one_that_nobody_uses_goes() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        let used = place.try_lock(Access::Use).unwrap().unwrap();
        let used_too = place.try_lock(Access::Use).unwrap().unwrap();
        assert!(place.try_lock(Access::Build).unwrap().is_none(), "built under the feet of a job");
        let [environment] = cached(folder.path()).unwrap().try_into().unwrap();
        assert_eq!((environment.environment.as_str(), environment.python.as_str()), ("e:1", "3.11.7"));
        drop(used);
        assert_eq!(environment.remove(false).unwrap(), Taken::InUse);
        assert!(place.is_complete());
        drop(used_too);
        assert_eq!(environment.remove(true).unwrap(), Taken::Free);
        assert!(place.is_complete(), "a look removed it");
        assert_eq!(environment.remove(false).unwrap(), Taken::Free);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(cached(&folder.path().join("never-made")).unwrap().is_empty());
    }

    #[test]
    fn a_lock_that_was_removed_protects_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        let [environment] = cached(folder.path()).unwrap().try_into().unwrap();
        let old = place.try_lock(Access::Use).unwrap().unwrap();
        fs::remove_file(&place.lock).unwrap();
        assert!(!is_still_at(&old, &place.lock));
        assert!(place.try_lock(Access::Build).unwrap().is_some(), "the name is free again");
        assert_eq!(environment.remove(false).unwrap(), Taken::Free);
    }

    #[test]
    fn a_removal_that_is_broken_off_leaves_nothing_that_looks_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        fs::rename(place.folder(), folder.path().join(format!("{REMOVED}x"))).unwrap();
        assert!(!place.is_complete());
        let [left_over] = cached(folder.path()).unwrap().try_into().unwrap();
        assert_eq!(left_over.remove(false).unwrap(), Taken::Free);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
