//! Running one build tool: its output goes to the job's log line by line, and it dies with the job.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::super::logs::JobLogs;
use super::super::processes::Awaited;
use super::super::unix;
use crate::wire::origin::masked;

/// Lines of a failed tool's output that its error repeats.
const LAST_LINES: usize = 15;
/// Lines among which the reason of a failure is looked for.
const KEPT_LINES: usize = 100;

/// What would lead a tool away from the environment it is to build.
const IN_THE_WAY: [&str; 6] =
    ["PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"];
/// Nobody is there to be asked.
const ALWAYS_YES: [(&str, &str); 3] =
    [("CONDA_ALWAYS_YES", "true"), ("MAMBA_ALWAYS_YES", "true"), ("PIP_NO_INPUT", "1")];

/// What tools say when nothing answers.
const NOBODY_ANSWERS: [&str; 10] = [
    "dns error",
    "name resolution",
    "name or service not known",
    "could not resolve host",
    "network is unreachable",
    "failed to establish a new connection",
    "error sending request",
    "connection failed",
    "condahttperror",
    "network was disabled",
];
const NO_ROOM: &str = "no space left on device";

/// A program and its arguments.
pub(super) struct Tool {
    words: Vec<OsString>,
}

/// A tool that did not do its work.
#[derive(Debug)]
pub(super) enum ToolFailure {
    Spawn { command: String, source: io::Error },
    Failed { command: String, how: String, output: Vec<String> },
}

impl Tool {
    pub(super) fn new(program: impl AsRef<OsStr>) -> Self {
        Self { words: vec![program.as_ref().to_owned()] }
    }

    pub(super) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.words.push(word.as_ref().to_owned());
        self
    }

    pub(super) fn args<S: AsRef<OsStr>>(self, words: impl IntoIterator<Item = S>) -> Self {
        words.into_iter().fold(self, Self::arg)
    }

    /// Runs it to its end. Dropping the future kills it and everything it started.
    pub(super) async fn run(self, logs: &JobLogs) -> Result<(), ToolFailure> {
        let line = self.line();
        logs.build_line(format_args!("$ {line}"));
        let mut command = std::process::Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in IN_THE_WAY {
            command.env_remove(name);
        }
        command.envs(ALWAYS_YES);
        unix::own_group_with_lifeline(&mut command);
        let child = Command::from(command).kill_on_drop(true).spawn();
        let mut child = child.map_err(|source| ToolFailure::Spawn { command: line.clone(), source })?;

        let (group, _awaited) = (Group(child.id().unwrap_or_default()), Awaited::of(&child));
        let kept = RefCell::new(VecDeque::new());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let end = async {
            let status = child.wait().await;
            // Processes it left behind would keep its output open.
            drop(group);
            status
        };
        let (status, (), ()) = tokio::join!(end, follow(stdout, logs, &kept), follow(stderr, logs, &kept));
        let how = match status {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => format!("ended with {status}"),
            Err(error) => format!("was lost: {error}"),
        };
        Err(ToolFailure::Failed { command: line, how, output: kept.into_inner().into() })
    }

    fn line(&self) -> String {
        let words = self.words.iter().map(|word| masked(&word.to_string_lossy()));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The end of a tool's output.
pub(super) fn last_lines(output: &[String]) -> String {
    output[output.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// Whether a tool failed because the disk is full.
pub(super) fn found_no_room(output: &[String]) -> bool {
    output.iter().any(|line| line.to_lowercase().contains(NO_ROOM))
}

/// Whether a tool failed because nothing answers on the network.
pub(super) fn found_no_network(output: &[String]) -> bool {
    output
        .iter()
        .map(|line| line.to_lowercase())
        .any(|line| NOBODY_ANSWERS.iter().any(|words| line.contains(words)))
}

/// A process group that is killed when this is dropped.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        unix::kill_group(self.0);
    }
}

async fn follow(stream: Option<impl AsyncRead + Unpin>, logs: &JobLogs, kept: &RefCell<VecDeque<String>>) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
        let text = masked(String::from_utf8_lossy(&line).trim_end());
        logs.build_line(&text);
        let mut kept = kept.borrow_mut();
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(text);
        line.clear();
    }
}
