//! Colours: of log lines, and of JSON and YAML for `jsonc` and `yamlc`. Texts are coloured after they are complete, so
//! the plain formats and the coloured ones cannot drift apart.

const RESET: &str = "\x1b[0m";

/// What a log line is about, which decides its colour and level word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something the user should know.
    Warning,
    /// Something `--verbose` shows.
    Info,
    /// Something `--debug` shows.
    Debug,
}

impl Level {
    /// The word before the text of an uncoloured line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }

    /// The text of a line in the colour of its level.
    pub fn paint(self, text: &str) -> String {
        let colour = match self {
            Self::Error => "\x1b[91m",
            Self::Warning => "\x1b[93m",
            Self::Info => "\x1b[32m",
            Self::Debug => "\x1b[36m",
        };
        format!("{colour}{text}{RESET}")
    }
}

const WHITE_SPACE: &str = "\x1b[37m";
const KEY: &str = "\x1b[94m";
const TEXT: &str = "\x1b[33m";
const WORD: &str = "\x1b[34m";
const PLAIN: &str = "\x1b[39;49;00m";

fn paint(colour: &str, text: &str, out: &mut String) {
    for line in text.split_inclusive('\n') {
        let (line, line_break) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        out.push_str(colour);
        out.push_str(line);
        out.push_str(PLAIN);
        out.push_str(line_break);
    }
}

/// Colours JSON as pygments does for a terminal.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '[' | ']' | '{' | '}' | ':' | ',' => 1,
            ' ' | '\n' => rest.find(|next| !matches!(next, ' ' | '\n')).unwrap_or(rest.len()),
            _ => rest.find([',', ']', '}', '\n']).unwrap_or(rest.len()),
        };
        let (token, tail) = rest.split_at(length);
        match first {
            '"' if tail.starts_with(':') => paint(KEY, token, &mut out),
            '"' => paint(TEXT, token, &mut out),
            '[' | ']' | '{' | '}' | ':' | ',' => out.push_str(token),
            ' ' | '\n' => paint(WHITE_SPACE, token, &mut out),
            _ => paint(WORD, token, &mut out),
        }
        rest = tail;
    }
    out
}

/// The length of the JSON string a text starts with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text[1..].find(|character| {
        let closes = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Colours keys and quoted texts of block-style YAML.
pub fn yaml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    // What a line starts with decides: indentation, dashes, then a key, a scalar or the rest of a scalar.
    while !rest.is_empty() {
        let marks = rest.find(|character| !matches!(character, ' ' | '\n')).unwrap_or(rest.len());
        let (blanks, tail) = rest.split_at(marks);
        out.push_str(blanks);
        rest = yaml_token(tail, &mut out);
    }
    out
}

fn yaml_token<'t>(text: &'t str, out: &mut String) -> &'t str {
    if text.starts_with(['\'', '"']) {
        let (token, tail) = text.split_at(quoted_length(text));
        paint(TEXT, token, out);
        return tail;
    }
    for mark in ["- ", "? ", ": "] {
        if let Some(tail) = text.strip_prefix(mark) {
            out.push_str(mark);
            return tail;
        }
    }
    let end = text.find('\n').unwrap_or(text.len());
    let (line, tail) = text.split_at(end);
    let key = line.find(": ").or_else(|| line.strip_suffix(':').map(str::len));
    match key {
        Some(key) => {
            paint(KEY, &line[..key], out);
            out.push(':');
            &text[key + 1..]
        }
        None => {
            out.push_str(line);
            tail
        }
    }
}

/// The length of the quoted scalar a text starts with. A doubled single quote stands for one.
fn quoted_length(text: &str) -> usize {
    if text.starts_with('"') {
        return string_length(text);
    }
    let bytes = text.as_bytes();
    let mut position = 1;
    while position < bytes.len() {
        match (bytes[position], bytes.get(position + 1)) {
            (b'\'', Some(b'\'')) => position += 2,
            (b'\'', _) => return position + 1,
            _ => position += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_coloured_as_pygments_colours_it() {
        let expected = "{\x1b[37m\x1b[39;49;00m\n\x1b[37m  \x1b[39;49;00m\x1b[94m\"n\"\x1b[39;49;00m:\x1b[37m \
                        \x1b[39;49;00m\x1b[34m1\x1b[39;49;00m,\x1b[37m\x1b[39;49;00m\n\x1b[37m  \x1b[39;49;00m\x1b[94m\
                        \"name\"\x1b[39;49;00m:\x1b[37m \x1b[39;49;00m\x1b[33m\"x\\\",: {\"\x1b[39;49;00m\x1b[37m\
                        \x1b[39;49;00m\n}\x1b[37m\x1b[39;49;00m\n";
        assert_eq!(json("{\n  \"n\": 1,\n  \"name\": \"x\\\",: {\"\n}\n"), expected);
    }

    #[test]
    fn yaml_keys_and_quoted_texts_are_coloured() {
        let coloured = yaml("a b: it's\nk: 'x: ''y\n\n  z'\nl:\n- - c: \"d\\\"\"\n? ''\n: plain\n");
        let expected = "\x1b[94ma b\x1b[39;49;00m: it's\n\x1b[94mk\x1b[39;49;00m: \x1b[33m'x: ''y\x1b[39;49;00m\n\
                        \x1b[33m\x1b[39;49;00m\n\x1b[33m  z'\x1b[39;49;00m\n\x1b[94ml\x1b[39;49;00m:\n- - \
                        \x1b[94mc\x1b[39;49;00m: \x1b[33m\"d\\\"\"\x1b[39;49;00m\n? \x1b[33m''\x1b[39;49;00m\n: plain\n";
        assert_eq!(coloured, expected);
    }

    #[test]
    fn colouring_ends_on_any_text() {
        for text in ["", "\"", "'", "\\", "'é", "\"\\", "- ", ":", "a:", "[1"] {
            json(text);
            yaml(text);
        }
    }
}
