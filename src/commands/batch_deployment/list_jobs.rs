//! `azml batch-deployment list-jobs`

use clap::Args;
use serde_json::Value;

use super::super::job;
use super::super::view::View;
use super::DeploymentArgs;
use crate::context::Context;

/// Arguments of `batch-deployment list-jobs`.
#[derive(Debug, Args)]
pub struct ListJobsArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,
}

/// Prints the jobs: name, status and output, as az reshapes them.
pub(super) async fn run(cx: &Context, args: ListJobsArgs) -> anyhow::Result<()> {
    let DeploymentArgs { name, endpoint_name, workspace } = &args.deployment;
    let jobs = job::of_endpoint(cx, &cx.arm(workspace)?, endpoint_name, Some(name)).await?;
    let rows: Vec<Value> = jobs.iter().map(row).collect();
    Ok(cx.ui().print(&Value::Array(rows), None)?)
}

fn row(job: &Value) -> Value {
    let properties = &job["properties"];
    let output = &properties["output"];
    let output = View::new()
        .with("datastore_id", output["datastoreId"].clone())
        .with("path", output["path"].clone())
        .build();
    View::new()
        .with_null("name", job["name"].clone())
        .with_null("status", properties["status"].clone())
        .with_null("output", output)
        .build()
}
