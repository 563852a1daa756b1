//! `azml batch-endpoint show`

use clap::Args;

use crate::cli::common::WorkspaceArgs;
use crate::context::Context;

/// Arguments of `batch-endpoint show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Name of the batch endpoint
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the endpoint.
pub(super) async fn run(cx: &Context, args: ShowArgs) -> anyhow::Result<()> {
    let endpoint = cx.arm(&args.workspace)?.endpoint(&args.name).await?;
    Ok(cx.ui().print(&super::view(&endpoint), None)?)
}
