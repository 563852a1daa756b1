//! The mini-batches of a job that wait to be sent, in the order in which they are handed out.
//!
//! Part of the dispatcher's state: a list of what has to be tried again, and a counter for all the rest.

use std::collections::{HashMap, VecDeque};

use super::worker::WorkerIdentity;

/// The mini-batches that are neither settled nor in a worker.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// The first mini-batch that was never sent.
    next: u64,
    /// Number of mini-batches, once the input is listed.
    pub(super) total: Option<u64>,
    pub(super) waiting: VecDeque<Waiting>,
    /// Failed attempts of mini-batches that are not settled.
    pub(super) failed_attempts: HashMap<u64, u32>,
}

/// A mini-batch that has to be sent again.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) mini_batch: u64,
    /// The worker it failed in: another one is preferred.
    pub(super) avoid: Option<WorkerIdentity>,
}

impl Work {
    /// How many mini-batches can still be sent; unlimited while the input is being listed.
    pub(super) fn left(&self) -> u64 {
        let fresh = self.total.map_or(u64::MAX, |total| total - self.next);
        fresh.saturating_add(self.waiting.len() as u64)
    }

    /// The next mini-batch for a worker: one to try again, else a fresh one. One that failed in this very
    /// worker is taken only if it may be given to it `again`.
    pub(super) fn take(&mut self, worker: WorkerIdentity, again: bool) -> Option<u64> {
        let suits = |waiting: &Waiting| again || waiting.avoid != Some(worker);
        if let Some(index) = self.waiting.iter().position(suits) {
            return self.waiting.remove(index).map(|waiting| waiting.mini_batch);
        }
        let fresh = self.total.is_some_and(|total| self.next < total).then_some(self.next)?;
        self.next += 1;
        Some(fresh)
    }
}
