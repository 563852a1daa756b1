//! How a job ends, and what is seen of one that failed. Exceeded thresholds and scripts that never start are beside this.

use super::*;

#[test]
fn a_job_whose_mini_batches_are_all_processed_is_completed() {
    let bench = Case {
        files: 3,
        output: Some(&names(3)),
        counts: Counts { done: 3, succeeded: 3, ..Counts::default() },
        logged: &["All 3 mini batches have been processed", "The job is completed."],
        ..Case::default()
    }
    .holds();
    let statuses = [JobStatus::Preparing, JobStatus::Running, JobStatus::Finalizing, JobStatus::Completed];
    assert_eq!(*bench.record.statuses.borrow(), statuses);
    assert_eq!(bench.log("logs/job_result.txt"), "The job is completed.\n");
    assert!(!bench.path("job/logs/logs/job_error.txt").exists());
}

/// What the cloud says, word for word.
const NOTHING_SUCCEEDED: &str = "There is no succeeded mini batch item returned from run(). Please check \
                                 'response: run()' in https://aka.ms/batch-inference-documentation";

#[test]
fn a_job_without_one_succeeded_item_fails_whatever_the_threshold() {
    Case {
        script: "def run(mini_batch): raise ValueError('no')",
        files: 2,
        deployment: &|bench| bench.plan.max_retries = 0,
        ends: JobStatus::Failed,
        counts: Counts { given_up: 2, failed: 2, ..Counts::default() },
        told: &[NOTHING_SUCCEEDED, "First failure: mini-batch 0 (first file `0000`): ValueError: no"],
        ..Case::default()
    }
    .holds();
}

#[test]
fn a_job_with_nothing_but_empty_results_fails_in_the_same_way() {
    for empty in ["[]", "()"] {
        Case {
            script: &format!("def run(mini_batch): return {empty}"),
            files: 2,
            ends: JobStatus::Failed,
            counts: Counts { done: 2, failed: 2, ..Counts::default() },
            told: &[NOTHING_SUCCEEDED, "run() returned 0 results for 1 files"],
            ..Case::default()
        }
        .holds();
    }
}

#[test]
fn a_summary_only_job_without_one_succeeded_item_is_completed_with_a_warning() {
    for script in ["def run(mini_batch): return []", "def run(mini_batch): raise ValueError('no')"] {
        let given_up = u64::from(script.contains("raise"));
        let bench = Case {
            script,
            deployment: &|bench| {
                (bench.plan.output_action, bench.plan.max_retries) = (OutputAction::SummaryOnly, 0);
            },
            counts: Counts { done: 1 - given_up, given_up, failed: 1, ..Counts::default() },
            logged: &["Warning: not one item succeeded", "The job is completed."],
            ..Case::default()
        }
        .holds();
        assert_eq!(fs::read_dir(bench.path("output")).unwrap().count(), 0);
    }
}

#[test]
fn a_job_whose_output_cannot_be_assembled_fails_and_keeps_its_rows() {
    let bench = Case {
        script: "
def run(mini_batch): return names(mini_batch)
def shutdown(): note('output/predictions.csv', 'mine')
",
        files: 2,
        ends: JobStatus::Failed,
        output: Some("mine\n"),
        counts: Counts { done: 2, succeeded: 2, ..Counts::default() },
        told: &["exists already; name another output file or output location"],
        ..Case::default()
    }
    .holds();
    assert_eq!(fs::read_to_string(bench.path("job/segments/0")).unwrap(), names(2));
}

#[test]
fn a_job_whose_output_is_there_before_it_starts_fails_without_calling_the_script() {
    let bench = Case {
        script: "note('calls', 'one')",
        deployment: &|bench| fs::write(bench.path("output/predictions.csv"), "precious").unwrap(),
        ends: JobStatus::Failed,
        output: Some("precious"),
        told: &["exists already; name another output file or output location"],
        ..Case::default()
    }
    .holds();
    assert!(!bench.path("calls").exists());
}

#[test]
fn a_failed_job_has_the_clouds_words_at_the_end_of_its_launchers_log_and_the_cause_in_all_others() {
    let bench = Case {
        script: "def run(mini_batch): raise ValueError('the cause')",
        files: 3,
        deployment: &|bench| bench.plan.max_retries = 1,
        ends: JobStatus::Failed,
        counts: Counts { given_up: 3, retried: 3, failed: 3, ..Counts::default() },
        logged: &["ValueError: the cause", "The job has failed."],
        ..Case::default()
    }
    .holds();
    let launcher = bench.log("user_logs/std_log_0.txt");
    let lines: Vec<&str> = launcher.lines().collect();
    assert_eq!(lines[0], "Azure Machine Learning Batch Inference Start");
    assert_eq!(lines[1], "Azure Machine Learning Batch Inference End");
    assert_eq!(
        lines[2],
        "User program failed with Exception: Run failed. Please check logs for details. You can check logs/readme.txt \
         for the layout of logs."
    );
    assert!(lines[3].starts_with(NOTHING_SUCCEEDED), "{launcher}");
    assert_eq!(lines.last(), Some(&"SystemExit: 42"));
    assert!(bench.log("logs/job_error.txt").contains("ValueError: the cause"));
    assert_eq!(bench.log("logs/job_result.txt"), "The job has failed.\n");
    assert!(
        bench.log("logs/user/error.txt").starts_with("Error `ValueError: the cause` occurred 6 times.\n")
    );
    assert_eq!(bench.record.error.borrow().as_ref().unwrap().code, "UserError");
}

#[test]
fn a_cancelled_job_says_so_and_leaves_no_output() {
    let bench = Case {
        deployment: &|bench| bench.record.cancel_when = Some(bench.path("job")),
        ends: JobStatus::Canceled,
        logged: &["User cancelled the run."],
        ..Case::default()
    }
    .holds();
    assert_eq!(bench.log("logs/job_result.txt"), "User cancelled the run.\n");
}
