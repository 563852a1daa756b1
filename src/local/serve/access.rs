//! What clients of a server have to know, and the file through which other processes of the user learn it.
//!
//! The file is locked as long as its server lives, so one that was killed is never taken for one that runs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ServeError, certificate};
use crate::local::home::Home;
use crate::local::server::IDENTITY;

/// How a running server is reached.
#[derive(Debug, Serialize, Deserialize)]
pub struct Access {
    port: u16,
    identity_header: String,
    #[serde(skip)]
    folder: PathBuf,
    /// The locked file, in the server itself.
    #[serde(skip)]
    file: Option<(File, PathBuf)>,
}

impl Access {
    /// Tells other processes of the user, as long as the result lives.
    pub(super) fn publish(folder: &Path, port: u16, identity_header: &str) -> Result<Self, ServeError> {
        // A name of its own: the server that had the port before may still be ending.
        let path = folder.join(format!("{port}-{}.json", Uuid::new_v4().simple()));
        let identity_header = identity_header.to_owned();
        let mut access = Self { port, identity_header, folder: folder.to_owned(), file: None };
        let failed = |source| ServeError::File { path: path.clone(), source };
        let text = serde_json::to_string(&access).map_err(|error| failed(error.into()))?;
        // Locked and whole before it has its name: who finds it unlocked takes it for that of a killed server.
        let unfinished = path.with_extension("unfinished");
        let written = private_file(&unfinished).and_then(|mut file| {
            file.lock()?;
            file.write_all(text.as_bytes())?;
            fs::rename(&unfinished, &path).map(|()| file)
        });
        let file = written.inspect_err(|_| {
            let _not_there = fs::remove_file(&unfinished);
        });
        access.file = Some((file.map_err(failed)?, path.clone()));
        Ok(access)
    }

    /// Origin of every address of the server.
    pub fn origin(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// What clients have to trust.
    pub fn certificate(&self) -> PathBuf {
        certificate::path(&self.folder)
    }

    /// Where clients get tokens.
    pub fn identity_endpoint(&self) -> String {
        format!("{}{IDENTITY}", self.origin())
    }

    /// The secret that gets them.
    pub fn identity_header(&self) -> &str {
        &self.identity_header
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Access {
    /// Nobody is told of a server that ends.
    fn drop(&mut self) {
        if let Some((_locked_until_here, path)) = &self.file {
            let _already_gone = fs::remove_file(path);
        }
    }
}

/// The servers of this state folder that take requests, by port.
pub fn running(home: &Home) -> Result<Vec<Access>, ServeError> {
    let folder = home.serve_dir();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ServeError::File { path: folder, source }),
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<Access> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| read_running(&path))
        .collect();
    found.sort_by_key(Access::port);
    Ok(found)
}

/// What a file says, if its server lives.
fn read_running(path: &Path) -> Option<Access> {
    let mut file = File::open(path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) => {
            // Its server was killed.
            let _already_gone = fs::remove_file(path);
            return None;
        }
        Err(TryLockError::Error(_)) => return None,
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let mut access: Access = serde_json::from_str(&text).ok()?;
    access.folder = path.parent()?.to_owned();
    Some(access)
}

/// A new file that its owner alone can read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_server_is_found_as_long_as_it_lives() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().to_owned());
        assert_eq!(running(&home).unwrap().len(), 0);
        fs::create_dir(home.serve_dir()).unwrap();
        let publish = |port| Access::publish(&home.serve_dir(), port, "secret").unwrap();
        let (first, ending, next) = (publish(8443), publish(80), publish(80));
        let ports = || running(&home).unwrap().iter().map(Access::port).collect::<Vec<_>>();
        assert_eq!(ports(), [80, 80, 8443]);
        assert_eq!(running(&home).unwrap()[2].identity_header(), "secret");
        // One that ends takes nothing along of the next one on its port.
        drop(ending);
        assert_eq!(ports(), [80, 8443]);
        drop((first, next));
        assert_eq!(fs::read_dir(home.serve_dir()).unwrap().count(), 0);
        fs::write(home.serve_dir().join("81-killed.json"), "{}").unwrap();
        assert_eq!(running(&home).unwrap().len(), 0);
        assert_eq!(fs::read_dir(home.serve_dir()).unwrap().count(), 0, "what a killed server left stays");
    }
}
