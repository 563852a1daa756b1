//! The table of `-o table`: which columns a result has, and their layout as the Python package tabulate draws its
//! `simple` format.

use serde_json::{Map, Value};

use crate::jmespath::{Expression, python};

/// Members of an object that never become a column.
const SKIPPED_KEYS: [&str; 3] = ["id", "type", "etag"];

/// What a header adds to the least width of its column.
const HEADER_MARGIN: usize = 2;

/// The columns a command's own table has: header and the expression that gives the cell of a row.
#[derive(Debug, Clone, Copy)]
pub struct TableLayout {
    /// Pairs of header and JMESPath expression.
    pub columns: &'static [(&'static str, &'static str)],
}

impl TableLayout {
    /// Applies the layout to a result; `None` when an expression does not fit it.
    pub fn apply(&self, result: &Value) -> Option<Value> {
        let mut columns = Vec::with_capacity(self.columns.len());
        for (header, expression) in self.columns {
            columns.push((*header, Expression::compile(expression).ok()?));
        }
        rows_of(result).iter().map(|row| project(row, &columns)).collect()
    }
}

fn project(row: &Value, columns: &[(&str, Expression)]) -> Option<Value> {
    let mut cells = Map::new();
    for (header, expression) in columns {
        cells.insert((*header).to_owned(), expression.search(row).ok()?);
    }
    Some(Value::Object(cells))
}

/// Draws a result. The columns of an object come in the order of its keys, or sorted.
pub fn render(result: &Value, sort_keys: bool) -> String {
    let rows: Vec<Row> = rows_of(result).iter().map(|row| Row::from_value(row, sort_keys)).collect();
    let mut headers: Vec<&str> = Vec::new();
    for (header, _) in rows.iter().flat_map(|row| &row.cells) {
        if !headers.contains(&header.as_str()) {
            headers.push(header);
        }
    }
    if headers.is_empty() {
        return "\n".to_owned();
    }
    let grid: Vec<Vec<&str>> =
        rows.iter().map(|row| headers.iter().map(|header| row.cell(header)).collect()).collect();
    draw(&headers, grid)
}

fn rows_of(result: &Value) -> &[Value] {
    match result {
        Value::Array(rows) => rows,
        single => std::slice::from_ref(single),
    }
}

struct Row {
    cells: Vec<(String, String)>,
}

impl Row {
    fn from_value(value: &Value, sort_keys: bool) -> Self {
        let mut row = Self { cells: Vec::new() };
        match value {
            Value::Object(members) => {
                let mut members: Vec<(&String, &Value)> = members.iter().collect();
                if sort_keys {
                    members.sort_by_key(|(key, _)| *key);
                }
                for (key, member) in members {
                    let skipped = SKIPPED_KEYS.contains(&key.as_str());
                    if !skipped && !matches!(member, Value::Null | Value::Array(_) | Value::Object(_)) {
                        row.set(capitalized(key), member);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    row.set(format!("Column{}", index + 1), item);
                }
            }
            scalar => row.set("Result".to_owned(), scalar),
        }
        row
    }

    fn set(&mut self, header: String, value: &Value) {
        let text = match value {
            Value::Null => String::new(),
            value => python::text(value),
        };
        match self.cells.iter_mut().find(|(existing, _)| *existing == header) {
            Some((_, cell)) => *cell = text,
            None => self.cells.push((header, text)),
        }
    }

    fn cell(&self, header: &str) -> &str {
        self.cells.iter().find(|(existing, _)| existing == header).map_or("", |(_, text)| text)
    }
}

fn capitalized(key: &str) -> String {
    let mut characters = key.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

fn draw(headers: &[&str], mut grid: Vec<Vec<&str>>) -> String {
    // Line breaks that are trimmed away still make this a table with cells of several lines.
    let multiline = headers.iter().chain(grid.iter().flatten()).any(|text| text.contains(['\r', '\n']));
    for cell in grid.iter_mut().flatten() {
        *cell = cell.trim();
    }
    let widths: Vec<usize> = headers
        .iter()
        .enumerate()
        .map(|(column, header)| {
            let cells = grid.iter().map(|row| width(row[column]));
            cells.fold(width(header) + HEADER_MARGIN, usize::max)
        })
        .collect();
    let mut out = String::new();
    draw_row(headers, &widths, multiline, &mut out);
    let dashes: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    out.push_str(&dashes.join("  "));
    out.push('\n');
    for row in &grid {
        draw_row(row, &widths, multiline, &mut out);
    }
    out
}

/// The longest line of a cell, in code points: that is how tabulate counts.
fn width(cell: &str) -> usize {
    cell.split(['\r', '\n']).map(|line| line.chars().count()).max().unwrap_or(0)
}

fn draw_row(cells: &[&str], widths: &[usize], multiline: bool, out: &mut String) {
    if !multiline {
        return draw_line(cells, widths, out);
    }
    let cells: Vec<Vec<&str>> = cells.iter().map(|cell| python_lines(cell)).collect();
    // A row of nothing but blank cells vanishes from a table that has a cell of several lines.
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for index in 0..height {
        let line: Vec<&str> = cells.iter().map(|lines| lines.get(index).copied().unwrap_or("")).collect();
        draw_line(&line, widths, out);
    }
}

fn draw_line(cells: &[&str], widths: &[usize], out: &mut String) {
    let padded: Vec<String> =
        cells.iter().zip(widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
    out.push_str(padded.join("  ").trim_end());
    out.push('\n');
}

/// Python's `str.splitlines()`, which knows more line ends than `\n`.
fn python_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        lines.push(line);
        let mut tail_characters = tail.chars();
        if tail_characters.next() == Some('\r') && tail_characters.as_str().starts_with('\n') {
            tail_characters.next();
        }
        rest = tail_characters.as_str();
    }
    lines
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        json!({"name": "ep", "id": "/sub/x", "type": "t", "etag": "e", "b": true, "n": null, "list": [1, 2],
               "d": {"x": 1}, "i": 3, "aKey": "v", "Zed": "z", "snake_case": "s"})
    }

    #[test]
    fn keys_are_sorted_without_a_query() {
        let expected = "Zed    AKey    B     I    Name    Snake_case\n\
                        -----  ------  ----  ---  ------  ------------\n\
                        z      v       True  3    ep      s\n";
        assert_eq!(render(&sample(), true), expected);
    }

    #[test]
    fn keys_keep_their_order_behind_a_query() {
        let expected = "Name    B     I    AKey    Zed    Snake_case\n\
                        ------  ----  ---  ------  -----  ------------\n\
                        ep      True  3    v       z      s\n";
        assert_eq!(render(&sample(), false), expected);
    }

    #[test]
    fn rows_may_have_different_columns() {
        let rows = json!([{"name": "a", "z": 1}, {"name": "b", "y": "q"}]);
        assert_eq!(render(&rows, false), "Name    Z    Y\n------  ---  ---\na       1\nb            q\n");
        let mixed = json!([{"a": 1}, "str", [1, ["x"]], null]);
        let expected = "A    Result    Column1    Column2\n---  --------  ---------  ---------\n1\n     str\n               \
                        1          ['x']\n\n";
        assert_eq!(render(&mixed, true), expected);
    }

    #[test]
    fn results_without_columns_are_an_empty_line() {
        for value in [json!([]), json!({}), json!([{"a": [1]}, {}])] {
            assert_eq!(render(&value, true), "\n");
        }
        assert_eq!(render(&json!("j"), true), "Result\n--------\nj\n");
    }

    #[test]
    fn a_cell_with_line_breaks_spans_lines() {
        let rows = json!([{"a": "one\ntwo longer\n", "b": "x"}, {"c": ""}]);
        let expected = "A           B    C\n----------  ---  ---\none         x\ntwo longer\n";
        assert_eq!(render(&rows, true), expected);
    }

    #[test]
    fn a_layout_names_the_columns() {
        let layout = TableLayout {
            columns: &[("Name", "name"), ("Status", "status"), ("Created on", "creation_context.created_at")],
        };
        let jobs = json!([
            {"name": "j1", "status": "Completed", "creation_context": {"created_at": "2024-01-02"}},
            {"name": "j2longer", "status": null},
        ]);
        let expected = "Name      Status     Created on\n--------  ---------  ------------\n\
                        j1        Completed  2024-01-02\nj2longer\n";
        assert_eq!(render(&layout.apply(&jobs).unwrap(), false), expected);
        assert!(TableLayout { columns: &[("Name", "name[")] }.apply(&jobs).is_none());
    }
}
