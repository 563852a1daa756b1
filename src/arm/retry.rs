//! Which requests are sent again, and when. Decides only: who asks sleeps, and the clock is the answer's own.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use time::PrimitiveDateTime;
use time::macros::format_description;
use uuid::Uuid;

/// Longest pause we choose ourselves.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Shortest pause, whatever a service asks for: who asks for none must not be asked without end.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// From here on somebody at a terminal wants to know why nothing happens.
pub(super) const LONG_WAIT: Duration = Duration::from_secs(10);
/// Longest time spent on pauses for one request; a service that wants more is taken at its word, as an error.
const PATIENCE: Duration = Duration::from_secs(300);

/// How patiently requests are repeated that failed for a reason that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent again at most; 0 never sends one again.
    pub repeats: u32,
    /// Pause before the first repetition; each one after it doubles.
    pub first_pause: Duration,
}

impl RetryPolicy {
    /// For services that fail only for reasons that stay, such as the local workspace's own router.
    pub const NEVER: Self = Self { repeats: 0, first_pause: Duration::ZERO };
}

impl Default for RetryPolicy {
    /// Five repetitions within some 20 seconds: long enough for a node to be replaced, short enough to watch.
    fn default() -> Self {
        Self { repeats: 5, first_pause: Duration::from_millis(800) }
    }
}

/// What became of one attempt.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// An answer came, whole.
    Answered(StatusCode, &'a HeaderMap),
    /// The connection could not be made, or broke.
    Broken,
}

/// The attempts at one request so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attempts {
    /// How many were made.
    pub made: u32,
    /// How long was paused between them.
    pub paused: Duration,
}

impl RetryPolicy {
    /// How long to wait before the request is sent again; `None`: the outcome stands.
    ///
    /// A service that says when to come back is obeyed, a little late; otherwise pauses double. `chance` (0 to 1)
    /// spreads clients that failed together.
    pub fn pause(&self, attempts: Attempts, outcome: Outcome<'_>, chance: f64) -> Option<Duration> {
        let asked = match outcome {
            Outcome::Answered(status, _) if !may_pass(status) => return None,
            Outcome::Answered(_, headers) => asked_pause(headers),
            Outcome::Broken => None,
        };
        if attempts.made > self.repeats {
            return None;
        }
        let pause = match asked {
            Some(asked) => asked.max(self.shortest_pause()) + self.first_pause.min(asked).mul_f64(chance),
            None => {
                let doubled = self.first_pause.saturating_mul(1 << attempts.made.saturating_sub(1).min(16));
                doubled.min(LONGEST_PAUSE).mul_f64(0.5 + chance / 2.0)
            }
        };
        (attempts.paused.saturating_add(pause) <= PATIENCE).then_some(pause)
    }

    /// Shortest pause between two requests about the same thing.
    pub fn shortest_pause(&self) -> Duration {
        SHORTEST_PAUSE.min(self.first_pause)
    }
}

/// A number between 0 and 1 that no other process has.
pub fn chance() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

/// Whether the same request may well be answered otherwise a little later.
fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether an answer leaves open that the request was carried out all the same.
pub(super) fn is_unsure(outcome: Outcome<'_>) -> bool {
    match outcome {
        Outcome::Answered(status, _) => status != StatusCode::TOO_MANY_REQUESTS,
        Outcome::Broken => true,
    }
}

/// How long the service asks to wait: `x-ms-retry-after-ms`, else `Retry-After` in seconds or as a date. A wish for no
/// wait at all counts as none, as Azure's own clients take it.
pub(super) fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    wish(headers).filter(|pause| !pause.is_zero())
}

fn wish(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let millis = ["x-ms-retry-after-ms", "retry-after-ms"].into_iter().find_map(text);
    if let Some(millis) = millis.and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let after = text("retry-after")?;
    if let Ok(seconds) = after.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // The answer tells its own time, so the clock of this machine does not matter.
    let wait = http_date(after)? - http_date(text("date")?)?;
    Some(wait.try_into().unwrap_or(Duration::ZERO))
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<PrimitiveDateTime> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    PrimitiveDateTime::parse(text, &format).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy { repeats: 3, first_pause: Duration::from_secs(1) };

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn after(made: u32) -> Attempts {
        Attempts { made, paused: Duration::ZERO }
    }

    fn answered(policy: RetryPolicy, made: u32, status: u16, pairs: &[(&'static str, &str)]) -> Option<f64> {
        let (status, headers) = (StatusCode::from_u16(status).unwrap(), headers(pairs));
        let pause = policy.pause(after(made), Outcome::Answered(status, &headers), 0.0);
        pause.map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn only_failures_that_may_pass_are_worth_another_attempt() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(answered(POLICY, 1, status, &[]).is_some(), "{status}");
        }
        for status in [200, 201, 304, 400, 401, 403, 404, 409, 412, 416, 501] {
            assert_eq!(answered(POLICY, 1, status, &[]), None, "{status}");
        }
        assert!(POLICY.pause(after(1), Outcome::Broken, 0.0).is_some());
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_spread() {
        let patient = RetryPolicy { repeats: 40, ..POLICY };
        let pause = |made, chance| patient.pause(after(made), Outcome::Broken, chance).unwrap().as_secs_f64();
        assert_eq!([1, 2, 3, 4].map(|made| pause(made, 1.0)), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(pause(2, 0.0), 1.0);
        assert_eq!(pause(40, 1.0), 30.0);
    }

    #[test]
    fn attempts_end_and_so_does_patience() {
        assert!(POLICY.pause(after(3), Outcome::Broken, 0.0).is_some());
        assert_eq!(POLICY.pause(after(4), Outcome::Broken, 0.0), None);
        assert_eq!(RetryPolicy::NEVER.pause(after(1), Outcome::Broken, 0.0), None);
        let tired = Attempts { made: 2, paused: Duration::from_secs(299) };
        assert_eq!(POLICY.pause(tired, Outcome::Broken, 1.0), None);
    }

    #[test]
    fn the_service_says_when_to_come_back_and_is_never_asked_earlier() {
        assert_eq!(answered(POLICY, 1, 429, &[("retry-after", "7")]), Some(7.0));
        assert_eq!(answered(POLICY, 1, 429, &[("retry-after", "0")]), Some(0.5), "no pause at all");
        assert_eq!(answered(POLICY, 1, 429, &[("x-ms-retry-after-ms", "1")]), Some(0.2), "hardly a pause");
        let both = [("retry-after", "7"), ("x-ms-retry-after-ms", "250")];
        assert_eq!(answered(POLICY, 1, 503, &both), Some(0.25));
        let dates =
            [("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")];
        assert_eq!(answered(POLICY, 1, 503, &dates), Some(30.0));
        let past =
            [("date", "Sun, 06 Nov 1994 08:50:07 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")];
        assert_eq!(answered(POLICY, 1, 503, &past), Some(0.5));
        let header = headers(&[("retry-after", "2")]);
        let spread =
            POLICY.pause(after(1), Outcome::Answered(StatusCode::TOO_MANY_REQUESTS, &header), 1.0).unwrap();
        assert_eq!(spread.as_secs_f64(), 3.0);
    }

    #[test]
    fn what_is_no_wish_for_a_pause_leaves_it_to_us() {
        for text in ["soon", "", "-1", "1e400", "Sun, 06 Nov 1994 08:50:07 GMT"] {
            assert_eq!(answered(POLICY, 1, 503, &[("retry-after", text)]), Some(0.5), "{text:?}");
        }
    }

    #[test]
    fn a_service_that_asks_for_more_patience_than_we_have_gets_none() {
        assert_eq!(answered(POLICY, 1, 429, &[("retry-after", "3600")]), None);
    }

    #[test]
    fn only_a_request_that_was_turned_away_is_surely_not_carried_out() {
        let none = HeaderMap::new();
        assert!(!is_unsure(Outcome::Answered(StatusCode::TOO_MANY_REQUESTS, &none)));
        assert!(is_unsure(Outcome::Answered(StatusCode::SERVICE_UNAVAILABLE, &none)));
        assert!(is_unsure(Outcome::Broken));
    }
}
