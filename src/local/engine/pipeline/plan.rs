//! What one job of a pipeline is: the immutable snapshot taken when an endpoint is invoked.
//!
//! Everything is resolved: nested pipelines are taken apart into their steps, bindings are paths, references are
//! folders. What is left for the engine is which step comes after which.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::plan::{EnvironmentPlan, JobInput, JobPlan};
use crate::wire::JsonMap;

/// Everything the engine needs to run the steps of one pipeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PipelinePlan {
    /// Name of the job that `invoke` answered with.
    pub job: String,
    /// Endpoint that was invoked.
    pub endpoint: String,
    /// Deployment that answers.
    pub deployment: String,
    /// Experiment the job is filed under.
    pub experiment: String,
    /// Id of the component the pipeline is.
    pub component: String,
    /// Settings of the deployment, as written.
    pub settings: Option<JsonMap>,
    /// Whether steps that do not need a failed one are run all the same.
    pub continue_on_step_failure: bool,
    /// Pipelines that are steps of pipelines, each after the one it is in.
    pub groups: Vec<GroupPlan>,
    /// Every step, each after those it needs.
    pub steps: Vec<StepPlan>,
    /// Outputs of the pipeline itself, each written by one of its steps.
    pub outputs: BTreeMap<String, OutputPlan>,
}

/// A pipeline that is a step of another one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupPlan {
    /// Id of its run.
    pub run_id: String,
    /// Name in the pipeline it is in.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// The group it is in; none for the pipeline of the job.
    pub group: Option<usize>,
    /// Its outputs, each written by one of its steps.
    pub outputs: BTreeMap<String, OutputPlan>,
}

/// A step that runs something.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepPlan {
    /// Id of its run; its folder below the job's bears this name.
    pub run_id: String,
    /// Name in the pipeline it is in.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// The group it is in; none for the pipeline of the job.
    pub group: Option<usize>,
    /// Steps that have to complete before it, as indices of earlier ones.
    pub needs: Vec<usize>,
    /// What it writes, by name.
    pub outputs: BTreeMap<String, OutputPlan>,
    /// What it runs.
    pub task: StepTask,
}

/// What a step runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepTask {
    /// A command line.
    Command(Box<CommandPlan>),
    /// A scoring script on mini-batches, as a batch job of its own.
    Parallel(Box<ParallelPlan>),
}

/// A command line and what it is run with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandPlan {
    /// The command line, with its placeholders.
    pub command: String,
    /// Values of its inputs; those that were left out are missing.
    pub inputs: BTreeMap<String, StepInput>,
    /// Root of the code, where it is run.
    pub code_dir: Option<PathBuf>,
    /// What the Python environment is made of.
    pub environment: EnvironmentPlan,
    /// Variables of the step.
    pub environment_variables: BTreeMap<String, String>,
    /// Seconds it may take; no limit where there is none.
    pub timeout_seconds: Option<u64>,
}

/// A scoring script on mini-batches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ParallelPlan {
    /// The batch job.
    pub job: JobPlan,
    /// Name of the input that is cut into mini-batches.
    #[serde(default)]
    pub input: String,
    /// The script's own arguments, with their placeholders.
    pub arguments: String,
    /// Values of its inputs; those that were left out are missing.
    pub inputs: BTreeMap<String, StepInput>,
}

/// Value of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepInput {
    /// A text, number or truth value, as text.
    Value(String),
    /// A file or folder.
    Data(JobInput),
}

/// Where an output is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPlan {
    /// The file or folder.
    pub path: PathBuf,
    /// The same as an address of a datastore.
    pub uri: String,
    /// Its type, such as `uri_folder`.
    pub kind: String,
    /// Whether the place is the run's own, and not one that somebody named.
    pub is_own: bool,
}

impl OutputPlan {
    /// Whether the output is one file.
    pub fn is_file(&self) -> bool {
        self.kind == "uri_file"
    }
}

impl PipelinePlan {
    /// The step of this run.
    pub fn step(&self, run: &str) -> Option<&StepPlan> {
        self.steps.iter().find(|step| step.run_id.eq_ignore_ascii_case(run))
    }

    /// The nested pipeline of this run.
    pub fn group(&self, run: &str) -> Option<&GroupPlan> {
        self.groups.iter().find(|group| group.run_id.eq_ignore_ascii_case(run))
    }

    /// Ids of all runs inside the job.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        let groups = self.groups.iter().map(|group| group.run_id.as_str());
        groups.chain(self.steps.iter().map(|step| step.run_id.as_str()))
    }

    /// A step's run, or those of the steps in a nested pipeline.
    pub fn runs_at(&self, run: &str) -> Vec<&str> {
        let group = self.groups.iter().position(|group| group.run_id.eq_ignore_ascii_case(run));
        let is_meant = |step: &&StepPlan| match group {
            Some(group) => self.is_inside(step, group),
            None => step.run_id.eq_ignore_ascii_case(run),
        };
        self.steps.iter().filter(is_meant).map(|step| step.run_id.as_str()).collect()
    }

    /// Whether a step is in a group, directly or in one inside it.
    pub(super) fn is_inside(&self, step: &StepPlan, group: usize) -> bool {
        let outer = |inner: &usize| self.groups.get(*inner).and_then(|group| group.group);
        std::iter::successors(step.group, outer).any(|found| found == group)
    }
}
