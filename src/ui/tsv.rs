//! Tab-separated values as `az -o tsv` prints them: one line for each element, nothing escaped, no header.

use serde_json::Value;

use crate::jmespath::python;

/// The lines of a value. The cells of an object come in the order of its keys.
pub fn render(value: &Value) -> String {
    match value {
        Value::Array(rows) => rows.iter().map(line).collect(),
        single => line(single),
    }
}

fn line(row: &Value) -> String {
    let mut line = match row {
        Value::Array(cells) => joined(cells.iter()),
        Value::Object(members) => joined(members.values()),
        // Alone on its line a boolean is spelled as scripts expect it, within a row as Python prints it.
        Value::Bool(flag) => flag.to_string(),
        scalar => cell(scalar),
    };
    line.push('\n');
    line
}

fn joined<'v>(cells: impl Iterator<Item = &'v Value>) -> String {
    cells.map(cell).collect::<Vec<_>>().join("\t")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Array(items) => items.len().to_string(),
        Value::Object(_) => String::new(),
        scalar => python::text(scalar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_printed_as_az_prints_them() {
        let cases = [
            (json!({"N": "j", "A": null, "B": true, "L": [], "D": {}}), "j\tNone\tTrue\t0\t\n"),
            (json!(["j", null, true, false, [], {}]), "j\nNone\ntrue\nfalse\n\n\n"),
            (json!([[1, "a", null, true], [2, "b", {"k": 1}, [1, 2]]]), "1\ta\tNone\tTrue\n2\tb\t\t2\n"),
            (json!(true), "true\n"),
            (json!("x\ty"), "x\ty\n"),
            (json!(1e20), "1e+20\n"),
            (json!([]), ""),
            (json!({}), "\n"),
            (json!(""), "\n"),
        ];
        for (value, expected) in cases {
            assert_eq!(render(&value), expected, "for {value}");
        }
    }
}
