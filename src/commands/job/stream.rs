//! `azml job stream`

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::Args;
use http::StatusCode;
use serde_json::Value;

use super::JobArgs;
use crate::arm::Client;
use crate::arm::blobs::LOG_PART;
use crate::cli::shell;
use crate::context::Context;
use crate::error::AlreadyReported;
use crate::ui::{JobProgress, Progress, inert};
use crate::wire::job::JobStatus;

/// The log that is followed where the job's own scripts write none; the SDK picks the same one for batch jobs.
const EXECUTION_LOG: &str = "logs/azureml/executionlogs.txt";
/// Shortest and longest wait between two polls where the service asks for none, in seconds.
const POLL: (u64, u64) = (2, 10);

/// Arguments of `job stream`.
#[derive(Debug, Args)]
pub struct StreamArgs {
    #[command(flatten)]
    job: JobArgs,
}

/// Follows the job; Ctrl-C stops following, not the job.
pub(super) async fn run(cx: &Context, args: StreamArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.job.workspace)?;
    follow(cx, &arm, &args.job.name).await
}

/// Prints the job's log as it grows, in the framing of the SDK, until the job has ended. Fails if the job did.
pub async fn follow(cx: &Context, arm: &Client, name: &str) -> anyhow::Result<()> {
    tokio::select! {
        // Listened for before the first line is printed, hence the order.
        biased;
        _ = tokio::signal::ctrl_c() => {
            let job = format!("-n {} {}", shell::word(name), shell::place(arm.workspace()));
            cx.ui().status(&format!(
                "\nStopped following; the job `{name}` goes on. `azml job stream {job}` follows it again, \
                 `azml job cancel {job}` stops it."
            ));
            Err(AlreadyReported.into())
        }
        outcome = Follower::new(cx, arm, name).run() => outcome,
    }
}

/// One job being followed.
struct Follower<'a> {
    cx: &'a Context,
    arm: &'a Client,
    name: &'a str,
    progress: Progress,
    started: Instant,
    /// Bytes already printed, by log name; a log's header is printed with its first line.
    printed: BTreeMap<String, u64>,
}

impl<'a> Follower<'a> {
    fn new(cx: &'a Context, arm: &'a Client, name: &'a str) -> Self {
        let (progress, started) = (cx.ui().job_bar(), Instant::now());
        Self { cx, arm, name, progress, started, printed: BTreeMap::new() }
    }

    async fn run(mut self) -> anyhow::Result<()> {
        let job = self.arm.job(self.name).await?;
        let studio = job["properties"]["services"]["Studio"]["endpoint"].as_str().unwrap_or_default();
        let heading = format!("RunId: {}\nWeb View: {}\n", self.name, inert(studio));
        self.print(&heading)?;
        let api = self.arm.data_plane().await?;
        let details = loop {
            let details = self.arm.run_details(&api, self.name).await?;
            // The status was read before the log, so a job that has ended has its last line there by now.
            let status = details.body["status"].as_str().unwrap_or_default();
            let has_ended = status.parse::<JobStatus>().is_ok_and(JobStatus::is_terminal);
            self.print_new_lines(&details.body, has_ended).await?;
            self.show_progress(&details.body);
            if has_ended {
                break details.body;
            }
            // A job that has been running for long is looked at less often.
            let own = (self.started.elapsed().as_secs() / 10).clamp(POLL.0, POLL.1);
            tokio::time::sleep(details.poll_after.unwrap_or(Duration::from_secs(own))).await;
        };
        let warnings = warnings(&details["warnings"]);
        self.print(&format!("\nExecution Summary\n=================\n{heading}{warnings}"))?;
        self.judge(&details)
    }

    fn print(&self, text: &str) -> anyhow::Result<()> {
        Ok(self.cx.ui().text(text)?)
    }

    async fn print_new_lines(&mut self, details: &Value, has_ended: bool) -> anyhow::Result<()> {
        for (log, address) in followed(&details["logFiles"]) {
            while self.print_next_lines_of(log, address, has_ended).await? {}
        }
        Ok(())
    }

    /// Prints what is new in a log, as far as it came at once; whether there may be more.
    async fn print_next_lines_of(
        &mut self,
        log: &str,
        address: &str,
        has_ended: bool,
    ) -> anyhow::Result<bool> {
        let offset = self.printed.get(log).copied().unwrap_or_default();
        let new = match self.arm.get_from(address, offset).await {
            // The address has run out; the next look at the job brings a new one.
            Err(error) if error.status() == Some(StatusCode::FORBIDDEN) => return Ok(false),
            other => other?,
        };
        let is_full = new.len() as u64 >= LOG_PART;
        // A half line is left for the next look, unless there is none, or it is longer than any look.
        let lines = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let whole = match lines {
            _ if has_ended && !is_full => new.len(),
            0 if is_full => whole_characters(&new),
            lines => lines,
        };
        if whole == 0 {
            return Ok(false);
        }
        if offset == 0 {
            let log = inert(log);
            self.print(&format!("\nStreaming {log}\n{}\n\n", "=".repeat(log.len() + 10)))?;
        }
        self.print(&String::from_utf8_lossy(&new[..whole]))?;
        if has_ended && !is_full && whole > lines {
            self.print("\n")?;
        }
        self.printed.insert(log.to_owned(), offset + whole as u64);
        Ok(is_full)
    }

    fn show_progress(&self, details: &Value) {
        let text = details["properties"]["azml.progress"].as_str().unwrap_or_default();
        let Ok(progress) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let count = |member: &str| progress[member].as_u64().unwrap_or_default();
        self.progress.update(&JobProgress {
            total: count("mini_batches"),
            done: count("done") + count("failed"),
            failed: count("failed"),
            retried: count("retried"),
            elapsed: self.started.elapsed(),
        });
    }

    /// The outcome: nothing to add when the job completed, else what the service says of it.
    fn judge(&self, details: &Value) -> anyhow::Result<()> {
        if details["status"] == JobStatus::Completed.as_str() {
            self.print("\n")?;
            super::tell_what_can_be_done(self.cx, self.arm, self.name, &details["properties"]);
            return Ok(());
        }
        let message = details["error"]["error"]["message"].as_str().unwrap_or_default();
        let status = details["status"].as_str().unwrap_or_default();
        self.cx.ui().error(&match message {
            "" => format!("The job `{}` ended as {status}.", self.name),
            message => format!("The job `{}` ended as {status}: {message}", self.name),
        });
        super::tell_what_can_be_done(self.cx, self.arm, self.name, &details["properties"]);
        Err(AlreadyReported.into())
    }
}

/// What the service warns of, as a block of its own; nothing where it does not.
fn warnings(all: &Value) -> String {
    let messages = all.as_array().into_iter().flatten().filter_map(|warning| warning["message"].as_str());
    let lines: String = messages
        .filter(|message| !message.is_empty())
        .map(|message| format!("{}\n", inert(message)))
        .collect();
    if lines.is_empty() { lines } else { format!("\nWarnings:\n{lines}\n") }
}

/// Names and addresses of the logs that are followed, as the SDK picks them: those of the job's own scripts, else the
/// one of its execution.
fn followed(logs: &Value) -> Vec<(&str, &str)> {
    let all = logs.as_object().into_iter().flatten();
    let mut named: Vec<_> =
        all.filter_map(|(log, address)| Some((log.as_str(), address.as_str()?))).collect();
    named.sort_unstable();
    let own: Vec<_> = named.iter().copied().filter(|(log, _)| is_of_a_script(log)).collect();
    match own.is_empty() {
        true => named.into_iter().filter(|(log, _)| *log == EXECUTION_LOG).collect(),
        false => own,
    }
}

/// Whether a log is the first node's standard output: `user_logs/std_log.txt`, `user_logs/std_log_process_0.txt`.
fn is_of_a_script(log: &str) -> bool {
    let middle = log.strip_prefix("user_logs/std_log").and_then(|rest| rest.strip_suffix(".txt"));
    let middle = middle.map(|middle| middle.strip_suffix("_ps").unwrap_or(middle).trim_end_matches('0'));
    middle.is_some_and(|middle| !middle.contains(|c: char| c.is_ascii_digit()))
}

/// Bytes of a text without the character at its end that was cut.
fn whole_characters(text: &[u8]) -> usize {
    match std::str::from_utf8(text) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_character_that_was_cut_waits_for_its_rest() {
        for (text, whole) in
            [(&b"ab"[..], 2), (b"a\xe2\x80", 1), (b"a\xe2\x80\x93", 4), (b"\xff\xe2", 2), (b"", 0)]
        {
            assert_eq!(whole_characters(text), whole, "{text:?}");
        }
    }

    #[test]
    fn the_logs_of_scripts_come_first_and_the_execution_log_only_without_them() {
        let execution =
            json!({EXECUTION_LOG: "e", "logs/azureml/stderr.txt": "x", "user_logs/std_log_1.txt": "n"});
        assert_eq!(followed(&execution), [(EXECUTION_LOG, "e")]);
        let scripts =
            json!({EXECUTION_LOG: "e", "user_logs/std_log_process_0.txt": "b", "user_logs/std_log.txt": "a"});
        assert_eq!(
            followed(&scripts),
            [("user_logs/std_log.txt", "a"), ("user_logs/std_log_process_0.txt", "b")]
        );
        assert_eq!(followed(&Value::Null), []);
        assert!(is_of_a_script("user_logs/std_log_00_ps.txt") && !is_of_a_script("user_logs/std_log_10.txt"));
    }
}
