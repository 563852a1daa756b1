//! `azml batch-deployment delete`

use clap::Args;
use serde_json::Value;

use super::DeploymentArgs;
use crate::cli::common::{ConfirmArgs, SendArgs};
use crate::context::Context;

/// Arguments of `batch-deployment delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    send: SendArgs,
}

/// Deletes the deployment; its jobs stay.
pub(super) async fn run(cx: &Context, args: DeleteArgs) -> anyhow::Result<()> {
    let DeploymentArgs { name, endpoint_name, workspace } = &args.deployment;
    cx.confirm_change(&args.confirm, &args.send)?;
    let arm = cx.arm_to_change(workspace, &args.send)?;
    arm.delete_deployment(endpoint_name, name).await?;
    cx.conclude(&arm, &args.send, || Value::Null)
}
