//! The workers of a job as the dispatcher sees them: places for worker processes, and who works in each.
//!
//! Part of the dispatcher's state. Knows which worker holds which mini-batch and how reliable it has been;
//! what becomes of mini-batches is the dispatcher's business.

use std::collections::VecDeque;

use super::worker::WorkerIdentity;

/// A worker that saw more failed mini-batches than this is replaced.
pub(super) const FAILURES_OF_ONE_WORKER: u32 = 10;
/// What waits in a worker behind the mini-batch it is at takes no longer than this, as far as its last one tells: there
/// the way to and fro is worth hiding, and a mini-batch never waits long behind another.
pub(super) const LONGEST_WAIT_NANOSECONDS: u64 = 20_000_000;
/// Mini-batches that wait in a worker.
const LONGEST_QUEUE: u64 = 31;
/// A place whose processes fail this often in a row before they are ready is not filled again.
pub(super) const INIT_FAILURES_IN_A_ROW: u32 = 3;

/// Every place of a job.
pub(super) struct Crew {
    places: Vec<Place>,
    workers_per_node: usize,
    next_sequence: u32,
    /// The next process number of every node.
    next_process: Vec<u32>,
}

/// Room for one worker process.
#[derive(Debug, Default)]
struct Place {
    worker: Option<Worker>,
    init_failures: u32,
    closed: bool,
}

/// A worker process.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) identity: WorkerIdentity,
    pub(super) state: WorkerState,
    /// The mini-batch it is at, and those that wait in it.
    pub(super) leases: VecDeque<Lease>,
    pub(super) failures: u32,
    /// How long its last mini-batch took, if it had one.
    pub(super) nanoseconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerState {
    Starting,
    Ready,
    Retiring,
}

/// A mini-batch in the hands of a worker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    pub(super) mini_batch: u64,
    pub(super) attempt: u32,
}

impl Crew {
    /// Processes are numbered from `first`: lower numbers belong to an earlier run of the job.
    pub(super) fn new(places: usize, workers_per_node: usize, first: u32) -> Self {
        let workers_per_node = workers_per_node.max(1);
        Self {
            places: (0..places).map(|_| Place::default()).collect(),
            workers_per_node,
            next_sequence: first,
            next_process: vec![first; places.div_ceil(workers_per_node)],
        }
    }

    /// Number of places.
    pub(super) fn size(&self) -> usize {
        self.places.len()
    }

    /// Whether no place can be filled any more.
    pub(super) fn is_closed(&self) -> bool {
        self.places.iter().all(|place| place.closed)
    }

    pub(super) fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.places.iter().filter_map(|place| place.worker.as_ref())
    }

    pub(super) fn workers_mut(&mut self) -> impl Iterator<Item = &mut Worker> {
        self.places.iter_mut().filter_map(|place| place.worker.as_mut())
    }

    pub(super) fn worker_mut(&mut self, identity: WorkerIdentity) -> Option<&mut Worker> {
        self.workers_mut().find(|worker| worker.identity == identity)
    }

    /// The worker is ready: the failures before it are forgiven.
    pub(super) fn ready(&mut self, identity: WorkerIdentity) {
        let Some(place) = self.place_of(identity) else {
            return;
        };
        place.init_failures = 0;
        if let Some(worker) = &mut place.worker {
            worker.state = WorkerState::Ready;
        }
    }

    /// Empties the worker's place.
    pub(super) fn remove(&mut self, identity: WorkerIdentity) -> Option<Worker> {
        self.place_of(identity)?.worker.take()
    }

    /// Like `remove`, for a worker that failed before it was ready; tells also whether its place is closed
    /// now.
    pub(super) fn remove_unready(&mut self, identity: WorkerIdentity) -> Option<bool> {
        let place = self.place_of(identity)?;
        place.worker = None;
        place.init_failures += 1;
        place.closed = place.init_failures >= INIT_FAILURES_IN_A_ROW;
        Some(place.closed)
    }

    /// Puts new workers in empty places, but not more than there are mini-batches to send.
    pub(super) fn fill(&mut self, mini_batches: u64) -> Vec<WorkerIdentity> {
        let spare =
            self.workers().filter(|worker| worker.leases.is_empty() && worker.state != WorkerState::Retiring);
        let missing =
            usize::try_from(mini_batches.saturating_sub(spare.count() as u64)).unwrap_or(usize::MAX);
        let empty = (0..self.size()).filter(|index| self.places[*index].is_empty());
        let to_fill: Vec<usize> = empty.take(missing).collect();
        to_fill.into_iter().map(|index| self.hire(index)).collect()
    }

    fn hire(&mut self, index: usize) -> WorkerIdentity {
        let node = index / self.workers_per_node;
        let (sequence, process) = (self.next_sequence, self.next_process[node]);
        let identity = WorkerIdentity { sequence, node: node as u32, process };
        self.next_sequence += 1;
        self.next_process[node] += 1;
        self.places[index].worker = Some(Worker {
            identity,
            state: WorkerState::Starting,
            leases: VecDeque::new(),
            failures: 0,
            nanoseconds: None,
        });
        identity
    }

    fn place_of(&mut self, identity: WorkerIdentity) -> Option<&mut Place> {
        self.places
            .iter_mut()
            .find(|place| place.worker.as_ref().is_some_and(|worker| worker.identity == identity))
    }
}

impl Place {
    fn is_empty(&self) -> bool {
        self.worker.is_none() && !self.closed
    }
}

impl Worker {
    /// How many mini-batches it may hold, the one it is at included.
    pub(super) fn room(&self) -> u64 {
        let queue = self.nanoseconds.map_or(0, |nanoseconds| LONGEST_WAIT_NANOSECONDS / nanoseconds.max(1));
        1 + queue.min(LONGEST_QUEUE)
    }

    /// Whether it can be given work.
    pub(super) fn is_able(&self) -> bool {
        self.state == WorkerState::Ready && self.failures <= FAILURES_OF_ONE_WORKER
    }

    /// Whether it failed too often and holds nothing any more.
    pub(super) fn is_due_for_retirement(&self) -> bool {
        self.state == WorkerState::Ready && self.leases.is_empty() && self.failures > FAILURES_OF_ONE_WORKER
    }
}
