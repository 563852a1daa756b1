//! `azml job cancel`

use std::time::Duration;

use clap::Args;

use super::JobArgs;
use crate::cli::common::DryRunArgs;
use crate::context::Context;
use crate::wire::job::JobStatus;

/// Pause between two looks at a job that is being stopped.
const POLL: Duration = Duration::from_millis(100);

/// Arguments of `job cancel`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    #[command(flatten)]
    job: JobArgs,
    #[command(flatten)]
    dry: DryRunArgs,
}

/// Asks for the job to be stopped and waits until it is.
pub(super) async fn run(cx: &Context, args: CancelArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.job.workspace)?.dry(args.dry.dry_run);
    arm.cancel_job(&args.job.name).await?;
    if let Some(planned) = arm.planned() {
        return Ok(cx.ui().print_exact(&planned.into())?);
    }
    let spinner = cx.ui().spinner("Stopping the job");
    loop {
        let job = match arm.job(&args.job.name).await {
            Ok(job) => job,
            // Stopped and gone.
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let status = job["properties"]["status"].as_str().and_then(|text| text.parse::<JobStatus>().ok());
        // A word this version does not know is not worth waiting for.
        if status.is_none_or(JobStatus::is_terminal) {
            drop(spinner);
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}
