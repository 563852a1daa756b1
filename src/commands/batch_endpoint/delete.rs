//! `azml batch-endpoint delete`

use clap::Args;

use crate::cli::common::{ConfirmArgs, WaitArgs, WorkspaceArgs};
use crate::context::Context;

/// Arguments of `batch-endpoint delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Name of the batch endpoint
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Deletes the endpoint with its deployments; its jobs stay.
pub(super) async fn run(cx: &Context, args: DeleteArgs) -> anyhow::Result<()> {
    cx.confirm(&args.confirm)?;
    Ok(cx.arm(&args.workspace)?.delete_endpoint(&args.name).await?)
}
