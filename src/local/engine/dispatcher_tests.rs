//! Every rule of the dispatcher, without any process.

use super::super::crew::{FAILURES_OF_ONE_WORKER, LONGEST_WAIT_NANOSECONDS};
use super::super::worker::{ScriptPhase, ScriptReport};
use super::*;

const FILES: u64 = 2;

struct Job {
    dispatcher: Dispatcher,
    log: Vec<Action>,
}

impl Job {
    /// A job whose workers are started.
    fn new(workers: usize, adjust: impl FnOnce(&mut Rules)) -> Self {
        let mut rules =
            Rules { workers, workers_per_node: workers, tries: 4, error_threshold: -1, needs_success: true };
        adjust(&mut rules);
        let mut dispatcher = Dispatcher::new(rules);
        let log = dispatcher.begin();
        Self { dispatcher, log }
    }

    /// A job whose input is listed and whose workers are ready.
    fn running(workers: usize, mini_batches: u64, adjust: impl FnOnce(&mut Rules)) -> Self {
        let mut job = Self::new(workers, adjust);
        job.feed(Event::Listed { mini_batches, items: mini_batches * FILES });
        for sequence in 0..workers as u32 {
            job.feed(Event::Ready { worker: job.identity(sequence) });
        }
        job
    }

    fn feed(&mut self, event: Event) -> Vec<String> {
        let actions = self.dispatcher.handle_event(event);
        let brief = actions.iter().filter_map(brief).collect();
        self.log.extend(actions);
        brief
    }

    fn identity(&self, sequence: u32) -> WorkerIdentity {
        let started = self.log.iter().filter_map(|action| match action {
            Action::Start(identity) => Some(*identity),
            _ => None,
        });
        started.into_iter().find(|identity| identity.sequence == sequence).expect("the worker was started")
    }

    fn returns(&mut self, worker: u32, mini_batch: u64, rows: u64, nanoseconds: u64) -> Vec<String> {
        let returned = Returned { mini_batch, rows, offset: 0, length: rows, nanoseconds, checksum: 7 };
        self.feed(Event::Returned { worker: self.identity(worker), files: FILES, returned })
    }

    fn succeeds(&mut self, worker: u32, mini_batch: u64) -> Vec<String> {
        self.returns(worker, mini_batch, FILES, u64::MAX)
    }

    fn fails(&mut self, worker: u32) -> Vec<String> {
        self.feed(Event::Failed {
            worker: self.identity(worker),
            files: FILES,
            failure: raised(ScriptPhase::Run),
        })
    }

    fn dies(&mut self, worker: u32) -> Vec<String> {
        let failure = WorkerFailure::Died { how: "died".to_owned(), last_words: String::new() };
        self.feed(Event::Gone { worker: self.identity(worker), files: FILES, failure: Some(failure) })
    }

    fn init_fails(&mut self, worker: u32, phase: ScriptPhase) -> Vec<String> {
        self.feed(Event::Gone { worker: self.identity(worker), files: 0, failure: Some(raised(phase)) })
    }

    fn failure(&self) -> &ScoringFailure {
        match self.log.last() {
            Some(Action::End(Ending::Failed(failure))) => failure,
            other => panic!("the job did not fail: {other:?}"),
        }
    }
}

/// The actions that move work, one word each; reports are left out.
fn brief(action: &Action) -> Option<String> {
    match action {
        Action::Start(worker) => Some(format!("start {}", worker.sequence)),
        Action::Send { worker, mini_batch, attempt } => {
            Some(format!("send {} {mini_batch}.{attempt}", worker.sequence))
        }
        Action::Retire(worker) => Some(format!("retire {}", worker.sequence)),
        Action::Settle { mini_batch, settlement } => Some(format!(
            "{:?} {mini_batch} {}+{}",
            settlement.settled, settlement.succeeded_items, settlement.failed_items
        )),
        Action::Report(_) => None,
        Action::End(Ending::Scored) => Some("scored".to_owned()),
        Action::End(Ending::Cancelled) => Some("cancelled".to_owned()),
        Action::End(Ending::Failed(_)) => Some("failed".to_owned()),
    }
}

fn raised(phase: ScriptPhase) -> WorkerFailure {
    let report = ScriptReport {
        phase,
        class: "ValueError".to_owned(),
        error: "ValueError: no".to_owned(),
        traceback: String::new(),
        location: None,
    };
    WorkerFailure::Script(report)
}

#[test]
fn workers_start_before_the_input_is_listed_and_are_numbered_per_node() {
    let job = Job::new(3, |rules| rules.workers_per_node = 2);
    let started: Vec<(u32, u32, u32)> = (0..3)
        .map(|sequence| job.identity(sequence))
        .map(|worker| (worker.sequence, worker.node, worker.process))
        .collect();
    assert_eq!(started, [(0, 0, 0), (1, 0, 1), (2, 1, 0)]);
}

#[test]
fn mini_batches_are_committed_and_the_job_ends_after_the_last() {
    let mut job = Job::running(2, 3, |_| {});
    assert_eq!(job.succeeds(1, 1), ["Committed 1 2+0", "send 1 2.1"]);
    assert_eq!(job.succeeds(0, 0), ["Committed 0 2+0"]);
    assert_eq!(job.succeeds(1, 2), ["Committed 2 2+0", "scored"]);
    assert_eq!(job.fails(0), Vec::<String>::new(), "after the end nothing is decided");
}

#[test]
fn a_failed_mini_batch_is_tried_again_by_another_worker() {
    let mut job = Job::running(2, 4, |_| {});
    assert_eq!(job.fails(0), ["send 0 2.1"]);
    assert_eq!(job.succeeds(1, 1), ["Committed 1 2+0", "send 1 0.2"]);
    assert_eq!(job.succeeds(1, 0), ["Committed 0 2+0", "send 1 3.1"]);
    assert_eq!(job.dispatcher.progress().retried, 1);
}

#[test]
fn a_lone_worker_tries_again_at_once() {
    let mut job = Job::running(1, 2, |_| {});
    assert_eq!(job.fails(0), ["send 0 0.2"]);
    assert_eq!(job.succeeds(0, 0), ["Committed 0 2+0", "send 0 1.1"]);
}

#[test]
fn the_last_mini_batch_is_tried_again_by_whoever_is_free() {
    let mut job = Job::running(2, 1, |_| {});
    assert_eq!(job.fails(0), ["send 1 0.2"]);
    assert_eq!(job.fails(1), ["send 0 0.3"]);
}

#[test]
fn after_the_last_try_a_mini_batch_is_given_up_and_its_files_count_as_failed() {
    let mut job = Job::running(1, 2, |rules| rules.tries = 2);
    job.fails(0);
    assert_eq!(job.fails(0), ["GivenUp 0 0+2", "send 0 1.1"]);
    assert_eq!(job.succeeds(0, 1), ["Committed 1 2+0", "scored"]);
    let progress = job.dispatcher.progress();
    assert_eq!((progress.done, progress.failed, progress.failed_items, progress.retried), (1, 1, 2, 1));
    assert!(job.dispatcher.work.failed_attempts.is_empty(), "settled mini-batches are forgotten");
}

#[test]
fn one_try_means_no_retry() {
    let mut job = Job::running(1, 2, |rules| rules.tries = 1);
    assert_eq!(job.fails(0), ["GivenUp 0 0+2", "send 0 1.1"]);
}

#[test]
fn the_job_stops_only_above_the_threshold() {
    for (threshold, stops) in [(0, true), (1, true), (2, false), (-1, false), (-7, false)] {
        let mut job = Job::running(1, 2, |rules| (rules.tries, rules.error_threshold) = (1, threshold));
        assert_eq!(job.fails(0).contains(&"failed".to_owned()), stops, "threshold {threshold}");
        if stops {
            let ScoringFailure::ThresholdExceeded { failed: 2, first: Some(first), .. } = job.failure()
            else {
                panic!("{:?}", job.failure());
            };
            assert_eq!(first.mini_batch, 0);
        }
    }
}

#[test]
fn a_retry_that_may_still_succeed_does_not_count_against_the_threshold() {
    let mut job = Job::running(1, 1, |rules| rules.error_threshold = 0);
    assert_eq!(job.fails(0), ["send 0 0.2"]);
    assert_eq!(job.succeeds(0, 0), ["Committed 0 2+0", "scored"]);
}

#[test]
fn missing_results_are_failed_files_without_a_retry_and_surplus_results_are_capped() {
    let mut job = Job::running(1, 2, |_| {});
    assert_eq!(job.returns(0, 0, 1, u64::MAX), ["Committed 0 1+1", "send 0 1.1"]);
    assert_eq!(job.returns(0, 1, 9, u64::MAX), ["Committed 1 2+0", "scored"]);
    assert_eq!(job.dispatcher.progress().rows, 10);
    let counts = job.log.iter().filter(|action| matches!(action, Action::Report(Note::ResultCount { .. })));
    assert_eq!(counts.count(), 2);
}

#[test]
fn missing_results_can_exceed_the_threshold_with_the_last_mini_batch() {
    let mut job = Job::running(1, 1, |rules| rules.error_threshold = 0);
    assert_eq!(job.returns(0, 0, 1, u64::MAX), ["Committed 0 1+1", "failed"]);
    assert!(matches!(job.failure(), ScoringFailure::ThresholdExceeded { failed: 1, threshold: 0, .. }));
}

#[test]
fn without_a_succeeded_file_an_append_row_job_fails_and_a_summary_job_does_not() {
    let mut job = Job::running(1, 1, |_| {});
    assert_eq!(job.returns(0, 0, 0, u64::MAX), ["Committed 0 0+2", "failed"]);
    assert!(matches!(job.failure(), ScoringFailure::NothingSucceeded { first: Some(_) }));
    let mut job = Job::running(1, 1, |rules| rules.needs_success = false);
    assert_eq!(job.returns(0, 0, 0, u64::MAX), ["Committed 0 0+2", "scored"]);
}

#[test]
fn a_dead_worker_fails_what_it_ran_but_not_what_waited_in_it() {
    let mut job = Job::running(1, 9, |_| {});
    assert_eq!(
        job.returns(0, 0, FILES, LONGEST_WAIT_NANOSECONDS),
        ["Committed 0 2+0", "send 0 1.1", "send 0 2.1"]
    );
    assert_eq!(job.dies(0), ["start 1"]);
    let replacement = job.identity(1);
    assert_eq!(replacement.process, 1, "a replacement takes the next number");
    assert_eq!(job.feed(Event::Ready { worker: replacement }), ["send 1 2.1"]);
    assert_eq!(job.succeeds(1, 2), ["Committed 2 2+0", "send 1 1.2"]);
}

#[test]
fn a_worker_that_ends_without_blame_costs_no_attempt() {
    let mut job = Job::running(1, 2, |rules| rules.tries = 1);
    let gone = Event::Gone { worker: job.identity(0), files: FILES, failure: None };
    assert_eq!(job.feed(gone), ["start 1"]);
    assert_eq!(job.feed(Event::Ready { worker: job.identity(1) }), ["send 1 0.1"]);
}

#[test]
fn slow_mini_batches_are_never_queued_behind_each_other() {
    let mut job = Job::running(1, 9, |_| {});
    assert_eq!(job.returns(0, 0, FILES, LONGEST_WAIT_NANOSECONDS + 1), ["Committed 0 2+0", "send 0 1.1"]);
}

#[test]
fn what_waits_in_a_worker_takes_no_longer_than_the_longest_wait() {
    let mut job = Job::running(1, 99, |_| {});
    let sent = job.returns(0, 0, FILES, LONGEST_WAIT_NANOSECONDS / 3);
    assert_eq!(sent, ["Committed 0 2+0", "send 0 1.1", "send 0 2.1", "send 0 3.1", "send 0 4.1"]);
}

#[test]
fn a_quick_worker_gets_its_next_mini_batches_several_at_once() {
    let mut job = Job::running(1, 9, |_| {});
    assert_eq!(job.returns(0, 0, FILES, LONGEST_WAIT_NANOSECONDS / 3).len(), 5);
    assert_eq!(job.returns(0, 1, FILES, LONGEST_WAIT_NANOSECONDS / 3), ["Committed 1 2+0"]);
    let sent = job.returns(0, 2, FILES, LONGEST_WAIT_NANOSECONDS / 3);
    assert_eq!(sent, ["Committed 2 2+0", "send 0 5.1", "send 0 6.1"]);
}

#[test]
fn towards_the_end_no_mini_batch_waits_in_a_busy_worker() {
    let mut job = Job::running(2, 5, |_| {});
    assert_eq!(job.returns(0, 0, FILES, 1), ["Committed 0 2+0", "send 0 2.1"]);
}

#[test]
fn a_worker_with_more_than_ten_failures_is_replaced() {
    let mut job = Job::running(1, 50, |rules| rules.tries = 1);
    for _ in 0..10 {
        assert!(!job.fails(0).contains(&"retire 0".to_owned()));
    }
    assert_eq!(job.fails(0), ["GivenUp 10 0+2", "retire 0"]);
    let gone = Event::Gone { worker: job.identity(0), files: 0, failure: None };
    assert_eq!(job.feed(gone), ["start 1"]);
    assert_eq!(job.feed(Event::Ready { worker: job.identity(1) }), ["send 1 11.1"]);
}

#[test]
fn a_script_that_cannot_be_imported_fails_the_job_at_once() {
    let mut job = Job::new(2, |_| {});
    assert_eq!(job.init_fails(1, ScriptPhase::Import), ["failed"]);
    assert!(matches!(job.failure(), ScoringFailure::CannotImport { .. }));
}

#[test]
fn init_is_tried_three_times_in_every_place_before_the_job_fails() {
    let mut job = Job::new(2, |_| {});
    for worker in 0..5 {
        assert!(
            !job.init_fails(worker, ScriptPhase::Init).contains(&"failed".to_owned()),
            "failure {worker}"
        );
    }
    assert_eq!(job.init_fails(5, ScriptPhase::Init), ["failed"]);
    assert!(matches!(job.failure(), ScoringFailure::CannotInit { workers: 2, tries: 3, .. }));
}

#[test]
fn the_job_goes_on_with_the_workers_that_did_start() {
    let mut job = Job::running(2, 9, |_| {});
    job.dies(1);
    for worker in 2..4 {
        assert_eq!(job.init_fails(worker, ScriptPhase::Init), [format!("start {}", worker + 1)]);
    }
    assert_eq!(job.init_fails(4, ScriptPhase::Init), Vec::<String>::new());
    assert_eq!(job.succeeds(0, 0), ["Committed 0 2+0", "send 0 1.2"]);
}

#[test]
fn an_init_that_works_again_clears_the_count() {
    let mut job = Job::running(1, 9, |rules| rules.tries = 9);
    job.dies(0);
    job.init_fails(1, ScriptPhase::Init);
    job.init_fails(2, ScriptPhase::Init);
    job.feed(Event::Ready { worker: job.identity(3) });
    job.dies(3);
    assert_eq!(job.init_fails(4, ScriptPhase::Init), ["start 5"]);
}

#[test]
fn no_worker_is_started_without_work_for_it() {
    let mut job = Job::running(3, 2, |_| {});
    assert_eq!(job.dies(2), Vec::<String>::new());
    assert_eq!(job.dies(0), ["start 3"]);
}

#[test]
fn cancelling_ends_the_job_at_once() {
    let mut job = Job::running(2, 5, |_| {});
    assert_eq!(job.feed(Event::CancelRequested), ["cancelled"]);
    assert_eq!(job.succeeds(0, 0), Vec::<String>::new());
}

#[test]
fn state_stays_bounded_by_the_workers_however_many_mini_batches_fail() {
    let mut job = Job::running(2, 10_000, |_| {});
    let mut current = job.identity(0);
    // Worker 1 is stuck in its first mini-batch while the other place fails whatever it gets.
    for _ in 0..5_000 {
        let failure = raised(ScriptPhase::Run);
        let actions = job.dispatcher.handle_event(Event::Failed { worker: current, files: FILES, failure });
        if actions.contains(&Action::Retire(current)) {
            let gone = Event::Gone { worker: current, files: 0, failure: None };
            let started = job.dispatcher.handle_event(gone);
            let Some(Action::Start(next)) = started.last() else { panic!("{started:?}") };
            current = *next;
            job.dispatcher.handle_event(Event::Ready { worker: current });
        }
        assert!(job.dispatcher.work.waiting.len() <= 2 * (FAILURES_OF_ONE_WORKER as usize + 1));
    }
}

/// What an earlier run left: of ten mini-batches 3, 4 and 8 are open.
fn earlier(failed: u64) -> Earlier {
    let progress = Progress {
        mini_batches: 10,
        items: 10 * FILES,
        done: 7 - failed,
        failed,
        succeeded_items: (7 - failed) * FILES,
        failed_items: failed * FILES,
        ..Progress::default()
    };
    Earlier { progress, open: [3..5, 8..9].into(), first_worker: 6 }
}

fn rules(workers: usize) -> Rules {
    Rules { workers, workers_per_node: 2, tries: 4, error_threshold: -1, needs_success: true }
}

#[test]
fn a_resumed_job_does_what_is_open_with_new_workers_and_counts_it_all() {
    let mut dispatcher = Dispatcher::resuming(rules(4), earlier(1));
    let log = dispatcher.begin();
    let started: Vec<u32> = log
        .iter()
        .map(|action| match action {
            Action::Start(identity) => identity.sequence,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(started, [6, 7, 8], "as many as there is work for, none with a number used before");
    let mut job = Job { dispatcher, log };
    assert_eq!(job.feed(Event::Ready { worker: job.identity(7) }), ["send 7 3.1"]);
    job.succeeds(7, 3);
    job.succeeds(7, 4);
    assert_eq!(job.dispatcher.progress().done, 8);
    job.succeeds(7, 8);
    assert!(job.log.contains(&Action::End(Ending::Scored)));
    assert_eq!(job.dispatcher.progress().succeeded_items, 9 * FILES);
}

#[test]
fn a_resumed_job_that_has_nothing_left_to_do_ends_without_a_worker() {
    let all = Earlier { open: [].into(), ..earlier(0) };
    let all = Earlier { progress: Progress { done: 10, ..all.progress }, ..all };
    assert_eq!(Dispatcher::resuming(rules(2), all).begin(), [Action::End(Ending::Scored)]);
}

#[test]
fn files_that_failed_before_a_job_was_resumed_count_against_its_threshold() {
    let rules = Rules { error_threshold: 1, ..rules(2) };
    let actions = Dispatcher::resuming(rules, earlier(1)).begin();
    assert!(
        matches!(&actions[..], [Action::End(Ending::Failed(failure))]
            if matches!(**failure, ScoringFailure::ThresholdExceeded { failed: FILES, threshold: 1, first: None })),
        "{actions:?}"
    );
}
