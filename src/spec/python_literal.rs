//! Python literals, which `--set` of the update commands takes where JSON does not fit: `{'a': True}`.
//!
//! Strings, numbers, `True`, `False`, `None`, lists, tuples and dicts; what JSON cannot hold is not read.

use serde_json::{Map, Number, Value};

const MAX_DEPTH: usize = 64;

/// The value of a Python literal; `None` where the text is none.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut parser = Parser { rest: text };
    let value = parser.value(0)?;
    parser.skip_space();
    parser.rest.is_empty().then_some(value)
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: char) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest.chars().next()? {
            '[' => self.items('[', ']', depth).map(|(items, _)| Value::Array(items)),
            '(' => {
                let (mut items, has_comma) = self.items('(', ')', depth)?;
                // `(x)` is x in brackets, `(x,)` is a tuple of one.
                if items.len() == 1 && !has_comma { items.pop() } else { Some(Value::Array(items)) }
            }
            '{' => self.dict(depth),
            '\'' | '"' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Option<(Vec<Value>, bool)> {
        self.take(open)?;
        let mut items = Vec::new();
        let mut has_comma = false;
        while self.take(close).is_none() {
            if !items.is_empty() {
                self.take(',')?;
                has_comma = true;
                if self.take(close).is_some() {
                    break;
                }
            }
            items.push(self.value(depth + 1)?);
        }
        Some((items, has_comma))
    }

    fn dict(&mut self, depth: usize) -> Option<Value> {
        self.take('{')?;
        let mut map = Map::new();
        while self.take('}').is_none() {
            if !map.is_empty() {
                self.take(',')?;
                if self.take('}').is_some() {
                    break;
                }
            }
            let key = match self.value(depth + 1)? {
                Value::String(key) => key,
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            self.take(':')?;
            map.insert(key, self.value(depth + 1)?);
        }
        Some(Value::Object(map))
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut characters = self.rest[1..].char_indices();
        let mut text = String::new();
        while let Some((at, character)) = characters.next() {
            match character {
                _ if character == quote => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Some(text);
                }
                '\n' => return None,
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    escaped @ ('\\' | '\'' | '"') => text.push(escaped),
                    // Numeric escapes do not occur on command lines; the text stays as it is.
                    _ => return None,
                },
                _ => text.push(character),
            }
        }
        None
    }

    fn word(&mut self) -> Option<Value> {
        let is_word = |character: char| character.is_ascii_alphanumeric() || "+-._".contains(character);
        let end = self.rest.find(|character| !is_word(character)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            "None" => Some(Value::Null),
            _ => number(word),
        }
    }
}

fn number(word: &str) -> Option<Value> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') || digits.ends_with('_') {
        return None;
    }
    let plain = word.replace('_', "");
    let has_leading_zero =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    match plain.trim_start_matches('+').parse::<i64>() {
        Ok(_) if has_leading_zero => None,
        Ok(value) => Some(value.into()),
        Err(_) => Number::from_f64(plain.parse().ok()?).map(Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literals_are_read_as_python_reads_them() {
        for (text, expected) in [
            ("{'a': True, 'b': [None, 1,],}", json!({"a": true, "b": [null, 1]})),
            ("(1, 'x')", json!([1, "x"])),
            ("(1)", json!(1)),
            ("(1,)", json!([1])),
            ("'it\\'s'", json!("it's")),
            ("1_000", json!(1000)),
            ("+5", json!(5)),
            (".5", json!(0.5)),
            ("[]", json!([])),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "abc", "[1,2", "{'a'}", "012", "'a", "1 2", "nan", "import os", "[,]"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"[".repeat(10_000)), None);
    }
}
