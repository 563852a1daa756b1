//! Whole jobs on a bad day: full disks, scripts that do odd things, processes that die or do not want to.

use super::*;

#[test]
fn rows_that_cannot_be_written_fail_the_job_and_count_as_no_attempt() {
    let script = "
import os, resource
def run(mini_batch):
    if mini_batch.task_id == 1: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
    return ['x' * 10_000]
";
    let bench = Bench::with_files(script, 3);
    let message = bench.failure();
    assert!(message.starts_with("Cannot write `") && message.ends_with("File too large"), "{message}");
    assert!(message.contains("/segments/0`"), "{message}");
    assert_eq!(bench.record.error.borrow().as_ref().unwrap().code, "SystemError");
    assert_eq!(bench.record.progress.borrow().retried, 0);
}

#[test]
fn a_worker_that_ends_well_loses_nothing_and_waits_for_no_pool() {
    let script = "
import concurrent.futures, os
def twice(text): return text * 2
def init():
    global pool, notes
    pool = concurrent.futures.ProcessPoolExecutor(2)
    notes = open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'notes'), 'w')
def run(mini_batch):
    notes.write('scored')
    return list(pool.map(twice, ['a']))
";
    let bench = Bench::with_files(script, 1);
    let began = Instant::now();
    assert_eq!(bench.output(), "aa\n");
    assert_eq!(fs::read_to_string(bench.path("output/notes")).unwrap(), "scored");
    assert!(!bench.log("logs/azureml/executionlogs.txt").contains("did not end in time"));
    assert!(began.elapsed() < Duration::from_secs(15), "it took {:?}", began.elapsed());
}

#[test]
fn a_thread_that_never_ends_is_not_waited_for_long() {
    let script = format!(
        "{ECHO}\nimport threading, time\ndef init(): threading.Thread(target=time.sleep, args=[1000]).start()"
    );
    let mut bench = Bench::with_files(&script, 1);
    bench.plan.timeout_seconds = 0;
    bench.settings.overhead_allowance = Duration::from_secs(2);
    assert_eq!(bench.output(), "0000\n");
    assert!(!bench.log("logs/azureml/executionlogs.txt").contains("did not end in time"));
}

#[test]
fn a_model_is_found_by_scripts_that_walk() {
    let script = "
import os, pathlib
def run(mini_batch):
    model = os.environ['AZUREML_MODEL_DIR']
    walked = [name for _, _, names in os.walk(model) for name in names]
    return [walked, [path.name for path in pathlib.Path(model).rglob('*.pkl')], os.listdir(model)]
";
    for folder in ["models", "models/alone"] {
        let mut bench = Bench::with_files(script, 1);
        fs::create_dir_all(bench.path(folder).join("net/sub")).unwrap();
        fs::write(bench.path(folder).join("net/sub/m.pkl"), "").unwrap();
        fs::write(bench.path("models/other"), "").unwrap();
        bench.plan.model = Some(bench.path(folder).join("net"));
        assert_eq!(bench.output(), "['m.pkl']\n['m.pkl']\n['net']\n", "{folder}");
    }
}

#[test]
fn a_worker_that_is_ready_too_late_costs_no_mini_batch_an_attempt() {
    let mut bench = Bench::with_files(ECHO, 1);
    (bench.plan.max_retries, bench.plan.timeout_seconds) = (0, 0);
    bench.settings.overhead_allowance = Duration::from_secs(1);
    bench.record.first_look.set(Duration::from_millis(1500));
    assert_eq!(bench.output(), "0000\n");
    assert!(bench.log("logs/azureml/executionlogs.txt").contains("0/process000 failed before it was ready"));
}

#[test]
fn room_is_kept_for_the_end_of_the_job() {
    let mut bench = Bench::with_files(ECHO, 1);
    bench.record.reserve = Some(bench.path("job/reserve"));
    assert_eq!(bench.output(), "0000\n");
    assert!(!bench.path("job/segments").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_dead_worker_leaves_behind_is_removed() {
    let script = "
import os
def run(mini_batch, context):
    if mini_batch.task_id == 1 and context.retry_count == 0:
        # What a write that was cut off leaves.
        for fd in os.listdir('/proc/self/fd'):
            if '/segments/' in link(fd): os.write(int(fd), b'tail')
        os._exit(3)
    return [os.path.basename(path) for path in mini_batch]
def link(fd):
    try: return os.readlink('/proc/self/fd/' + fd)
    except OSError: return ''
";
    // A job that fails at its very end keeps its segments.
    let shutdown = "
def shutdown(): open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'predictions.csv'), 'w')
";
    let bench = Bench::with_files(&format!("{script}{shutdown}"), 3);
    assert!(bench.failure().contains("exists already"));
    assert_eq!(fs::read(bench.path("job/segments/0")).unwrap(), b"0000\n");
    assert_eq!(fs::read(bench.path("job/segments/1")).unwrap(), b"0001\n0002\n");
}

#[test]
fn a_mistake_of_the_worker_program_ends_the_worker() {
    let script = "
import sys, threading, time
def init():
    sys.modules['__main__'].failure = None
    threading.Thread(target=time.sleep, args=[1000]).start()
def run(mini_batch): raise ValueError
";
    let mut bench = Bench::with_files(script, 1);
    bench.plan.max_retries = 0;
    let message = bench.failure();
    assert!(
        message.contains("exit code 1") && message.contains("'NoneType' object is not callable"),
        "{message}"
    );
}

#[test]
fn odd_errors_are_told_like_any_other() {
    let long = "'".to_owned() + &"z".repeat(3_000_000) + "'";
    for (statement, told) in [
        ("e = ValueError('the cause'); e.__notes__ = ['a note']; raise e", "ValueError: the cause"),
        (&format!("raise ValueError('the cause', {long}[:0])"), "ValueError: ('the cause', '')"),
        ("raise SyntaxError('the cause', ('f', '7', 1, 't'))", "SyntaxError"),
        ("raise SyntaxError('the cause', ('f', -1, 1, 't'))", "SyntaxError: the cause"),
        ("raise SyntaxError('the cause', (b'f', 1 << 99, 1, b't'))", "SyntaxError"),
    ] {
        let mut bench = Bench::with_files(&format!("def run(b): {statement}"), 1);
        (bench.plan.max_retries, bench.plan.error_threshold) = (0, 0);
        let message = bench.failure();
        assert!(
            message.contains(told) && message.len() < 2000,
            "{told}: {}",
            &message[..message.len().min(2000)]
        );
    }
}

#[test]
fn a_script_that_closes_what_it_did_not_open_is_told_so() {
    for (function, script) in [
        ("init()", "import os\ndef init(): os.closerange(3, 200)\ndef run(b): return b"),
        ("run()", "import os\ndef run(b):\n    os.closerange(3, 200)\n    return b"),
    ] {
        let mut bench = Bench::with_files(script, 1);
        bench.plan.max_retries = 0;
        let message = bench.failure();
        let told = format!("{function} closed the descriptors of the worker process");
        assert!(message.contains(&told), "{message}");
    }
}

#[test]
fn a_child_that_comes_back_from_init_is_no_worker() {
    let bench = Bench::with_files(&format!("{ECHO}\ndef init():\n    if os.fork(): os.wait()"), 5);
    assert_eq!(bench.output(), names(5));
}

#[test]
fn a_script_may_write_to_its_log_folder_at_once() {
    let script = "
import os
from azureml_user.parallel_run import EntryScript
def init(): open(os.path.join(EntryScript().log_dir, 'mine.txt'), 'w').write('mine')
def run(mini_batch): return [os.environ['PYTHONUTF8']]
";
    let mut bench = Bench::with_files(script, 1);
    assert_eq!(bench.output(), "1\n");
    assert_eq!(bench.log("logs/user/entry_script_log/0/mine.txt"), "mine");
    fs::remove_file(bench.path("output/predictions.csv")).unwrap();
    bench.plan.environment_variables.insert("PYTHONUTF8".to_owned(), "0".to_owned());
    assert_eq!(bench.output(), "0\n", "the deployment's own value counts");
}

#[test]
fn the_error_logs_do_not_grow_with_every_traceback() {
    let bench = Bench::with_files(ECHO, 1);
    let logs = logs::JobLogs::create(&bench.path("job"), false).unwrap();
    let reporter = reporter::Reporter::new(&bench.plan, &logs, &bench.record, 0);
    let worker = worker::WorkerIdentity { sequence: 0, node: 0, process: 0 };
    let report = worker::ScriptReport {
        phase: worker::ScriptPhase::Run,
        class: "ValueError".to_owned(),
        error: "ValueError: no".to_owned(),
        traceback: "Traceback".to_owned(),
        location: None,
    };
    let flaw = failure::Flaw::Failed(failure::WorkerFailure::Script(report));
    let note = dispatcher::Note::AttemptFailed {
        witness: failure::Witness { worker, mini_batch: 0, flaw },
        attempt: 1,
        given_up: false,
    };
    for _ in 0..reporter::FAILURE_LINES + 5 {
        reporter.note(&note, None);
    }
    let errors = bench.log("logs/user/error/0/process000.txt");
    assert_eq!(errors.matches("Traceback").count(), reporter::FAILURE_LINES as usize);
    assert_eq!(errors.matches("ValueError: no").count(), 5);
}

/// Runs one test of this program in a process of its own, as a supervisor is one.
#[cfg(target_os = "linux")]
fn in_own_process(test: &str, folder: &Path) -> std::process::Child {
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", &format!("local::engine::tests::hardships::{test}")])
        .env("AZML_TEST_FOLDER", folder)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "part of other tests: needs a process of its own"]
fn supervised() {
    #[expect(clippy::disallowed_methods, reason = "told by the test that started this process")]
    let var_os = std::env::var_os::<&str>;
    let folder = PathBuf::from(var_os("AZML_TEST_FOLDER").unwrap());
    let script = format!("FOLDER = {folder:?}\n{}", fs::read_to_string(folder.join("script.py")).unwrap());
    let mut bench = Bench::with_files(&script, 1);
    bench.settings.owns_process = true;
    // Where the test that started this one finds it.
    fs::remove_dir(bench.path("job")).unwrap();
    fs::create_dir(folder.join("job")).unwrap();
    std::os::unix::fs::symlink(folder.join("job"), bench.path("job")).unwrap();
    assert_eq!(bench.output(), "done\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_left_its_group_ends_with_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
import os, subprocess
def run(mini_batch):
    child = subprocess.Popen(['sleep', '1000'], start_new_session=True)
    with open(os.path.join(FOLDER, 'pid'), 'w') as f: f.write(str(child.pid))
    return ['done']
";
    fs::write(folder.path().join("script.py"), script).unwrap();
    assert!(in_own_process("supervised", folder.path()).wait().unwrap().success());
    assert!(!is_running(&fs::read_to_string(folder.path().join("pid")).unwrap()));
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_supervisor_left_behind_is_ended_later() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
import os, subprocess, time
def run(mini_batch, context):
    if context.retry_count == 0: raise ValueError('before the kill')
    child = subprocess.Popen(['sleep', '1000'])
    with open(os.path.join(FOLDER, 'new'), 'w') as f: f.write(str(child.pid))
    os.rename(os.path.join(FOLDER, 'new'), os.path.join(FOLDER, 'pid'))
    time.sleep(1000)
";
    fs::write(folder.path().join("script.py"), script).unwrap();
    let mut supervisor = in_own_process("supervised", folder.path());
    while !folder.path().join("pid").exists() {
        assert_eq!(supervisor.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(is_running(&pid), "its own group keeps it");
    drop(supervisor::take_over(&folder.path().join("job")));
    assert!(ends_before(Instant::now() + Duration::from_secs(10), &pid));
    assert!(!folder.path().join("job/workers").exists());
    let errors = fs::read_to_string(folder.path().join("job/logs/logs/errors.jsonl")).unwrap();
    assert!(errors.contains("before the kill") && errors.ends_with("}\n"), "{errors}");
}

#[test]
fn what_only_a_running_job_needs_goes_with_it_and_its_rows_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["work/0", "model/m", "downloads", "segments", "logs"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    for name in
        ["work/0/big", "model/m/weights", "downloads/input", "segments/0", "output.unfinished", "reserve"]
    {
        fs::write(at(name), "x").unwrap();
    }
    let lock = supervisor::SupervisorLock::acquire(folder.path()).unwrap();
    drop(lock);
    drop(supervisor::take_over(folder.path()));
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["logs", "segments", "supervisor.lock"]);
    assert!(at("segments/0").is_file());
}

/// Calls of `run()`, one line each, in the bench's folder of logs.
const COUNTED: &str = "
import os, resource
def run(mini_batch):
    with open('CALLS', 'a') as calls: calls.write('%d\\n' % mini_batch.task_id)
    return [os.path.basename(path) for path in mini_batch]
";

#[test]
fn a_job_whose_disk_was_full_goes_on_where_it_stopped() {
    let mut bench = Bench::with_files("", 4);
    let (calls, full) = (bench.path("calls"), bench.path("full"));
    let script = COUNTED.replace("CALLS", calls.to_str().unwrap());
    let limit = format!(
        "    if os.path.exists({full:?}) and mini_batch.task_id == 2: resource.setrlimit(resource.RLIMIT_FSIZE, (12, 12))\n    return"
    );
    fs::write(bench.path("code/score.py"), script.replacen("    return", &limit, 1)).unwrap();
    bench.plan.logging_level = "debug".to_owned();
    fs::write(&full, "").unwrap();
    assert!(bench.failure().ends_with("File too large"));
    assert_eq!(fs::read_to_string(&calls).unwrap(), "0\n1\n2\n");
    assert!(bench.path("job/logs/logs/job_error.txt").exists());

    fs::remove_file(&full).unwrap();
    // As if the disk had cut off a row of the table.
    let table = bench.path("job/logs/logs/sys/job_report/processed_mini-batches.csv");
    let rows = fs::read_to_string(&table).unwrap();
    fs::write(&table, format!("{rows}2,1,0/proc")).unwrap();
    assert_eq!(bench.output(), names(4));
    assert_eq!(fs::read_to_string(&calls).unwrap(), "0\n1\n2\n2\n3\n", "a finished mini-batch ran again");
    assert!(bench.log("logs/azureml/executionlogs.txt").contains("2 of 4 mini batches are settled"));
    let resumed = fs::read_to_string(&table).unwrap();
    assert!(resumed.starts_with(&rows) && !resumed.contains("2,1,0/proc2"), "{resumed}");
    assert_eq!((resumed.matches("Mini-batch Id").count(), resumed.lines().count()), (1, 5), "{resumed}");
    let nodes = bench.log("logs/sys/job_report/node_summary.csv");
    assert!(nodes.contains("\n0,4,0,4,4,0,"), "the work before and after is not summed up: {nodes}");
    assert!(!bench.path("job/logs/logs/job_error.txt").exists(), "the job has an error no more");
    let progress = bench.record.progress.borrow();
    assert_eq!((progress.done, progress.succeeded_items, progress.rows, progress.items), (4, 4, 4, 4));
}

#[test]
fn an_output_file_that_an_earlier_supervisor_made_is_the_jobs_own() {
    // What lies there when a supervisor dies between the last step and its record.
    for (rows, is_own) in [("0000\\n0001\\n", true), ("0000\\nOther\\n", false), ("0000\\n", false)] {
        let bench = Bench::with_files("", 2);
        let calls = bench.path("calls");
        let shutdown = format!(
            "\ndef shutdown(): open(os.path.join(os.environ['AZUREML_BI_OUTPUT_PATH'], 'predictions.csv'), 'w').write('{rows}')"
        );
        let script = COUNTED.replace("CALLS", calls.to_str().unwrap()) + &shutdown;
        fs::write(bench.path("code/score.py"), script).unwrap();
        assert!(bench.failure().contains("exists already"), "nobody was here before");
        match is_own {
            true => assert_eq!(bench.output(), names(2)),
            false => {
                assert!(bench.failure().contains("exists already"), "{rows} was taken for the job's own")
            }
        }
        assert_eq!(fs::read_to_string(&calls).unwrap(), "0\n1\n", "a finished mini-batch ran again");
        let left: Vec<_> = fs::read_dir(bench.path("output")).unwrap().collect();
        assert_eq!(left.len(), 1, "something was left behind: {left:?}");
    }
}
