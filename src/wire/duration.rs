//! ISO 8601 durations as the service writes them (`PT30S`, `PT2M`, `P1DT2H`), in whole seconds.

/// Writes seconds the way Python's `isodate` does for the SDK: largest units first, zero parts left out.
pub fn format_seconds(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, seconds) = (rest / 3_600, rest / 60 % 60, rest % 60);
    let mut text = String::from("P");
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if rest == 0 && days > 0 {
        return text;
    }
    text.push('T');
    for (amount, unit) in [(hours, 'H'), (minutes, 'M')] {
        if amount > 0 {
            text.push_str(&format!("{amount}{unit}"));
        }
    }
    if seconds > 0 || rest == 0 {
        text.push_str(&format!("{seconds}S"));
    }
    text
}

/// Reads a duration; fractions of a second are cut off, months and years are refused.
pub fn parse_seconds(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let date = parse_units(date, &[('W', 604_800), ('D', 86_400)])?;
    let time = parse_units(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    date.checked_add(time)
}

fn parse_units(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0u64;
    let mut number = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() || c == '.' {
            number.push(c);
            continue;
        }
        let (_, size) = units.iter().find(|(unit, _)| *unit == c)?;
        let whole: u64 = number.split('.').next()?.parse().ok()?;
        total = total.checked_add(whole.checked_mul(*size)?)?;
        number.clear();
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_as_the_sdk_writes_them() {
        let cases = [
            (30, "PT30S"),
            (60, "PT1M"),
            (90, "PT1M30S"),
            (3_600, "PT1H"),
            (86_400, "P1D"),
            (90_061, "P1DT1H1M1S"),
            (0, "PT0S"),
        ];
        for (seconds, text) in cases {
            assert_eq!(format_seconds(seconds), text);
            assert_eq!(parse_seconds(text), Some(seconds));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "30", "PT", "PT30", "PTS", "P1Y", "PT1X"] {
            let expected = if text == "PT" { Some(0) } else { None };
            assert_eq!(parse_seconds(text), expected, "{text}");
        }
    }
}
