//! Scripts that do to their own process what no script should: what follows is theirs alone, and the job goes on.
//!
//! Signals that are ignored are in `mini_batches`, descriptors that are not the script's in `hardships`.

use super::*;

#[test]
fn a_script_that_takes_the_workers_tools_away_scores_all_the_same_and_its_failures_are_told() {
    let bench = Case {
        script: "
import builtins, json
def init():
    json.dumps = json.loads = builtins.print = None
    time.time = time.sleep = time.perf_counter_ns = time.perf_counter = None
def run(mini_batch):
    if first_time('raised'): raise ValueError('without tools')
    return names(mini_batch)
def shutdown(): note('ended', 'well')
",
        files: 2,
        output: Some(&names(2)),
        counts: Counts { done: 2, retried: 1, succeeded: 2, ..Counts::default() },
        logged: &["attempt 1 of 4, worker 0/process000: ValueError: without tools"],
        ..Case::default()
    }
    .holds();
    assert_eq!(fs::read_to_string(bench.path("ended")).unwrap(), "well\n");
    assert_eq!(bench.log("logs/user/stderr/0/process000.stderr.txt"), "");
}

#[test]
fn a_result_that_lies_about_its_length_is_believed_up_to_the_number_of_files() {
    Case {
        script: "
class Liar(list):
    length = 1 << 62
    def __len__(self): return self.length
def run(mini_batch):
    result = Liar(names(mini_batch))
    if mini_batch.task_id == 5: result.length = -1
    if mini_batch.task_id == 6: result.length = 0
    return result
",
        files: 7,
        deployment: &|bench| bench.plan.max_retries = 0,
        output: Some("0000\n0001\n0002\n0003\n0004\n0006\n"),
        counts: Counts { done: 6, given_up: 1, succeeded: 5, failed: 2, ..Counts::default() },
        logged: &["ValueError: __len__() should return >= 0"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn an_exception_that_ends_the_process_when_it_is_looked_at_is_told_as_far_as_it_can_be() {
    Case {
        script: "
class Leaving(Exception):
    def __str__(self): sys.exit('never asked')
    __repr__ = __str__
class Interrupting(Exception):
    def __str__(self): raise KeyboardInterrupt
class Name:
    def __str__(self): sys.exit('never asked')
class Killing(Exception):
    def __str__(self): os._exit(9)
ERRORS = [Leaving(), Interrupting(), SyntaxError('no', (Name(), 1, 1, 'text')), Killing()]
def run(mini_batch, context):
    if context.retry_count == 0: raise ERRORS[mini_batch.task_id]
    return names(mini_batch)
",
        files: 4,
        output: Some(&names(4)),
        counts: Counts { done: 4, retried: 4, succeeded: 4, ..Counts::default() },
        logged: &[
            "attempt 1 of 4, worker 0/process000: score.Leaving: <",
            "attempt 1 of 4, worker 0/process000: score.Interrupting: <",
            "attempt 1 of 4, worker 0/process000: SyntaxError; trying it again",
            "attempt 1 of 4, worker 0/process000: the worker process ended by itself with exit code 9",
        ],
        ..Case::default()
    }
    .holds();
}

#[test]
fn an_exit_by_any_name_is_a_failure_of_init() {
    for (exit, told) in [
        ("sys.exit(0)", "SystemExit: 0"),
        ("exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit('no more')", "GeneratorExit: no more"),
    ] {
        Case {
            script: &format!("def init(): {exit}\ndef run(mini_batch): return names(mini_batch)"),
            ends: JobStatus::Failed,
            told: &["In the worker init() failed, 3 times in a row", told],
            ..Case::default()
        }
        .holds();
    }
}

#[test]
fn recursion_without_end_in_the_code_or_in_a_row_is_an_exception_like_any_other() {
    let bench = Case {
        script: "
def deeper(depth): return deeper(depth + 1)
def run(mini_batch):
    nested = []
    if mini_batch.task_id == 0: deeper(0)
    if mini_batch.task_id == 1:
        for _ in range(100_000): nested = [nested]
    return [nested]
",
        files: 3,
        deployment: &|bench| bench.plan.max_retries = 0,
        output: Some("[]\n"),
        counts: Counts { done: 1, given_up: 2, succeeded: 1, failed: 2, ..Counts::default() },
        logged: &[
            "Mini-batch 0 (first file `0000`) failed, attempt 1 of 1, worker 0/process000: RecursionError",
            "Mini-batch 1 (first file `0001`) failed, attempt 1 of 1, worker 0/process000: RecursionError",
        ],
        ..Case::default()
    }
    .holds();
    let traceback = bench.log("logs/user/error/0/process000.txt");
    assert!(traceback.len() < 20_000, "a thousand frames are told one by one: {}", traceback.len());
}

#[test]
fn a_worker_that_left_its_process_group_is_killed_at_the_time_limit_all_the_same() {
    let bench = Case {
        script: "
def run(mini_batch):
    if first_time('hang'):
        os.setpgid(0, os.getpgid(os.getppid()))
        note('pid', str(os.getpid()))
        time.sleep(1000)
    return names(mini_batch)
",
        deployment: &|bench| bench.limit(Duration::from_millis(700)),
        output: Some("0000\n"),
        counts: Counts { done: 1, retried: 1, succeeded: 1, ..Counts::default() },
        logged: &["run() did not return within its time limit of 0.7 seconds"],
        ..Case::default()
    }
    .holds();
    assert!(!is_running(&fs::read_to_string(bench.path("pid")).unwrap()));
}

#[test]
fn children_that_stay_raise_or_leave_in_run_answer_for_nobody_and_end_with_their_worker() {
    let bench = Case {
        script: "
def run(mini_batch):
    child = os.fork()
    if child == 0:
        if mini_batch.task_id == 0: time.sleep(1000)
        if mini_batch.task_id == 1: raise ValueError('in the child')
        sys.exit('the child leaves')
    note('children', str(child))
    return names(mini_batch)
",
        files: 3,
        deployment: &|bench| bench.plan.max_retries = 0,
        output: Some(&names(3)),
        counts: Counts { done: 3, succeeded: 3, ..Counts::default() },
        ..Case::default()
    }
    .holds();
    let children = fs::read_to_string(bench.path("children")).unwrap();
    assert_eq!(children.lines().count(), 3);
    let deadline = Instant::now() + Duration::from_secs(10);
    assert!(children.lines().all(|child| ends_before(deadline, child)), "{children}");
}

#[test]
fn processes_of_multiprocessing_find_the_entry_script_however_they_are_started() {
    Case {
        script: "
import multiprocessing
from azureml_user.parallel_run import EntryScript
def ask(_): return EntryScript().agent_name, EntryScript().output_dir == os.environ['AZUREML_BI_OUTPUT_PATH']
def run(mini_batch):
    answers = []
    for method in ('spawn', 'forkserver', 'fork'):
        with multiprocessing.get_context(method).Pool(1) as pool:
            answers += [(method, *answer) for answer in pool.map(ask, [0])]
    return answers
",
        output: Some(
            "('spawn', 'process000', True)\n('forkserver', 'process000', True)\n('fork', 'process000', True)\n",
        ),
        counts: Counts { done: 1, succeeded: 1, ..Counts::default() },
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_script_without_standard_streams_is_scored_and_its_failures_are_told() {
    for without in [
        "[os.close(number) for number in range(3)]",
        "os.closerange(0, 3); open(os.path.join(HERE, 'takes-a-number'), 'w')",
        "sys.stdin.close(); sys.stdout.close(); sys.stderr.close()",
        "sys.stdin = sys.stdout = sys.stderr = None",
        "sys.stdout = sys.stderr = object()",
    ] {
        Case {
            script: &format!(
                "
def init():
    {without}
def run(mini_batch):
    if first_time('raised'): raise ValueError('without a word')
    return names(mini_batch)
"
            ),
            files: 2,
            output: Some(&names(2)),
            counts: Counts { done: 2, retried: 1, succeeded: 2, ..Counts::default() },
            logged: &["attempt 1 of 4, worker 0/process000: ValueError: without a word"],
            ..Case::default()
        }
        .holds();
    }
}

#[test]
fn what_a_script_prints_is_logged_as_it_is_whether_it_is_text_or_not() {
    let bench = Case {
        script: r"
def run(mini_batch):
    os.write(1, b'\xff\xfe raw\n')
    sys.stdout.buffer.write(b'\x80 in a buffer\n')
    print('\ud800 in a string')
    os.write(2, b'last \xff words\n')
    if first_time('died'): os._exit(3)
    return names(mini_batch)
",
        output: Some("0000\n"),
        counts: Counts { done: 1, retried: 1, succeeded: 1, ..Counts::default() },
        ..Case::default()
    }
    .holds();
    let user = bench.path("job/logs/logs/user");
    for process in ["process000", "process001"] {
        let printed = fs::read(user.join(format!("stdout/0/{process}.stdout.txt"))).unwrap();
        assert_eq!(printed, b"\xff\xfe raw\n\x80 in a buffer\n\\ud800 in a string\n");
        assert_eq!(
            fs::read(user.join(format!("stderr/0/{process}.stderr.txt"))).unwrap(),
            b"last \xff words\n"
        );
    }
    let told = bench.log("logs/user/error/0/process000.txt");
    assert!(told.contains("exit code 3\nlast \u{fffd} words\n"), "{told}");
}

#[test]
fn rows_are_written_byte_for_byte_and_those_that_are_no_bytes_fail_their_mini_batch() {
    let script = r"
ROWS = ['\udcff of a name', 'a\nb\r\n', 'nul \0 and \u2028', '\ud800 of no name']
def run(mini_batch): return [ROWS[mini_batch.task_id]]
";
    let mut bench = Bench::with_files(script, 4);
    bench.plan.max_retries = 0;
    assert_eq!(bench.run(), JobStatus::Completed);
    let expected = [b"\xff of a name\n" as &[u8], b"a\nb\r\n\n", "nul \0 and \u{2028}\n".as_bytes()].concat();
    assert_eq!(fs::read(bench.path("output/predictions.csv")).unwrap(), expected);
    assert_eq!(bench.record.progress.borrow().failed_items, 1);
    let log = bench.log("logs/azureml/executionlogs.txt");
    assert!(log.contains("Mini-batch 3 (first file `0003`) failed"), "{log}");
    assert!(log.contains("UnicodeEncodeError"), "{log}");
}

#[test]
fn a_message_that_is_no_text_is_told_with_its_escapes() {
    Case {
        script: r"def run(mini_batch): raise ValueError('\ud800 and \udcff')",
        deployment: &|bench| bench.plan.max_retries = 0,
        ends: JobStatus::Failed,
        counts: Counts { given_up: 1, failed: 1, ..Counts::default() },
        told: &[r"ValueError: \ud800 and \udcff"],
        ..Case::default()
    }
    .holds();
}
