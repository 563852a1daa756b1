//! What a job folder holds only while its job runs.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::{logs, model, pipeline, reserve, sink};

/// Folder of the workers' own folders.
pub(super) fn work_path(job_dir: &Path) -> PathBuf {
    job_dir.join("work")
}

/// Folder of what was fetched for the job.
pub(super) fn downloads_path(job_dir: &Path) -> PathBuf {
    job_dir.join("downloads")
}

/// Folders and files of a job and its steps that are nobody's once its supervisor is gone.
pub fn of_job(job_dir: &Path) -> Vec<PathBuf> {
    folders(job_dir).iter().flat_map(|folder| paths(folder)).collect()
}

/// The folder of a job, and those of the steps it has if it is a pipeline.
pub fn folders(job_dir: &Path) -> Vec<PathBuf> {
    let mut folders = pipeline::step_dirs(job_dir);
    folders.push(job_dir.to_owned());
    folders
}

/// Those of one job or step.
fn paths(job_dir: &Path) -> [PathBuf; 6] {
    [
        work_path(job_dir),
        downloads_path(job_dir),
        model::made_for_job(job_dir),
        sink::unfinished_path(job_dir),
        logs::unfinished_summary(job_dir),
        reserve::path(job_dir),
    ]
}

/// Removes it on another thread: there may be much of it, and other steps are running.
pub(super) async fn remove_aside(job_dir: &Path) {
    let job_dir = job_dir.to_owned();
    let _broke_off = spawn_blocking(move || remove(&job_dir)).await;
}

/// Removes what one job or step has, however that ended. Rows stay: they are all there is of a job without an output
/// file. What cannot be removed does no harm but taking room. Blocks.
pub(super) fn remove(job_dir: &Path) {
    for path in paths(job_dir) {
        let _left_over = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}
