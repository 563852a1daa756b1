//! JSON, byte for byte as Python's `json.dumps(indent=2, sort_keys=True, ensure_ascii=False)` writes it.

use serde_json::{Map, Value};

use crate::jmespath::python;

const INDENT: &str = "  ";

/// The text of a value, with a line break at its end.
pub fn render(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out.push('\n');
    out
}

fn write_value(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => write_array(items, depth, out),
        Value::Object(members) if !members.is_empty() => write_object(members, depth, out),
        Value::Number(number) => out.push_str(&python::number_text(number)),
        // Texts, words and empty collections are spelled by both alike.
        other => out.push_str(&other.to_string()),
    }
}

fn write_array(items: &[Value], depth: usize, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        out.push(if index == 0 { '[' } else { ',' });
        break_line(depth + 1, out);
        write_value(item, depth + 1, out);
    }
    break_line(depth, out);
    out.push(']');
}

fn write_object(members: &Map<String, Value>, depth: usize, out: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    for (index, (key, member)) in sorted.into_iter().enumerate() {
        out.push(if index == 0 { '{' } else { ',' });
        break_line(depth + 1, out);
        out.push_str(&Value::from(key.as_str()).to_string());
        out.push_str(": ");
        write_value(member, depth + 1, out);
    }
    break_line(depth, out);
    out.push('}');
}

fn break_line(depth: usize, out: &mut String) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str(INDENT);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_empty_collections_stay_on_their_line() {
        let value = json!({"name": "ep", "Zed": null, "aKey": {"b": [1, 2], "a": []}, "é": {}});
        let expected = "{\n  \"Zed\": null,\n  \"aKey\": {\n    \"a\": [],\n    \"b\": [\n      1,\n      2\n    ]\n  },\n  \
                        \"name\": \"ep\",\n  \"é\": {}\n}\n";
        assert_eq!(render(&value), expected);
    }

    #[test]
    fn scalars_are_spelled_as_python_spells_them() {
        let cases = [
            (json!([]), "[]\n"),
            (json!({}), "{}\n"),
            (
                json!("a\"\\\n\t\u{8}\u{c}\r\u{1}\u{7f}</&é\u{2028}"),
                "\"a\\\"\\\\\\n\\t\\b\\f\\r\\u0001\u{7f}</&é\u{2028}\"\n",
            ),
            (json!(false), "false\n"),
            (json!(1.0), "1.0\n"),
            (json!(1e-7), "1e-07\n"),
            (json!(1e20), "1e+20\n"),
            (json!(-0.0), "-0.0\n"),
            (json!(u64::MAX), "18446744073709551615\n"),
        ];
        for (value, expected) in cases {
            assert_eq!(render(&value), expected);
        }
    }
}
