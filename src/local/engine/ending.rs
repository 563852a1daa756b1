//! Patience with the keeper of a job, first of all when its end is put on record: nobody else can tell how it ended.

use std::time::Duration;

use tokio::time::sleep;

use super::logs::JobLogs;
use super::record::{JobError, JobRecord, RecordError};
use crate::wire::job::JobStatus;

/// How the pauses grow between attempts, and how many there are before giving up: some minutes in all.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const PAUSES: usize = 40;

/// Puts the end on record and answers it.
pub(super) async fn finish(
    record: &dyn JobRecord,
    status: JobStatus,
    error: Option<&JobError>,
    logs: Option<&JobLogs>,
) -> JobStatus {
    if let Err(error) = patiently(|| record.finish(status, error)).await
        && let Some(logs) = logs
    {
        warn_of_record(&error, logs);
    }
    status
}

/// Asks the keeper of a job again and again, for some minutes, where the job cannot go on without the answer.
pub(super) async fn patiently<T>(ask: impl Fn() -> Result<T, RecordError>) -> Result<T, RecordError> {
    for pause in pauses() {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(_) => sleep(pause).await,
        }
    }
    ask()
}

/// How long to wait after each failed attempt.
fn pauses() -> impl Iterator<Item = Duration> {
    let growing = std::iter::successors(Some(FIRST_PAUSE), |pause| Some((*pause * 2).min(LONGEST_PAUSE)));
    growing.take(PAUSES)
}

/// Says in the log that the record cannot be written.
pub(super) fn warn_of_record(error: &RecordError, logs: &JobLogs) {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    logs.warn(format_args!("{error}: {cause}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_the_end_is_tried_for_minutes_and_often() {
        let pauses: Vec<Duration> = pauses().collect();
        assert!(pauses.iter().sum::<Duration>() >= Duration::from_secs(180));
        assert!(pauses[0] < Duration::from_secs(1) && pauses.iter().all(|pause| *pause <= LONGEST_PAUSE));
    }
}
