//! Everything a worker of this job is started with: folders, variables, arguments, the program itself.
//!
//! Makes the folders of the job that workers use; starts workers, but does not watch them.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::earlier::Earlier;
use super::environment::Interpreter;
use super::file_error::FileError;
use super::gpus::Gpus;
use super::inputs::InputRoot;
use super::logs::JobLogs;
use super::mlflow;
use super::partition::Partition;
use super::plan::{CodePlan, EngineSettings, JobPlan};
use super::processes;
use super::scratch::work_path;
use super::sink::{segment_path, segments_path};
use super::worker::{Launch, PROGRAM, Start, StartError, Worker, WorkerEvent, WorkerIdentity};
use crate::wire::deployment::OutputAction;

/// Where the system has its device files.
const DEVICES: &str = "/dev";
/// How long an interpreter may take to end by itself after `shutdown()`; less if the time limit is shorter.
const EXIT_PATIENCE: Duration = Duration::from_secs(20);

/// What has to be there before scoring.
pub(super) struct Prepared {
    /// Held until the last worker is gone.
    pub(super) interpreter: Interpreter,
    pub(super) input: InputRoot,
    pub(super) model_dir: Option<PathBuf>,
    /// What an earlier run of the job has done of it.
    pub(super) earlier: Option<Earlier>,
}

/// What workers are started from.
pub(super) struct Workshop<'a> {
    plan: &'a JobPlan,
    job_dir: &'a Path,
    logs: &'a JobLogs,
    python: PathBuf,
    program: PathBuf,
    code: CodePlan,
    input_root: PathBuf,
    /// The variables that are the same for every worker.
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    time_limit: Duration,
    gpus: Gpus,
}

impl<'a> Workshop<'a> {
    /// Prepares the job folder for workers.
    pub(super) fn prepare(
        plan: &'a JobPlan,
        job_dir: &'a Path,
        logs: &'a JobLogs,
        prepared: &Prepared,
        settings: &EngineSettings,
    ) -> Result<Self, FileError> {
        let program = job_dir.join("worker.py");
        fs::write(&program, PROGRAM).map_err(FileError::on("write", &program))?;
        let code = match &plan.code {
            Some(code) => code.clone(),
            None => mlflow::install_driver(job_dir)?,
        };
        empty_folder(&work_path(job_dir))?;
        let segments = segments_path(job_dir);
        match prepared.earlier {
            Some(_) => fs::create_dir_all(&segments).map_err(FileError::on("create", &segments))?,
            None => empty_folder(&segments)?,
        }
        let gpus = Gpus::found_in(Path::new(DEVICES));
        Ok(Self {
            environment: environment(plan, prepared.model_dir.as_deref(), gpus.count(), logs),
            arguments: arguments(plan, &code),
            input_root: prepared.input.folder().to_owned(),
            time_limit: Duration::from_secs(plan.timeout_seconds) + settings.overhead_allowance,
            python: prepared.interpreter.python.clone(),
            gpus,
            plan,
            job_dir,
            logs,
            program,
            code,
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

    /// Where the worker puts its rows.
    pub(super) fn segment(&self, identity: WorkerIdentity) -> PathBuf {
        segment_path(self.job_dir, identity.sequence)
    }

    /// Removes what a worker that is gone leaves behind: its folder, and in its segment all after the first
    /// `committed` bytes. What cannot be removed does no harm but taking room.
    pub(super) fn clear_up(&self, identity: WorkerIdentity, committed: u64) {
        self.gpus.release(identity);
        let (folder, segment) = (self.working_dir(identity), self.segment(identity));
        tokio::task::spawn_blocking(move || {
            let _left_over = fs::remove_dir_all(folder);
            if committed == 0 {
                let _left_over = fs::remove_file(segment);
            } else if fs::metadata(&segment).is_ok_and(|segment| segment.len() > committed) {
                let file = OpenOptions::new().write(true).open(&segment);
                let _left_over = file.and_then(|file| file.set_len(committed));
            }
        });
    }

    fn working_dir(&self, identity: WorkerIdentity) -> PathBuf {
        work_path(self.job_dir).join(identity.sequence.to_string())
    }

    pub(super) fn start_worker(
        &self,
        identity: WorkerIdentity,
        events: UnboundedSender<(WorkerIdentity, WorkerEvent)>,
    ) -> Result<Worker, StartError> {
        let working_dir = self.working_dir(identity);
        fs::create_dir_all(&working_dir).map_err(FileError::on("create", &working_dir))?;
        let (stdout, stderr) = self.logs.streams(identity)?;
        let mut environment = self.environment.clone();
        environment.push(("AZUREML_CR_NODE_RANK".to_owned(), identity.node.to_string()));
        if let Some(gpu) = self.gpus.take(identity) {
            environment.push(("CUDA_VISIBLE_DEVICES".to_owned(), gpu.to_string()));
        }
        let launch = Launch {
            python: &self.python,
            program: &self.program,
            environment: &environment,
            stdout: &stdout,
            stderr: &stderr,
            start: Start {
                code_dir: &self.code.code_dir,
                scoring_script: &self.code.scoring_script,
                working_dir: &working_dir,
                output_dir: &self.plan.output_dir,
                entry_script_log_dir: &self.logs.entry_script_folder(identity),
                agent_name: identity.process_name(),
                input_root: &self.input_root,
                segment: &self.segment(identity),
                append_rows: self.plan.output_action == OutputAction::AppendRow,
                logging_level: &self.plan.logging_level,
                arguments: &self.arguments,
                // Half of what the engine waits for all of it: `shutdown()` takes its time as well.
                exit_patience_seconds: EXIT_PATIENCE.min(self.time_limit / 2).as_secs_f64(),
            },
        };
        let worker = Worker::start(&launch, identity, events)?;
        processes::record_group(self.job_dir, worker.pid())?;
        Ok(worker)
    }
}

/// The variables of every worker. The deployment's own come first: those that lead to the model, the output
/// and the run are the engine's word, since a script that is sent elsewhere by accident scores the wrong
/// thing.
fn environment(
    plan: &JobPlan,
    model_dir: Option<&Path>,
    gpus: usize,
    logs: &JobLogs,
) -> Vec<(String, String)> {
    let mut ours = BTreeMap::from([
        ("AZUREML_BI_OUTPUT_PATH", plan.output_dir.to_string_lossy().into_owned()),
        ("AZUREML_RUN_ID", plan.run_id.clone()),
        ("AZUREML_EXPERIMENT_NAME", plan.experiment.clone()),
        ("AZUREML_NODE_COUNT", plan.instance_count.max(1).to_string()),
    ]);
    if let Some(model_dir) = model_dir {
        ours.insert("AZUREML_MODEL_DIR", model_dir.to_string_lossy().into_owned());
    }
    let defaults = [
        // The code folder belongs to the deployment; importing it must not write into it.
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        // As in the cloud's containers, whatever the locale of this machine.
        ("PYTHONUTF8", "1".to_owned()),
        // The line that a crash in a library happened in is worth some lines on stderr.
        ("PYTHONFAULTHANDLER", "1".to_owned()),
    ];
    let mut variables = Vec::from(defaults.map(|(name, value)| (name.to_owned(), value)));
    if gpus > 0 {
        variables.push(("AZ_BATCHAI_GPU_COUNT_FOUND".to_owned(), gpus.to_string()));
    }
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
fn arguments(plan: &JobPlan, code: &CodePlan) -> Vec<String> {
    let output_action = match plan.output_action {
        OutputAction::AppendRow => "append_row",
        OutputAction::SummaryOnly => "summary_only",
    };
    let options = [
        ("--scoring_module_name", code.scoring_script.clone()),
        ("--mini_batch_size", plan.mini_batch_size.to_string()),
        ("--error_threshold", plan.error_threshold.to_string()),
        ("--output_action", output_action.to_owned()),
        ("--logging_level", plan.logging_level.clone()),
        ("--run_invocation_timeout", plan.timeout_seconds.to_string()),
        ("--run_max_try", plan.tries().to_string()),
        ("--append_row_file_name", plan.output_file_name.clone()),
        ("--append_row_dataframe_header", "False".to_owned()),
        ("--process_count_per_node", plan.max_concurrency_per_instance.to_string()),
        ("--output", plan.output_dir.to_string_lossy().into_owned()),
    ];
    let options = options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
    options.chain(plan.program_arguments.iter().cloned()).collect()
}

/// Makes the folder anew: nothing of an earlier run of the job may be taken for its own.
fn empty_folder(folder: &Path) -> Result<(), FileError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(FileError::on("remove", folder))?;
    }
    fs::create_dir_all(folder).map_err(FileError::on("create", folder))
}
