//! Everything a worker of this job is started with: folders, variables, arguments, the program itself.
//!
//! Makes the folders of the job that workers use; starts workers, but does not watch them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::file_error::FileError;
use super::inputs::InputRoot;
use super::logs::JobLogs;
use super::partition::Partition;
use super::plan::JobPlan;
use super::sink::segment_path;
use super::worker::{Launch, PROGRAM, Start, StartError, Worker, WorkerEvent, WorkerIdentity};
use crate::wire::deployment::OutputAction;

/// What workers are started from.
pub(super) struct Workshop<'a> {
    plan: &'a JobPlan,
    job_dir: &'a Path,
    logs: &'a JobLogs,
    python: PathBuf,
    program: PathBuf,
    input_root: PathBuf,
    /// The variables that are the same for every worker.
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    time_limit: Duration,
}

impl<'a> Workshop<'a> {
    /// Prepares the job folder for workers that run under `python`.
    pub(super) fn prepare(
        plan: &'a JobPlan,
        job_dir: &'a Path,
        logs: &'a JobLogs,
        python: PathBuf,
        input: &InputRoot,
        allowance: Duration,
    ) -> Result<Self, FileError> {
        let program = job_dir.join("worker.py");
        fs::write(&program, PROGRAM).map_err(FileError::on("write", &program))?;
        for folder in ["segments", "work"] {
            empty_folder(&job_dir.join(folder))?;
        }
        let model_dir = plan.model.as_deref().map(|model| link_model(job_dir, model)).transpose()?;
        Ok(Self {
            environment: environment(plan, model_dir.as_deref(), logs),
            arguments: arguments(plan),
            input_root: input.folder().to_owned(),
            time_limit: Duration::from_secs(plan.timeout_seconds) + allowance,
            plan,
            job_dir,
            logs,
            python,
            program,
        })
    }

    /// How long `init()` and `run()` may take.
    pub(super) fn time_limit(&self) -> Duration {
        self.time_limit
    }

    pub(super) fn open_partition(&self) -> Result<Partition, FileError> {
        Partition::open(self.job_dir)
    }

    pub(super) fn stderr_of(&self, identity: WorkerIdentity) -> PathBuf {
        self.logs.streams(identity).map(|(_, stderr)| stderr).unwrap_or_default()
    }

    pub(super) fn start_worker(
        &self,
        identity: WorkerIdentity,
        events: UnboundedSender<(WorkerIdentity, WorkerEvent)>,
    ) -> Result<Worker, StartError> {
        let working_dir = self.job_dir.join("work").join(identity.sequence.to_string());
        fs::create_dir_all(&working_dir).map_err(FileError::on("create", &working_dir))?;
        let (stdout, stderr) = self.logs.streams(identity)?;
        let mut environment = self.environment.clone();
        environment.push(("AZUREML_CR_NODE_RANK".to_owned(), identity.node.to_string()));
        let launch = Launch {
            python: &self.python,
            program: &self.program,
            environment: &environment,
            stdout: &stdout,
            stderr: &stderr,
            start: Start {
                code_dir: &self.plan.code_dir,
                scoring_script: &self.plan.scoring_script,
                working_dir: &working_dir,
                output_dir: &self.plan.output_dir,
                entry_script_log_dir: &self.logs.entry_script_folder(identity),
                agent_name: identity.process_name(),
                input_root: &self.input_root,
                segment: &segment_path(self.job_dir, identity.sequence),
                append_rows: self.plan.output_action == OutputAction::AppendRow,
                logging_level: &self.plan.logging_level,
                arguments: &self.arguments,
            },
        };
        Worker::start(&launch, identity, events)
    }
}

/// The variables of every worker. The deployment's own come first: those that lead to the model, the output
/// and the run are the engine's word, since a script that is sent elsewhere by accident scores the wrong
/// thing.
fn environment(plan: &JobPlan, model_dir: Option<&Path>, logs: &JobLogs) -> Vec<(String, String)> {
    let mut ours = BTreeMap::from([
        ("AZUREML_BI_OUTPUT_PATH", plan.output_dir.to_string_lossy().into_owned()),
        ("AZUREML_RUN_ID", plan.run_id.clone()),
        ("AZUREML_EXPERIMENT_NAME", plan.experiment.clone()),
        ("AZUREML_NODE_COUNT", plan.instance_count.max(1).to_string()),
    ]);
    if let Some(model_dir) = model_dir {
        ours.insert("AZUREML_MODEL_DIR", model_dir.to_string_lossy().into_owned());
    }
    // The code folder belongs to the deployment; importing it must not write into it.
    let mut variables = vec![("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned())];
    for (name, value) in &plan.environment_variables {
        if ours.contains_key(name.as_str()) || name == "AZUREML_CR_NODE_RANK" {
            logs.warn(format_args!(
                "the deployment's variable `{name}` is not applied: it is set by the job itself"
            ));
        } else {
            variables.push((name.clone(), value.clone()));
        }
    }
    variables.extend(ours.into_iter().map(|(name, value)| (name.to_owned(), value)));
    variables
}

/// The options that the cloud's engine puts on a worker's command line; scripts read `--logging_level` of
/// them.
fn arguments(plan: &JobPlan) -> Vec<String> {
    let output_action = match plan.output_action {
        OutputAction::AppendRow => "append_row",
        OutputAction::SummaryOnly => "summary_only",
    };
    let options = [
        ("--scoring_module_name", plan.scoring_script.clone()),
        ("--mini_batch_size", plan.mini_batch_size.to_string()),
        ("--error_threshold", plan.error_threshold.to_string()),
        ("--output_action", output_action.to_owned()),
        ("--logging_level", plan.logging_level.clone()),
        ("--run_invocation_timeout", plan.timeout_seconds.to_string()),
        ("--run_max_try", plan.tries().to_string()),
        ("--append_row_file_name", plan.output_file_name.clone()),
        ("--process_count_per_node", plan.max_concurrency_per_instance.to_string()),
        ("--output", plan.output_dir.to_string_lossy().into_owned()),
    ];
    options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

/// A folder with one entry: the model under its own name.
fn link_model(job_dir: &Path, model: &Path) -> Result<PathBuf, FileError> {
    let folder = job_dir.join("model");
    empty_folder(&folder)?;
    let link = folder.join(model.file_name().unwrap_or("model".as_ref()));
    symlink(model, &link).map_err(FileError::on("create", &link))?;
    Ok(folder)
}

/// Makes the folder anew: nothing of an earlier run of the job may be taken for its own.
fn empty_folder(folder: &Path) -> Result<(), FileError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(FileError::on("remove", folder))?;
    }
    fs::create_dir_all(folder).map_err(FileError::on("create", folder))
}
