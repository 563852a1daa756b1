//! What one job is: the immutable snapshot taken when an endpoint is invoked, and the machine's
//! settings.
//!
//! The plan is stored as JSON beside the job, so that editing a deployment later cannot change a job that
//! runs. Nothing here resolves names or checks that paths exist; that happened before the plan was made.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pipeline::PipelinePlan;
use crate::wire::deployment::OutputAction;

/// Time a mini-batch (or an `init()`) may take beyond the deployment's own `retry_settings.timeout`.
pub const OVERHEAD_ALLOWANCE: Duration = Duration::from_secs(30);

/// How ids of what is in a registry begin.
const REGISTRY: &str = "azureml://registries/";

/// What the supervisor of a job is told.
// Without a mark that says which it is: plans of batch jobs have always been kept bare.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Plan {
    /// The steps of a pipeline.
    Pipeline(Box<PipelinePlan>),
    /// One scoring script on mini-batches.
    Scoring(Box<JobPlan>),
}

impl Plan {
    /// Name of the job.
    pub fn job(&self) -> &str {
        match self {
            Self::Pipeline(plan) => &plan.job,
            Self::Scoring(plan) => &plan.job,
        }
    }

    /// Endpoint that was invoked.
    pub fn endpoint(&self) -> &str {
        match self {
            Self::Pipeline(plan) => &plan.endpoint,
            Self::Scoring(plan) => &plan.endpoint,
        }
    }

    /// Deployment that answers.
    pub fn deployment(&self) -> &str {
        match self {
            Self::Pipeline(plan) => &plan.deployment,
            Self::Scoring(plan) => &plan.deployment,
        }
    }

    /// Experiment the job is filed under.
    pub fn experiment(&self) -> &str {
        match self {
            Self::Pipeline(plan) => &plan.experiment,
            Self::Scoring(plan) => &plan.experiment,
        }
    }

    /// The plan of a batch job.
    pub fn scoring(&self) -> Option<&JobPlan> {
        match self {
            Self::Scoring(plan) => Some(plan),
            Self::Pipeline(_) => None,
        }
    }

    /// The plan of a pipeline.
    pub fn pipeline(&self) -> Option<&PipelinePlan> {
        match self {
            Self::Pipeline(plan) => Some(plan),
            Self::Scoring(_) => None,
        }
    }
}

impl From<JobPlan> for Plan {
    fn from(plan: JobPlan) -> Self {
        Self::Scoring(Box::new(plan))
    }
}

impl From<PipelinePlan> for Plan {
    fn from(plan: PipelinePlan) -> Self {
        Self::Pipeline(Box::new(plan))
    }
}

/// Everything the engine needs to run one batch job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobPlan {
    /// Name of the job that `invoke` answered with.
    pub job: String,
    /// Id of its only child run, the one named `batchscoring`.
    pub run_id: String,
    /// Endpoint that was invoked.
    pub endpoint: String,
    /// Deployment that answers.
    pub deployment: String,
    /// Experiment the job is filed under.
    pub experiment: String,
    /// What is scored.
    pub input: JobInput,
    /// The `score` output folder; the script finds it in `AZUREML_BI_OUTPUT_PATH`.
    pub output_dir: PathBuf,
    /// The deployment's code; `None` for an MLflow model, which a driver of the engine's scores.
    #[serde(flatten)]
    pub code: Option<CodePlan>,
    /// The model's file or folder on disk.
    pub model: Option<PathBuf>,
    /// What the Python environment is made of. Where there is no code it may name none: the model brings one along.
    pub environment: EnvironmentPlan,
    /// The deployment's own variables for the scoring script.
    pub environment_variables: BTreeMap<String, String>,
    /// Files in one mini-batch.
    pub mini_batch_size: u64,
    /// Nodes to imitate.
    pub instance_count: u32,
    /// Worker processes on each node.
    pub max_concurrency_per_instance: u32,
    /// Retries of a mini-batch after its first try.
    pub max_retries: u32,
    /// Seconds one mini-batch may take, without [`OVERHEAD_ALLOWANCE`].
    pub timeout_seconds: u64,
    /// Failed files that are tolerated; negative tolerates all.
    pub error_threshold: i64,
    /// Whether rows are collected.
    pub output_action: OutputAction,
    /// File the rows are collected in.
    pub output_file_name: String,
    /// `Info`, `Warning` or `Debug`, in any case.
    pub logging_level: String,
    /// The job whose files are scored once more, if this is a retry.
    #[serde(default)]
    pub retry: Option<RetryPlan>,
    /// Arguments of the scoring script itself; only steps of pipelines have any.
    #[serde(default)]
    pub program_arguments: Vec<String>,
}

impl JobPlan {
    /// How often one mini-batch is tried at most.
    pub fn tries(&self) -> u32 {
        self.max_retries.saturating_add(1)
    }

    /// Worker processes the deployment asks for, over all nodes.
    pub fn requested_workers(&self) -> usize {
        let workers =
            u64::from(self.instance_count.max(1)) * u64::from(self.max_concurrency_per_instance.max(1));
        usize::try_from(workers).unwrap_or(usize::MAX)
    }

    /// Whether the deployment logs at debug level.
    pub(super) fn logs_debug(&self) -> bool {
        self.logging_level.eq_ignore_ascii_case("debug")
    }
}

/// What a retry takes from a job that has ended for good, in whose folder nothing changes any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RetryPlan {
    /// Name of the job that is retried.
    pub job: String,
    /// Its folder, with the lists of its files and of what became of them; none if it never had any.
    pub job_dir: Option<PathBuf>,
    /// The output file, if it completed; otherwise its rows are in its folder.
    pub output: Option<PathBuf>,
    /// Whether its rows are in the output of the retry as well.
    pub merge: bool,
}

/// Where the scoring script is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlan {
    /// Root of the code.
    pub code_dir: PathBuf,
    /// Scoring script, relative to the code folder, with `/`.
    pub scoring_script: String,
}

/// The job's single data input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobInput {
    /// One file: one mini-batch with one path.
    File(PathBuf),
    /// Every file below a folder.
    Folder(PathBuf),
    /// One file that has to be fetched first.
    Url(String),
}

/// The registered environment, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentPlan {
    /// Name of the environment.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Container image; never used here, only mentioned.
    pub image: Option<String>,
    /// Content of the conda file.
    pub conda_file: Option<String>,
    /// Dockerfile of the build that makes its image, relative to the build context; never run here, only mentioned.
    #[serde(default)]
    pub dockerfile: Option<String>,
}

impl EnvironmentPlan {
    /// An environment of a registry, of which nothing but its id is known.
    pub fn of_registry(id: &str) -> Self {
        Self { name: id.to_owned(), ..Self::default() }
    }

    /// Whether the deployment names an environment.
    pub(super) fn is_named(&self) -> bool {
        !self.name.is_empty()
    }

    /// Whether it is one of a registry.
    pub fn is_of_registry(&self) -> bool {
        self.name.starts_with(REGISTRY)
    }
}

/// Name and version, as messages have them.
impl fmt::Display for EnvironmentPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version.as_str() {
            "" => f.write_str(&self.name),
            version => write!(f, "{}:{version}", self.name),
        }
    }
}

/// What the machine and its user allow, resolved by the caller: the engine reads no variable itself.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Upper limit of worker processes set by the user; otherwise the number of cores is the limit.
    pub max_workers: Option<usize>,
    /// Cores of this machine.
    pub cores: usize,
    /// Interpreter to use when the environment has no conda file, and to build environments with.
    pub python: Option<PathBuf>,
    /// Whether an environment that this machine gives only in part fails the job.
    pub strict_environment: bool,
    /// Time beyond the deployment's timeout; [`OVERHEAD_ALLOWANCE`] everywhere but in tests.
    #[doc(hidden)]
    pub overhead_allowance: Duration,
    /// Whether the process that runs the job does nothing else, so that every process below it is the job's;
    /// true everywhere but in tests.
    #[doc(hidden)]
    pub owns_process: bool,
}

impl EngineSettings {
    /// Settings of a machine with `cores` cores and nothing overridden.
    pub fn for_cores(cores: usize) -> Self {
        Self {
            max_workers: None,
            cores,
            python: None,
            strict_environment: false,
            overhead_allowance: OVERHEAD_ALLOWANCE,
            owns_process: true,
        }
    }

    /// How many workers may run at once.
    pub(super) fn worker_limit(&self) -> usize {
        self.max_workers.unwrap_or(self.cores).max(1)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn plans_of_batch_jobs_are_kept_bare_and_told_from_pipelines() {
        let bare = r#"{"job":"j","run_id":"r","endpoint":"e","deployment":"d","experiment":"x","input":{"folder":"/in"},
            "output_dir":"/o","code_dir":"/c","scoring_script":"s.py","model":null,
            "environment":{"name":"","version":"","image":null,"conda_file":null},"environment_variables":{},
            "mini_batch_size":1,"instance_count":1,"max_concurrency_per_instance":1,"max_retries":3,"timeout_seconds":30,
            "error_threshold":-1,"output_action":"AppendRow","output_file_name":"p.csv","logging_level":"Info"}"#;
        let plan: Plan = serde_json::from_str(bare).unwrap();
        assert!(plan.scoring().is_some_and(|plan| plan.job == "j") && plan.pipeline().is_none());
        let pipeline = Plan::from(super::super::pipeline::tests::plan_of(&[&[], &[0]]));
        let read: Plan = serde_json::from_str(&serde_json::to_string(&pipeline).unwrap()).unwrap();
        assert_eq!(read.pipeline().unwrap().steps.len(), 2);
    }
}
