//! `azml job retry`

use anyhow::bail;
use clap::Args;

use super::super::batch_endpoint::invoke::output_data;
use crate::cli::common::{DryRunArgs, WorkspaceArgs};
use crate::context::Context;
use crate::wire::job::RetryRequest;

/// Arguments of `job retry`.
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// Name of the job
    #[arg(long, short)]
    name: String,
    /// Put the rows of the job that is retried and the new ones together, in one output in its order
    #[arg(long)]
    merge: bool,
    /// Name for the new job
    #[arg(long)]
    job_name: Option<String>,
    /// Folder of a datastore for the results: azureml://datastores/STORE/paths/PATH
    #[arg(long, value_name = "URI")]
    output_path: Option<String>,
    #[command(flatten)]
    dry: DryRunArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Starts a job on the files without a result, with the deployment as it was, and prints it.
pub(super) async fn run(cx: &Context, args: RetryArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.workspace)?.dry(args.dry.dry_run);
    if !arm.workspace().is_local() {
        bail!(
            "only jobs of the workspace built into azml can be retried (-w local); Azure does not tell which files of \
             a job of `{}` have no result",
            arm.workspace().name
        );
    }
    let given = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
    let output_data = given(&args.output_path).map(|path| output_data(&path, None)).transpose()?;
    let request = RetryRequest { merge: args.merge, name: given(&args.job_name), output_data };
    // One id for one command: were the request repeated, the service would answer with the same job.
    let request_id = uuid::Uuid::new_v4().to_string();
    let job = arm.retry_job(&args.name, &request_id, &request).await?;
    match arm.planned() {
        Some(planned) => Ok(cx.ui().print_exact(&planned.into())?),
        None => Ok(cx.ui().print(&super::view(&job), None)?),
    }
}
