//! The log files of a job, laid out as the cloud lays them out.
//!
//! Writing a log never fails a job: what cannot be written is lost. Every line is written in one go, so a
//! reader that follows a file sees whole lines only. What the scoring script prints goes to its files without
//! passing here.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::error_list::{ERROR_LIST, ErrorList};
use super::file_error::FileError;
use super::worker::WorkerIdentity;
use super::{JOB_ERROR, log_root};

const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");

const EXECUTION: &str = "logs/azureml/executionlogs.txt";
const LAUNCHER: &str = "user_logs/std_log_0.txt";
/// What the command of a step prints, relative to the log root.
pub(super) const STANDARD_LOG: &str = "user_logs/std_log.txt";
const SUMMARY: &str = "logs/summary.json";
const JOB_RESULT: &str = "logs/job_result.txt";
/// How the cloud's launcher ends after a failure: every failed job has the same exit code.
const LAUNCHER_FAILED: &str = "User program failed with Exception: Run failed. Please check logs for details. \
                               You can check logs/readme.txt for the layout of logs.";
const LAUNCHER_EXIT: &str = "SystemExit: 42";
/// How the Python environment was built.
pub(super) const BUILD_LOG: &str = "azureml-logs/20_image_build_log.txt";

const README: &str = "\
Logs of one batch scoring job.

logs/azureml/executionlogs.txt             what the engine did, step by step; start here
logs/job_error.txt                         why the job failed, if it did
logs/job_result.txt                        how the job ended
logs/job_progress_overview.<day>.txt       progress over time
logs/summary.json                          how the job ended, its counts and durations, for programs
logs/errors.jsonl                          every failed attempt, one JSON object a line, for programs
logs/user/error.txt                        which errors occurred, and how often
logs/user/error/<node>/processNNN.txt      tracebacks of init() and run()
logs/user/stdout/<node>/                   what the scoring script printed, and its logging
logs/user/stderr/<node>/                   what the scoring script wrote to stderr
logs/user/entry_script_log/<node>/         what it logged with EntryScript().logger
logs/sys/node/<node>/processNNN.txt        one line for each mini-batch, at logging level debug
logs/sys/job_report/processed_mini-batches.csv
                                           every attempt of every mini-batch
logs/sys/job_report/process_summary.csv    what each worker process did, in sums
logs/sys/job_report/node_summary.csv       the same for each node
azureml-logs/20_image_build_log.txt        how the Python environment was built
user_logs/std_log_0.txt                    the launcher

Each worker process has files of its own. A process that was replaced keeps its files; its successor has the next number.
";

const PIPELINE_README: &str = "\
Logs of one pipeline. Its steps have logs of their own.

logs/azureml/executionlogs.txt             which steps ran when, and how each ended; start here
logs/job_error.txt                         why the pipeline failed, if it did
logs/job_result.txt                        how the pipeline ended
";

const COMMAND_README: &str = "\
Logs of one step of a pipeline.

user_logs/std_log.txt                      what the command printed, to stdout and stderr
logs/azureml/executionlogs.txt             what was done to run it
logs/job_error.txt                         why the step failed, if it did
logs/job_result.txt                        how the step ended
azureml-logs/20_image_build_log.txt        how the Python environment was built
outputs/                                   what the command left in ./outputs
";

/// The open log files of one job.
pub(super) struct JobLogs {
    root: PathBuf,
    execution: File,
    errors: ErrorList,
    debug: bool,
    /// Whether there is the log of a launcher, as batch jobs have it.
    is_launched: bool,
}

impl JobLogs {
    /// Makes the log folders of a batch job and opens its logs. A job that is resumed adds to those it has, but how it
    /// ended is yet to be told.
    pub(super) fn create(job_dir: &Path, debug: bool) -> Result<Self, FileError> {
        let mut logs = Self::open_in(job_dir, README)?;
        logs.errors = ErrorList::new(open_append(&logs.root.join(ERROR_LIST)).ok());
        (logs.debug, logs.is_launched) = (debug, true);
        logs.append(LAUNCHER, "Azure Machine Learning Batch Inference Start\n");
        Ok(logs)
    }

    /// The same for a pipeline.
    pub(super) fn of_pipeline(job_dir: &Path) -> Result<Self, FileError> {
        Self::open_in(job_dir, PIPELINE_README)
    }

    /// The same for a step that runs a command.
    pub(super) fn of_command(step_dir: &Path) -> Result<Self, FileError> {
        Self::open_in(step_dir, COMMAND_README)
    }

    fn open_in(job_dir: &Path, readme: &str) -> Result<Self, FileError> {
        let root = log_root(job_dir);
        let execution = open_append(&root.join(EXECUTION))?;
        let logs = Self { root, execution, errors: ErrorList::new(None), debug: false, is_launched: false };
        logs.write("logs/readme.txt", readme);
        for ending in [JOB_ERROR, JOB_RESULT, SUMMARY] {
            let _had_none = fs::remove_file(logs.root.join(ending));
        }
        Ok(logs)
    }

    /// A line of the execution log, the one that is streamed to whoever waits for the job.
    pub(super) fn line(&self, text: impl Display) {
        self.execution_line(&stamped(text));
    }

    /// A line that asks for attention.
    pub(super) fn warn(&self, text: impl Display) {
        self.line(format_args!("Warning: {text}"));
    }

    /// A line about building the environment.
    pub(super) fn build_line(&self, text: impl Display) {
        let line = stamped(text);
        self.append(BUILD_LOG, &line);
        self.execution_line(&line);
    }

    /// A line of the progress overview, which has a file a day.
    pub(super) fn progress_line(&self, text: impl Display) {
        let day = crate::clock::now().format(DAY).unwrap_or_default();
        self.append(&format!("logs/job_progress_overview.{day}.txt"), &stamped(&text));
        self.line(text);
    }

    /// The story of a worker's failure.
    pub(super) fn worker_error(&self, worker: WorkerIdentity, heading: &str, story: &str) {
        let text = format!("{}{story}\n", stamped(heading));
        self.append(&error_log(worker), &text);
    }

    /// A mini-batch that ended, for those who debug.
    pub(super) fn mini_batch(&self, worker: WorkerIdentity, text: impl Display) {
        if self.debug {
            let path = format!("logs/sys/node/{}/{}.txt", worker.node, worker.process_name());
            self.append(&path, &stamped(text));
        }
    }

    /// How the job ended; `error` is what its user reads when it failed.
    pub(super) fn close(&self, result: &str, error: Option<&str>) {
        if let Some(error) = error {
            self.append(JOB_ERROR, &format!("{error}\n"));
            for line in error.lines().filter(|line| !line.trim().is_empty()) {
                self.line(line);
            }
        }
        self.append(JOB_RESULT, &format!("{result}\n"));
        match self.errors.count().told {
            0 => {}
            1 => self.line(format_args!("1 error is listed in {ERROR_LIST}")),
            errors => self.line(format_args!("{errors} errors are listed in {ERROR_LIST}")),
        }
        if self.is_launched {
            self.append(LAUNCHER, "Azure Machine Learning Batch Inference End\n");
            if let Some(error) = error {
                self.append(LAUNCHER, &format!("{LAUNCHER_FAILED}\n{error}\n{LAUNCHER_EXIT}\n"));
            }
        }
        self.line(result);
    }

    /// Every error of a worker, for programs.
    pub(super) fn errors(&self) -> &ErrorList {
        &self.errors
    }

    /// Replaces `logs/summary.json`: a reader finds the whole of it or none.
    pub(super) fn summary(&self, job_dir: &Path, json: &str) {
        let unfinished = unfinished_summary(job_dir);
        let written =
            fs::write(&unfinished, json).and_then(|()| fs::rename(&unfinished, self.root.join(SUMMARY)));
        if written.is_err() {
            let _no_room_for_it_at_all = fs::remove_file(&unfinished);
        }
    }

    /// Where a worker's standard streams go; makes the folders.
    pub(super) fn streams(&self, worker: WorkerIdentity) -> Result<(PathBuf, PathBuf), FileError> {
        let file = |stream: &str| {
            let folder = self.root.join(format!("logs/user/{stream}/{}", worker.node));
            fs::create_dir_all(&folder).map_err(FileError::on("create", &folder))?;
            Ok(folder.join(format!("{}.{stream}.txt", worker.process_name())))
        };
        Ok((file("stdout")?, file("stderr")?))
    }

    /// Where `EntryScript().logger` writes; made when it is used.
    pub(super) fn entry_script_folder(&self, worker: WorkerIdentity) -> PathBuf {
        self.root.join(format!("logs/user/entry_script_log/{}", worker.node))
    }

    fn execution_line(&self, line: &str) {
        let _lost = (&self.execution).write_all(line.as_bytes());
    }

    /// A log file to write to; `None` when it cannot be had.
    pub(super) fn open(&self, path: &str) -> Option<File> {
        open_append(&self.root.join(path)).ok()
    }

    /// Replaces a log file.
    pub(super) fn write(&self, path: &str, text: &str) {
        let _lost = fs::write(self.root.join(path), text);
    }

    /// Adds text to a log file.
    pub(super) fn append(&self, path: &str, text: &str) {
        let _lost = open_append(&self.root.join(path)).map(|mut file| file.write_all(text.as_bytes()));
    }
}

/// Where the summary is until it is complete: not among the logs, which anybody may list at any time.
pub(super) fn unfinished_summary(job_dir: &Path) -> PathBuf {
    job_dir.join("summary.unfinished")
}

/// The error log of a worker, relative to the log root.
pub(super) fn error_log(worker: WorkerIdentity) -> String {
    format!("logs/user/error/{}/{}.txt", worker.node, worker.process_name())
}

fn open_append(path: &Path) -> Result<File, FileError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(FileError::on("create", folder))?;
    }
    OpenOptions::new().create(true).read(true).append(true).open(path).map_err(FileError::on("open", path))
}

/// One line with the time in front, whatever is in the text.
fn stamped(text: impl Display) -> String {
    let stamp = crate::clock::now().format(STAMP).unwrap_or_default();
    let text = text.to_string();
    format!("[{stamp}] {}\n", text.trim_end().replace(['\n', '\r'], " "))
}
