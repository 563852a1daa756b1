//! `azml job download`

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::super::assets;
use super::JobArgs;
use super::outputs::{self, ARTIFACTS, Place, SCORE};
use super::runs;
use crate::arm::Client;
use crate::arm::blobs::LOG_PART;
use crate::assets::AssetError;
use crate::assets::download::{Target, download};
use crate::cli::shell;
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
    /// Download everything: outputs, and logs and other artifacts below `artifacts`
    #[arg(long)]
    all: bool,
}

/// Downloads what a job left, into the folders that Microsoft's tools use: the score of a batch job into the folder
/// itself, outputs of other jobs and of runs inside jobs below `named-outputs`, artifacts below `artifacts`.
pub(super) async fn run(cx: &Context, args: DownloadArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.job.workspace)?;
    let name = args.job.name;
    let found = runs::find(&arm, &name).await?;
    let status = found.status();
    if !status.parse().is_ok_and(JobStatus::is_terminal) {
        bail!(
            "the job `{name}` is {status}; its output can be downloaded once it has ended (`azml job stream -n {} {}` \
             waits for that)",
            shell::word(&name),
            shell::place(arm.workspace())
        );
    }
    let download = Download {
        cx,
        api: arm.data_plane().await?,
        arm: &arm,
        target: cx.current_dir().join(args.download_path.unwrap_or_default()),
        output: args.output_name.filter(|output| !output.is_empty()),
        all: args.all,
    };
    let count = match found.is_batch_job() {
        true => download.of_batch_job(&name).await?,
        false => download.of_run(found.reused().unwrap_or(&name), found.artifacts_uri()).await?,
    };
    if count == 0 {
        bail!("the job `{name}` ended as {status} and left no output to download");
    }
    let files = if count == 1 { "file" } else { "files" };
    cx.ui().notice(&format!("Downloaded {count} {files} to {}.", download.target.display()));
    Ok(())
}

/// What is wanted, and where it goes.
struct Download<'a> {
    cx: &'a Context,
    arm: &'a Client,
    /// Origin of the workspace's data plane.
    api: String,
    target: PathBuf,
    output: Option<String>,
    all: bool,
}

impl Download<'_> {
    /// The score, wherever the job's runs left it; with `--all` their logs too.
    async fn of_batch_job(&self, job: &str) -> anyhow::Result<u64> {
        if let Some(output) = self.output.as_deref().filter(|output| *output != SCORE) {
            bail!("the job `{job}` has no output `{output}`; a batch job has one output, `{SCORE}`");
        }
        let mut count = self.fetch(&outputs::score(self.arm, &self.api, job).await?, &self.target).await?;
        if self.all {
            for child in runs::children(self.arm, &self.api, job).await? {
                let Some(run) = child["runId"].as_str() else { continue };
                count += self.logs(run).await?;
            }
        }
        Ok(count)
    }

    /// The named output of a run, or its artifacts, or all of that. Of all that there is, an output without a place is left
    /// out with a warning, and that is no failure: Microsoft's tools do not even warn.
    async fn of_run(&self, run: &str, artifacts: Option<&str>) -> anyhow::Result<u64> {
        let recorded = outputs::recorded(self.arm, &self.api, run).await?;
        let wanted: Vec<&str> = match &self.output {
            Some(output) if output == ARTIFACTS && !recorded.contains_key(output) => Vec::new(),
            Some(output) => vec![output],
            None if self.all => recorded.keys().map(String::as_str).collect(),
            None => Vec::new(),
        };
        let mut count = 0;
        for output in &wanted {
            let folder = self.folder_of(output)?;
            match outputs::named(self.arm, &self.api, run, &recorded, output).await? {
                Some(place) => count += self.fetch(&place, &folder).await?,
                None if self.output.is_none() => self.cx.ui().warn(&format!(
                    "the output `{output}` of `{run}` is left out: it is recorded, but not where it is"
                )),
                None => bail!("`{run}` has no output `{output}`; {}", known(recorded.keys())),
            }
        }
        if wanted.is_empty() || (self.all && self.output.is_none()) {
            count += self.artifacts(run, artifacts).await?;
        }
        Ok(count)
    }

    /// Everything in the artifact store. A workspace that keeps no artifacts there, as the local one, still has logs.
    async fn artifacts(&self, run: &str, uri: Option<&str>) -> anyhow::Result<u64> {
        let place = outputs::artifacts(self.arm, run, uri).await?;
        match self.fetch(&place, &self.target.join("artifacts")).await? {
            0 => self.logs(run).await,
            count => Ok(count),
        }
    }

    /// Every log file of a run; how many there were.
    async fn logs(&self, run: &str) -> anyhow::Result<u64> {
        let target = Target::new(&self.target.join("artifacts"));
        let details = self.arm.run_details(&self.api, run).await?;
        let mut count = 0;
        for (name, address) in details.body["logFiles"].as_object().into_iter().flatten() {
            let (address, mut file) = (address.as_str().unwrap_or_default(), target.create(name)?);
            loop {
                let part = self.arm.get_from(address, file.length()).await?;
                file.append(&part)?;
                if (part.len() as u64) < LOG_PART {
                    break;
                }
            }
            file.finish()?;
            count += 1;
        }
        Ok(count)
    }

    /// Everything at a place; how many files there were.
    async fn fetch(&self, (container, path): &Place, target: &Path) -> anyhow::Result<u64> {
        let progress = self.cx.ui().bar("Downloading", 0);
        let told = |event| assets::show(&progress, event);
        match download(self.arm, container, path, target, &told).await {
            Err(AssetError::NothingThere { .. }) => Ok(0),
            other => Ok(other?),
        }
    }

    /// Folder of an output. Its name comes from a service or the user, and must not lead anywhere else.
    fn folder_of(&self, output: &str) -> Result<PathBuf, AssetError> {
        let is_name = !output.contains(['/', '\\', '\0']) && !matches!(output, "" | "." | "..");
        match is_name {
            true => Ok(self.target.join("named-outputs").join(output)),
            false => Err(AssetError::Outside { name: output.to_owned() }),
        }
    }
}

/// Which outputs there are, for a message.
fn known<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "it has recorded none (without --output-name its logs and other artifacts are downloaded)"
            .to_owned(),
        _ => format!("it has {}", names.join(", ")),
    }
}
