//! What `error_threshold` counts, and when.

use super::*;

/// Fails for the files 1 and 3 of five.
const TWO_OF_FIVE: &str = "
def run(mini_batch):
    if mini_batch.task_id in (1, 3): raise ValueError('odd')
    return names(mini_batch)
";

#[test]
fn as_many_failed_files_as_the_threshold_are_fine_and_below_nothing_all_are() {
    for threshold in [-7, -1, 2, 3] {
        Case {
            script: TWO_OF_FIVE,
            files: 5,
            deployment: &|bench| (bench.plan.error_threshold, bench.plan.max_retries) = (threshold, 0),
            output: Some("0000\n0002\n0004\n"),
            counts: Counts { done: 3, given_up: 2, succeeded: 3, failed: 2, ..Counts::default() },
            ..Case::default()
        }
        .holds();
    }
}

#[test]
fn one_more_failed_file_than_the_threshold_stops_the_job_and_leaves_no_output() {
    for (threshold, done, failed) in [(0, 1, 1), (1, 2, 2)] {
        let sentence =
            format!("The number of failed items is {failed}, which exceeds error threshold {threshold}.\n");
        let bench = Case {
            script: TWO_OF_FIVE,
            files: 5,
            deployment: &|bench| (bench.plan.error_threshold, bench.plan.max_retries) = (threshold, 0),
            ends: JobStatus::Failed,
            counts: Counts { done, given_up: failed, succeeded: done, failed, ..Counts::default() },
            told: &[
                &sentence,
                "First failure: mini-batch 1 (first file `0001`): ValueError: odd",
                "score.py, line 14: `if mini_batch.task_id in (1, 3): raise ValueError('odd')`",
                "See logs/user/error/0/process000.txt in the job's logs.",
            ],
            ..Case::default()
        }
        .holds();
        assert_eq!(
            fs::read_dir(bench.path("output")).unwrap().count(),
            0,
            "something was left in the output"
        );
    }
}

#[test]
fn the_threshold_counts_files_and_not_mini_batches() {
    for (threshold, ends, output) in
        [(3, JobStatus::Completed, Some("0003\n0004\n0005\n")), (2, JobStatus::Failed, None)]
    {
        let done = u64::from(threshold == 3);
        Case {
            script: "
def run(mini_batch):
    if mini_batch.task_id == 0: raise ValueError('no')
    return names(mini_batch)
",
            files: 6,
            deployment: &|bench| {
                (bench.plan.mini_batch_size, bench.plan.max_retries) = (3, 0);
                bench.plan.error_threshold = threshold;
            },
            ends,
            output,
            counts: Counts { done, given_up: 1, succeeded: 3 * done, failed: 3, ..Counts::default() },
            ..Case::default()
        }
        .holds();
    }
}

#[test]
fn files_of_a_mini_batch_that_has_tries_left_count_for_no_threshold() {
    Case {
        script: "
def run(mini_batch, context):
    if context.retry_count == 0: raise ValueError('once')
    return names(mini_batch)
",
        files: 4,
        deployment: &|bench| (bench.plan.error_threshold, bench.plan.max_retries) = (0, 1),
        output: Some(&names(4)),
        counts: Counts { done: 4, retried: 4, succeeded: 4, ..Counts::default() },
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_threshold_that_is_exceeded_stops_what_runs_elsewhere() {
    let began = Instant::now();
    let bench = Case {
        script: "
def run(mini_batch):
    if first_time('slow'):
        note('slow', str(os.getpid()))
        time.sleep(1000)
    while not os.path.exists(os.path.join(HERE, 'slow')): time.sleep(0.001)
    raise ValueError('no')
",
        files: 9,
        deployment: &|bench| {
            bench.plan.max_concurrency_per_instance = 2;
            (bench.plan.error_threshold, bench.plan.max_retries) = (0, 0);
        },
        ends: JobStatus::Failed,
        counts: Counts { given_up: 1, failed: 1, ..Counts::default() },
        told: &["The number of failed items is 1, which exceeds error threshold 0."],
        ..Case::default()
    }
    .holds();
    assert!(began.elapsed() < Duration::from_secs(30), "it waited for the slow one");
    assert!(ends_before(
        Instant::now() + Duration::from_secs(10),
        &fs::read_to_string(bench.path("slow")).unwrap()
    ));
}

#[test]
fn the_threshold_is_looked_at_after_the_last_mini_batch_as_well() {
    Case {
        script: "def run(mini_batch): return names(mini_batch)[mini_batch.task_id:]",
        files: 4,
        deployment: &|bench| (bench.plan.mini_batch_size, bench.plan.error_threshold) = (2, 0),
        ends: JobStatus::Failed,
        counts: Counts { done: 2, succeeded: 3, failed: 1, ..Counts::default() },
        told: &[
            "exceeds error threshold 0",
            "First failure: mini-batch 1",
            "run() returned 1 results for 2 files",
        ],
        ..Case::default()
    }
    .holds();
}

#[test]
fn the_threshold_holds_for_summary_only_as_well() {
    Case {
        script: "def run(mini_batch): return []",
        deployment: &|bench| {
            bench.plan.error_threshold = 0;
            bench.plan.output_action = OutputAction::SummaryOnly;
        },
        ends: JobStatus::Failed,
        counts: Counts { done: 1, failed: 1, ..Counts::default() },
        told: &["The number of failed items is 1, which exceeds error threshold 0."],
        ..Case::default()
    }
    .holds();
}
