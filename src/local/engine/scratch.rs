//! What a job folder holds only while its job runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::{logs, model, reserve, sink};

/// Folder of the workers' own folders.
pub(super) fn work_path(job_dir: &Path) -> PathBuf {
    job_dir.join("work")
}

/// Folder of what was fetched for the job.
pub(super) fn downloads_path(job_dir: &Path) -> PathBuf {
    job_dir.join("downloads")
}

/// Folders and files of a job that are nobody's once its supervisor is gone.
pub fn paths(job_dir: &Path) -> [PathBuf; 6] {
    [
        work_path(job_dir),
        downloads_path(job_dir),
        model::made_for_job(job_dir),
        sink::unfinished_path(job_dir),
        logs::unfinished_summary(job_dir),
        reserve::path(job_dir),
    ]
}

/// Removes it all, however the job ended. Rows stay: they are all there is of a job without an output file. What
/// cannot be removed does no harm but taking room.
pub(super) fn remove(job_dir: &Path) {
    for path in paths(job_dir) {
        let _left_over = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}
