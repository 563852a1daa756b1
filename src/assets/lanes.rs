//! How many requests are under way at once: as many as the service keeps up with, within a budget of memory.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests at once when a transfer begins.
const START: usize = 16;
/// Most requests at once.
pub(super) const MOST: usize = 256;
/// Bytes of content held in memory at once, in [`UNIT`]s.
const BUDGET: u32 = (96 << 20) / UNIT as u32;
/// What memory is counted in.
const UNIT: u64 = 4 << 10;
/// What a request costs besides its bytes, in bytes that could have been sent meanwhile.
const REQUEST_COST: u64 = 64 << 10;
/// By how much twice as many requests have to be faster to be worth it.
const WORTHWHILE: f64 = 1.2;

/// The lanes of one transfer.
#[derive(Debug)]
pub(super) struct Lanes {
    slots: Semaphore,
    memory: Semaphore,
    pace: Mutex<Pace>,
}

/// The right to have one request under way, and its content in memory.
#[derive(Debug)]
pub(super) struct Lane<'a> {
    lanes: &'a Lanes,
    slot: Option<SemaphorePermit<'a>>,
    _memory: SemaphorePermit<'a>,
    entered: Instant,
}

impl Lanes {
    /// Lanes for a transfer that begins; `pushbacks` is how often the service had asked for patience before.
    pub(super) fn new(pushbacks: u64) -> Self {
        Self {
            slots: Semaphore::new(START),
            memory: Semaphore::new(BUDGET as usize),
            pace: Mutex::new(Pace::new(Instant::now(), pushbacks)),
        }
    }

    /// Waits until a request with `bytes` of content may begin.
    pub(super) async fn enter(&self, bytes: u64) -> Lane<'_> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(BUDGET);
        let closed = "the semaphores of a transfer are never closed";
        let slot = self.slots.acquire().await.expect(closed);
        let memory = self.memory.acquire_many(units).await.expect(closed);
        Lane { lanes: self, slot: Some(slot), _memory: memory, entered: Instant::now() }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane<'_> {
    /// Says that the request is done; `pushbacks` is how often the service has asked for patience so far.
    pub(super) fn finish(self, bytes: u64, pushbacks: u64) {
        let mut pace = self.lanes.pace();
        pace.finished(bytes, self.entered, Instant::now(), pushbacks);
        let more = pace.limit.saturating_sub(pace.lent);
        pace.lent += more;
        self.lanes.slots.add_permits(more);
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut pace = self.lanes.pace();
        if pace.lent > pace.limit
            && let Some(slot) = self.slot.take()
        {
            slot.forget();
            pace.lent -= 1;
        }
    }
}

/// Finds how many requests at once are worth it: doubles them while that is faster, halves them when the service asks
/// for patience, and then goes back up one by one.
#[derive(Debug)]
struct Pace {
    limit: usize,
    /// Slots there are, taken or free; follows the limit as requests end.
    lent: usize,
    /// Where growth ends; not found yet while it doubles.
    ceiling: Option<usize>,
    /// Best rate so far, in bytes a second.
    best: f64,
    window: Window,
    pushbacks: u64,
    halved: Option<Instant>,
}

/// The requests since the limit was last looked at.
#[derive(Debug)]
struct Window {
    began: Instant,
    requests: usize,
    work: u64,
}

impl Window {
    fn new(began: Instant) -> Self {
        Self { began, requests: 0, work: 0 }
    }
}

impl Pace {
    fn new(now: Instant, pushbacks: u64) -> Self {
        Self {
            limit: START,
            lent: START,
            ceiling: None,
            best: 0.0,
            window: Window::new(now),
            pushbacks,
            halved: None,
        }
    }

    fn finished(&mut self, bytes: u64, entered: Instant, now: Instant, pushbacks: u64) {
        if pushbacks > self.pushbacks {
            self.pushbacks = pushbacks;
            // What began before the last halving says nothing about the pace since.
            if self.halved.is_none_or(|halved| entered >= halved) {
                self.halve(now);
            }
            return;
        }
        self.window.requests += 1;
        self.window.work += bytes + REQUEST_COST;
        if self.window.requests >= self.limit {
            self.judge(now);
        }
    }

    fn halve(&mut self, now: Instant) {
        self.ceiling = Some(self.ceiling.unwrap_or(self.limit));
        self.limit = (self.limit / 2).max(1);
        self.halved = Some(now);
        self.window = Window::new(now);
    }

    fn judge(&mut self, now: Instant) {
        let seconds = now.duration_since(self.window.began).as_secs_f64();
        let rate = self.window.work as f64 / seconds.max(f64::EPSILON);
        match self.ceiling {
            Some(ceiling) => self.limit = (self.limit + 1).min(ceiling),
            None if rate < self.best * WORTHWHILE => {
                self.limit = (self.limit / 2).max(START);
                self.ceiling = Some(self.limit);
            }
            None => self.limit = (self.limit * 2).min(MOST),
        }
        if self.limit == MOST {
            self.ceiling = Some(MOST);
        }
        self.best = self.best.max(rate);
        self.window = Window::new(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A service that answers each request `latency` after it began, at most `capacity` requests in that time.
    fn run(pace: &mut Pace, mut now: Instant, rounds: usize, latency: Duration, capacity: usize) -> Instant {
        for _ in 0..rounds {
            let (at_once, entered) = (pace.limit, now);
            let slowed = latency * u32::try_from(at_once.div_ceil(capacity)).unwrap_or(1);
            now += slowed;
            for _ in 0..at_once {
                pace.finished(10_000, entered, now, pace.pushbacks);
            }
        }
        now
    }

    #[test]
    fn requests_double_while_that_is_faster_and_stop_where_it_is_not() {
        let start = Instant::now();
        let mut pace = Pace::new(start, 0);
        run(&mut pace, start, 20, Duration::from_millis(20), 1000);
        assert_eq!(pace.limit, MOST);
        let mut pace = Pace::new(start, 0);
        run(&mut pace, start, 20, Duration::from_millis(20), 64);
        assert_eq!(pace.limit, 64);
        let mut pace = Pace::new(start, 0);
        run(&mut pace, start, 20, Duration::from_millis(20), 1);
        assert_eq!(pace.limit, START);
    }

    #[test]
    fn a_service_that_asks_for_patience_gets_half_once_a_round_and_recovers_slowly() {
        let start = Instant::now();
        let mut pace = Pace::new(start, 0);
        let now = run(&mut pace, start, 20, Duration::from_millis(20), 1000);
        let later = now + Duration::from_millis(5);
        for pushbacks in 1..=10 {
            pace.finished(10_000, now, later, pushbacks);
        }
        assert_eq!(pace.limit, MOST / 2, "one round of refusals is one refusal");
        pace.finished(10_000, later, later, 11);
        assert_eq!(pace.limit, MOST / 4);
        let now = run(&mut pace, later, 10, Duration::from_millis(20), 1000);
        assert_eq!(pace.limit, MOST / 4 + 10);
        run(&mut pace, now, 300, Duration::from_millis(20), 1000);
        assert_eq!(pace.limit, MOST, "no more than before");
        for pushbacks in 12..40 {
            let later = now + Duration::from_secs(pushbacks);
            pace.finished(1, later, later, pushbacks);
        }
        assert_eq!(pace.limit, 1, "some always goes on");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn slots_follow_the_limit_and_memory_is_bounded() {
        let lanes = Lanes::new(0);
        let lane = lanes.enter(1).await;
        lane.finish(1, 1);
        assert_eq!(lanes.pace().limit, START / 2);
        let held: Vec<_> = futures_util::future::join_all((0..START / 2).map(|_| lanes.enter(1))).await;
        // The slots of the former limit go as their requests end.
        drop(held);
        assert_eq!(lanes.slots.available_permits(), START / 2);
        let _most = lanes.enter(u64::MAX).await;
        let more = tokio::time::timeout(Duration::from_millis(5), lanes.enter(1)).await;
        assert!(more.is_err(), "more than the budget was lent");
    }
}
