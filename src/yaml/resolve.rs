//! Scalars: which type a plain text has by YAML 1.1, and what value it stands for, both as PyYAML decides it.

use super::load::Yaml;

/// Types a scalar can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Str,
    Binary,
    Merge,
    Value,
}

impl Kind {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Null, "null"),
        (Self::Bool, "bool"),
        (Self::Int, "int"),
        (Self::Float, "float"),
        (Self::Timestamp, "timestamp"),
        (Self::Str, "str"),
        (Self::Binary, "binary"),
        (Self::Merge, "merge"),
        (Self::Value, "value"),
    ];

    /// The name in the YAML namespace.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("str", |(_, name)| name)
    }

    /// The type of that name. `merge` and `value` have no constructor of their own.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (kind, _) = Self::ALL.iter().find(|(_, found)| *found == name)?;
        (!matches!(kind, Self::Merge | Self::Value)).then_some(*kind)
    }
}

/// The type of a plain scalar.
pub(super) fn implicit(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "<<" => return Kind::Merge,
        "=" => return Kind::Value,
        _ if is_bool(text) => return Kind::Bool,
        _ => {}
    }
    // PyYAML looks at the first character before it tries any pattern; the order of tries matters for `1:30`.
    if !text.starts_with(|first: char| matches!(first, '-' | '+' | '.') || first.is_ascii_digit()) {
        Kind::Str
    } else if is_float(text) {
        Kind::Float
    } else if is_int(text) {
        Kind::Int
    } else if is_timestamp(text) {
        Kind::Timestamp
    } else {
        Kind::Str
    }
}

fn is_bool(text: &str) -> bool {
    let capitalised = |word: &str| {
        let (first, rest) = word.split_at(1);
        text == word || text == word.to_ascii_uppercase() || text == first.to_ascii_uppercase() + rest
    };
    ["yes", "no", "true", "false", "on", "off"].into_iter().any(capitalised)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn only(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(allowed)
}

fn digits(text: &str) -> bool {
    only(text, |byte| byte.is_ascii_digit() || byte == b'_')
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

/// Everything after the first colon of `1:30:00`: each part below 60.
fn is_base_60(text: &str) -> bool {
    text.split(':').all(|part| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    })
}

/// An exponent counts only with a sign: `1.0e3` is text to PyYAML.
fn is_exponent(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['e', 'E']) else {
        return text.is_empty();
    };
    let Some(digits) = rest.strip_prefix(['-', '+']) else {
        return false;
    };
    !digits.is_empty() && only(digits, |byte| byte.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    let bare = unsigned(text);
    if matches!(bare, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, fraction)) = bare.split_once('.') else {
        return false;
    };
    let (mantissa, exponent) = fraction.split_at(fraction.find(['e', 'E']).unwrap_or(fraction.len()));
    if whole.is_empty() {
        // The pattern for a leading point allows no sign.
        return text.starts_with('.')
            && starts_with_digit(fraction)
            && digits(mantissa)
            && is_exponent(exponent);
    }
    if !starts_with_digit(whole) {
        return false;
    }
    match whole.split_once(':') {
        Some((first, rest)) => digits(first) && is_base_60(rest) && digits(fraction),
        None => digits(whole) && digits(mantissa) && is_exponent(exponent),
    }
}

fn is_int(text: &str) -> bool {
    let bare = unsigned(text);
    if let Some(rest) = bare.strip_prefix("0b") {
        return !rest.is_empty() && only(rest, |byte| matches!(byte, b'0' | b'1' | b'_'));
    }
    if let Some(rest) = bare.strip_prefix("0x") {
        return !rest.is_empty() && only(rest, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    if let Some(rest) = bare.strip_prefix('0') {
        return only(rest, |byte| (b'0'..=b'7').contains(&byte) || byte == b'_');
    }
    if !starts_with_digit(bare) {
        return false;
    }
    match bare.split_once(':') {
        Some((first, rest)) => digits(first) && is_base_60(rest),
        None => digits(bare),
    }
}

fn is_timestamp(text: &str) -> bool {
    is_date_shaped(text) || Timestamp::parse(text).is_some()
}

fn is_date_shaped(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The value of `text` as a scalar of type `kind`, or why it is none.
pub(super) fn scalar(kind: Kind, text: &str) -> Result<Yaml, String> {
    match kind {
        Kind::Null => Ok(Yaml::Null),
        Kind::Bool => boolean(text),
        Kind::Int => integer(text).ok_or_else(|| format!("`{text}` is not an integer")),
        Kind::Float => float(text).map(Yaml::Float).ok_or_else(|| format!("`{text}` is not a number")),
        Kind::Timestamp => timestamp(text).ok_or_else(|| format!("`{text}` is not a date that exists")),
        Kind::Binary => Ok(Yaml::Binary(text.split_whitespace().collect())),
        Kind::Str | Kind::Merge | Kind::Value => Ok(Yaml::Str(text.to_owned())),
    }
}

fn boolean(text: &str) -> Result<Yaml, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(Yaml::Bool(true)),
        "no" | "false" | "off" => Ok(Yaml::Bool(false)),
        _ => Err(format!("`{text}` is not a boolean")),
    }
}

fn integer(text: &str) -> Option<Yaml> {
    let clean = text.replace('_', "");
    let (negative, bare) = (clean.starts_with('-'), unsigned(&clean));
    let magnitude = if let Some(rest) = bare.strip_prefix("0b") {
        i128::from_str_radix(rest, 2).ok()
    } else if let Some(rest) = bare.strip_prefix("0x") {
        i128::from_str_radix(rest, 16).ok()
    } else if bare.len() > 1 && bare.starts_with('0') {
        i128::from_str_radix(bare, 8).ok()
    } else if bare.contains(':') {
        bare.split(':').try_fold(0i128, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))
    } else if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        match bare.parse() {
            Ok(value) => Some(value),
            Err(_) if bare.is_empty() => None,
            Err(_) => return Some(Yaml::BigInt(format!("{}{bare}", if negative { "-" } else { "" }))),
        }
    } else {
        None
    }?;
    Some(Yaml::Int(if negative { -magnitude } else { magnitude }))
}

fn float(text: &str) -> Option<f64> {
    let clean = text.replace('_', "").to_ascii_lowercase();
    let bare = unsigned(&clean);
    let magnitude = match bare {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ if bare.contains(':') => {
            bare.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))?
        }
        _ if bare.starts_with(|first: char| first.is_ascii_digit() || first == '.') => bare.parse().ok()?,
        _ => return None,
    };
    Some(if clean.starts_with('-') { -magnitude } else { magnitude })
}

fn timestamp(text: &str) -> Option<Yaml> {
    if is_date_shaped(text) {
        let part = |range| text.get(range).and_then(|digits: &str| digits.parse::<u32>().ok());
        let exists = date_exists(part(0..4)?, part(5..7)?, part(8..10)?);
        return exists.then(|| Yaml::Date(text.to_owned()));
    }
    let stamp = Timestamp::parse(text)?;
    let [year, month, day, hour, minute, second] = stamp.parts;
    if !date_exists(year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction: String = stamp.fraction.chars().take(6).collect();
    let fraction = if fraction.is_empty() { fraction } else { format!(".{fraction:0<6}") };
    Some(Yaml::DateTime(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{}",
        stamp.zone
    )))
}

fn date_exists(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    year >= 1 && (1..=days).contains(&day)
}

/// A date with a time, taken apart.
struct Timestamp<'t> {
    /// Year, month, day, hour, minute, second.
    parts: [u32; 6],
    fraction: &'t str,
    zone: &'t str,
}

impl<'t> Timestamp<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let mut cursor = Cursor(text);
        let year = cursor.digits(4, 4)?;
        cursor.literal('-')?;
        let month = cursor.digits(1, 2)?;
        cursor.literal('-')?;
        let day = cursor.digits(1, 2)?;
        cursor.date_time_separator()?;
        let hour = cursor.digits(1, 2)?;
        cursor.literal(':')?;
        let minute = cursor.digits(2, 2)?;
        cursor.literal(':')?;
        let second = cursor.digits(2, 2)?;
        let fraction = cursor.fraction();
        let zone = cursor.zone()?;
        Some(Self { parts: [year, month, day, hour, minute, second], fraction, zone })
    }
}

struct Cursor<'t>(&'t str);

impl<'t> Cursor<'t> {
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let length = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at(length);
        self.0 = rest;
        if length < least { None } else { number.parse().ok() }
    }

    fn literal(&mut self, expected: char) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn date_time_separator(&mut self) -> Option<()> {
        let spaceless = self.0.trim_start_matches([' ', '\t']);
        let rest =
            self.0.strip_prefix(['T', 't']).or((spaceless.len() < self.0.len()).then_some(spaceless))?;
        self.0 = rest;
        Some(())
    }

    fn fraction(&mut self) -> &'t str {
        let Some(rest) = self.0.strip_prefix('.') else {
            return "";
        };
        let (fraction, rest) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
        self.0 = rest;
        fraction
    }

    /// The zone with nothing behind it; empty where there is none.
    fn zone(&mut self) -> Option<&'t str> {
        let zone = self.0.trim_start_matches([' ', '\t']);
        if zone.is_empty() {
            return self.0.is_empty().then_some("");
        }
        if zone == "Z" {
            return Some(zone);
        }
        let offset = zone.strip_prefix(['-', '+'])?;
        let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
        let numeric =
            only(hours, |byte| byte.is_ascii_digit()) && only(minutes, |byte| byte.is_ascii_digit());
        (numeric && matches!(hours.len(), 1 | 2) && minutes.len() == 2).then_some(zone)
    }
}
