//! The deployment's environment, turned into a Python interpreter of this machine.
//!
//! Without a conda file that is the machine's own Python. With one, an environment is built once for each
//! content (`build`) and kept (`cache`) until somebody removes it (`kept`). What this machine does not give, such as the
//! container's image, is told in one warning of the job's log (`shortfall`).

mod blame;
mod build;
mod cache;
mod conda;
mod kept;
mod key;
mod leftovers;
mod lines;
mod packages;
mod python;
mod python_wish;
mod shortfall;
mod tool;
mod uv;

pub(super) use self::conda::{CondaFile, Entry};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use self::shortfall::Shortfall;
use super::file_error::FileError;
use super::logs::{BUILD_LOG, JobLogs};
use super::plan::{EngineSettings, EnvironmentPlan};

pub use kept::{CachedEnvironment, cached};
pub use leftovers::sweep;
pub use lines::remember_lines;

/// A Python to run scripts with.
#[derive(Debug)]
pub(super) struct Interpreter {
    pub(super) python: PathBuf,
    /// Keeps the environment from being removed for as long as this lives.
    #[expect(dead_code, reason = "held, not read")]
    in_use: Option<cache::Lock>,
}

impl Interpreter {
    /// The same for many processes that are started below `folder`: nothing between them and Python.
    pub(super) async fn for_workers(self, folder: &Path) -> Self {
        Self { python: python::behind_shim(self.python, folder).await, ..self }
    }
}

/// Why there is no interpreter for a job.
#[derive(Debug, thiserror::Error)]
pub(super) enum EnvironmentError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the conda file of environment `{environment}` cannot be read")]
    CondaFile { environment: String, source: serde_yaml::Error },
    #[error(
        "{place}: `{text}` of environment `{environment}` leads nowhere: a workspace gets the text of the conda file \
         and no other file, so there is no `{path}`; list the packages in the conda file itself"
    )]
    RelativePath { environment: String, place: String, text: String, path: String },
    #[error(
        "no Python was found: `{0}` does not run; install Python 3.8 or newer, or set AZML_PYTHON to an interpreter"
    )]
    NoPython(PathBuf),
    #[error(
        "the environment `{environment}` cannot be had as it is, which AZML_STRICT_ENVIRONMENT asks for: {shortfalls}"
    )]
    NotHonoured { environment: String, shortfalls: String },
    #[error("cannot start `{tool}` to build the environment")]
    Spawn { tool: String, source: io::Error },
    #[error(
        "the environment `{0}` has no Python: add `python=3.11`, or another version, to its `dependencies`"
    )]
    NoInterpreter(String),
    #[error("this machine seems to be too busy")]
    Busy(#[from] python::Silence),
    #[error("{0}")]
    Build(Box<BuildFailure>),
}

impl EnvironmentError {
    /// Whether the environment is at fault, and not this machine.
    pub(super) fn is_users(&self) -> bool {
        match self {
            Self::File(_) | Self::Spawn { .. } | Self::Busy(_) => false,
            Self::Build(failure) => !failure.no_room && !failure.no_network,
            Self::CondaFile { .. }
            | Self::RelativePath { .. }
            | Self::NoPython(_)
            | Self::NotHonoured { .. }
            | Self::NoInterpreter(_) => true,
        }
    }
}

/// A build tool that failed, and what is known of the reason.
#[derive(Debug)]
pub(super) struct BuildFailure {
    environment: String,
    command: String,
    how: String,
    /// Entries of the conda file, each after its place.
    at_fault: Vec<String>,
    last_lines: String,
    /// What of the environment was not to be had.
    compromise: Option<String>,
    no_room: bool,
    no_network: bool,
}

impl fmt::Display for BuildFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, command, how, last_lines, .. } = self;
        write!(f, "building the environment `{environment}` failed: `{command}` {how}")?;
        self.at_fault.iter().try_for_each(|entry| write!(f, "\n{entry}"))?;
        if !last_lines.is_empty() {
            write!(f, "\n{last_lines}")?;
        }
        if self.no_network {
            f.write_str(
                "\nNothing answers on the network. An environment is built from a package index once and is used \
                 without network after that.",
            )?;
        }
        if let Some(compromise) = &self.compromise {
            write!(f, "\nIt may be for this: {compromise}.")?;
        }
        write!(f, "\nSee {BUILD_LOG} in the job's logs.")
    }
}

/// The interpreter for a job's workers. Building one may take minutes; dropping the future kills what it
/// started.
pub(super) async fn prepare(
    plan: &EnvironmentPlan,
    environments: &Path,
    settings: &EngineSettings,
    logs: &JobLogs,
) -> Result<Interpreter, EnvironmentError> {
    let python = settings.python.as_deref().unwrap_or(Path::new(python::DEFAULT));
    let conda_file = plan.conda_file.as_deref().filter(|text| !text.trim().is_empty());
    let mut shortfalls = Shortfall::of_plan(plan, conda_file.is_some());
    let environment = plan.to_string();
    let Some(text) = conda_file else {
        shortfall::tell(&environment, &shortfalls, settings.strict_environment, logs)?;
        logs.line(format_args!("Environment: no conda file, using `{}`", python.display()));
        return Ok(Interpreter { python: python.to_owned(), in_use: None });
    };
    let file = conda::CondaFile::parse(text)
        .map_err(|source| EnvironmentError::CondaFile { environment: environment.clone(), source })?;
    if file.sets_variables() {
        shortfalls.push(Shortfall::Variables);
    }
    let builder = build::Builder {
        environment,
        entries: file.entries(),
        text,
        shortfalls,
        strict: settings.strict_environment,
        environments,
        python,
        logs,
    };
    builder.interpreter().await
}
