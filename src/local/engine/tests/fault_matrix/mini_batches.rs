//! What may happen to a mini-batch and to the worker it is in; how its tries are counted.

use super::*;

#[test]
fn a_run_that_raises_whatever_it_is_gives_its_whole_mini_batch_back_and_its_worker_goes_on() {
    let bench = Case {
        script: "
ERRORS = [ValueError('no'), KeyboardInterrupt('no'), SystemExit('no'), GeneratorExit('no'), RecursionError('no')]
class Odd(BaseException): pass
def init(): note('inits', str(os.getpid()))
def run(mini_batch, context):
    if context.retry_count == 0: raise (ERRORS + [Odd('no')])[context.minibatch_index]
    return names(mini_batch)
",
        files: 12,
        deployment: &|bench| bench.plan.mini_batch_size = 2,
        output: Some(&names(12)),
        counts: Counts { done: 6, retried: 6, succeeded: 12, ..Counts::default() },
        logged: &[
            "Mini-batch 0 (first file `0000`) failed, attempt 1 of 4, worker 0/process000: ValueError: no",
            "Mini-batch 2 (first file `0004`) failed, attempt 1 of 4, worker 0/process000: SystemExit: no",
            "score.Odd: no (score.py, line 17: `if context.retry_count == 0: raise",
            "trying it again, see logs/user/error/0/process000.txt",
        ],
        ..Case::default()
    }
    .holds();
    assert_eq!(fs::read_to_string(bench.path("inits")).unwrap().lines().count(), 1, "init() ran again");
    let errors = bench.log("logs/user/error/0/process000.txt");
    assert_eq!(errors.matches("Traceback (most recent call last)").count(), 6, "{errors}");
    assert!(!errors.contains("worker.py"), "frames that are not the user's: {errors}");
}

#[test]
fn a_worker_with_more_than_ten_failures_is_replaced_and_its_shutdown_is_not_called() {
    let bench = Case {
        script: "
from azureml_user.parallel_run import EntryScript
def run(mini_batch):
    if mini_batch.task_id < 11: raise ValueError('no')
    return [EntryScript().agent_name]
def shutdown(): note('ended', EntryScript().agent_name)
",
        files: 13,
        deployment: &|bench| bench.plan.max_retries = 0,
        output: Some("process001\nprocess001\n"),
        counts: Counts { done: 2, given_up: 11, succeeded: 2, failed: 11, ..Counts::default() },
        logged: &["Worker 0/process000 is gone and will be replaced"],
        ..Case::default()
    }
    .holds();
    assert_eq!(fs::read_to_string(bench.path("ended")).unwrap(), "process001\n");
}

#[test]
fn a_wrong_return_type_is_an_exception_like_any_other() {
    Case {
        script: "def run(mini_batch, context): return names(mini_batch) if context.retry_count else None",
        output: Some("0000\n"),
        counts: Counts { done: 1, retried: 1, succeeded: 1, ..Counts::default() },
        logged: &["attempt 1 of 4", "The actual type of output is NoneType.; trying it again"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_run_that_takes_longer_than_timeout_and_allowance_is_killed_and_tried_in_a_new_process() {
    let bench = Case {
        script: "
def init(): note('inits', str(os.getpid()))
def run(mini_batch):
    if mini_batch.task_id == 1 and first_time('hang'):
        for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM): signal.signal(kind, signal.SIG_IGN)
        print('about to hang')
        time.sleep(1000)
    return names(mini_batch)
",
        files: 3,
        deployment: &|bench| {
            bench.plan.timeout_seconds = 1;
            bench.settings.overhead_allowance = Duration::from_millis(250);
        },
        output: Some(&names(3)),
        counts: Counts { done: 3, retried: 1, succeeded: 3, ..Counts::default() },
        logged: &[
            "time limit 1 seconds (1 + 0 allowance)",
            "failed, attempt 1 of 4, worker 0/process000: run() did not return within its time limit of 1.25 seconds",
        ],
        ..Case::default()
    }
    .holds();
    let inits = fs::read_to_string(bench.path("inits")).unwrap();
    assert_eq!(inits.lines().count(), 2, "the new process has its own init()");
    assert!(!is_running(inits.lines().next().unwrap()));
    assert!(bench.log("logs/user/stdout/0/process000.stdout.txt").contains("about to hang"));
    let table = bench.log("logs/sys/job_report/processed_mini-batches.csv");
    assert!(table.contains(",RUN_TIMEOUT,TimeLimit,"), "{table}");
}

#[test]
fn a_worker_that_dies_however_it_dies_costs_one_attempt_and_is_replaced() {
    for (death, how) in [
        ("os._exit(3)", "the worker process ended by itself with exit code 3"),
        ("os._exit(0)", "the worker process ended by itself with exit code 0"),
        // As the kernel does when memory runs out.
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "the worker process was killed by signal 9 (often: the machine ran out of memory)",
        ),
        ("os.kill(os.getpid(), signal.SIGTERM)", "the worker process was killed by signal 15"),
        (
            "import ctypes; ctypes.string_at(0)",
            "the worker process crashed with signal 11 (segmentation fault)",
        ),
        ("os.abort()", "the worker process was killed by signal 6"),
    ] {
        let script = format!(
            "
def run(mini_batch):
    if mini_batch.task_id == 20 and first_time('death'):
        sys.stderr.write('farewell')
        {death}
    return names(mini_batch)
"
        );
        let bench = Case {
            script: &script,
            files: 40,
            output: Some(&names(40)),
            counts: Counts { done: 40, retried: 1, succeeded: 40, ..Counts::default() },
            logged: &[how, "Worker 0/process000 is gone and will be replaced"],
            ..Case::default()
        }
        .holds();
        let errors = bench.log("logs/user/error/0/process000.txt");
        assert!(errors.contains(how) && errors.contains("farewell"), "{death}: {errors}");
    }
}

#[test]
fn a_crash_in_a_library_is_told_with_the_line_of_the_script_it_happened_in() {
    Case {
        script: "
import ctypes
def run(mini_batch):
    ctypes.string_at(0)
",
        deployment: &|bench| bench.plan.max_retries = 0,
        ends: JobStatus::Failed,
        counts: Counts { given_up: 1, failed: 1, ..Counts::default() },
        told: &["signal 11 (segmentation fault)", "score.py\", line 15 in run"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_script_that_gets_no_more_memory_raises_and_its_worker_goes_on() {
    Case {
        script: "
import resource
def run(mini_batch):
    before = resource.getrlimit(resource.RLIMIT_AS)
    if first_time('greed'):
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, before[1]))
        try: bytearray(1 << 40)
        finally: resource.setrlimit(resource.RLIMIT_AS, before)
    return names(mini_batch)
",
        output: Some("0000\n"),
        counts: Counts { done: 1, retried: 1, succeeded: 1, ..Counts::default() },
        logged: &["worker 0/process000: MemoryError"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_node_that_is_lost_costs_only_what_it_was_at() {
    Case {
        script: "
def run(mini_batch):
    if NODE == '1' and first_time('lost'): os.killpg(0, signal.SIGKILL)
    # Both nodes have work until one is lost.
    while not os.path.exists(os.path.join(HERE, 'first-lost')): time.sleep(0.001)
    return names(mini_batch)
",
        files: 20,
        deployment: &|bench| bench.plan.instance_count = 2,
        output: Some(&names(20)),
        counts: Counts { done: 20, retried: 1, succeeded: 20, ..Counts::default() },
        logged: &["Worker 1/process000 is gone and will be replaced"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_mini_batch_without_tries_left_has_failed_files_and_no_rows_and_the_job_goes_on() {
    let bench = Case {
        script: "
def run(mini_batch):
    note('calls', str(mini_batch.task_id))
    for path in mini_batch:
        if path.endswith('3'): raise ValueError('no threes')
    return names(mini_batch)
",
        files: 6,
        deployment: &|bench| (bench.plan.mini_batch_size, bench.plan.max_retries) = (2, 2),
        output: Some("0000\n0001\n0004\n0005\n"),
        counts: Counts { done: 2, given_up: 1, retried: 2, succeeded: 4, failed: 2 },
        logged: &["attempt 3 of 3, worker 0/process000: ValueError: no threes", "; given up, see"],
        ..Case::default()
    }
    .holds();
    let calls = fs::read_to_string(bench.path("calls")).unwrap();
    assert_eq!(calls.matches('1').count(), 3, "two retries are three executions: {calls}");
}

#[test]
fn a_short_result_keeps_its_rows_fails_the_rest_of_its_files_and_is_not_tried_again() {
    Case {
        script: "def run(mini_batch): return names(mini_batch)[:1]",
        files: 6,
        deployment: &|bench| bench.plan.mini_batch_size = 3,
        output: Some("0000\n0003\n"),
        counts: Counts { done: 2, succeeded: 2, failed: 4, ..Counts::default() },
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_long_result_keeps_its_rows_and_succeeds_for_no_more_files_than_there_are() {
    Case {
        script: "def run(mini_batch): return names(mini_batch) * 3",
        files: 2,
        deployment: &|bench| bench.plan.error_threshold = 0,
        output: Some("0000\n0000\n0000\n0001\n0001\n0001\n"),
        counts: Counts { done: 2, succeeded: 2, ..Counts::default() },
        ..Case::default()
    }
    .holds();
}

#[test]
fn retries_come_after_the_first_try_and_none_is_one_try() {
    for retries in [0, 1, 3] {
        let bench = Case {
            script: "
def run(mini_batch):
    note('calls', 'one')
    raise ValueError('never')
",
            deployment: &|bench| bench.plan.max_retries = retries,
            ends: JobStatus::Failed,
            counts: Counts { given_up: 1, retried: retries.into(), failed: 1, ..Counts::default() },
            ..Case::default()
        }
        .holds();
        let calls = fs::read_to_string(bench.path("calls")).unwrap().lines().count();
        assert_eq!(calls as u32, retries + 1);
    }
}

#[test]
fn a_time_limit_on_every_try_fails_the_job_only_above_the_threshold() {
    for (threshold, ends, output) in
        [(-1, JobStatus::Completed, Some("0001\n")), (0, JobStatus::Failed, None)]
    {
        let done = u64::from(threshold < 0);
        let bench = Case {
            script: "
def run(mini_batch):
    if mini_batch.task_id == 0: time.sleep(1000)
    return names(mini_batch)
",
            files: 2,
            deployment: &|bench| {
                bench.limit(Duration::from_millis(500));
                (bench.plan.max_retries, bench.plan.error_threshold) = (1, threshold);
            },
            ends,
            output,
            counts: Counts { done, given_up: 1, retried: 1, succeeded: done, failed: 1 },
            told: if threshold == 0 {
                &["exceeds error threshold 0", "time limit of 0.5 seconds"]
            } else {
                &[]
            },
            logged: &["attempt 2 of 2"],
        }
        .holds();
        assert!(bench.log("logs/user/error.txt").contains("occurred 2 times"));
    }
}
