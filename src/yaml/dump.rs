//! JSON values to YAML, byte for byte as PyYAML 6 writes them in block style with sorted keys and 80 columns.
//!
//! `az` prints YAML with PyYAML, and the hash of an environment is taken over what PyYAML writes, so its line breaking
//! and quoting are part of the contract. Tags and flow style do not occur in what JSON can hold, nor in a conda file.

mod scalar;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use self::scalar::{Quoting, Style};
use super::load::{Node, Yaml};

const INDENT: usize = 2;
const WIDTH: usize = 80;

/// The longest text, in characters, that may stand as a key before `:` (PyYAML allows 127 with the tag `!!str`).
const LONGEST_SIMPLE_KEY: usize = 122;

/// What `yaml.safe_dump(value, default_flow_style=False, allow_unicode=True)` returns.
pub fn dump(value: &Value) -> String {
    Emitter::new(true).document(&Rc::new(Node::from_json(value)))
}

/// What `yaml.dump(yaml.safe_load(text), sort_keys=True)` returns for what `text` was read as: everything beyond ASCII
/// is escaped, and what stands at several places through aliases is written once.
pub fn dump_node_ascii(node: &Rc<Node>) -> String {
    let mut emitter = Emitter::new(false);
    emitter.anchors.find(node);
    emitter.document(node)
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
    anchors: Anchors,
}

/// The nodes that stand at several places.
#[derive(Default)]
struct Anchors {
    /// The number of a node's anchor; `None` for a node that was met once so far.
    numbers: HashMap<*const Node, Option<usize>>,
    /// How many there are.
    count: usize,
    /// Those whose value is written already.
    written: HashSet<*const Node>,
}

impl Anchors {
    /// Numbers what is met a second time, in that order.
    fn find(&mut self, node: &Rc<Node>) {
        if !is_shareable(node) {
            return;
        }
        match self.numbers.entry(Rc::as_ptr(node)) {
            Entry::Occupied(mut met) => {
                if met.get().is_none() {
                    self.count += 1;
                    met.insert(Some(self.count));
                }
            }
            Entry::Vacant(unmet) => {
                unmet.insert(None);
                match &node.value {
                    Yaml::Seq(items) => items.iter().for_each(|item| self.find(item)),
                    Yaml::Map(_) => sorted(node).into_iter().for_each(|(key, value)| {
                        self.find(key);
                        self.find(value);
                    }),
                    _ => {}
                }
            }
        }
    }
}

/// Whether two places can hold the same object of Python's: its texts, numbers and truth values are told apart by value.
fn is_shareable(node: &Node) -> bool {
    matches!(node.value, Yaml::Seq(_) | Yaml::Map(_) | Yaml::Date(_) | Yaml::DateTime(_))
}

impl Emitter {
    fn new(allow_unicode: bool) -> Self {
        let (out, anchors) = (String::new(), Anchors::default());
        Self { out, column: 0, whitespace: true, indention: true, open_ended: false, allow_unicode, anchors }
    }

    fn document(mut self, node: &Rc<Node>) -> String {
        self.node(node, Place::Root, None);
        self.write_indent(0);
        if self.open_ended {
            self.indicator("...", true);
            self.write_indent(0);
        }
        self.out
    }

    fn node(&mut self, node: &Rc<Node>, place: Place, indent: Indent) {
        if let Some(Some(number)) = self.anchors.numbers.get(&Rc::as_ptr(node)).copied() {
            let is_first = self.anchors.written.insert(Rc::as_ptr(node));
            self.indicator(&format!("{}id{number:03}", if is_first { '&' } else { '*' }), true);
            if !is_first {
                return;
            }
        }
        match &node.value {
            Yaml::Seq(items) if items.is_empty() => self.empty_collection("[", "]"),
            Yaml::Map(members) if members.is_empty() => self.empty_collection("{", "}"),
            Yaml::Seq(items) => self.sequence(items, place, indent),
            Yaml::Map(_) => self.mapping(node, indent),
            Yaml::Str(text) => self.string(text, place, indent),
            _ => self.plain(&plain_text(node), place, indent),
        }
    }

    fn empty_collection(&mut self, open: &str, close: &str) {
        self.indicator(open, true);
        self.indicator(close, false);
    }

    fn sequence(&mut self, items: &[Rc<Node>], place: Place, indent: Indent) {
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

    fn mapping(&mut self, node: &Node, indent: Indent) {
        let indent = deeper(indent, 0);
        for (key, value) in sorted(node) {
            self.write_indent(indent);
            if is_simple_key(key) {
                self.node(key, Place::SimpleKey, Some(indent));
                self.indicator(":", false);
            } else {
                self.block_indicator("?");
                self.node(key, Place::Member, Some(indent));
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

fn is_simple_key(key: &Node) -> bool {
    let Some(key) = key.as_str() else {
        return true;
    };
    !key.is_empty() && !key.contains(scalar::is_break) && key.chars().count() <= LONGEST_SIMPLE_KEY
}

/// The pairs of a mapping in the order of their keys, or as they are where Python cannot compare the keys.
fn sorted(mapping: &Node) -> Vec<(&Rc<Node>, &Rc<Node>)> {
    let Yaml::Map(pairs) = &mapping.value else {
        return Vec::new();
    };
    let mut pairs: Vec<_> = pairs.iter().map(|(key, value)| (key, value)).collect();
    let can_compare = |two: &[(&Rc<Node>, _)]| compare(two[0].0, two[1].0).is_some();
    if pairs.windows(2).all(can_compare) {
        pairs.sort_by(|(first, _), (second, _)| compare(first, second).unwrap_or(Ordering::Equal));
    }
    pairs
}

/// How two keys compare in Python; `None` where it refuses. Keys that each compare with the next all compare.
fn compare(first: &Node, second: &Node) -> Option<Ordering> {
    match (&first.value, &second.value) {
        (Yaml::Str(first), Yaml::Str(second))
        | (Yaml::Date(first), Yaml::Date(second))
        | (Yaml::DateTime(first), Yaml::DateTime(second)) => Some(first.cmp(second)),
        _ => number(first)?.partial_cmp(&number(second)?),
    }
}

#[expect(clippy::cast_precision_loss, reason = "keys that far apart are in the same order as floats")]
fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Yaml::Bool(value) => Some(f64::from(u8::from(*value))),
        Yaml::Int(value) => Some(*value as f64),
        Yaml::Float(value) => Some(*value),
        Yaml::BigInt(text) => text.parse().ok(),
        _ => None,
    }
}

/// What stands without quotes for a value that is not text.
fn plain_text(node: &Node) -> String {
    match &node.value {
        Yaml::Float(value) => float_text(*value),
        Yaml::DateTime(text) => text.replacen('T', " ", 1),
        _ => node.key_text(),
    }
}

/// PyYAML's spelling of a float: Python's, with a fraction before any exponent.
fn float_text(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            ".nan"
        } else if number > 0.0 {
            ".inf"
        } else {
            "-.inf"
        }
        .to_owned();
    }
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
