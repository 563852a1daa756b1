//! `azml job show`

use clap::Args;

use super::JobArgs;
use crate::context::Context;

/// Arguments of `job show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    job: JobArgs,
}

/// Prints the job.
pub(super) async fn run(cx: &Context, args: ShowArgs) -> anyhow::Result<()> {
    let job = cx.arm(&args.job.workspace)?.job(&args.job.name).await?;
    Ok(cx.ui().print(&super::view(&job), None)?)
}
