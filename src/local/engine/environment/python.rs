//! Finding the interpreters and build tools of this machine, by running them: what lies on the search path
//! may be a shim for something that is not installed.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::io::Errno;
use tokio::process::Command;
use tokio::time::timeout;

use super::super::processes::Awaited;
use super::python_wish::PythonWish;

/// The machine's own Python.
pub(super) const DEFAULT: &str = "python3";
/// The folder in which pyenv keeps a script for every name, which finds out what is meant and has pyenv start that.
const SHIMS: &str = "shims";
const PYENV: &str = "pyenv";

/// How long a program may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(20);

const WHO_ARE_YOU: &str = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
/// No variable of the shell's, as workers have none, and nothing of what is installed: the answer needs neither.
const BARE: [&str; 2] = ["-E", "-S"];

/// Signals by which a system that is short of something ends processes: `SIGKILL` and `SIGTERM`.
const TAKEN_AWAY: [i32; 2] = [9, 15];
/// What the system says of a program that is not there, or is none.
const MISSING: [Errno; 7] =
    [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::ISDIR, Errno::ACCESS, Errno::PERM, Errno::NOEXEC];

/// An interpreter that answered.
#[derive(Debug, Clone)]
pub(super) struct Python {
    pub(super) executable: PathBuf,
    /// As `3.11.7`.
    pub(super) version: String,
}

/// A program that may be fine and did not answer: this machine had no room to start it, or no time.
#[derive(Debug, thiserror::Error)]
#[error("`{program}` does not say which Python it is: {reason}")]
pub(in crate::local::engine) struct Silence {
    program: PathBuf,
    reason: io::Error,
}

impl Python {
    /// Asks the program who it is; `None` when there is no such program, or when it is no Python.
    pub(super) async fn ask(program: &Path) -> Result<Option<Self>, Silence> {
        let answer = Self::ask_by(Command::new(program)).await;
        answer.map_err(|reason| Silence { program: program.to_owned(), reason })
    }

    /// An interpreter of a version that will do, among those that are installed. One that does not answer is none.
    pub(super) async fn find(wish: &PythonWish) -> Option<Self> {
        for minor in wish.minors() {
            let mut command = Command::new(format!("python{minor}"));
            // Without it, the shims of pyenv know the versions that are switched on, and not those that are installed.
            command.env("PYENV_VERSION", &minor);
            let found = Self::ask_by(command).await.ok().flatten();
            if let Some(found) = found.filter(|found| wish.admits(&found.version)) {
                return Some(found);
            }
        }
        None
    }

    /// As `3.11`.
    pub(super) fn minor(&self) -> &str {
        self.version.rsplit_once('.').map_or(&self.version, |(minor, _patch)| minor)
    }

    async fn ask_by(mut command: Command) -> io::Result<Option<Self>> {
        command.args(BARE).args(["-c", WHO_ARE_YOU]);
        let Some(answer) = answer(command, PATIENCE).await? else { return Ok(None) };
        let lines = answer.trim().split_once('\n');
        Ok(lines.map(|(version, executable)| Self {
            executable: PathBuf::from(executable),
            version: version.to_owned(),
        }))
    }
}

/// What a shim of pyenv's starts in this folder, so that not every worker has to find it out anew. Any other program
/// stays what it is: it may do more than to start a Python, as other version managers do that set variables.
pub(super) async fn behind_shim(program: PathBuf, folder: &Path) -> PathBuf {
    let is_among_shims = program.parent().is_some_and(|parent| parent.ends_with(SHIMS));
    if !is_among_shims || !fs::read_to_string(&program).is_ok_and(|text| text.contains(PYENV)) {
        return program;
    }
    let mut command = Command::new(&program);
    command.current_dir(folder);
    let found = Python::ask_by(command).await.ok().flatten();
    found.map_or(program, |found| found.executable)
}

/// Whether the tool runs here. One that does not answer is not there.
pub(super) async fn is_there(tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg("--version");
    output_of(command).await.is_some()
}

/// What a program prints; `None` when it fails, is not there or does not answer.
pub(super) async fn output_of(command: Command) -> Option<String> {
    answer(command, PATIENCE).await.ok().flatten()
}

/// What a program prints, or `None` when it fails or is not there. An error is no word against the program.
async fn answer(mut command: Command, patience: Duration) -> io::Result<Option<String>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) if Errno::from_io_error(&error).is_some_and(|error| MISSING.contains(&error)) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let _awaited = Awaited::of(&child);
    let Ok(output) = timeout(patience, child.wait_with_output()).await else {
        let silence = format!("no answer in {} seconds", patience.as_secs());
        return Err(io::Error::new(io::ErrorKind::TimedOut, silence));
    };
    let output = output?;
    match output.status.signal() {
        Some(signal) if TAKEN_AWAY.contains(&signal) => {
            Err(io::Error::other(format!("it was ended by signal {signal}")))
        }
        _ => Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::super::tests::write_program;
    use super::*;

    fn shell(script: &str, patience: Duration) -> io::Result<Option<String>> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(answer(command, patience))
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn a_program_that_is_silent_is_told_from_one_that_is_broken_or_missing() {
        assert_eq!(shell("echo hello", PATIENCE).unwrap().unwrap(), "hello\n");
        assert_eq!(shell("echo half; exit 1", PATIENCE).unwrap(), None);
        assert_eq!(shell("kill -SEGV $$", PATIENCE).unwrap(), None);
        for program in ["/no/such/python", "/", "/etc/hostname/python"] {
            assert_eq!(run(answer(Command::new(program), PATIENCE)).unwrap(), None, "{program}");
        }
        assert!(shell("kill -KILL $$", PATIENCE).unwrap_err().to_string().contains("signal 9"));
        let silence = shell("exec sleep 1000", Duration::from_millis(20)).unwrap_err();
        assert_eq!(silence.kind(), io::ErrorKind::TimedOut);
        let no_process = io::Error::from(Errno::AGAIN);
        assert!(!MISSING.contains(&Errno::from_io_error(&no_process).unwrap()));
    }

    #[test]
    fn only_shims_of_pyenv_are_looked_behind() {
        let folder = tempfile::tempdir().unwrap();
        for (parent, manager, expected) in [
            ("pyenv/shims", "pyenv", Some("/real/python3")),
            ("other/shims", "other", None),
            ("bin", "pyenv", None),
        ] {
            let program = folder.path().join(parent).join("python3");
            fs::create_dir_all(program.parent().unwrap()).unwrap();
            // Heeds where it is started, as those of pyenv do.
            let script =
                format!(": {manager}\necho 3.11.7\n[ \"$PWD\" = {:?} ] && echo /real/python3", folder.path());
            write_program(&program, &script);
            let found = run(behind_shim(program.clone(), folder.path()));
            assert_eq!(found, expected.map_or(program, PathBuf::from));
        }
        assert_eq!(run(behind_shim("python3".into(), folder.path())), Path::new("python3"));
        let gone = Path::new("/no/such/shims/python3");
        assert_eq!(run(behind_shim(gone.to_owned(), folder.path())), gone);
    }
}
