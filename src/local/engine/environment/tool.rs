//! Running one build tool: its output goes to the job's log line by line, and it dies with the job.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::super::logs::JobLogs;
use super::super::unix;
use super::EnvironmentError;

/// Lines of a failed tool's output that its error repeats.
const LAST_LINES: usize = 15;

/// A program and its arguments.
pub(super) struct Tool {
    words: Vec<OsString>,
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
    pub(super) async fn run(self, environment: &str, logs: &JobLogs) -> Result<(), EnvironmentError> {
        let line = self.line();
        logs.build_line(format_args!("$ {line}"));
        let mut command = std::process::Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        unix::own_group_with_lifeline(&mut command);
        let child = Command::from(command).kill_on_drop(true).spawn();
        let mut child = child.map_err(|source| EnvironmentError::Spawn { tool: line.clone(), source })?;

        let group = Group(child.id().unwrap_or_default());
        let tail = RefCell::new(VecDeque::new());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let end = async {
            let status = child.wait().await;
            // Processes it left behind would keep its output open.
            drop(group);
            status
        };
        let (status, (), ()) = tokio::join!(end, follow(stdout, logs, &tail), follow(stderr, logs, &tail));
        let how = match status {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => format!("ended with {status}"),
            Err(error) => format!("was lost: {error}"),
        };
        let last_lines = tail.into_inner().into_iter().collect::<Vec<String>>().join("\n");
        Err(EnvironmentError::Build { environment: environment.to_owned(), command: line, how, last_lines })
    }

    fn line(&self) -> String {
        self.words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

/// A process group that is killed when this is dropped.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        unix::kill_group(self.0);
    }
}

async fn follow(stream: Option<impl AsyncRead + Unpin>, logs: &JobLogs, tail: &RefCell<VecDeque<String>>) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        logs.build_line(&text);
        let mut tail = tail.borrow_mut();
        if tail.len() == LAST_LINES {
            tail.pop_front();
        }
        tail.push_back(text);
        line.clear();
    }
}
