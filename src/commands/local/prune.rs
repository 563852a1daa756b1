//! `azml local prune`

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::common::ConfirmArgs;
use crate::clock;
use crate::context::Context;
use crate::local::prune::{self, Prune, Pruned};
use crate::ui::human_bytes;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// Arguments of `local prune`.
#[derive(Debug, Args)]
pub struct PruneArgs {
    /// Only what no job has used for this many days
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Print what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

/// Removes what jobs can make again and none is using: environments, and working files that killed jobs have left.
pub(super) fn run(cx: &Context, args: &PruneArgs) -> anyhow::Result<()> {
    let home = cx.home()?;
    let older_than = args.older_than.map(|days| Duration::from_secs(u64::from(days) * SECONDS_OF_A_DAY));
    let prune = |dry_run| prune::prune(&home, Prune { older_than, dry_run }, clock::now());
    let mut pruned = prune(true)?;
    if !args.dry_run {
        if !pruned.is_empty() {
            cx.ui().status(&format!("This removes {}. Jobs build what they need anew.", told(&pruned)));
            cx.confirm(&args.confirm)?;
            pruned = prune(false)?;
        }
        prune::sweep(&home)?;
        cx.ui().status(&format!("Freed {}.", human_bytes(pruned.bytes())));
    }
    Ok(cx.ui().print(&view(&pruned, args.dry_run), None)?)
}

/// What goes, for who is asked.
fn told(pruned: &Pruned) -> String {
    let counted = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {one}s")),
    };
    let environments = counted(pruned.environments.len(), "environment");
    let jobs = counted(pruned.jobs.len(), "job").map(|jobs| format!("working files of {jobs}"));
    let all: Vec<String> = environments.into_iter().chain(jobs).collect();
    format!("{}, {}", all.join(" and "), human_bytes(pruned.bytes()))
}

fn view(pruned: &Pruned, dry_run: bool) -> Value {
    let environments = pruned.environments.iter().map(|found| {
        let environment = &found.environment;
        json!({
            "environment": environment.environment,
            "python": environment.python,
            "last_used": clock::iso_micros(environment.last_used),
            "path": environment.folder.display().to_string(),
            "bytes": found.bytes,
        })
    });
    let jobs = pruned.jobs.iter().map(|job| json!({ "name": job.name, "bytes": job.bytes }));
    json!({
        "dry_run": dry_run,
        "bytes": pruned.bytes(),
        "environments": environments.collect::<Vec<_>>(),
        "jobs": jobs.collect::<Vec<_>>(),
        "in_use": pruned.in_use.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
    })
}
