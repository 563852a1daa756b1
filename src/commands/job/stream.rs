//! `azml job stream`

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::Value;

use super::JobArgs;
use crate::arm::Client;
use crate::context::Context;
use crate::error::AlreadyReported;
use crate::ui::{JobProgress, Progress};
use crate::wire::job::JobStatus;

/// The log that is followed; the SDK picks the same one for batch jobs.
const LOG: &str = "logs/azureml/executionlogs.txt";
/// Wait between two polls where the service asks for none.
const POLL: Duration = Duration::from_secs(2);

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
            cx.ui().status(&format!(
                "\nStopped following; the job `{name}` goes on. `azml job stream -n {name}` follows it again, \
                 `azml job cancel -n {name}` stops it."
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
        let heading = format!("RunId: {}\nWeb View: {studio}\n", self.name);
        self.print(&heading)?;
        let api = self.arm.data_plane().await?;
        let details = loop {
            let details = self.arm.run_details(&api, self.name).await?;
            // The status was read before the log, so a job that has ended has its last line there by now.
            self.print_new_lines(&details.body).await?;
            self.show_progress(&details.body);
            let status = details.body["status"].as_str().unwrap_or_default();
            if status.parse::<JobStatus>().is_ok_and(JobStatus::is_terminal) {
                break details.body;
            }
            tokio::time::sleep(details.poll_after.unwrap_or(POLL)).await;
        };
        self.print(&format!("\nExecution Summary\n=================\n{heading}"))?;
        self.judge(&details)
    }

    fn print(&self, text: &str) -> anyhow::Result<()> {
        Ok(self.cx.ui().text(text)?)
    }

    async fn print_new_lines(&mut self, details: &Value) -> anyhow::Result<()> {
        let Some(url) = details["logFiles"][LOG].as_str() else {
            return Ok(());
        };
        let offset = self.printed.get(LOG).copied().unwrap_or_default();
        let new = self.arm.get_from(url, offset).await?;
        // A half line is left for the next look.
        let whole = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if whole == 0 {
            return Ok(());
        }
        if offset == 0 {
            self.print(&format!("\nStreaming {LOG}\n{}\n\n", "=".repeat(LOG.len() + 10)))?;
        }
        self.print(&String::from_utf8_lossy(&new[..whole]))?;
        self.printed.insert(LOG.to_owned(), offset + whole as u64);
        Ok(())
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
            return self.print("\n");
        }
        let message = details["error"]["error"]["message"].as_str().unwrap_or_default();
        let status = details["status"].as_str().unwrap_or_default();
        self.cx.ui().error(&match message {
            "" => format!("The job `{}` ended as {status}.", self.name),
            message => format!("The job `{}` ended as {status}: {message}", self.name),
        });
        Err(AlreadyReported.into())
    }
}
