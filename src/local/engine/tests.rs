//! Whole jobs with real Python workers.
//!
//! A [`Bench`] is a job folder, an input and a code folder; its record lives in memory.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod environments;
mod fault_matrix;
mod hardships;
mod mlflow;
mod rules;
mod told;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use super::*;
use crate::wire::deployment::OutputAction;

/// Writes a program. Another process does: one that this process has open for writing cannot be started, and a process
/// that another test is just starting may have it open still.
pub(super) fn write_program(path: &Path, script: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "cat > \"$0\" && chmod +x \"$0\""]).arg(path).stdin(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success(), "{} is not written", path.display());
}

/// `run()` that answers with the base name of every file.
const ECHO: &str = "
import os
def run(mini_batch):
    return [os.path.basename(path) for path in mini_batch]
";

#[derive(Default)]
struct MemoryRecord {
    statuses: RefCell<Vec<JobStatus>>,
    progress: RefCell<Progress>,
    error: RefCell<Option<JobError>>,
    /// The job is cancelled as soon as this file exists.
    cancel_when: Option<PathBuf>,
    /// The first look for a cancellation while scoring takes this long, and all else has to wait.
    first_look: Cell<Duration>,
    /// A file that must be there while the job runs, and not when its end is recorded; the rows must still be.
    reserve: Option<PathBuf>,
    cancelled_at: Cell<Option<Instant>>,
}

impl JobRecord for MemoryRecord {
    fn set_status(&self, status: JobStatus) -> Result<(), RecordError> {
        assert!(self.reserve.as_ref().is_none_or(|path| fs::metadata(path).unwrap().len() > 500_000));
        self.statuses.borrow_mut().push(status);
        Ok(())
    }

    fn set_progress(&self, progress: &Progress) -> Result<(), RecordError> {
        self.progress.replace(progress.clone());
        Ok(())
    }

    fn finish(&self, status: JobStatus, error: Option<&JobError>) -> Result<(), RecordError> {
        assert!(self.reserve.as_ref().is_none_or(|path| !path.exists()));
        assert!(self.reserve.as_ref().is_none_or(|path| path.with_file_name("segments").exists()));
        self.statuses.borrow_mut().push(status);
        self.error.replace(error.cloned());
        Ok(())
    }

    fn cancel_requested(&self) -> Result<bool, RecordError> {
        if self.statuses.borrow().contains(&JobStatus::Running) {
            std::thread::sleep(self.first_look.take());
        }
        let cancelled = self.cancel_when.as_ref().is_some_and(|path| path.exists());
        if cancelled && self.cancelled_at.get().is_none() {
            self.cancelled_at.set(Some(Instant::now()));
        }
        Ok(cancelled)
    }
}

/// Copies a local file, as a download would.
struct CopyingDownloader;

impl Downloader for CopyingDownloader {
    fn download<'a>(&'a self, url: &'a str, target_dir: &'a Path) -> Download<'a> {
        Box::pin(async move {
            let source = Path::new(url);
            let target = target_dir.join(source.file_name().unwrap());
            fs::copy(source, &target).map_err(DownloadError::new)?;
            Ok(target)
        })
    }
}

struct Bench {
    folder: TempDir,
    environments: PathBuf,
    plan: JobPlan,
    settings: EngineSettings,
    record: MemoryRecord,
}

impl Bench {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["job", "input", "code", "output"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("code/score.py"), script).unwrap();
        let plan = JobPlan {
            job: "job".to_owned(),
            run_id: "run".to_owned(),
            endpoint: "endpoint".to_owned(),
            deployment: "deployment".to_owned(),
            experiment: "experiment".to_owned(),
            input: JobInput::Folder(at("input")),
            output_dir: at("output"),
            code: Some(CodePlan { code_dir: at("code"), scoring_script: "score.py".to_owned() }),
            model: None,
            environment: EnvironmentPlan::default(),
            environment_variables: BTreeMap::new(),
            mini_batch_size: 1,
            instance_count: 1,
            max_concurrency_per_instance: 1,
            max_retries: 3,
            timeout_seconds: 60,
            error_threshold: -1,
            output_action: OutputAction::AppendRow,
            output_file_name: "predictions.csv".to_owned(),
            logging_level: "Info".to_owned(),
            retry: None,
            program_arguments: Vec::new(),
        };
        let settings =
            EngineSettings { max_workers: Some(4), owns_process: false, ..EngineSettings::for_cores(2) };
        let environments = at("environments");
        Self { folder, environments, plan, settings, record: MemoryRecord::default() }
    }

    /// A bench with input files `0000`, `0001` and so on.
    fn with_files(script: &str, files: usize) -> Self {
        let bench = Self::new(script);
        for number in 0..files {
            fs::write(bench.path("input").join(format!("{number:04}")), "").unwrap();
        }
        bench
    }

    /// Takes another scoring script of the code folder.
    fn use_script(&mut self, script: &str) {
        self.plan.code.as_mut().unwrap().scoring_script = script.to_owned();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self) -> JobStatus {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(
            &self.plan,
            &self.path("job"),
            &self.environments,
            &self.settings,
            &self.record,
            &CopyingDownloader,
        ))
    }

    /// Runs a job that must complete; answers its output.
    fn output(&self) -> String {
        assert_eq!(self.run(), JobStatus::Completed, "{:?}", self.record.error);
        fs::read_to_string(self.path("output/predictions.csv")).unwrap()
    }

    /// Runs a job that must fail; answers what its user is told.
    fn failure(&self) -> String {
        assert_eq!(self.run(), JobStatus::Failed);
        self.record.error.borrow().clone().unwrap().message
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(log_root(&self.path("job")).join(name)).unwrap()
    }
}

/// The names of `with_files`, one a line.
fn names(count: usize) -> String {
    (0..count).map(|number| format!("{number:04}\n")).collect()
}

/// Whether the process ends by itself before `deadline`: a kill is delivered, not awaited.
fn ends_before(deadline: Instant, pid: &str) -> bool {
    while is_running(pid) && Instant::now() < deadline {
        std::thread::yield_now();
    }
    !is_running(pid)
}

fn is_running(pid: &str) -> bool {
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    // A killed process that nobody has reaped yet is no longer running.
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    test_kill_process(pid).is_ok() && !stat.is_ok_and(|stat| stat.contains(") Z "))
}

#[test]
fn rows_are_in_input_order_whoever_scored_them() {
    let mut bench = Bench::with_files(ECHO, 2000);
    (bench.plan.instance_count, bench.plan.max_concurrency_per_instance) = (2, 2);
    assert_eq!(bench.output(), names(2000));
    let statuses = [JobStatus::Preparing, JobStatus::Running, JobStatus::Finalizing, JobStatus::Completed];
    assert_eq!(*bench.record.statuses.borrow(), statuses);
    let progress = bench.record.progress.borrow();
    assert_eq!((progress.done, progress.items, progress.rows, progress.failed_items), (2000, 2000, 2000, 0));
    assert!(bench.log("logs/user/stdout/1/process001.stdout.txt").is_empty());
}

#[test]
fn rows_are_rendered_as_the_cloud_renders_them() {
    let script = "
class Shape:
    def __str__(self): return 'a shape'
def run(mini_batch):
    return ('a b', None, 0.5, ['f', '0'], {'a': 1}, b'x', 'two\\nlines', Shape(), 'ä')
";
    let expected = "a b\nNone\n0.5\n['f', '0']\n{'a': 1}\nb'x'\ntwo\nlines\na shape\nä\n";
    assert_eq!(Bench::with_files(script, 1).output(), expected);
}

#[test]
fn a_data_frame_writes_itself_and_counts_its_rows() {
    let script = "
import pandas
def run(mini_batch):
    return pandas.DataFrame()
";
    let pandas = "
class DataFrame:
    def __len__(self): return 2
    def to_csv(self, path, sep, header, index): return repr((path, sep, header, index)) + '\\n'
";
    let mut bench = Bench::with_files(script, 3);
    fs::write(bench.path("code/pandas.py"), pandas).unwrap();
    bench.plan.mini_batch_size = 3;
    assert_eq!(bench.output(), "(None, ' ', False, False)\n");
    let progress = bench.record.progress.borrow();
    assert_eq!((progress.rows, progress.succeeded_items, progress.failed_items), (2, 2, 1));
}

#[test]
fn an_error_is_located_in_the_users_code_and_not_in_a_library() {
    let mut bench = Bench::with_files("import json\ndef run(b):\n    return json.loads('{')", 1);
    bench.plan.max_retries = 0;
    let message = bench.failure();
    assert!(message.contains("score.py, line 3: `return json.loads('{')`"), "{message}");
}

#[test]
fn the_script_finds_what_the_cloud_promises() {
    let script = "
import logging, os, sys, argparse
import sibling
from azureml_user.parallel_run import EntryScript
def init():
    global facts
    parser = argparse.ArgumentParser()
    parser.add_argument('--logging_level')
    level = parser.parse_known_args()[0].logging_level
    model = os.environ['AZUREML_MODEL_DIR']
    entry = EntryScript()
    entry.logger.info('through the entry script')
    logging.info('through the root logger')
    print('printed')
    print('complained', file=sys.stderr)
    facts = [level, os.listdir(model), open(os.path.join(model, 'weights.bin')).read(), sibling.NAME,
             os.environ['AZUREML_BI_OUTPUT_PATH'] == entry.output_dir, os.environ['MINE'],
             os.environ['AZUREML_RUN_ID'], entry.agent_name, os.getcwd() == os.path.realpath(entry.working_dir), entry.dir == os.path.dirname(__file__),
             sys.stdin.read()]
def run(mini_batch, context):
    return [[type(mini_batch).__mro__[1].__name__, mini_batch.task_id, context.minibatch_index,
             context.retry_count] + facts]
def shutdown():
    open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'shut-down'), 'w')
";
    let mut bench = Bench::with_files(script, 1);
    fs::write(bench.path("code/sibling.py"), "NAME = 'sibling'").unwrap();
    fs::write(bench.path("weights.bin"), "weights").unwrap();
    bench.plan.model = Some(bench.path("weights.bin"));
    bench.plan.environment_variables = [("MINE", "yes"), ("AZUREML_RUN_ID", "forged")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let expected = "['list', 0, 0, 0, 'Info', ['weights.bin'], 'weights', 'sibling', True, 'yes', 'run', \
                    'process000', True, True, '']\n";
    assert_eq!(bench.output(), expected);
    assert!(bench.path("output/shut-down").exists());
    let stdout = bench.log("logs/user/stdout/0/process000.stdout.txt");
    assert!(stdout.contains("through the root logger") && stdout.contains("printed"), "{stdout}");
    assert_eq!(bench.log("logs/user/stderr/0/process000.stderr.txt"), "complained\n");
    assert!(
        bench.log("logs/user/entry_script_log/0/process000.log.txt").contains("through the entry script")
    );
    assert!(!bench.path("code/__pycache__").exists(), "the code folder stays as it was");
}

#[test]
fn a_script_in_a_sub_folder_is_a_dotted_module() {
    let mut bench = Bench::with_files("", 1);
    fs::create_dir_all(bench.path("code/src")).unwrap();
    fs::write(bench.path("code/src/entry.py"), "def run(mini_batch): return [__name__]").unwrap();
    bench.use_script("src/entry.py");
    assert_eq!(bench.output(), "src.entry\n");
}

#[test]
fn names_of_any_bytes_reach_the_script_and_come_back() {
    let bench =
        Bench::new("import os\ndef run(b): return [os.path.basename(p) for p in b if os.path.isfile(p)]");
    let names: [&[u8]; 4] = [b"with space", b"new\nline", b"\xff\xfe", "ümlaut".as_bytes()];
    for name in names {
        fs::write(bench.path("input").join(OsStr::from_bytes(name)), "").unwrap();
    }
    assert_eq!(bench.run(), JobStatus::Completed);
    let expected = [names[1], b"\n", names[0], b"\n", names[3], b"\n", names[2], b"\n"].concat();
    assert_eq!(fs::read(bench.path("output/predictions.csv")).unwrap(), expected);
}

#[test]
fn every_attempt_is_in_the_table_and_every_error_is_counted() {
    let script = "
import os
def run(mini_batch, context):
    if mini_batch.task_id == 1: raise ValueError('say \"no\", twice' )
    if mini_batch.task_id == 2 and context.retry_count == 0: os._exit(3)
    return [1, 2]
";
    let mut bench = Bench::with_files(script, 3);
    bench.plan.max_retries = 1;
    assert_eq!(bench.output(), "1\n2\n1\n2\n");
    let table = bench.log("logs/sys/job_report/processed_mini-batches.csv");
    let mut rows: Vec<String> = table
        .lines()
        .skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.splitn(11, ',').collect();
            assert_eq!(cells.len(), 11, "{row}");
            [0, 1, 2, 4, 5, 6, 10].map(|column| cells[column]).join(",")
        })
        .collect();
    rows.sort();
    let no = "RUN_EXCEPTION,Script,\"ValueError: say \"\"no\"\", twice\",";
    let expected = [
        "0,1,0/process000,1,1,0,RUN_DONE,,,".to_owned(),
        format!("1,1,0/process000,1,0,1,{no}"),
        format!("1,2,0/process000,1,0,1,{no}"),
        "2,1,0/process000,1,0,1,RUN_EXCEPTION,ProcessExit,\"the worker process ended by itself with exit code 3\","
            .to_owned(),
        "2,2,0/process001,1,1,0,RUN_DONE,,,".to_owned(),
    ];
    assert_eq!(rows, expected);
    let errors = bench.log("logs/user/error.txt");
    assert!(errors.starts_with("Error `ValueError: say \"no\", twice` occurred 2 times.\n"), "{errors}");
}

#[test]
fn large_results_and_many_paths_cross_intact() {
    let mut bench = Bench::with_files("def run(b): return [str(b.task_id) * 3_000_000] * len(b)", 6);
    (bench.plan.mini_batch_size, bench.plan.max_concurrency_per_instance) = (2, 2);
    let output = bench.output();
    let lines: Vec<&str> = output.lines().collect();
    let expected: Vec<String> = [0, 0, 1, 1, 2, 2].map(|n: u8| n.to_string().repeat(3_000_000)).into();
    assert!(lines == expected);

    let mut bench = Bench::new("def run(b): return [len(b)]");
    for number in 0..5000 {
        fs::write(bench.path("input").join(format!("{number:0200}")), "").unwrap();
    }
    bench.plan.mini_batch_size = 5000;
    assert_eq!(bench.output(), "5000\n");
}

#[test]
fn inputs_that_cannot_be_scored_are_named() {
    let bench = Bench::new(ECHO);
    let message = bench.failure();
    assert!(message.contains("contains no files") && message.contains("/input"), "{message}");
    let mut bench = Bench::new(ECHO);
    bench.plan.input = JobInput::File(bench.path("nowhere.csv"));
    assert!(bench.failure().contains("nowhere.csv"));
    let mut bench = Bench::new(ECHO);
    bench.plan.input = JobInput::Url("/no/such/file".to_owned());
    assert!(bench.failure().contains("Cannot fetch the input `/no/such/file`"));
}

#[test]
fn the_secrets_of_an_address_reach_neither_the_log_nor_the_failure() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.plan.input = JobInput::Url("https://user:password@host/file?sig=signature".to_owned());
    let message = bench.failure();
    assert!(message.contains("Cannot fetch the input `https://host/file`"), "{message}");
    let log = bench.log("logs/azureml/executionlogs.txt");
    assert!(log.contains("Fetching the input https://host/file"), "{log}");
    for text in [message, log, bench.log(JOB_ERROR)] {
        assert!(!text.contains("password") && !text.contains("signature"), "{text}");
    }
}

#[test]
fn a_single_file_is_one_mini_batch_for_one_worker() {
    let mut bench = Bench::with_files(ECHO, 3);
    bench.plan.max_concurrency_per_instance = 4;
    bench.plan.input = JobInput::Url(bench.path("input/0002").display().to_string());
    assert_eq!(bench.output(), "0002\n");
    assert!(!bench.path("job/logs/logs/user/stdout/0/process001.stdout.txt").exists());
}

#[test]
fn a_missing_python_is_told_in_one_sentence() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.settings.python = Some(PathBuf::from("/no/such/python"));
    assert!(bench.failure().starts_with("No Python was found: there is no `/no/such/python`"));
    bench.plan.environment.conda_file = Some("dependencies: []".to_owned());
    assert!(bench.failure().starts_with("No Python was found: `/no/such/python` does not run"));
}

#[test]
fn cancelling_ends_every_process_within_two_seconds() {
    let script = "
import os, signal, subprocess, time
def run(mini_batch):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(['sleep', '1000'])
    folder = os.environ['AZUREML_BI_OUTPUT_PATH']
    with open(os.path.join(folder, 'unfinished'), 'w') as f:
        f.write('%d %d' % (os.getpid(), child.pid))
    os.rename(os.path.join(folder, 'unfinished'), os.path.join(folder, 'pids'))
    time.sleep(1000)
";
    let mut bench = Bench::with_files(script, 1);
    bench.record.cancel_when = Some(bench.path("output/pids"));
    assert_eq!(bench.run(), JobStatus::Canceled);
    let deadline = bench.record.cancelled_at.get().unwrap() + Duration::from_secs(2);
    assert_eq!(bench.record.statuses.borrow().last(), Some(&JobStatus::Canceled));
    for pid in fs::read_to_string(bench.path("output/pids")).unwrap().split(' ') {
        assert!(ends_before(deadline, pid), "process {pid} is still there");
    }
    assert!(!bench.path("output/predictions.csv").exists());
}

#[test]
fn a_process_left_behind_by_a_worker_is_ended_with_it() {
    let script = "
import os, subprocess
def run(mini_batch):
    return [subprocess.Popen(['sleep', '1000']).pid]
";
    let bench = Bench::with_files(script, 1);
    assert!(ends_before(Instant::now() + Duration::from_secs(10), &bench.output()));
}

#[test]
fn a_shutdown_that_hangs_does_not_hold_the_result() {
    let mut bench = Bench::with_files(&format!("{ECHO}\nimport time\ndef shutdown(): time.sleep(1000)"), 1);
    bench.plan.timeout_seconds = 0;
    bench.settings.overhead_allowance = Duration::from_millis(500);
    assert_eq!(bench.output(), "0000\n");
}

#[test]
fn a_script_that_forks_answers_once() {
    let script = "
import os
def run(mini_batch):
    child = os.fork()
    if child: os.waitpid(child, 0)
    return [os.path.basename(path) for path in mini_batch]
";
    assert_eq!(Bench::with_files(script, 5).output(), names(5));
}

#[test]
fn a_supervisor_is_alive_from_its_launch_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!supervisor::is_alive(folder.path()));
    let lock = supervisor::SupervisorLock::acquire(folder.path()).unwrap();
    assert!(supervisor::is_alive(folder.path()));
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    lock.launch(
        Path::new("/bin/sh"),
        &["-c".into(), format!("cat < {}; echo done", fifo.display()).into()],
        &[],
    )
    .unwrap();
    assert!(supervisor::is_alive(folder.path()));
    // Opening the other end and closing it lets the process end.
    drop(fs::OpenOptions::new().write(true).open(&fifo).unwrap());
    let deadline = Instant::now() + Duration::from_secs(10);
    while supervisor::is_alive(folder.path()) {
        assert!(Instant::now() < deadline, "the supervisor has not ended");
        std::thread::yield_now();
    }
    assert_eq!(fs::read_to_string(folder.path().join("supervisor.log")).unwrap(), "done\n");
}
