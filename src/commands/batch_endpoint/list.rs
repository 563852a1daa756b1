//! `azml batch-endpoint list`

use clap::Args;
use serde_json::Value;

use crate::cli::common::WorkspaceArgs;
use crate::context::Context;

/// Arguments of `batch-endpoint list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the endpoints.
pub(super) async fn run(cx: &Context, args: ListArgs) -> anyhow::Result<()> {
    let endpoints = cx.arm(&args.workspace)?.endpoints().await?;
    let rows: Vec<Value> = endpoints.iter().map(super::list_view).collect();
    Ok(cx.ui().print(&Value::Array(rows), None)?)
}
