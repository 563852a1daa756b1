//! Interpreters that uv has, or fetches.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::super::logs::JobLogs;
use super::leftovers;
use super::python::{self, Python};
use super::tool::Tool;

pub(super) const UV: &str = "uv";

/// How long uv is not asked again for a Python that it could not bring: every job would wait for the network anew.
const PAUSE: Duration = Duration::from_secs(15 * 60);
/// Ends the name of the note that says when that was.
pub(super) const NOT_BROUGHT: &str = "not-brought";

/// The interpreter of this minor version that uv has, or fetches. Where it cannot, another one has to do.
pub(super) async fn python(minor: &str, environments: &Path, logs: &JobLogs) -> Option<Python> {
    if let Some(found) = installed(minor).await {
        return Some(found);
    }
    let note = environments.join(format!("python-{minor}.{NOT_BROUGHT}"));
    if is_recent(&note) {
        logs.build_line(format_args!(
            "Python {minor} is not on this machine; uv could not bring it and is not asked again for {} minutes: \
             `uv python install {minor}` does it at once",
            PAUSE.as_secs() / 60
        ));
        return None;
    }
    logs.build_line(format_args!("Python {minor} is not on this machine; uv is asked for it"));
    if Tool::new(UV).args(["python", "install", minor]).run(logs).await.is_err() {
        // Without a note, the next job asks again.
        let _no_note = fs::create_dir_all(environments).and_then(|()| File::create(note));
        return None;
    }
    installed(minor).await
}

async fn installed(minor: &str) -> Option<Python> {
    let mut command = Command::new(UV);
    command.args(["python", "find", "--python-preference", "only-managed", minor]);
    let path = python::output_of(command).await?;
    Python::ask(Path::new(path.trim())).await.ok().flatten()
}

/// Whether the note still keeps uv from being asked.
pub(super) fn is_recent(note: &Path) -> bool {
    leftovers::age(note).is_some_and(|age| age < PAUSE)
}
