//! Syntax errors of scoring scripts, told like the problems of a spec.

use std::fs;
use std::path::Path;

use super::problem::{Problem, SpecError};
use crate::yaml::load::Span;

/// The error for what Python says about `script`: line, column and message, each on a line of its own.
pub fn script_error(script: &Path, output: &str) -> SpecError {
    let mut lines = output.lines().map(str::trim);
    let mut number = || lines.next().and_then(|line| line.parse().ok()).unwrap_or(1);
    let (line, column): (usize, usize) = (number(), number());
    let message = lines.next().filter(|message| !message.is_empty()).unwrap_or("invalid syntax");
    // Without its text the problem can still be named, just not shown.
    let source_text = fs::read_to_string(script).unwrap_or_default();
    let problem = Problem::error(
        "code_configuration.scoring_script",
        format!("the scoring script is not valid Python: {message}"),
    );
    let problem = match place(&source_text, line, column) {
        Some(span) => problem.at(span).label(message),
        None => problem,
    };
    SpecError { path: Some(script.to_owned()), source_text, problems: vec![problem] }
}

/// The character at a line and column, both from 1.
fn place(text: &str, line: usize, column: usize) -> Option<Span> {
    let line_text = text.split_inclusive('\n').nth(line.checked_sub(1)?)?;
    let line_start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let content = line_text.trim_end_matches(['\n', '\r']);
    let offset = content.char_indices().nth(column.saturating_sub(1)).map_or(content.len(), |(at, _)| at);
    let width = content[offset..].chars().next().map_or(0, char::len_utf8);
    let start = line_start + offset;
    Some(Span { start, end: start + width, line, column: column.max(1) })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn the_problem_points_into_the_script() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("score.py");
        fs::write(&script, "import os\ndef run(é:\n    pass\n").unwrap();
        let error = script_error(&script, "2\n9\n'(' was never closed\n");
        let span = error.problems[0].span.unwrap();
        assert_eq!((&error.source_text[span.start..span.end], span.line), ("é", 2), "{span:?}");
        assert!(
            error
                .to_string()
                .ends_with("score.py:2:9: the scoring script is not valid Python: '(' was never closed")
        );
    }
}
