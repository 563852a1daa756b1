//! JSON values as Python writes them: `str()`, `repr()`, `json.dumps()`. The reference implementation and the output
//! formats of `az` are Python programs, so these texts are part of what scripts see.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// `repr()` of a float: the shortest digits that read back, with an exponent of at least two digits.
pub fn float_text(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent @ 16..) => format!("{digits}e+{exponent}"),
        Ok(exponent @ ..-4) => format!("{digits}e-{:02}", -exponent),
        // Where two shortest texts are equally close, serde_json takes the one Python takes; the standard library
        // does not always.
        _ => Value::from(number).to_string(),
    }
}

/// `str()` of a number.
pub fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// `str()` of a value: text as it is, everything else as [`representation`].
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => representation(other),
    }
}

/// `repr()` of a value.
pub fn representation(value: &Value) -> String {
    let mut out = String::new();
    write_representation(value, &mut out);
    out
}

fn write_representation(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => write_quoted(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_representation(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_quoted(key, out);
                out.push_str(": ");
                write_representation(member, out);
            }
            out.push('}');
        }
    }
}

/// Single quotes, unless the text has some and no double ones.
fn write_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => out.extend(['\\', quote]),
            _ if character.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
}

/// `json.dumps(value, separators=(',', ':'))`: everything beyond ASCII escaped.
pub(super) fn ascii_json(value: &Value) -> String {
    let mut out = String::new();
    write_ascii_json(value, &mut out);
    out
}

fn write_ascii_json(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => write_ascii_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_ascii_json(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_ascii_string(key, out);
                out.push(':');
                write_ascii_json(member, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) => out.push_str(&value.to_string()),
    }
}

fn write_ascii_string(text: &str, out: &mut String) {
    let quoted = Value::from(text).to_string();
    for character in quoted.chars() {
        // The delete character is the one below 0x80 that `json.dumps` and serde_json both leave as it is.
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let cases = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (123_456_789_012_345.6, "123456789012345.6"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e20, "1e+20"),
            (1.25e200, "1.25e+200"),
            (5e-324, "5e-324"),
            (2_037_415_002_962_548.2, "2037415002962548.2"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (number, expected) in cases {
            assert_eq!(float_text(number), expected);
        }
    }

    #[test]
    fn representations_are_those_of_python() {
        let value = json!([1, "it's", "a\"b'c", "t\tz\u{1}\\", null, true, {"k": 1.0}]);
        let expected = r#"[1, "it's", 'a"b\'c', 't\tz\x01\\', None, True, {'k': 1.0}]"#;
        assert_eq!(representation(&value), expected);
        assert_eq!(text(&json!("it's")), "it's");
    }

    #[test]
    fn to_string_escapes_beyond_ascii() {
        let value = json!({"é": ["\u{1F600}", "\u{7f}", 1e20]});
        assert_eq!(ascii_json(&value), "{\"\\u00e9\":[\"\\ud83d\\ude00\",\"\u{7f}\",1e+20]}");
    }
}
