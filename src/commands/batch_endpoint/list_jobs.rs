//! `azml batch-endpoint list-jobs`

use clap::Args;
use serde_json::Value;

use super::super::job;
use crate::cli::common::WorkspaceArgs;
use crate::context::Context;

/// Arguments of `batch-endpoint list-jobs`.
#[derive(Debug, Args)]
pub struct ListJobsArgs {
    /// Name of the batch endpoint
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the jobs.
pub(super) async fn run(cx: &Context, args: ListJobsArgs) -> anyhow::Result<()> {
    let jobs = job::of_endpoint(cx, &cx.arm(&args.workspace)?, &args.name, None).await?;
    let rows: Vec<Value> = jobs.iter().map(job::batch_view).collect();
    Ok(cx.ui().print(&Value::Array(rows), None)?)
}
