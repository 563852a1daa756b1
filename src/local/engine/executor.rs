//! The scoring phase of a job: carries out what the dispatcher decides and tells it what happens.
//!
//! Owns the worker processes, their clocks and the poll for cancellation. Whatever way it ends, no worker
//! process is left when it is over.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::dispatcher::{Action, Dispatcher, Ending, Event};
use super::failure::{Failure, WorkerFailure};
use super::inputs::{InputError, Listing};
use super::journal::Journal;
use super::last_words::last_words;
use super::partition::Partition;
use super::record::JobRecord;
use super::reporter::Reporter;
use super::worker::{
    Answer, ScriptPhase, Worker, WorkerEvent, WorkerIdentity, describe_exit, run_frame, shutdown_frame,
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

/// A worker process and what the executor knows of it.
struct Hand {
    worker: Worker,
    phase: Phase,
    /// The mini-batches that were sent and not answered; the worker is at the first.
    sent: VecDeque<Sent>,
    /// When it has taken too long.
    deadline: Option<Instant>,
    /// Why it was told or made to go, and the mini-batch that is to blame for it, if any is.
    parting: Option<(WorkerFailure, Option<u64>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Scoring,
    Retiring,
}

struct Sent {
    mini_batch: u64,
    files: u64,
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        dispatcher: &'a mut Dispatcher,
        workshop: &'a Workshop<'a>,
        record: &'a dyn JobRecord,
        reporter: &'a Reporter<'a>,
        journal: Journal,
    ) -> Self {
        let (events, inbox) = unbounded_channel();
        Self {
            dispatcher,
            workshop,
            record,
            reporter,
            journal,
            partition: None,
            workers: HashMap::new(),
            events,
            inbox,
            ending: None,
        }
    }

    /// Scores the whole input. The listing is awaited here, while the workers start.
    pub(super) async fn run(&mut self, listing: ListingTask) -> Result<Ending, Failure> {
        let result = match self.score(listing).await {
            Ok(Ending::Scored) => self.dismiss().await,
            other => other,
        };
        self.kill_all().await;
        self.reporter.progress(self.dispatcher.progress(), 0);
        result
    }

    async fn score(&mut self, mut listing: ListingTask) -> Result<Ending, Failure> {
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
                Some((worker, event)) = self.inbox.recv() => self.hear(worker, event)?,
                listed = &mut listing, if self.partition.is_none() => self.listed(&listed??)?,
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
                Action::Settle { mini_batch, settlement } => self.journal.settle(mini_batch, &settlement)?,
                Action::Report(note) => self.reporter.note(&note, self.partition.as_ref()),
                Action::End(ending) => self.ending = Some(ending),
            }
        }
        Ok(())
    }

    fn start(&mut self, identity: WorkerIdentity) -> Result<(), Failure> {
        let worker = self.workshop.start_worker(identity, self.events.clone())?;
        let hand = Hand {
            worker,
            phase: Phase::Starting,
            sent: VecDeque::new(),
            deadline: Some(self.limit_from_now()),
            parting: None,
        };
        self.workers.insert(identity, hand);
        Ok(())
    }

    fn send(&mut self, identity: WorkerIdentity, mini_batch: u64, attempt: u32) -> Result<(), Failure> {
        let limit = self.limit_from_now();
        let (Some(partition), Some(hand)) = (&self.partition, self.workers.get_mut(&identity)) else {
            return Ok(());
        };
        let content = partition.read(mini_batch)?;
        if hand.sent.is_empty() {
            hand.deadline = Some(limit);
        }
        hand.sent.push_back(Sent { mini_batch, files: content.files });
        hand.worker.send(run_frame(mini_batch, attempt, &content.names));
        Ok(())
    }

    fn retire(&mut self, identity: WorkerIdentity) {
        let limit = self.limit_from_now();
        if let Some(hand) = self.workers.get_mut(&identity) {
            hand.retire(limit);
        }
    }

    fn hear(&mut self, identity: WorkerIdentity, event: WorkerEvent) -> Result<(), Failure> {
        let limit = self.limit_from_now();
        let Some(hand) = self.workers.get_mut(&identity) else {
            return Ok(());
        };
        match event {
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
                let files = hand.answered(limit);
                self.reporter.mini_batch(identity, files, &returned);
                self.tell(Event::Returned { worker: identity, files, returned })
            }
            WorkerEvent::Answer(Answer::Failed { mini_batch, report }) if hand.is_at(mini_batch) => {
                let files = hand.answered(limit);
                self.tell(Event::Failed { worker: identity, files, failure: WorkerFailure::Script(report) })
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
        let at = hand.sent.front();
        let failure = match hand.parting {
            // It answered before the kill reached it: what it began then is not to blame.
            Some((_, to_blame)) if to_blame.is_some() && to_blame != at.map(|sent| sent.mini_batch) => None,
            Some((failure, _)) => Some(failure),
            None if hand.phase == Phase::Retiring => None,
            None => {
                let last_words = last_words(&self.workshop.stderr_of(identity));
                Some(WorkerFailure::Died { how: how.to_owned(), last_words })
            }
        };
        self.tell(Event::Gone { worker: identity, files: at.map_or(0, |sent| sent.files), failure })
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
                hand.retire(limit);
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
        let hands: Vec<Hand> = self.workers.drain().map(|(_, hand)| hand).collect();
        for hand in &hands {
            hand.worker.kill();
        }
        let everyone = async {
            for hand in hands {
                hand.worker.killed().await;
            }
        };
        let _some_take_longer = tokio::time::timeout(GOING, everyone).await;
    }
}

impl Hand {
    /// Whether this is the mini-batch it has to answer for next.
    fn is_at(&self, mini_batch: u64) -> bool {
        self.sent.front().is_some_and(|sent| sent.mini_batch == mini_batch)
    }

    /// It answered for the mini-batch it was at; the next one it has starts now. Answers the size of the
    /// first.
    fn answered(&mut self, limit: Instant) -> u64 {
        let files = self.sent.pop_front().map_or(0, |sent| sent.files);
        if self.parting.is_none() {
            self.deadline = (!self.sent.is_empty()).then_some(limit);
        }
        files
    }

    fn retire(&mut self, limit: Instant) {
        (self.phase, self.deadline) = (Phase::Retiring, Some(limit));
        self.worker.send(shutdown_frame());
    }

    /// Makes it go. The first reason counts.
    fn part(&mut self, failure: WorkerFailure) {
        let at = self.sent.front().map(|sent| sent.mini_batch);
        self.parting.get_or_insert((failure, at));
        self.deadline = None;
        self.worker.kill();
    }
}

fn nonsense(what: &str) -> WorkerFailure {
    WorkerFailure::Died {
        how: format!("the worker process spoke nonsense: {what}"),
        last_words: String::new(),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
