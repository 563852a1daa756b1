//! What of an environment this machine does not give, and how that is told.

use std::fmt;

use super::super::logs::JobLogs;
use super::super::plan::EnvironmentPlan;
use super::EnvironmentError;

/// What a person can do where the packages are part of something that is not used.
const INSTEAD: &str = "packages have to come from a `conda_file`, or from the Python that AZML_PYTHON names or that is `python3`";

/// One thing that is not honoured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shortfall {
    /// The image below a conda environment, which brings the system's libraries.
    BaseImage(String),
    /// The image that holds the packages.
    Image(String),
    /// A Docker build.
    Build { dockerfile: String },
    /// An environment of a registry, which is not asked.
    Registry(String),
    /// No interpreter of the version.
    Python { wanted: String, used: String },
    /// Packages that pip is not known to have.
    CondaOnly(Vec<String>),
    /// Variables that conda sets when an environment is activated.
    Variables,
}

impl Shortfall {
    /// What of the registered environment is not used, whatever this machine has.
    pub(super) fn of_plan(plan: &EnvironmentPlan, has_conda_file: bool) -> Vec<Self> {
        let mut found = Vec::new();
        if plan.is_of_registry() {
            found.push(Self::Registry(plan.name.clone()));
        }
        match plan.image.clone().filter(|image| !image.is_empty()) {
            Some(image) if has_conda_file => found.push(Self::BaseImage(image)),
            Some(image) => found.push(Self::Image(image)),
            None => {}
        }
        found.extend(plan.dockerfile.clone().map(|dockerfile| Self::Build { dockerfile }));
        found
    }

    /// Whether packages or Python are not what the environment says. The image below a conda environment makes no such
    /// difference, and nearly every environment has one.
    fn is_serious(&self) -> bool {
        !matches!(self, Self::BaseImage(_))
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BaseImage(image) => {
                write!(f, "the image `{image}` is not used, scripts run on this machine")
            }
            Self::Image(image) => write!(f, "the image `{image}` is not used; {INSTEAD}"),
            Self::Build { dockerfile } => {
                write!(f, "the Docker build of `{dockerfile}` is not run; {INSTEAD}")
            }
            Self::Registry(id) => write!(f, "`{id}` is in a registry, which is not asked; {INSTEAD}"),
            Self::Python { wanted, used } => write!(
                f,
                "Python {wanted} is not on this machine and {used} is used; install it, uv, or a conda tool"
            ),
            Self::CondaOnly(packages) => {
                let are = if packages.len() == 1 { "is" } else { "are" };
                write!(
                    f,
                    "`{}` {are} not known to be on the Python Package Index; install conda, mamba or micromamba",
                    packages.join("`, `")
                )
            }
            Self::Variables => f.write_str(
                "the conda file's `variables` are not set; use the deployment's `environment_variables`",
            ),
        }
    }
}

/// Tells of everything that is not honoured in one warning. Where `strict`, what is serious is an error instead.
pub(super) fn tell(
    environment: &str,
    shortfalls: &[Shortfall],
    strict: bool,
    logs: &JobLogs,
) -> Result<(), EnvironmentError> {
    let serious: Vec<&Shortfall> = shortfalls.iter().filter(|found| found.is_serious()).collect();
    if strict && !serious.is_empty() {
        return Err(EnvironmentError::NotHonoured {
            environment: environment.to_owned(),
            shortfalls: joined(&serious),
        });
    }
    if !shortfalls.is_empty() {
        let all = joined(&shortfalls.iter().collect::<Vec<_>>());
        logs.warn(format_args!("the environment is not all that `{environment}` says: {all}"));
    }
    Ok(())
}

/// What is serious, for those who look for the reason of a failure.
pub(super) fn serious(shortfalls: &[Shortfall]) -> Option<String> {
    let serious: Vec<&Shortfall> = shortfalls.iter().filter(|found| found.is_serious()).collect();
    (!serious.is_empty()).then(|| joined(&serious))
}

fn joined(shortfalls: &[&Shortfall]) -> String {
    shortfalls.iter().map(ToString::to_string).collect::<Vec<_>>().join(". Also, ")
}
