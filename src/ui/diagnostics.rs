//! Problems found in a file, shown with the line they are on, in the look of rustc.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but perhaps not as meant.
    Warning,
}

/// One problem of one file.
#[derive(Debug, Clone)]
pub struct Diagnostic<'a> {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The file, as the user named it.
    pub origin: Option<&'a str>,
    /// The text at fault, where there is some.
    pub place: Option<Place<'a>>,
    /// What to say beside it.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A part of a file.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The text of the file.
    pub source: &'a str,
    /// The line that the part begins in, from 1.
    pub line: usize,
    /// The bytes of the part.
    pub span: Range<usize>,
}

/// The report of a problem, without a line break at its end.
pub fn render(diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str());
    let mut group = Group::with_title(title);
    match (&diagnostic.place, diagnostic.origin) {
        (Some(place), origin) => {
            let (lines, span) = lines_of(place);
            let annotation = AnnotationKind::Primary.span(span).label(diagnostic.label.as_deref());
            let snippet = Snippet::source(lines).line_start(place.line).path(origin);
            group = group.element(snippet.annotation(annotation));
        }
        (None, Some(origin)) => group = group.element(Origin::path(origin)),
        (None, None) => {}
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The lines that a part stands in, and the part in them. Whoever draws it reads all of the text it is given, and a
/// long file may have a problem in every line.
fn lines_of<'a>(place: &Place<'a>) -> (&'a str, Range<usize>) {
    let span = within(place.source, &place.span);
    let start = place.source[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = place.source[span.end..].find('\n').map_or(place.source.len(), |length| span.end + length + 1);
    (&place.source[start..end], span.start - start..span.end - start)
}

/// The span widened to whole characters and cut to the text.
fn within(source: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, source.len());
    while !source.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(source: &str, span: Option<Range<usize>>) -> Diagnostic<'_> {
        Diagnostic {
            severity: Severity::Error,
            message: "unknown field `colour`".to_owned(),
            origin: Some("batch/spec.yml"),
            place: span.map(|span| {
                let before = &source.as_bytes()[..span.start.min(source.len())];
                Place { source, line: before.iter().filter(|byte| **byte == b'\n').count() + 1, span }
            }),
            label: Some("not a field of a deployment".to_owned()),
            help: Some("did you mean `code`?".to_owned()),
        }
    }

    #[test]
    fn the_line_at_fault_is_shown() {
        let report = render(&diagnostic("name: x\ncolour: red\n", Some(8..14)), false);
        let expected = "error: unknown field `colour`\n --> batch/spec.yml:2:1\n  |\n2 | colour: red\n  | ^^^^^^ not a field \
                        of a deployment\n  |\n  = help: did you mean `code`?";
        assert_eq!(report, expected);
    }

    #[test]
    fn only_the_lines_at_fault_are_read() {
        let source = "name: x\n".repeat(1000);
        let (lines, span) = lines_of(&Place { source: &source, line: 501, span: 4006..4007 });
        assert_eq!((lines, span), ("name: x\n", 6..7));
        let report = render(&diagnostic(&source, Some(4006..4007)), false);
        assert!(report.contains("spec.yml:501:7") && report.contains("501 | name: x"), "{report}");
    }

    #[test]
    fn a_part_of_several_lines_is_shown_with_all_of_them() {
        let report = render(&diagnostic("a: 1\nb: |\n  c\n  d\ne: 2\n", Some(5..16)), false);
        assert!(report.contains("spec.yml:2:1") && report.contains("4 | |   d"), "{report}");
        assert!(!report.contains("e: 2"), "{report}");
    }

    #[test]
    fn without_a_span_only_the_file_is_named() {
        let report = render(&diagnostic("", None), false);
        assert!(report.starts_with("error: unknown field `colour`\n"), "{report}");
        assert!(report.contains("--> batch/spec.yml"), "{report}");
        assert!(report.contains("help: did you mean `code`?"), "{report}");
    }

    #[test]
    fn no_source_and_no_span_can_break_the_report() {
        let long = format!("key: \"{}é\"\n", "x".repeat(100_000));
        for source in ["", "\n", "é", "\tkey:\tvalue\r\n", "\u{feff}漢字: 😀\n", "a\0b\u{1b}[31m", &long]
        {
            for start in [0, 1, 2, 5, source.len(), source.len() + 9] {
                for length in [0, 1, 3, 100_000] {
                    for colour in [false, true] {
                        let report = render(&diagnostic(source, Some(start..start + length)), colour);
                        assert!(report.contains("unknown field"));
                        assert!(report.len() < 5_000, "{} bytes", report.len());
                    }
                }
            }
        }
    }
}
