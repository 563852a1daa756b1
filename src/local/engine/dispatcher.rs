//! The decisions of a running job: which worker scores which mini-batch, what is tried again, when the job is
//! over.
//!
//! The dispatcher is the only owner of that state and is synchronous: an event goes in, actions come out. It
//! starts no process, reads no clock and no file; `executor` does that for it. It deals in the numbers of
//! mini-batches, so its memory is bounded by the number of workers, not by the number of files. The state
//! diagrams are in the engine's module documentation.

use super::crew::{Crew, INIT_FAILURES_IN_A_ROW, Lease, Worker, WorkerState};
use super::earlier::Earlier;
use super::failure::{Flaw, ScoringFailure, Witness, WorkerFailure};
use super::journal::{Settled, Settlement};
use super::record::Progress;
use super::work::{Waiting, Work};
use super::worker::{Returned, WorkerIdentity};

/// What the deployment asks for.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) workers: usize,
    pub(super) workers_per_node: usize,
    /// Executions of one mini-batch.
    pub(super) tries: u32,
    /// Failed files that are tolerated; negative tolerates all.
    pub(super) error_threshold: i64,
    /// Whether a job without one succeeded file has failed.
    pub(super) needs_success: bool,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    /// The input is listed and cut.
    Listed { mini_batches: u64, items: u64 },
    /// The worker waits for work.
    Ready { worker: WorkerIdentity },
    /// `run()` returned for the mini-batch the worker was at; `files` is the mini-batch's size, here and
    /// below.
    Returned { worker: WorkerIdentity, files: u64, returned: Returned },
    /// `run()` failed for the mini-batch the worker was at; the worker lives on.
    Failed { worker: WorkerIdentity, files: u64, failure: WorkerFailure },
    /// The worker's process is gone; without a failure, nothing it had is to blame.
    Gone { worker: WorkerIdentity, files: u64, failure: Option<WorkerFailure> },
    /// Somebody asked to stop the job.
    CancelRequested,
}

/// What to do about it, in this order.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Start(WorkerIdentity),
    Send {
        worker: WorkerIdentity,
        mini_batch: u64,
        attempt: u32,
    },
    /// Let the worker end by itself, without `shutdown()`; it gets no more work.
    Retire(WorkerIdentity),
    /// Put the end of a mini-batch on disk.
    Settle {
        mini_batch: u64,
        settlement: Settlement,
    },
    Report(Note),
    /// Nothing more is to be decided.
    End(Ending),
}

/// Something worth a line in the log.
#[derive(Debug, PartialEq)]
pub(super) enum Note {
    AttemptFailed {
        witness: Witness,
        attempt: u32,
        given_up: bool,
    },
    InitFailed {
        worker: WorkerIdentity,
        failure: WorkerFailure,
        place_closed: bool,
    },
    /// `run()` answered with another number of results than it got files.
    ResultCount {
        worker: WorkerIdentity,
        mini_batch: u64,
        attempt: u32,
        files: u64,
        rows: u64,
    },
    Replaced {
        worker: WorkerIdentity,
    },
}

/// How scoring ended.
#[derive(Debug, PartialEq)]
pub(super) enum Ending {
    /// Every mini-batch is settled.
    Scored,
    Cancelled,
    Failed(Box<ScoringFailure>),
}

/// See the module's documentation.
pub(super) struct Dispatcher {
    rules: Rules,
    crew: Crew,
    work: Work,
    progress: Progress,
    first_flaw: Option<Witness>,
    ended: bool,
    actions: Vec<Action>,
}

impl Dispatcher {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            crew: Crew::new(rules.workers, rules.workers_per_node, 0),
            work: Work::default(),
            progress: Progress::default(),
            first_flaw: None,
            ended: false,
            actions: Vec::new(),
            rules,
        }
    }

    /// A dispatcher that goes on where an earlier run of the job stopped. What was settled then stays settled and
    /// counts; every other mini-batch has all its tries again.
    pub(super) fn resuming(rules: Rules, earlier: Earlier) -> Self {
        let crew = Crew::new(rules.workers, rules.workers_per_node, earlier.first_worker);
        let mut work = Work::default();
        work.listed(earlier.progress.mini_batches, earlier.open);
        Self { crew, work, progress: earlier.progress, ..Self::new(rules) }
    }

    /// The first actions: every worker is started while the input is still being listed. Nothing may be left to do
    /// for a job that was resumed.
    pub(super) fn begin(&mut self) -> Vec<Action> {
        self.check_end();
        if !self.ended {
            self.fill_crew();
        }
        std::mem::take(&mut self.actions)
    }

    pub(super) fn handle_event(&mut self, event: Event) -> Vec<Action> {
        if self.ended {
            return Vec::new();
        }
        match event {
            Event::Listed { mini_batches, items } => {
                self.work.listed(mini_batches, std::iter::once(0..mini_batches).collect());
                self.progress.mini_batches = mini_batches;
                self.progress.items = items;
            }
            Event::Ready { worker } => self.crew.ready(worker),
            Event::Returned { worker, files, returned } => self.returned(worker, files, &returned),
            Event::Failed { worker, files, failure } => self.run_failed(worker, files, failure),
            Event::Gone { worker, files, failure } => self.gone(worker, files, failure),
            Event::CancelRequested => self.end(Ending::Cancelled),
        }
        self.check_end();
        if !self.ended {
            self.retire_the_unlucky();
            self.fill_crew();
            self.assign();
        }
        std::mem::take(&mut self.actions)
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    fn returned(&mut self, identity: WorkerIdentity, files: u64, returned: &Returned) {
        let Some(worker) = self.crew.worker_mut(identity) else {
            return;
        };
        let Some(lease) = worker.leases.pop_front() else {
            return;
        };
        worker.nanoseconds = Some(returned.nanoseconds);
        let succeeded = returned.rows.min(files);
        if returned.rows != files {
            let (Lease { mini_batch, attempt }, rows) = (lease, returned.rows);
            self.report(Note::ResultCount { worker: identity, mini_batch, attempt, files, rows });
        }
        if succeeded < files {
            let flaw = Flaw::ShortResult { rows: returned.rows, files };
            self.remember(Witness { worker: identity, mini_batch: lease.mini_batch, flaw });
        }
        self.progress.done += 1;
        // The length of a result is what its own `__len__` says.
        self.progress.rows = self.progress.rows.saturating_add(returned.rows);
        self.settle(
            Settlement {
                settled: Settled::Committed,
                attempts: lease.attempt,
                segment: identity.sequence,
                offset: returned.offset,
                length: returned.length,
                checksum: returned.checksum,
                succeeded_items: succeeded,
                failed_items: files - succeeded,
                rows: returned.rows,
            },
            lease.mini_batch,
        );
    }

    fn run_failed(&mut self, identity: WorkerIdentity, files: u64, failure: WorkerFailure) {
        let Some(worker) = self.crew.worker_mut(identity) else {
            return;
        };
        let Some(lease) = worker.leases.pop_front() else {
            return;
        };
        worker.failures += 1;
        self.attempt_failed(identity, lease, files, failure);
    }

    fn gone(&mut self, identity: WorkerIdentity, files: u64, failure: Option<WorkerFailure>) {
        let starting =
            self.crew.worker_mut(identity).is_some_and(|worker| worker.state == WorkerState::Starting);
        match failure {
            Some(failure) if starting => self.init_failed(identity, failure),
            failure => self.worker_lost(identity, files, failure),
        }
    }

    fn worker_lost(&mut self, identity: WorkerIdentity, files: u64, failure: Option<WorkerFailure>) {
        let Some(mut worker) = self.crew.remove(identity) else {
            return;
        };
        if let Some(failure) = failure
            && let Some(lease) = worker.leases.pop_front()
        {
            self.attempt_failed(identity, lease, files, failure);
        }
        // Mini-batches that merely waited in the worker come first again, as if they had never been sent.
        while let Some(lease) = worker.leases.pop_back() {
            self.work.waiting.push_front(Waiting { mini_batch: lease.mini_batch, avoid: None });
        }
        self.report(Note::Replaced { worker: identity });
    }

    fn init_failed(&mut self, worker: WorkerIdentity, failure: WorkerFailure) {
        let Some(place_closed) = self.crew.remove_unready(worker) else {
            return;
        };
        // What cannot be imported now cannot be imported later; init() may depend on the outside world.
        if failure.is_import() {
            self.fail(ScoringFailure::CannotImport { worker, failure });
        } else if self.crew.is_closed() {
            let workers = self.crew.size();
            self.fail(ScoringFailure::CannotInit { worker, workers, tries: INIT_FAILURES_IN_A_ROW, failure });
        } else {
            self.report(Note::InitFailed { worker, failure, place_closed });
        }
    }

    fn attempt_failed(&mut self, worker: WorkerIdentity, lease: Lease, files: u64, failure: WorkerFailure) {
        let given_up = lease.attempt >= self.rules.tries;
        let witness = Witness { worker, mini_batch: lease.mini_batch, flaw: Flaw::Failed(failure) };
        if given_up {
            self.remember(witness.clone());
        }
        self.report(Note::AttemptFailed { witness, attempt: lease.attempt, given_up });
        if given_up {
            self.progress.failed += 1;
            self.settle(given_up_after(lease.attempt, files), lease.mini_batch);
        } else {
            self.progress.retried += 1;
            self.work.failed_attempts.insert(lease.mini_batch, lease.attempt);
            self.work.waiting.push_back(Waiting { mini_batch: lease.mini_batch, avoid: Some(worker) });
        }
    }

    fn settle(&mut self, settlement: Settlement, mini_batch: u64) {
        self.work.failed_attempts.remove(&mini_batch);
        self.progress.succeeded_items += settlement.succeeded_items;
        self.progress.failed_items += settlement.failed_items;
        self.actions.push(Action::Settle { mini_batch, settlement });
    }

    fn check_end(&mut self) {
        let failed = self.progress.failed_items;
        let over_threshold =
            u64::try_from(self.rules.error_threshold).is_ok_and(|threshold| failed > threshold);
        let all_settled = self.work.total == Some(self.progress.done + self.progress.failed);
        if over_threshold {
            let threshold = self.rules.error_threshold;
            let first = self.first_flaw.take();
            self.fail(ScoringFailure::ThresholdExceeded { failed, threshold, first });
        } else if all_settled && self.rules.needs_success && self.progress.succeeded_items == 0 {
            let first = self.first_flaw.take();
            self.fail(ScoringFailure::NothingSucceeded { first });
        } else if all_settled {
            self.end(Ending::Scored);
        }
    }

    fn fail(&mut self, failure: ScoringFailure) {
        self.end(Ending::Failed(Box::new(failure)));
    }

    fn end(&mut self, ending: Ending) {
        if !self.ended {
            self.ended = true;
            self.actions.push(Action::End(ending));
        }
    }

    fn report(&mut self, note: Note) {
        self.actions.push(Action::Report(note));
    }

    fn remember(&mut self, witness: Witness) {
        self.first_flaw.get_or_insert(witness);
    }

    fn retire_the_unlucky(&mut self) {
        for worker in self.crew.workers_mut().filter(|worker| worker.is_due_for_retirement()) {
            worker.state = WorkerState::Retiring;
            self.actions.push(Action::Retire(worker.identity));
        }
    }

    fn fill_crew(&mut self) {
        let started = self.crew.fill(self.work.left());
        self.actions.extend(started.into_iter().map(Action::Start));
    }

    /// Gives work to every worker that has room: first to the idle, then to those that are soon idle; what failed in a
    /// worker goes back to it only when nobody else wants it.
    fn assign(&mut self) {
        let alone = self.crew.workers().count() == 1;
        for again in [alone, true] {
            self.assign_up_to(|_, _| 1, again);
        }
        for again in [alone, true] {
            self.assign_up_to(worth_holding, again);
        }
    }

    /// Gives every able worker so many mini-batches as `wanted` says of it, and of its share of what is left to do.
    fn assign_up_to(&mut self, wanted: impl Fn(&Worker, u64) -> u64, again: bool) {
        let size = self.crew.size() as u64;
        for worker in self.crew.workers_mut().filter(|worker| worker.is_able()) {
            let wanted = wanted(worker, self.work.left() / size);
            while (worker.leases.len() as u64) < wanted {
                let Some(mini_batch) = self.work.take(worker.identity, again) else {
                    break;
                };
                let attempt = self.work.failed_attempts.get(&mini_batch).copied().unwrap_or_default() + 1;
                worker.leases.push_back(Lease { mini_batch, attempt });
                self.actions.push(Action::Send { worker: worker.identity, mini_batch, attempt });
            }
        }
    }
}

/// How many mini-batches a worker should hold. It is sent several at once when half of its room is empty. Towards the end
/// nothing is queued behind another mini-batch: some worker will be idle sooner.
fn worth_holding(worker: &Worker, share: u64) -> u64 {
    let (room, held) = (worker.room().min(share.max(1)), worker.leases.len() as u64);
    if held <= room / 2 { room } else { held }
}

fn given_up_after(attempts: u32, files: u64) -> Settlement {
    Settlement {
        settled: Settled::GivenUp,
        attempts,
        segment: 0,
        offset: 0,
        length: 0,
        succeeded_items: 0,
        failed_items: files,
        rows: 0,
        checksum: 0,
    }
}

#[cfg(test)]
#[path = "dispatcher_tests.rs"]
mod tests;
