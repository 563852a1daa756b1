//! The deployment's environment, turned into a Python interpreter of this machine.
//!
//! Without a conda file that is the machine's own Python. With one, an environment is built once for each
//! content and kept: see `build`. Container images are never used; that is said once in the log.

mod build;
mod conda;
mod packages;
mod python;
mod python_wish;
mod tool;

use std::io;
use std::path::{Path, PathBuf};

use super::file_error::FileError;
use super::logs::JobLogs;
use super::plan::{EngineSettings, EnvironmentPlan};

/// Why there is no interpreter for a job.
#[derive(Debug, thiserror::Error)]
pub(super) enum EnvironmentError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the conda file of environment `{environment}` cannot be read")]
    CondaFile { environment: String, source: serde_yaml::Error },
    #[error(
        "no Python was found: `{0}` does not run; install Python 3.8 or newer, or set AZML_PYTHON to an interpreter"
    )]
    NoPython(PathBuf),
    #[error("cannot start `{tool}` to build the environment")]
    Spawn { tool: String, source: io::Error },
    #[error("building the environment `{environment}` failed: `{command}` {how}\n{last_lines}")]
    Build { environment: String, command: String, how: String, last_lines: String },
}

/// The interpreter for a job's workers. Building one may take minutes; dropping the future kills what it
/// started.
pub(super) async fn prepare(
    plan: &EnvironmentPlan,
    environments: &Path,
    settings: &EngineSettings,
    logs: &JobLogs,
) -> Result<PathBuf, EnvironmentError> {
    let named_image = plan.image.as_deref().filter(|image| !image.is_empty());
    if let Some(image) = named_image {
        logs.warn(format_args!(
            "the container image `{image}` is not used here; the script runs on this machine"
        ));
    }
    let python = settings.python.as_deref().unwrap_or(Path::new(python::DEFAULT));
    match plan.conda_file.as_deref().filter(|text| !text.trim().is_empty()) {
        None => {
            logs.line(format_args!("Environment: no conda file, using `{}`", python.display()));
            Ok(python.to_owned())
        }
        Some(text) => {
            let environment = format!("{}:{}", plan.name, plan.version);
            let file = conda::CondaFile::parse(text)
                .map_err(|source| EnvironmentError::CondaFile { environment: environment.clone(), source })?;
            build::Builder { environment, file, text, environments, python, logs }.interpreter().await
        }
    }
}
