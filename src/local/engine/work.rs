//! The mini-batches of a job that wait to be sent, in the order in which they are handed out.
//!
//! Part of the dispatcher's state: a list of what has to be tried again, and a counter for all the rest.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::worker::WorkerIdentity;

/// The mini-batches that are neither settled nor in a worker.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// The mini-batches that were never sent, in order: all that are left but for what an earlier run of the job has
    /// settled, so they are few ranges.
    fresh: VecDeque<Range<u64>>,
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
    /// The input is listed: `fresh` are the mini-batches to be done, of `total`.
    pub(super) fn listed(&mut self, total: u64, fresh: VecDeque<Range<u64>>) {
        (self.total, self.fresh) = (Some(total), fresh);
    }

    /// How many mini-batches can still be sent; unlimited while the input is being listed.
    pub(super) fn left(&self) -> u64 {
        match self.total {
            Some(_) => {
                self.fresh.iter().map(|range| range.end - range.start).sum::<u64>()
                    + self.waiting.len() as u64
            }
            None => u64::MAX,
        }
    }

    /// The next mini-batch for a worker: one to try again, else a fresh one. One that failed in this very
    /// worker is taken only if it may be given to it `again`.
    pub(super) fn take(&mut self, worker: WorkerIdentity, again: bool) -> Option<u64> {
        let suits = |waiting: &Waiting| again || waiting.avoid != Some(worker);
        if let Some(index) = self.waiting.iter().position(suits) {
            return self.waiting.remove(index).map(|waiting| waiting.mini_batch);
        }
        let range = self.fresh.front_mut()?;
        let fresh = range.next();
        if range.is_empty() {
            self.fresh.pop_front();
        }
        fresh
    }
}
