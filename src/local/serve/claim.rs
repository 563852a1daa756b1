//! Who may not be in the state folder at the same time: servers, and what removes the workspace.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;

use super::ServeError;
use crate::local::home::Home;

/// A hold on the state folder, until it is dropped.
#[derive(Debug)]
pub struct Claim(File);

impl Claim {
    /// The folder stays while this lives; any number of servers may have one.
    pub fn to_serve(home: &Home) -> Result<Self, ServeError> {
        let file = open(home)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(ServeError::BeingReset),
            Err(TryLockError::Error(source)) => Err(failed(home, source)),
        }
    }

    /// Nobody serves the workspace while this lives.
    pub fn to_remove(home: &Home) -> Result<Self, ServeError> {
        let file = open(home)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(ServeError::Served),
            Err(TryLockError::Error(source)) => Err(failed(home, source)),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Closing is not enough: a process that is forked at this moment has the file too until it runs its program.
        let _closing_does_too = self.0.unlock();
    }
}

fn open(home: &Home) -> Result<File, ServeError> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(home.serve_lock());
    file.map_err(|source| failed(home, source))
}

fn failed(home: &Home, source: io::Error) -> ServeError {
    ServeError::File { path: home.serve_lock(), source }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn servers_share_a_workspace_and_keep_it_from_being_removed() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().to_owned());
        let servers = (Claim::to_serve(&home).unwrap(), Claim::to_serve(&home).unwrap());
        assert!(matches!(Claim::to_remove(&home), Err(ServeError::Served)));
        let inherited = servers.1.0.try_clone().unwrap();
        drop(servers);
        let _removal = Claim::to_remove(&home).unwrap();
        drop(inherited);
        assert!(matches!(Claim::to_serve(&home), Err(ServeError::BeingReset)));
    }
}
