//! The environments that are kept, as whoever removes them sees them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::cache::{Place, REMOVED, is_still_at, remove_folder};

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
    /// When a job last began or ended to use it; the end of a killed job leaves no trace.
    pub last_used: OffsetDateTime,
    lock: PathBuf,
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
        match CachedEnvironment::look(environments, &entry?.file_name().to_string_lossy()) {
            Ok(environment) => found.extend(environment),
            // Removed while we look.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

impl CachedEnvironment {
    /// Looks at an entry of the folder; `None` when it is no environment.
    fn look(environments: &Path, name: &str) -> io::Result<Option<Self>> {
        let place = Place::new(environments, name);
        let folder = fs::symlink_metadata(&place.folder)?;
        if !folder.is_dir() {
            return Ok(None);
        }
        let facts = place.facts().ok().flatten().unwrap_or_default();
        let last_used = fs::metadata(&place.lock).unwrap_or(folder).modified()?;
        Ok(Some(Self {
            key: name.to_owned(),
            environment: facts.environment,
            python: facts.python,
            last_used: last_used.into(),
            folder: place.folder,
            lock: place.lock,
        }))
    }

    /// Whether no job uses or builds it at this moment.
    pub fn is_free(&self) -> io::Result<bool> {
        match OpenOptions::new().write(true).open(&self.lock) {
            Ok(lock) => {
                let is_free = self.take(&lock)?;
                let _closing_does_too = lock.unlock();
                Ok(is_free)
            }
            // Nobody has ever used it, or it is what a removal has left.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Removes the environment; `false` when it stays, because a job uses or builds it.
    pub fn remove(&self) -> io::Result<bool> {
        if self.key.starts_with(REMOVED) {
            remove_folder(&self.folder)?;
            return Ok(true);
        }
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&self.lock)?;
        if !self.take(&lock)? {
            return Ok(false);
        }
        remove_folder(&self.folder)?;
        fs::remove_file(&self.lock)?;
        Ok(true)
    }

    /// Takes the environment from everybody for as long as the file is open, if it is nobody's.
    fn take(&self, lock: &File) -> io::Result<bool> {
        match lock.try_lock() {
            Ok(()) => Ok(is_still_at(lock, &self.lock)),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, SystemTime};

    use super::super::cache::Access;
    use super::super::cache::tests::finished;
    use super::*;

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
        assert!(!environment.is_free().unwrap() && !environment.remove().unwrap());
        assert!(place.is_complete().unwrap());
        // As a process has that is forked at this moment.
        let inherited = used_too.0.try_clone().unwrap();
        drop(used_too);
        assert!(environment.is_free().unwrap());
        drop(inherited);
        assert!(place.is_complete().unwrap(), "a look removed it");
        assert!(environment.remove().unwrap());
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
        assert!(!is_still_at(&old.0, &place.lock));
        assert!(place.try_lock(Access::Build).unwrap().is_some(), "the name is free again");
        assert!(environment.remove().unwrap());
    }

    #[test]
    fn a_removal_that_is_broken_off_leaves_nothing_that_looks_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        fs::rename(&place.folder, folder.path().join(format!("{REMOVED}x"))).unwrap();
        assert!(!place.is_complete().unwrap());
        let [left_over] = cached(folder.path()).unwrap().try_into().unwrap();
        assert!(left_over.is_free().unwrap() && left_over.remove().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_end_of_a_use_counts_as_a_use() {
        let folder = tempfile::tempdir().unwrap();
        let place = finished(folder.path(), "k");
        let used = place.try_lock(Access::Use).unwrap().unwrap();
        let asked_for = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        used.0.set_modified(asked_for).unwrap();
        let last_used = || cached(folder.path()).unwrap()[0].last_used;
        assert_eq!(last_used(), OffsetDateTime::from(asked_for));
        drop(used);
        assert!(crate::clock::now() - last_used() < time::Duration::DAY);
    }

    #[test]
    fn environments_that_come_and_go_disturb_nobody_who_lists_them() {
        let folder = tempfile::tempdir().unwrap();
        finished(folder.path(), "k");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let place = Place::new(folder.path(), "passing");
                    fs::create_dir(&place.folder).unwrap();
                    fs::remove_dir(&place.folder).unwrap();
                }
            });
            let listed: Vec<_> = (0..500).map(|_| cached(folder.path())).collect();
            is_over.store(true, Ordering::Relaxed);
            assert!(listed.iter().all(|found| found.as_ref().is_ok_and(|found| found[0].key == "k")));
        });
    }

    #[test]
    fn what_vanishes_while_it_is_looked_at_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        finished(folder.path(), "k");
        let gone = CachedEnvironment::look(folder.path(), "gone").unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
        fs::write(folder.path().join("k.lock"), "").unwrap();
        assert!(CachedEnvironment::look(folder.path(), "k.lock").unwrap().is_none());
        assert_eq!(CachedEnvironment::look(folder.path(), "k").unwrap().unwrap().environment, "e:1");
    }
}
