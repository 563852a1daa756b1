//! The folder in which the local workspace lives (`AZML_HOME`): which file is where, and making it.
//!
//! It neither reads settings (the caller says where the folder is) nor touches what is inside the files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The state folder of the local workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Something that is no folder is in the way.
    #[error("`{path}` is not a folder; move it away or set AZML_HOME to another folder")]
    NotAFolder {
        /// What is in the way.
        path: PathBuf,
    },
    /// The folder cannot be made or written to.
    #[error("cannot create the state folder `{path}`; make it writable or set AZML_HOME to another folder")]
    Create {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is there, but nothing can be written into it.
    #[error(
        "cannot write into the state folder `{path}`; make it writable or set AZML_HOME to another folder"
    )]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Home {
    /// A state folder at `root`; nothing is made yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes the folders that are missing, readable by their owner alone, and proves that they can be written to.
    pub fn ensure(&self) -> Result<(), HomeError> {
        for folder in [self.root.clone(), self.jobs_dir(), self.environments_dir(), self.blobs_dir()] {
            ensure_private_folder(&folder)?;
        }
        let probe = self.root.join(format!(".probe-{}", std::process::id()));
        let unwritable = |source| HomeError::Unwritable { path: self.root.clone(), source };
        fs::write(&probe, b"").map_err(unwritable)?;
        fs::remove_file(&probe).map_err(unwritable)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The SQLite state.
    pub fn database(&self) -> PathBuf {
        self.root.join("state.db")
    }

    /// Folder of every job's own folder.
    pub fn jobs_dir(&self) -> PathBuf {
        self.root.join("jobs")
    }

    /// Folder of one job, the same for every spelling of its name: case makes no difference to names. Whatever the
    /// name, the folder is directly below [`Home::jobs_dir`].
    pub fn job_dir(&self, job: &str) -> PathBuf {
        // Names are checked where jobs are made; this keeps an unchecked one from naming a path all the same.
        let folder = match is_job_name(job) {
            true => job.to_ascii_lowercase(),
            false => format!("_{}", job.replace(|c: char| !is_job_name_character(c), "_")),
        };
        self.jobs_dir().join(folder)
    }

    /// Tokens kept for workspaces on Azure; whoever keeps one makes the folder.
    pub fn tokens_dir(&self) -> PathBuf {
        self.root.join("tokens")
    }

    /// Cached environments.
    pub fn environments_dir(&self) -> PathBuf {
        self.root.join("environments")
    }

    /// Certificate of the served workspace, and what running servers tell other processes.
    pub fn serve_dir(&self) -> PathBuf {
        self.root.join("serve")
    }

    /// Locked as long as the workspace is served, or removed.
    pub fn serve_lock(&self) -> PathBuf {
        self.root.join("serve.lock")
    }

    /// Bytes of datastores and assets.
    pub fn blobs_dir(&self) -> PathBuf {
        self.root.join("blobs")
    }
}

/// Whether `name` may name a job: 1 to 255 letters, digits, `_`, `-` or `.`, the first one a letter or digit.
pub fn is_job_name(name: &str) -> bool {
    name.len() <= 255
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_job_name_character)
}

fn is_job_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

pub(super) fn ensure_private_folder(path: &Path) -> Result<(), HomeError> {
    if path.is_dir() {
        return Ok(());
    }
    if path.exists() {
        return Err(HomeError::NotAFolder { path: path.to_owned() });
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            HomeError::NotAFolder { path: path.to_owned() }
        }
        _ => HomeError::Create { path: path.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn folders_are_made_for_the_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().join("deep/home"));
        home.ensure().unwrap();
        home.ensure().unwrap();
        assert!(home.blobs_dir().is_dir());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(home.root()).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, b"x").unwrap();
        let message = Home::new(file.clone()).ensure().unwrap_err().to_string();
        assert!(message.contains(file.to_str().unwrap()) && message.contains("AZML_HOME"), "{message}");
        assert!(matches!(Home::new(file.join("below")).ensure(), Err(HomeError::NotAFolder { .. })));
    }

    #[test]
    fn a_job_name_never_becomes_a_path() {
        let home = Home::new(PathBuf::from("/h"));
        assert_eq!(home.job_dir("batchjob-1"), Path::new("/h/jobs/batchjob-1"));
        assert_eq!(home.job_dir("Nightly"), home.job_dir("nightly"));
        for name in ["../x", "/etc", "a/b", "..", ".", ""] {
            assert!(!is_job_name(name), "{name}");
            assert_eq!(home.job_dir(name).parent(), Some(Path::new("/h/jobs")), "{name}");
        }
    }
}
