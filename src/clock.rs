//! Wall-clock time for display and records; logic that depends on time takes `now` as an argument.

use time::OffsetDateTime;
use time::macros::format_description;

/// The present moment in UTC.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// ISO 8601 with microseconds, `2026-11-22T15:25:43.000001+00:00`, as the service writes dates.
pub fn iso_micros(moment: OffsetDateTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00");
    moment.to_offset(time::UtcOffset::UTC).format(&format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc_with_microseconds() {
        let moment = OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_000_001);
        assert_eq!(iso_micros(moment), "1970-01-01T00:00:01.000001+00:00");
    }
}
