//! One worker process in the hands of the executor: what it was sent, what its clock says, why it has to go.

use std::collections::VecDeque;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::failure::WorkerFailure;
use super::job_report::Attempt;
use super::worker::{Worker, WorkerIdentity};

/// A worker process and what the executor knows of it.
pub(super) struct Hand {
    pub(super) worker: Worker,
    pub(super) phase: Phase,
    /// The mini-batches that were sent and not answered; the worker is at the first.
    sent: VecDeque<Sent>,
    started_at: OffsetDateTime,
    /// When it has taken too long.
    pub(super) deadline: Option<Instant>,
    /// Where its committed rows end in its segment.
    pub(super) committed: u64,
    /// Why it was told or made to go, and the mini-batch that is to blame for it, if any is.
    pub(super) parting: Option<(WorkerFailure, Option<u64>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Starting,
    Scoring,
    Retiring,
}

pub(super) struct Sent {
    mini_batch: u64,
    files: u64,
    attempt: u32,
    sent_at: Instant,
    /// When the worker got to it.
    began_at: Instant,
}

impl Sent {
    pub(super) fn now(mini_batch: u64, files: u64, attempt: u32) -> Self {
        let now = Instant::now();
        Self { mini_batch, files, attempt, sent_at: now, began_at: now }
    }
}

impl Hand {
    /// A process that was just started and has to be ready before the deadline.
    pub(super) fn new(worker: Worker, deadline: Instant) -> Self {
        Self {
            worker,
            phase: Phase::Starting,
            sent: VecDeque::new(),
            started_at: crate::clock::now(),
            deadline: Some(deadline),
            committed: 0,
            parting: None,
        }
    }

    /// It is sent one more mini-batch; if it has no other, its time starts now.
    pub(super) fn take(&mut self, sent: Sent, limit: Instant) {
        if self.sent.is_empty() {
            self.deadline = Some(limit);
        }
        self.sent.push_back(sent);
    }

    /// Whether this is the mini-batch it has to answer for next.
    pub(super) fn is_at(&self, mini_batch: u64) -> bool {
        self.sent.front().is_some_and(|sent| sent.mini_batch == mini_batch)
    }

    /// The attempt it is at, as it is now.
    pub(super) fn attempt(&self, worker: WorkerIdentity) -> Option<Attempt> {
        self.sent.front().map(|sent| Attempt {
            worker,
            worker_started: self.started_at,
            mini_batch: sent.mini_batch,
            files: sent.files,
            attempt: sent.attempt,
            elapsed: sent.sent_at.elapsed(),
            processing: sent.began_at.elapsed(),
        })
    }

    /// It answered for the mini-batch it was at; the next one it has starts now. Answers the first.
    pub(super) fn answered(&mut self, worker: WorkerIdentity, limit: Instant) -> Option<Attempt> {
        let attempt = self.attempt(worker);
        self.sent.pop_front();
        if let Some(next) = self.sent.front_mut() {
            next.began_at = Instant::now();
        }
        if self.parting.is_none() {
            self.deadline = (!self.sent.is_empty()).then_some(limit);
        }
        attempt
    }

    /// Lets it end by itself, by the order that says how.
    pub(super) fn retire(&mut self, order: Vec<u8>, limit: Instant) {
        (self.phase, self.deadline) = (Phase::Retiring, Some(limit));
        self.worker.send(order);
    }

    /// Makes it go. The first reason counts.
    pub(super) fn part(&mut self, failure: WorkerFailure) {
        let at = self.sent.front().map(|sent| sent.mini_batch);
        self.parting.get_or_insert((failure, at));
        self.deadline = None;
        self.worker.kill();
    }
}
