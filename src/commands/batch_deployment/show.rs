//! `azml batch-deployment show`

use clap::Args;

use super::DeploymentArgs;
use crate::context::Context;

/// Arguments of `batch-deployment show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,
}

/// Prints the deployment.
pub(super) async fn run(cx: &Context, args: ShowArgs) -> anyhow::Result<()> {
    let DeploymentArgs { name, endpoint_name, workspace } = &args.deployment;
    let deployment = cx.arm(workspace)?.deployment(endpoint_name, name).await?;
    Ok(cx.ui().print(&super::view(&deployment), None)?)
}
