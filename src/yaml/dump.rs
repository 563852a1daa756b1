//! JSON values to YAML, byte for byte as PyYAML 6 writes them in block style with sorted keys and 80 columns.
//!
//! `az` prints YAML with PyYAML, and the hash of an environment is taken over what PyYAML writes, so its line breaking
//! and quoting are part of the contract. Anchors, tags and flow style do not occur in what JSON can hold.

mod scalar;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use scalar::{Quoting, Style};

const INDENT: usize = 2;
const WIDTH: usize = 80;

/// The longest text, in characters, that may stand as a key before `:` (PyYAML allows 127 with the tag `!!str`).
const LONGEST_SIMPLE_KEY: usize = 122;

/// What `yaml.safe_dump(value, default_flow_style=False, allow_unicode=True)` returns.
pub fn dump(value: &Value) -> String {
    Emitter::new(true).document(value)
}

/// What `yaml.dump(value, sort_keys=True)` returns: as [`dump`], but everything beyond ASCII is escaped.
pub fn dump_ascii(value: &Value) -> String {
    Emitter::new(false).document(value)
}

/// Where a node stands, which decides how it may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Member,
    SimpleKey,
}

/// The indentation of the surrounding collection; none at the root.
type Indent = Option<usize>;

struct Emitter {
    out: String,
    column: usize,
    /// Whether the last character written was white space.
    whitespace: bool,
    /// Whether the line so far is only indentation and the indicators `-`, `?`, `:`.
    indention: bool,
    /// Whether the document needs an end marker, so that a bare plain scalar cannot run on.
    open_ended: bool,
    allow_unicode: bool,
}

impl Emitter {
    fn new(allow_unicode: bool) -> Self {
        let out = String::new();
        Self { out, column: 0, whitespace: true, indention: true, open_ended: false, allow_unicode }
    }

    fn document(mut self, value: &Value) -> String {
        self.node(value, Place::Root, None);
        self.write_indent(0);
        if self.open_ended {
            self.indicator("...", true);
            self.write_indent(0);
        }
        self.out
    }

    fn node(&mut self, value: &Value, place: Place, indent: Indent) {
        match value {
            Value::Array(items) if items.is_empty() => self.empty_collection("[", "]"),
            Value::Object(members) if members.is_empty() => self.empty_collection("{", "}"),
            Value::Array(items) => self.sequence(items, place, indent),
            Value::Object(members) => self.mapping(members, indent),
            Value::String(text) => self.string(text, place, indent),
            Value::Number(number) => {
                let text = number.as_f64().filter(|_| number.is_f64()).map_or(number.to_string(), float_text);
                self.plain(&text, place, indent);
            }
            Value::Null | Value::Bool(_) => self.plain(&value.to_string(), place, indent),
        }
    }

    fn empty_collection(&mut self, open: &str, close: &str) {
        self.indicator(open, true);
        self.indicator(close, false);
    }

    fn sequence(&mut self, items: &[Value], place: Place, indent: Indent) {
        // A list right behind its key is not indented under it.
        let indentless = place == Place::Member && !self.indention;
        let indent = match indent {
            Some(indent) if indentless => indent,
            other => deeper(other, 0),
        };
        for item in items {
            self.write_indent(indent);
            self.block_indicator("-");
            self.node(item, Place::Item, Some(indent));
        }
    }

    fn mapping(&mut self, members: &Map<String, Value>, indent: Indent) {
        let indent = deeper(indent, 0);
        let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        for (key, value) in sorted {
            self.write_indent(indent);
            if is_simple_key(key) {
                self.string(key, Place::SimpleKey, Some(indent));
                self.indicator(":", false);
            } else {
                self.block_indicator("?");
                self.string(key, Place::Member, Some(indent));
                self.write_indent(indent);
                self.block_indicator(":");
            }
            self.node(value, Place::Member, Some(indent));
        }
    }

    fn string(&mut self, text: &str, place: Place, indent: Indent) {
        let scalar_indent = deeper(indent, INDENT);
        let simple_key = place == Place::SimpleKey;
        match scalar::style(text, self.allow_unicode, simple_key) {
            Style::Plain => self.plain(text, place, indent),
            Style::Quoted(Quoting::Single) => self.single_quoted(text, scalar_indent, !simple_key),
            Style::Quoted(Quoting::Double) => self.double_quoted(text, scalar_indent, !simple_key),
        }
    }

    fn plain(&mut self, text: &str, place: Place, indent: Indent) {
        self.open_ended |= place == Place::Root;
        if !self.whitespace {
            self.write(" ");
        }
        self.whitespace = false;
        self.indention = false;
        for run in runs(text, |character| character == ' ') {
            if run == " " && self.column > WIDTH && place != Place::SimpleKey {
                self.continue_line(deeper(indent, INDENT));
            } else {
                self.write(run);
            }
        }
    }

    fn single_quoted(&mut self, text: &str, indent: usize, split: bool) {
        self.indicator("'", true);
        let mut position = 0;
        for run in runs(text, single_quoted_class) {
            let inside = position != 0 && position + run.len() != text.len();
            position += run.len();
            if run.starts_with(scalar::is_break) {
                self.breaks(run, indent);
            } else if run == " " && self.column > WIDTH && split && inside {
                self.write_indent(indent);
            } else {
                self.write(&run.replace('\'', "''"));
            }
        }
        self.indicator("'", false);
    }

    /// Line breaks within a quoted text: one more than the text has, since the reader folds one into a blank.
    fn breaks(&mut self, run: &str, indent: usize) {
        if run.starts_with('\n') {
            self.line_break('\n');
        }
        for character in run.chars() {
            self.line_break(character);
        }
        self.write_indent(indent);
    }

    fn double_quoted(&mut self, text: &str, indent: usize, split: bool) {
        self.indicator("\"", true);
        let characters: Vec<char> = text.chars().collect();
        // Not yet written: the characters from `start` to the current one.
        let mut start = 0;
        for end in 0..=characters.len() {
            let current = characters.get(end).copied();
            if current.is_none_or(|character| scalar::needs_escape(character, self.allow_unicode)) {
                self.write_characters(&characters[start..end]);
                start = end;
                if let Some(character) = current {
                    self.write(&scalar::escape(character));
                    start = end + 1;
                }
            }
            let inside = 0 < end && end + 1 < characters.len();
            let foldable = inside && (current == Some(' ') || start >= end);
            if split && foldable && (self.column + end).saturating_sub(start) > WIDTH {
                if start < end {
                    self.write_characters(&characters[start..end]);
                    start = end;
                }
                self.write("\\");
                self.continue_line(indent);
                // A blank at the start of a line would be swallowed by the reader.
                if characters[start] == ' ' {
                    self.write("\\");
                }
            }
        }
        self.indicator("\"", false);
    }

    fn write(&mut self, text: &str) {
        self.column += text.chars().count();
        self.out.push_str(text);
    }

    fn write_characters(&mut self, characters: &[char]) {
        self.column += characters.len();
        self.out.extend(characters);
    }

    /// Writes an indicator that stays within a line.
    fn indicator(&mut self, indicator: &str, separate: bool) {
        if separate && !self.whitespace {
            self.write(" ");
        }
        self.write(indicator);
        self.whitespace = false;
        self.indention = false;
        self.open_ended = false;
    }

    /// Writes an indicator that counts as indentation for what follows on its line.
    fn block_indicator(&mut self, indicator: &str) {
        let indention = self.indention;
        self.indicator(indicator, true);
        self.indention = indention;
    }

    fn line_break(&mut self, character: char) {
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
        self.out.push(character);
    }

    /// Moves to a column, on a new line unless nothing but indentation stands on this one.
    fn write_indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break('\n');
        }
        if self.column < indent {
            self.whitespace = true;
            self.out.extend(std::iter::repeat_n(' ', indent - self.column));
            self.column = indent;
        }
    }

    /// Breaks a long scalar.
    fn continue_line(&mut self, indent: usize) {
        self.write_indent(indent);
        self.whitespace = false;
        self.indention = false;
    }
}

fn deeper(indent: Indent, at_root: usize) -> usize {
    indent.map_or(at_root, |indent| indent + INDENT)
}

fn is_simple_key(key: &str) -> bool {
    !key.is_empty() && !key.contains(scalar::is_break) && key.chars().count() <= LONGEST_SIMPLE_KEY
}

/// PyYAML's spelling of a float: Python's, with a fraction before any exponent.
fn float_text(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    match exponent.parse::<i32>() {
        Ok(exponent @ 16..) => format!("{digits}{point}e+{exponent}"),
        Ok(exponent @ ..-4) => format!("{digits}{point}e-{:02}", -exponent),
        // Where two shortest texts are equally close, serde_json takes the one Python takes; the standard library
        // does not always.
        _ => Value::from(number).to_string(),
    }
}

/// 0 for blanks, 1 for line breaks, 2 for everything else.
fn single_quoted_class(character: char) -> u8 {
    match character {
        ' ' => 0,
        _ if scalar::is_break(character) => 1,
        _ => 2,
    }
}

/// Splits a text into its longest parts whose characters are of one class.
fn runs<'t, Class: PartialEq>(
    text: &'t str,
    class: impl Fn(char) -> Class + 't,
) -> impl Iterator<Item = &'t str> + 't {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = class(rest.chars().next()?);
        let end = rest.find(|character| class(character) != first).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}
