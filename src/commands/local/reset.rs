//! `azml local reset`

use clap::Args;

use crate::cli::common::ConfirmArgs;
use crate::context::Context;
use crate::local::{self, RunningJobs};

/// Arguments of `local reset`.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Cancel the jobs that are running instead of refusing
    #[arg(long)]
    cancel_jobs: bool,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

/// Removes endpoints, deployments, assets, jobs, outputs and cached environments. Refused while jobs run, unless they are to be cancelled.
pub(super) fn run(cx: &Context, args: &ResetArgs) -> anyhow::Result<()> {
    let home = cx.home()?;
    cx.ui().status(&format!("This removes everything below {}.", home.root().display()));
    cx.confirm(&args.confirm)?;
    let running = if args.cancel_jobs { RunningJobs::Cancel } else { RunningJobs::Refuse };
    Ok(local::reset(&home, running)?)
}
