//! Room on the disk that is kept for the end of a job: with a full disk its failure could not be recorded.

use std::fs;
use std::path::{Path, PathBuf};

const BYTES: usize = 1 << 20;

/// A file that takes room until it is released.
pub(super) struct Reserve(PathBuf);

impl Reserve {
    /// Takes the room. Where there is none, the job will fail for that reason soon enough.
    pub(super) fn take(job_dir: &Path) -> Self {
        let path = path(job_dir);
        let _no_room = fs::write(&path, vec![0; BYTES]);
        Self(path)
    }

    /// Gives the room back.
    pub(super) fn release(self) {
        let _never_had_it = fs::remove_file(self.0);
    }
}

/// Where the room is kept.
pub(super) fn path(job_dir: &Path) -> PathBuf {
    job_dir.join("reserve")
}
