//! `azml batch-endpoint delete`

use clap::Args;
use serde_json::Value;

use crate::cli::common::{ConfirmArgs, SendArgs, WorkspaceArgs};
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
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Deletes the endpoint with its deployments; its jobs stay.
pub(super) async fn run(cx: &Context, args: DeleteArgs) -> anyhow::Result<()> {
    cx.confirm_change(&args.confirm, &args.send)?;
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    arm.delete_endpoint(&args.name).await?;
    cx.conclude(&arm, &args.send, || Value::Null)
}
