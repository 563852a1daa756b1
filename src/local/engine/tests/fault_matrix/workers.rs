//! What may happen to a worker before its first mini-batch; clocks that the cloud has and this engine has not.

use super::*;

#[test]
fn an_init_that_raises_is_tried_three_times_for_each_worker_and_then_the_job_fails() {
    let bench = Case {
        script: "
def init(): open('/does/not/exist')
def run(mini_batch): return names(mini_batch)
",
        files: 9,
        deployment: &|bench| bench.plan.max_concurrency_per_instance = 2,
        ends: JobStatus::Failed,
        told: &[
            "In all 2 workers init() failed, 3 times in a row: FileNotFoundError",
            "score.py, line 13: `def init(): open('/does/not/exist')`",
            "See logs/user/error/0/process00",
        ],
        ..Case::default()
    }
    .holds();
    let logs: Vec<bool> = (0..7)
        .map(|number| bench.path(&format!("job/logs/logs/user/error/0/process00{number}.txt")).exists())
        .collect();
    assert_eq!(logs, [true, true, true, true, true, true, false], "each of six processes has its log");
}

#[test]
fn an_init_that_works_in_the_end_costs_no_mini_batch_an_attempt() {
    Case {
        script: "
def init():
    if first_time('a') or first_time('b'): sys.exit('not yet')
def run(mini_batch): return names(mini_batch)
",
        files: 3,
        deployment: &|bench| bench.plan.max_retries = 0,
        output: Some(&names(3)),
        counts: Counts { done: 3, succeeded: 3, ..Counts::default() },
        logged: &[
            "Worker 0/process000 failed before it was ready: SystemExit: not yet",
            "; starting it again, see",
        ],
        ..Case::default()
    }
    .holds();
}

#[test]
fn an_init_that_fails_on_one_node_leaves_the_work_to_the_others() {
    Case {
        script: "
def init():
    if NODE == '1':
        note('failures', 'one')
        raise ValueError('not here')
def run(mini_batch):
    # Not before the other node has failed for good.
    while not open(os.path.join(HERE, 'failures'), 'a+').seek(0, 2) == 12: time.sleep(0.001)
    return names(mini_batch)
",
        files: 8,
        deployment: &|bench| bench.plan.instance_count = 2,
        output: Some(&names(8)),
        counts: Counts { done: 8, succeeded: 8, ..Counts::default() },
        logged: &["Worker 1/process000 failed before it was ready: ValueError: not here"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn an_init_that_takes_too_long_is_killed_and_given_up_like_one_that_fails() {
    let began = Instant::now();
    Case {
        script: "
def init(): time.sleep(1000)
def run(mini_batch): return names(mini_batch)
",
        deployment: &|bench| bench.limit(Duration::from_millis(400)),
        ends: JobStatus::Failed,
        told: &[
            "The worker did not become ready, 3 times in a row: importing the script and init() did not finish within \
             their time limit of 0.4 seconds",
        ],
        ..Case::default()
    }
    .holds();
    assert!(began.elapsed() >= Duration::from_millis(1200), "three times the limit");
}

#[test]
fn an_init_that_kills_its_process_is_given_up_like_one_that_raises() {
    Case {
        script: "
def init(): os._exit(7)
def run(mini_batch): return names(mini_batch)
",
        ends: JobStatus::Failed,
        told: &["In the worker init() failed, 3 times in a row", "ended by itself with exit code 7"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_script_that_cannot_be_imported_fails_the_job_with_its_first_worker() {
    for (script, told) in [
        ("def run(mini_batch)\n    pass", "SyntaxError"),
        ("import nothing_of_this_name\ndef run(b): return b", "No module named 'nothing_of_this_name'"),
        ("def init(): pass", "no function run(mini_batch)"),
        ("run = 'not callable'", "no function run(mini_batch)"),
        ("sys.exit('not today')", "SystemExit: not today"),
        ("raise KeyboardInterrupt('nor tomorrow')", "KeyboardInterrupt: nor tomorrow"),
    ] {
        let bench = Case {
            script,
            ends: JobStatus::Failed,
            told: &["The scoring script `score.py` cannot be used", told],
            ..Case::default()
        }
        .holds();
        assert!(!bench.path("job/logs/logs/user/error/0/process001.txt").exists(), "{told}: tried again");
    }
}

#[test]
fn a_job_without_progress_for_three_time_limits_is_not_given_up() {
    Case {
        script: "
def run(mini_batch):
    if first_time('a') or first_time('b') or first_time('c'): time.sleep(1000)
    return names(mini_batch)
",
        deployment: &|bench| bench.limit(Duration::from_millis(500)),
        output: Some("0000\n"),
        counts: Counts { done: 1, retried: 3, succeeded: 1, ..Counts::default() },
        ..Case::default()
    }
    .holds();
}

#[test]
fn an_input_without_a_mini_batch_fails_the_job_at_once() {
    Case {
        files: 0,
        ends: JobStatus::Failed,
        told: &["contains no files: there is nothing to score"],
        ..Case::default()
    }
    .holds();
}
