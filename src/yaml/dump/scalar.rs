//! How a text may be written: which texts YAML 1.1 would read as something else, and which characters need which
//! quotes. Writes nothing itself.

/// How to write a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Quoted(Quoting),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Single,
    Double,
}

/// The characters YAML takes for a line break.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Picks the lightest style in which a text reads back as itself.
pub(super) fn style(text: &str, allow_unicode: bool, simple_key: bool) -> Style {
    if text.is_empty() {
        return Style::Quoted(Quoting::Single);
    }
    let has_breaks = text.contains(is_break);
    let only_double = text.chars().any(|character| is_special(character, allow_unicode))
        || blanks_touch_breaks(text)
        || (simple_key && has_breaks);
    if only_double {
        return Style::Quoted(Quoting::Double);
    }
    let plain = !has_breaks
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !has_block_indicator(text)
        && !is_other_type(text);
    if plain { Style::Plain } else { Style::Quoted(Quoting::Single) }
}

/// Whether a character can stand only in double quotes.
fn is_special(character: char, allow_unicode: bool) -> bool {
    match character {
        '\n' | ' '..='~' => false,
        '\u{feff}' | '\u{10ffff}' => true,
        '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => !allow_unicode,
        _ => true,
    }
}

/// A blank next to a line break does not survive in single quotes.
fn blanks_touch_breaks(text: &str) -> bool {
    let mut previous = None;
    text.chars().any(|character| {
        let before = previous.replace(character);
        match before {
            Some(' ') => is_break(character),
            Some(before) => character == ' ' && is_break(before),
            None => false,
        }
    })
}

fn is_blank_or_end(character: Option<char>) -> bool {
    character.is_none_or(|character| matches!(character, '\0' | ' ' | '\t' | '\r') || is_break(character))
}

/// Whether some character would be read as a mark of structure.
fn has_block_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut characters = text.chars().peekable();
    let first = characters.next();
    let next = characters.peek().copied();
    match first {
        Some(
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`',
        ) => {
            return true;
        }
        Some('?' | ':' | '-') if is_blank_or_end(next) => return true,
        _ => {}
    }
    let mut previous = first;
    while let Some(character) = characters.next() {
        match character {
            ':' if is_blank_or_end(characters.peek().copied()) => return true,
            '#' if is_blank_or_end(previous) => return true,
            _ => previous = Some(character),
        }
    }
    false
}

/// Whether YAML 1.1 would read the plain text as something other than text.
fn is_other_type(text: &str) -> bool {
    is_word(text) || is_integer(text) || is_float(text) || is_timestamp(text)
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["yes", "no", "true", "false", "on", "off", "null", "~", "="];
    let lower = text.to_ascii_lowercase();
    let mut capitalized = lower.clone();
    if let Some(first) = capitalized.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let regular_case = text == lower || text == capitalized || text == text.to_ascii_uppercase();
    text == "<<" || (regular_case && WORDS.contains(&lower.as_str()))
}

fn is_integer(text: &str) -> bool {
    let mut scan = Scan(text);
    scan.sign();
    let unsigned = scan.0;
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return !digits.is_empty() && digits.chars().all(|digit| matches!(digit, '0' | '1' | '_'));
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit() || digit == '_');
    }
    if let Some(digits) = unsigned.strip_prefix('0') {
        return digits.chars().all(|digit| matches!(digit, '0'..='7' | '_'));
    }
    if !scan.digits_and_underscores() {
        return false;
    }
    while scan.sexagesimal_part() {}
    scan.is_done()
}

fn is_float(text: &str) -> bool {
    let mut scan = Scan(text);
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if scan.accept('.') {
        // Without digits before the point there must be some behind it, and no sign.
        return matches!(scan.0, "inf" | "Inf" | "INF")
            || (scan.digits_and_underscores() && scan.exponent() && scan.is_done());
    }
    scan.sign();
    if matches!(scan.0, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    if !scan.digits_and_underscores() {
        return false;
    }
    let mut sexagesimal = false;
    while scan.sexagesimal_part() {
        sexagesimal = true;
    }
    if !scan.accept('.') {
        return false;
    }
    scan.take_while(|character| character.is_ascii_digit() || character == '_');
    (sexagesimal || scan.exponent()) && scan.is_done()
}

fn is_timestamp(text: &str) -> bool {
    let mut scan = Scan(text);
    if !(scan.digits(4, 4) && scan.accept('-')) {
        return false;
    }
    let date = scan.0;
    let mut short = Scan(date);
    if short.digits(2, 2) && short.accept('-') && short.digits(2, 2) && short.is_done() {
        return true;
    }
    if !(scan.digits(1, 2) && scan.accept('-') && scan.digits(1, 2) && scan.date_separator()) {
        return false;
    }
    let time =
        scan.digits(1, 2) && scan.accept(':') && scan.digits(2, 2) && scan.accept(':') && scan.digits(2, 2);
    if !time {
        return false;
    }
    if scan.accept('.') {
        scan.take_while(|character| character.is_ascii_digit());
    }
    scan.is_done() || scan.time_zone()
}

/// What is left of a text being matched.
struct Scan<'t>(&'t str);

impl<'t> Scan<'t> {
    fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    fn accept(&mut self, expected: char) -> bool {
        match self.0.strip_prefix(expected) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'t str {
        let end = self.0.find(|character| !keep(character)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn sign(&mut self) {
        let _ = self.accept('-') || self.accept('+');
    }

    /// Between `least` and `most` digits, as many as there are.
    fn digits(&mut self, least: usize, most: usize) -> bool {
        let count = self.0.chars().take(most).take_while(char::is_ascii_digit).count();
        self.0 = &self.0[count..];
        count >= least
    }

    /// A digit, then digits and underscores.
    fn digits_and_underscores(&mut self) -> bool {
        let starts = self.0.starts_with(|character: char| character.is_ascii_digit());
        self.take_while(|character| character.is_ascii_digit() || character == '_');
        starts
    }

    /// `:` and a number below 60.
    fn sexagesimal_part(&mut self) -> bool {
        let before = self.0;
        let matched = self.accept(':') && {
            let tens = self.0.starts_with(|character| matches!(character, '0'..='5'));
            self.digits(1, if tens { 2 } else { 1 })
        };
        if !matched {
            self.0 = before;
        }
        matched
    }

    /// An exponent, which must have a sign; none at all is fine.
    fn exponent(&mut self) -> bool {
        if !(self.accept('e') || self.accept('E')) {
            return true;
        }
        (self.accept('-') || self.accept('+')) && self.digits(1, usize::MAX)
    }

    fn date_separator(&mut self) -> bool {
        self.accept('T') || self.accept('t') || !self.blanks().is_empty()
    }

    fn blanks(&mut self) -> &'t str {
        self.take_while(|character| matches!(character, ' ' | '\t'))
    }

    fn time_zone(&mut self) -> bool {
        self.blanks();
        if self.accept('Z') {
            return self.is_done();
        }
        let hours = (self.accept('-') || self.accept('+')) && self.digits(1, 2);
        hours && (self.is_done() || (self.accept(':') && self.digits(2, 2) && self.is_done()))
    }
}

/// Whether a character of a double-quoted text must be escaped.
pub(super) fn needs_escape(character: char, allow_unicode: bool) -> bool {
    match character {
        '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        ' '..='~' => false,
        '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' => !allow_unicode,
        _ => true,
    }
}

/// The escape sequence of a character in double quotes.
pub(super) fn escape(character: char) -> String {
    let letter = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => character,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => return escape_by_number(u32::from(character)),
    };
    format!("\\{letter}")
}

fn escape_by_number(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02X}"),
        0x100..=0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}
