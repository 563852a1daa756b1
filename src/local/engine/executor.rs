//! The scoring phase of a job: carries out what the dispatcher decides and tells it what happens.
//!
//! Owns the worker processes, their clocks and the poll for cancellation. Whatever way it ends, no worker
//! process is left when it is over.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::dispatcher::{Action, Dispatcher, Ending, Event};
use super::failure::{Failure, WorkerFailure};
use super::file_error::FileError;
use super::hand::{Hand, Phase, Sent};
use super::inputs::{InputError, Listing};
use super::journal::{Journal, Settled, Settlement};
use super::last_words::last_words;
use super::partition::Partition;
use super::record::JobRecord;
use super::reporter::Reporter;
use super::worker::{
    Answer, ScriptPhase, WorkerEvent, WorkerIdentity, describe_exit, retire_frame, run_frame, shutdown_frame,
};
use super::workshop::Workshop;

/// How often the executor looks whether the job is cancelled, and tells how far it is.
const TICK: Duration = Duration::from_millis(200);
/// How long killed processes are waited for. One that sits in an uninterruptible system call may take longer
/// to go.
const GOING: Duration = Duration::from_secs(1);

/// The input being listed on another thread.
pub(super) type ListingTask = JoinHandle<Result<Listing, InputError>>;

/// See the module's documentation.
pub(super) struct Executor<'a> {
    dispatcher: &'a mut Dispatcher,
    workshop: &'a Workshop<'a>,
    record: &'a dyn JobRecord,
    reporter: &'a Reporter<'a>,
    journal: Journal,
    partition: Option<Partition>,
    workers: HashMap<WorkerIdentity, Hand>,
    events: UnboundedSender<(WorkerIdentity, WorkerEvent)>,
    inbox: UnboundedReceiver<(WorkerIdentity, WorkerEvent)>,
    ending: Option<Ending>,
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        dispatcher: &'a mut Dispatcher,
        workshop: &'a Workshop<'a>,
        record: &'a dyn JobRecord,
        reporter: &'a Reporter<'a>,
        journal: Journal,
        partition: Option<Partition>,
    ) -> Self {
        let (events, inbox) = unbounded_channel();
        Self {
            dispatcher,
            workshop,
            record,
            reporter,
            journal,
            partition,
            workers: HashMap::new(),
            events,
            inbox,
            ending: None,
        }
    }

    /// Scores the whole input. Unless it is listed already, the listing is awaited here, while the workers start.
    pub(super) async fn run(&mut self, listing: Option<ListingTask>) -> Result<Ending, Failure> {
        let result = match self.score(listing).await {
            Ok(Ending::Scored) => self.dismiss().await,
            other => other,
        };
        self.kill_all().await;
        self.reporter.progress(self.dispatcher.progress(), 0);
        result
    }

    async fn score(&mut self, mut listing: Option<ListingTask>) -> Result<Ending, Failure> {
        let actions = self.dispatcher.begin();
        self.carry_out(actions)?;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Some(ending) = self.ending.take() {
                return Ok(ending);
            }
            let deadline = self.next_deadline();
            tokio::select! {
                Some((worker, event)) = self.inbox.recv() => self.hear_all(worker, event)?,
                listed = finished(listing.as_mut()), if self.partition.is_none() => self.listed(&listed??)?,
                () = until(deadline) => self.enforce_deadlines(),
                _ = tick.tick() => self.tick()?,
            }
        }
    }

    fn listed(&mut self, listing: &Listing) -> Result<(), Failure> {
        self.partition = Some(self.workshop.open_partition()?);
        self.reporter.listed(listing);
        self.tell(Event::Listed { mini_batches: listing.mini_batches, items: listing.items })
    }

    fn tick(&mut self) -> Result<(), Failure> {
        self.reporter.progress(self.dispatcher.progress(), self.workers.len() as u64);
        if self.cancelled() { self.tell(Event::CancelRequested) } else { Ok(()) }
    }

    fn cancelled(&self) -> bool {
        match self.record.cancel_requested() {
            Ok(cancelled) => cancelled,
            Err(error) => {
                self.reporter.record_failed(&error);
                false
            }
        }
    }

    fn tell(&mut self, event: Event) -> Result<(), Failure> {
        let actions = self.dispatcher.handle_event(event);
        self.carry_out(actions)
    }

    fn carry_out(&mut self, actions: Vec<Action>) -> Result<(), Failure> {
        for action in actions {
            match action {
                Action::Start(worker) => self.start(worker)?,
                Action::Send { worker, mini_batch, attempt } => self.send(worker, mini_batch, attempt)?,
                Action::Retire(worker) => self.retire(worker),
                Action::Settle { mini_batch, settlement } => self.settle(mini_batch, &settlement)?,
                Action::Report(note) => self.reporter.note(&note, self.partition.as_ref()),
                Action::End(ending) => self.ending = Some(ending),
            }
        }
        Ok(())
    }

    fn settle(&mut self, mini_batch: u64, settlement: &Settlement) -> Result<(), Failure> {
        self.journal.settle(mini_batch, settlement)?;
        let committer = self.workers.iter_mut().find(|(worker, _)| worker.sequence == settlement.segment);
        if let Some((_, hand)) = committer
            && settlement.settled == Settled::Committed
        {
            hand.committed = settlement.offset + settlement.length;
        }
        Ok(())
    }

    fn start(&mut self, identity: WorkerIdentity) -> Result<(), Failure> {
        let worker = self.workshop.start_worker(identity, self.events.clone())?;
        self.workers.insert(identity, Hand::new(worker, self.limit_from_now()));
        Ok(())
    }

    fn send(&mut self, identity: WorkerIdentity, mini_batch: u64, attempt: u32) -> Result<(), Failure> {
        let limit = self.limit_from_now();
        let (Some(partition), Some(hand)) = (&self.partition, self.workers.get_mut(&identity)) else {
            return Ok(());
        };
        let content = partition.read(mini_batch)?;
        hand.take(Sent::now(mini_batch, content.files, attempt), limit);
        hand.worker.send(run_frame(mini_batch, attempt, &content.names));
        Ok(())
    }

    fn retire(&mut self, identity: WorkerIdentity) {
        let limit = self.limit_from_now();
        if let Some(hand) = self.workers.get_mut(&identity) {
            hand.retire(retire_frame(), limit);
        }
    }

    /// Hears what happened, and all else that did by now.
    fn hear_all(&mut self, worker: WorkerIdentity, event: WorkerEvent) -> Result<(), Failure> {
        self.hear(worker, event)?;
        while self.ending.is_none()
            && let Ok((worker, event)) = self.inbox.try_recv()
        {
            self.hear(worker, event)?;
        }
        Ok(())
    }

    fn hear(&mut self, identity: WorkerIdentity, event: WorkerEvent) -> Result<(), Failure> {
        let limit = self.limit_from_now();
        let Some(hand) = self.workers.get_mut(&identity) else {
            return Ok(());
        };
        match event {
            // Too late: it has been told to go, and what it never began is not to be blamed for that.
            WorkerEvent::Answer(Answer::Ready { .. }) if hand.parting.is_some() => Ok(()),
            WorkerEvent::Answer(Answer::Ready { python }) if hand.phase == Phase::Starting => {
                (hand.phase, hand.deadline) = (Phase::Scoring, None);
                self.reporter.worker_ready(identity, &python);
                self.tell(Event::Ready { worker: identity })
            }
            WorkerEvent::Answer(Answer::InitFailed(report)) => {
                hand.part(WorkerFailure::Script(report));
                Ok(())
            }
            WorkerEvent::Answer(Answer::Done(returned)) if hand.is_at(returned.mini_batch) => {
                let Some(attempt) = hand.answered(identity, limit) else { return Ok(()) };
                self.reporter.returned(&attempt, &returned);
                self.tell(Event::Returned { worker: identity, files: attempt.files, returned })
            }
            WorkerEvent::Answer(Answer::Failed { mini_batch, report }) if hand.is_at(mini_batch) => {
                let Some(attempt) = hand.answered(identity, limit) else { return Ok(()) };
                let failure = WorkerFailure::Script(report);
                self.reporter.failed(&attempt, &failure);
                self.tell(Event::Failed { worker: identity, files: attempt.files, failure })
            }
            WorkerEvent::Answer(Answer::Unwritable { reason }) => {
                Err(FileError::on("write", &self.workshop.segment(identity))(io::Error::other(reason)).into())
            }
            WorkerEvent::Answer(answer) => {
                hand.part(nonsense(&format!("an answer out of turn: {answer:?}")));
                Ok(())
            }
            WorkerEvent::Nonsense(error) => {
                hand.part(nonsense(&error.to_string()));
                Ok(())
            }
            WorkerEvent::Exited(status) => self.exited(identity, &describe_exit(status)),
        }
    }

    fn exited(&mut self, identity: WorkerIdentity, how: &str) -> Result<(), Failure> {
        let Some(hand) = self.workers.remove(&identity) else {
            return Ok(());
        };
        self.workshop.clear_up(identity, hand.committed);
        let at = hand.attempt(identity);
        let failure = match hand.parting {
            // It answered before the kill reached it: what it began then is not to blame.
            Some((_, to_blame)) if to_blame.is_some() && to_blame != at.map(|at| at.mini_batch) => None,
            Some((failure, _)) => Some(failure),
            None if hand.phase == Phase::Retiring => None,
            None => {
                let last_words = last_words(&self.workshop.stderr_of(identity));
                Some(WorkerFailure::Died { how: how.to_owned(), last_words })
            }
        };
        if let (Some(attempt), Some(failure)) = (&at, &failure) {
            self.reporter.failed(attempt, failure);
        }
        self.tell(Event::Gone { worker: identity, files: at.map_or(0, |at| at.files), failure })
    }

    fn enforce_deadlines(&mut self) {
        let (now, limit) = (Instant::now(), self.workshop.time_limit());
        for hand in self.workers.values_mut() {
            if hand.deadline.is_some_and(|deadline| deadline <= now) {
                let phase = if hand.phase == Phase::Starting { ScriptPhase::Init } else { ScriptPhase::Run };
                hand.part(WorkerFailure::TimeLimit { phase, limit });
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.workers.values().filter_map(|hand| hand.deadline).min()
    }

    fn limit_from_now(&self) -> Instant {
        Instant::now() + self.workshop.time_limit()
    }

    /// A normal end: every worker that is ready may call its `shutdown()`.
    async fn dismiss(&mut self) -> Result<Ending, Failure> {
        let limit = self.limit_from_now();
        for hand in self.workers.values_mut() {
            if hand.phase == Phase::Scoring {
                hand.retire(shutdown_frame(), limit);
            }
        }
        // Those still starting have nothing to shut down; those that are going need no second word.
        self.workers.retain(|_, hand| hand.phase == Phase::Retiring);
        let mut tick = interval(TICK);
        while !self.workers.is_empty() {
            tokio::select! {
                event = self.inbox.recv() => if let Some((worker, WorkerEvent::Exited(_))) = event {
                    self.workers.remove(&worker);
                },
                () = sleep_until(limit) => {
                    self.reporter.shutdown_too_long(self.workers.keys());
                    return Ok(Ending::Scored);
                }
                _ = tick.tick() => if self.cancelled() {
                    return Ok(Ending::Cancelled);
                }
            }
        }
        Ok(Ending::Scored)
    }

    async fn kill_all(&mut self) {
        let hands: Vec<(WorkerIdentity, Hand)> = self.workers.drain().collect();
        for (_, hand) in &hands {
            hand.worker.kill();
        }
        let everyone = async {
            for (identity, hand) in hands {
                hand.worker.killed().await;
                self.workshop.clear_up(identity, hand.committed);
            }
        };
        let _some_take_longer = tokio::time::timeout(GOING, everyone).await;
    }
}

fn nonsense(what: &str) -> WorkerFailure {
    WorkerFailure::Died {
        how: format!("the worker process spoke nonsense: {what}"),
        last_words: String::new(),
    }
}

async fn finished(listing: Option<&mut ListingTask>) -> Result<Result<Listing, InputError>, JoinError> {
    match listing {
        Some(listing) => listing.await,
        None => pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
