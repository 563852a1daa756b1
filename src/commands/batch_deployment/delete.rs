//! `azml batch-deployment delete`

use clap::Args;

use super::DeploymentArgs;
use crate::cli::common::{ConfirmArgs, WaitArgs};
use crate::context::Context;

/// Arguments of `batch-deployment delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Deletes the deployment; its jobs stay.
pub(super) async fn run(cx: &Context, args: DeleteArgs) -> anyhow::Result<()> {
    let DeploymentArgs { name, endpoint_name, workspace } = &args.deployment;
    cx.confirm(&args.confirm)?;
    Ok(cx.arm(workspace)?.delete_deployment(endpoint_name, name).await?)
}
