//! `azml compute delete`

use clap::Args;

use crate::cli::common::{ConfirmArgs, WaitArgs, WorkspaceArgs};
use crate::context::Context;

/// Arguments of `compute delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Name of the compute
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Deletes the compute.
pub(super) async fn run(cx: &Context, args: DeleteArgs) -> anyhow::Result<()> {
    cx.confirm(&args.confirm)?;
    Ok(cx.arm(&args.workspace)?.delete_compute(&args.name).await?)
}
