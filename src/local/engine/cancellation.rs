//! Hearing that a job shall stop.

use std::time::Duration;

use tokio::time::sleep;

use super::ending::warn_of_record;
use super::logs::JobLogs;
use super::record::JobRecord;

/// How often a cancellation is looked for.
const POLL: Duration = Duration::from_millis(200);

/// Waits until somebody asks to stop the job.
pub(super) async fn cancel_requested(record: &dyn JobRecord, logs: &JobLogs) {
    let mut told = false;
    loop {
        match record.cancel_requested() {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) if !told => {
                told = true;
                warn_of_record(&error, logs);
            }
            Err(_) => {}
        }
        sleep(POLL).await;
    }
}
