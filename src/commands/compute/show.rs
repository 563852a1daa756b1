//! `azml compute show`

use clap::Args;

use crate::cli::common::WorkspaceArgs;
use crate::context::Context;

/// Arguments of `compute show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Name of the compute
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the compute.
pub(super) async fn run(cx: &Context, args: ShowArgs) -> anyhow::Result<()> {
    let compute = cx.arm(&args.workspace)?.compute(&args.name).await?;
    Ok(cx.ui().print(&super::view(&compute), None)?)
}
