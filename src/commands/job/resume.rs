//! `azml job resume`

use anyhow::bail;
use clap::Args;

use super::JobArgs;
use crate::cli::common::DryRunArgs;
use crate::context::Context;

/// Arguments of `job resume`.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    #[command(flatten)]
    job: JobArgs,
    #[command(flatten)]
    dry: DryRunArgs,
}

/// Starts the job's supervisor again and prints the job. Mini-batches that are finished do not run again.
pub(super) async fn run(cx: &Context, args: ResumeArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.job.workspace)?.dry(args.dry.dry_run);
    if !arm.workspace().is_local() {
        bail!(
            "only jobs of the workspace built into azml can be resumed (-w local); Azure runs the jobs of `{}` itself \
             and cannot go on with one",
            arm.workspace().name
        );
    }
    let job = arm.resume_job(&args.job.name).await?;
    if let Some(planned) = arm.planned() {
        return Ok(cx.ui().print_exact(&planned.into())?);
    }
    Ok(cx.ui().print(&super::view(&job), None)?)
}
