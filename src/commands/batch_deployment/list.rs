//! `azml batch-deployment list`

use clap::Args;
use serde_json::Value;

use crate::cli::common::WorkspaceArgs;
use crate::context::Context;

/// Arguments of `batch-deployment list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Batch endpoint the deployments belong to
    #[arg(long, short)]
    endpoint_name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the deployments.
pub(super) async fn run(cx: &Context, args: ListArgs) -> anyhow::Result<()> {
    let deployments = cx.arm(&args.workspace)?.deployments(&args.endpoint_name).await?;
    let rows: Vec<Value> = deployments.iter().map(super::list_view).collect();
    Ok(cx.ui().print(&Value::Array(rows), None)?)
}
