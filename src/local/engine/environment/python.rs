//! Finding the interpreters and build tools of this machine, by running them: what lies on the search path
//! may be a shim for something that is not installed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::super::processes::Awaited;
use super::python_wish::PythonWish;

/// The machine's own Python.
pub(super) const DEFAULT: &str = "python3";

/// A tool that does not answer in this time is not there.
const PATIENCE: Duration = Duration::from_secs(20);

const WHO_ARE_YOU: &str = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";

/// An interpreter that answered.
#[derive(Debug, Clone)]
pub(super) struct Python {
    pub(super) executable: PathBuf,
    /// As `3.11.7`.
    pub(super) version: String,
}

impl Python {
    /// Asks the interpreter who it is.
    pub(super) async fn ask(program: &Path) -> Option<Self> {
        Self::ask_by(Command::new(program)).await
    }

    /// An interpreter of a version that will do, among those that are installed.
    pub(super) async fn find(wish: &PythonWish) -> Option<Self> {
        for minor in wish.minors() {
            let mut command = Command::new(format!("python{minor}"));
            // Without it, the shims of pyenv know the versions that are switched on, and not those that are installed.
            command.env("PYENV_VERSION", &minor);
            if let Some(found) = Self::ask_by(command).await.filter(|found| wish.admits(&found.version)) {
                return Some(found);
            }
        }
        None
    }

    /// An interpreter of this minor version that uv has installed.
    pub(super) async fn of_uv(minor: &str) -> Option<Self> {
        let mut command = Command::new("uv");
        command.args(["python", "find", "--python-preference", "only-managed", minor]);
        let path = output_of(command).await?;
        Self::ask(Path::new(path.trim())).await
    }

    /// As `3.11`.
    pub(super) fn minor(&self) -> &str {
        self.version.rsplit_once('.').map_or(&self.version, |(minor, _patch)| minor)
    }

    async fn ask_by(mut command: Command) -> Option<Self> {
        command.args(["-c", WHO_ARE_YOU]);
        let answer = output_of(command).await?;
        let (version, executable) = answer.trim().split_once('\n')?;
        Some(Self { executable: PathBuf::from(executable), version: version.to_owned() })
    }
}

/// Whether the tool runs here.
pub(super) async fn is_there(tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg("--version");
    output_of(command).await.is_some()
}

async fn output_of(mut command: Command) -> Option<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let child = command.spawn().ok()?;
    let _awaited = Awaited::of(&child);
    let output = timeout(PATIENCE, child.wait_with_output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
