//! Reading YAML as PyYAML's `safe_load` reads it, keeping where every value was written.
//!
//! The SDK reads specs with PyYAML, so YAML 1.1 rules hold: `yes` is a boolean, `012` is ten, `1e3` is text,
//! merge keys are merged and the last of two equal keys wins. This file owns the value model and the entry
//! point; `compose` builds the node graph, `resolve` knows the implicit types and `construct` makes values.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::{compose, construct};

/// Deepest nesting that is read. PyYAML gives up near a thousand; no spec comes close to either.
pub const MAX_DEPTH: usize = 128;
/// Most nodes a document may have, counting what merge keys copy.
pub const MAX_NODES: usize = 1_000_000;

/// Where a value was written. The default, line 0, means that it was not written in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Byte offset of the first character.
    pub start: usize,
    /// Byte offset after the last character.
    pub end: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Span {
    /// Whether the value stands in a file at all.
    pub fn is_known(self) -> bool {
        self.line > 0
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it was written.
    pub span: Span,
    /// The value.
    pub value: Yaml,
}

/// A value as `safe_load` makes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Yaml {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A whole number too long for 128 bits, in decimal digits.
    BigInt(String),
    /// A number with a point, or an infinity.
    Float(f64),
    /// Text.
    Str(String),
    /// A date, `YYYY-MM-DD`.
    Date(String),
    /// A date and time in ISO 8601.
    DateTime(String),
    /// Bytes, in base64 without line breaks.
    Binary(String),
    /// A sequence.
    Seq(Vec<Rc<Node>>),
    /// A mapping in the order of first appearance.
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

/// Why a text is not YAML that `safe_load` accepts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl YamlError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span }
    }
}

/// A key that appears again in the same mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicateKey {
    /// The key's text.
    pub key: String,
    /// Where the key stands whose value is lost.
    pub lost: Span,
    /// Where the key stands whose value counts.
    pub kept: Span,
}

/// A document together with what is legal in it but hardly meant.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The document; `None` for an empty text.
    pub root: Option<Rc<Node>>,
    /// Keys written twice, in the order of the file.
    pub duplicates: Vec<DuplicateKey>,
}

/// Reads a text that holds at most one document.
pub fn load(text: &str) -> Result<Option<Rc<Node>>, YamlError> {
    load_with_duplicates(text).map(|loaded| loaded.root)
}

/// As [`load`], and says which keys were written twice.
pub fn load_with_duplicates(text: &str) -> Result<Loaded, YamlError> {
    match compose::compose(text)? {
        None => Ok(Loaded::default()),
        Some(graph) => construct::construct(&graph),
    }
}

impl Node {
    /// A value that stands in no file.
    pub fn detached(value: Yaml) -> Rc<Self> {
        Rc::new(Self { span: Span::default(), value })
    }

    /// The value for `key`, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value for `key`, where this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&(Rc<Node>, Rc<Node>)> {
        let Yaml::Map(pairs) = &self.value else {
            return None;
        };
        pairs.iter().find(|(found, _)| matches!(&found.value, Yaml::Str(text) if text == key))
    }

    /// The text, where this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Yaml::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON. Dates become text, and so does what JSON numbers cannot hold.
    pub fn to_json(&self) -> Value {
        match &self.value {
            Yaml::Null => Value::Null,
            Yaml::Bool(value) => Value::Bool(*value),
            Yaml::Int(value) => {
                Number::from_i128(*value).map_or_else(|| value.to_string().into(), Value::Number)
            }
            Yaml::Float(value) => {
                Number::from_f64(*value).map_or_else(|| python_float(*value).into(), Value::Number)
            }
            // A time without a zone is sent as one of UTC.
            Yaml::DateTime(text) if !has_zone(text) => Value::String(format!("{text}Z")),
            Yaml::BigInt(text)
            | Yaml::Str(text)
            | Yaml::Date(text)
            | Yaml::DateTime(text)
            | Yaml::Binary(text) => Value::String(text.clone()),
            Yaml::Seq(items) => Value::Array(items.iter().map(|item| item.to_json()).collect()),
            Yaml::Map(pairs) => Value::Object(
                pairs.iter().map(|(key, value)| (key.key_text(), value.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// A node without positions that says what `value` says.
    pub fn from_json(value: &Value) -> Self {
        let yaml = match value {
            Value::Null => Yaml::Null,
            Value::Bool(value) => Yaml::Bool(*value),
            Value::Number(number) => number_to_yaml(number),
            Value::String(text) => Yaml::Str(text.clone()),
            Value::Array(items) => {
                Yaml::Seq(items.iter().map(|item| Rc::new(Self::from_json(item))).collect())
            }
            Value::Object(map) => Yaml::Map(
                map.iter()
                    .map(|(key, value)| {
                        (Self::detached(Yaml::Str(key.clone())), Rc::new(Self::from_json(value)))
                    })
                    .collect(),
            ),
        };
        Self { span: Span::default(), value: yaml }
    }

    /// What a key that is not text becomes in JSON, where every key is.
    pub fn key_text(&self) -> String {
        match &self.value {
            Yaml::Null => "null".to_owned(),
            Yaml::Bool(value) => value.to_string(),
            Yaml::Int(value) => value.to_string(),
            Yaml::Float(value) => python_float(*value),
            Yaml::BigInt(text)
            | Yaml::Str(text)
            | Yaml::Date(text)
            | Yaml::DateTime(text)
            | Yaml::Binary(text) => text.clone(),
            Yaml::Seq(_) | Yaml::Map(_) => self.to_json().to_string(),
        }
    }
}

fn has_zone(moment: &str) -> bool {
    moment.ends_with('Z') || moment.rfind(['+', '-']) > moment.find('T')
}

fn number_to_yaml(number: &Number) -> Yaml {
    match number.as_i128() {
        Some(value) => Yaml::Int(value),
        None => Yaml::Float(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// A float as Python's `repr` writes it.
pub fn python_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |rest| ("-", rest));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    fn json_of(text: &str) -> Value {
        load(text).unwrap().map_or(Value::Null, |node| node.to_json())
    }

    fn error_of(text: &str) -> YamlError {
        load(text).unwrap_err()
    }

    #[test]
    fn scalars_follow_yaml_1_1_as_pyyaml_reads_it() {
        let cases = [
            ("yes", json!(true)),
            ("NO", json!(false)),
            ("y", json!("y")),
            ("tRue", json!("tRue")),
            ("012", json!(10)),
            ("0o14", json!("0o14")),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("1:30", json!(90)),
            ("1e3", json!("1e3")),
            ("1.0e+3", json!(1000.0)),
            (".5", json!(0.5)),
            ("2024-01-01", json!("2024-01-01")),
            ("~", Value::Null),
            ("'12'", json!("12")),
            ("!!str 12", json!("12")),
            ("! 12", json!(12)),
        ];
        for (text, expected) in cases {
            assert_eq!(json_of(text), expected, "{text}");
        }
    }

    #[test]
    fn merge_keys_yield_to_own_keys_and_earlier_ones_win() {
        let text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc:\n  y: 3\n  <<: [*a, *b]\n";
        assert_eq!(json_of(text)["c"], json!({"x": 1, "z": 2, "y": 3}));
    }

    #[test]
    fn the_last_of_two_equal_keys_wins_and_both_are_remembered() {
        let loaded = load_with_duplicates("a: 1\nb: 2\na: 3\n").unwrap();
        assert_eq!(loaded.root.unwrap().to_json(), json!({"a": 3, "b": 2}));
        let [duplicate] = loaded.duplicates.as_slice() else { panic!("{:?}", loaded.duplicates) };
        assert_eq!((duplicate.key.as_str(), duplicate.lost.line, duplicate.kept.line), ("a", 1, 3));
    }

    #[test]
    fn a_key_that_overrides_a_merged_one_is_no_duplicate() {
        let loaded = load_with_duplicates("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n").unwrap();
        assert!(loaded.duplicates.is_empty(), "{:?}", loaded.duplicates);
    }

    #[test]
    fn positions_count_characters_in_columns_and_bytes_in_offsets() {
        let text = "ü: über\nname: {é: 'x'}\n";
        let root = load(text).unwrap().unwrap();
        let (key, value) = root.entry("ü").unwrap();
        assert_eq!((key.span.line, key.span.column, value.span.column), (1, 1, 4));
        assert_eq!(&text[value.span.start..value.span.end], "über");
        let inner = root.get("name").unwrap().get("é").unwrap();
        assert_eq!((inner.span.line, inner.span.column), (2, 11));
        assert_eq!(&text[inner.span.start..inner.span.end], "'x'");
    }

    #[test]
    fn a_byte_order_mark_is_skipped_but_counted_in_offsets() {
        let text = "\u{feff}name: x\n";
        let root = load(text).unwrap().unwrap();
        let (key, value) = root.entry("name").unwrap();
        assert_eq!((key.span.column, &text[value.span.start..value.span.end]), (1, "x"));
    }

    #[test]
    fn what_safe_load_refuses_is_refused_with_a_position() {
        for (text, word, line) in [
            ("a: 1\nb: [1, 2\n", "", 0),
            ("a: 1\n---\nb: 2\n", "second document", 2),
            ("a: !foo x\n", "!foo", 1),
            ("? [1]\n: 2\n", "key", 1),
            ("a: &a [*a]\n", "itself", 0),
            ("a: *b\n", "", 1),
            ("a: 2024-02-30\n", "date", 1),
            ("<<: 3\n", "merge", 1),
            ("a: !!int x\n", "integer", 1),
        ] {
            let error = error_of(text);
            assert!(error.message.contains(word), "{text:?}: {}", error.message);
            assert!(
                error.span.is_known() && (line == 0 || error.span.line == line),
                "{text:?}: {:?}",
                error.span
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(error_of(&"- ".repeat(300)).message.contains("deep"));
        assert!(load(&"[".repeat(5000)).is_err());
        assert!(load(&format!("{}1", "- ".repeat(100))).is_ok());
    }

    #[test]
    fn what_aliases_and_merge_keys_would_blow_up_is_refused_at_once() {
        let chain = |first: &str, next: fn(usize) -> String, length: usize| {
            (1..length).fold(first.to_owned(), |text, level| text + &next(level))
        };
        let doubled = chain("a0: &a0 [1]\n", |n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1), 60);
        let nested = chain("a0: &a0 [1]\n", |n| format!("a{n}: &a{n} [*a{}]\n", n - 1), 5000);
        let merged = chain("a0: &a0 {}\n", |n| format!("a{n}: &a{n}\n  <<: [*a{0}, *a{0}]\n", n - 1), 60);
        let merged_deep = chain("a0: &a0 {}\n", |n| format!("a{n}: &a{n}\n  <<: *a{}\n", n - 1), 5000);
        for text in [doubled, nested, merged, merged_deep] {
            assert!(error_of(&text).message.contains("too many or too deep"));
        }
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (value, text) in [
            (3.1, "3.1"),
            (22.0, "22.0"),
            (1e16, "1e+16"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(python_float(value), text);
        }
    }
}
