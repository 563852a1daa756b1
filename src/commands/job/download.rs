//! `azml job download`

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::super::assets;
use super::JobArgs;
use super::runs::{self, SCORE, score_location};
use crate::arm::Client;
use crate::assets::AssetError;
use crate::assets::download::{Target, download};
use crate::context::Context;
use crate::wire::job::JobStatus;

/// Arguments of `job download`.
#[derive(Debug, Args)]
pub struct DownloadArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Output to download; a batch job has one, `score`
    #[arg(long)]
    output_name: Option<String>,
    /// Folder to download into; made if needed
    #[arg(long, short = 'p', value_name = "PATH")]
    download_path: Option<PathBuf>,
    /// Download the logs too, below `artifacts`
    #[arg(long)]
    all: bool,
}

/// Downloads the output files into the folder itself, as the SDK does for batch jobs.
pub(super) async fn run(cx: &Context, args: DownloadArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.job.workspace)?;
    let name = &args.job.name;
    let job = runs::job(&arm, name).await?;
    let status = job["properties"]["status"].as_str().unwrap_or_default();
    if !status.parse().is_ok_and(JobStatus::is_terminal) {
        bail!(
            "the job `{name}` is {status}; its output can be downloaded once it has ended (`azml job stream -n {name}` waits for that)"
        );
    }
    if let Some(output) = args.output_name.as_deref().filter(|output| !output.is_empty() && *output != SCORE)
    {
        bail!("the job `{name}` has no output `{output}`; a batch job has one output, `{SCORE}`");
    }
    let target = cx.current_dir().join(args.download_path.unwrap_or_default());
    let (container, path) = score_location(&arm, name).await?;
    let progress = cx.ui().bar("Downloading", 0);
    let downloaded =
        download(&arm, &container, &path, &target, &|event| assets::show(&progress, event)).await;
    drop(progress);
    let count = match downloaded {
        Err(AssetError::NothingThere { .. }) => 0,
        other => other?,
    };
    let logs = if args.all { download_logs(&arm, name, &target.join("artifacts")).await? } else { 0 };
    let count = count + logs;
    if count == 0 {
        bail!("the job `{name}` ended as {status} and left no output to download");
    }
    cx.ui().notice(&format!(
        "Downloaded {count} file{} to {}.",
        if count == 1 { "" } else { "s" },
        target.display()
    ));
    Ok(())
}

/// Downloads every log file of the job's scoring run; returns how many there were.
async fn download_logs(arm: &Client, job: &str, target: &Path) -> anyhow::Result<u64> {
    let api = arm.data_plane().await?;
    let target = Target::new(target);
    let mut count = 0;
    for child in runs::children(arm, &api, job).await? {
        let Some(run) = child["runId"].as_str() else { continue };
        let details = arm.run_details(&api, run).await?;
        for (name, address) in details.body["logFiles"].as_object().into_iter().flatten() {
            let text = arm.get_from(address.as_str().unwrap_or_default(), 0).await?;
            target.write(name, &text)?;
            count += 1;
        }
    }
    Ok(count)
}
