//! The process that runs one local job: how it is started, and what it does.
//!
//! `invoke` starts it through [`ProcessLauncher`]; it is this same program with a hidden command, in a session of
//! its own, so it outlives the terminal. What a job is and how it runs is the engine's business.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use crate::arm::Client;
use crate::arm::blobs::Container;
use crate::arm::retry::RetryPolicy;
use crate::assets::download::download;
use crate::local::engine::pipeline::run_pipeline;
use crate::local::engine::supervisor::SupervisorLock;
use crate::local::engine::{self, Download, DownloadError, Downloader, EngineSettings, Plan};
use crate::local::home::Home;
use crate::local::server::{LaunchError, Launcher};
use crate::local::store::{Store, StoreJobRecord};
use crate::net::{HttpDownloader, HttpTransport, Reach};
use crate::settings::Settings;
use crate::wire::ids::WorkspaceId;

/// The hidden command word.
pub const COMMAND: &str = "__supervise";

/// Starts supervisors as detached processes of this program.
#[derive(Debug, Clone)]
pub struct ProcessLauncher {
    home: PathBuf,
    max_workers: Option<usize>,
    python: Option<PathBuf>,
    strict_environment: bool,
    reach: Reach,
    /// Variables that are not for scoring scripts.
    withheld: Vec<&'static str>,
}

impl ProcessLauncher {
    /// A launcher for the state folder and limits in `settings`, checked before anything is recorded.
    pub fn from_settings(settings: &Settings) -> anyhow::Result<Self> {
        let home = settings.home()?;
        Ok(Self {
            withheld: settings.variables_of_a_server(&Home::new(home.clone()).serve_dir()),
            home,
            max_workers: settings.max_workers()?,
            python: settings.python(),
            strict_environment: settings.strict_environment()?,
            reach: Reach::from_settings(settings)?,
        })
    }

    fn arguments(&self, job: &str) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            vec![COMMAND.into(), "--job".into(), job.into(), "--home".into(), self.home.clone().into()];
        if let Some(count) = self.max_workers {
            arguments.extend(["--max-workers".into(), count.to_string().into()]);
        }
        if let Some(python) = &self.python {
            arguments.extend(["--python".into(), python.clone().into()]);
        }
        if self.strict_environment {
            arguments.push("--strict-environment".into());
        }
        // Not left to the variables it inherits: a relative path in one is meant from the folder of this process.
        if let Some(roots) = &self.reach.roots {
            arguments.extend(["--certificates".into(), roots.clone().into()]);
        }
        let RetryPolicy { repeats, first_pause } = self.reach.retries;
        arguments.extend(["--repeats".into(), repeats.to_string().into()]);
        arguments.extend(["--first-pause".into(), first_pause.as_millis().to_string().into()]);
        arguments
    }
}

impl Launcher for ProcessLauncher {
    fn launch(&self, job: &str, lock: SupervisorLock) -> Result<(), LaunchError> {
        let executable = std::env::current_exe().map_err(|source| LaunchError::new(job, source))?;
        lock.launch(&executable, &self.arguments(job), &self.withheld)
            .map_err(|source| LaunchError::new(job, source))
    }
}

/// What the hidden command is given.
#[derive(Debug, Clone, clap::Args)]
pub struct SuperviseArgs {
    /// Job to run.
    #[arg(long)]
    job: String,
    /// State folder.
    #[arg(long)]
    home: PathBuf,
    /// Most worker processes.
    #[arg(long)]
    max_workers: Option<usize>,
    /// Interpreter for local environments.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Fail where an environment cannot be had as it is.
    #[arg(long)]
    strict_environment: bool,
    /// Certificates to trust besides the system's.
    #[arg(long)]
    certificates: Option<PathBuf>,
    /// How often a request is sent again.
    #[arg(long)]
    repeats: u32,
    /// Milliseconds before that.
    #[arg(long)]
    first_pause: u64,
}

/// Runs the job to its end. Whatever happens is told to the job's record; an error here means that there is none.
pub async fn run(args: SuperviseArgs) -> anyhow::Result<()> {
    let home = Home::new(args.home);
    let store = Store::open(&home).context("opening the state of the local workspace")?;
    let plan = store
        .job_plan(&args.job)
        .with_context(|| format!("reading the plan of job `{}`", args.job))?
        .with_context(|| format!("there is no job `{}`", args.job))?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut settings = EngineSettings::for_cores(cores);
    settings.max_workers = args.max_workers;
    settings.python = args.python;
    settings.strict_environment = args.strict_environment;
    let first_pause = Duration::from_millis(args.first_pause);
    let retries = RetryPolicy { repeats: args.repeats, first_pause };
    let downloader = InputDownloader::new(Reach { roots: args.certificates, retries });
    let record = StoreJobRecord::new(store, &args.job);
    let (job_dir, environments) = (home.job_dir(&args.job), home.environments_dir());
    match &plan {
        Plan::Scoring(plan) => {
            engine::run(plan, &job_dir, &environments, &settings, &record, &downloader).await;
        }
        Plan::Pipeline(plan) => {
            run_pipeline(plan, &job_dir, &environments, &settings, &record, &downloader).await;
        }
    }
    Ok(())
}

/// Fetches inputs from addresses: a file by its own, a folder of a storage account by listing it.
struct InputDownloader {
    reach: Reach,
    files: HttpDownloader,
}

impl InputDownloader {
    fn new(reach: Reach) -> Self {
        Self { files: HttpDownloader::new(reach.clone()), reach }
    }

    /// Downloads a folder of a container that is public, or whose address is signed.
    async fn folder(
        &self,
        container: Container,
        path: &str,
        target_dir: &Path,
    ) -> Result<PathBuf, DownloadError> {
        let options = self.reach.options();
        let client = Client::new(Box::new(HttpTransport::new(options)), "", WorkspaceId::local())
            .repeating(self.reach.retries);
        let target = target_dir.join("folder");
        download(&client, &container, path, &target, &|_| {}).await.map_err(DownloadError::new)?;
        Ok(target)
    }
}

impl Downloader for InputDownloader {
    fn download<'a>(&'a self, url: &'a str, target_dir: &'a Path) -> Download<'a> {
        Box::pin(async move {
            let folder = Container::at_address(url);
            let is_folder = url.split('?').next().is_some_and(|address| address.ends_with('/'));
            match folder {
                Some((container, path)) if is_folder => self.folder(container, &path, target_dir).await,
                // A file anybody may read can lie in a container that not anybody may list.
                Some((container, path)) => match self.files.download(url, target_dir).await {
                    Ok(file) => Ok(file),
                    Err(error) => self.folder(container, &path, target_dir).await.map_err(|_| error),
                },
                None => self.files.download(url, target_dir).await,
            }
        })
    }
}
