//! What is probably behind a YAML syntax error: the parser says where it gave up, a person wants to know why.
//!
//! The causes are looked for in the text around that place, the likeliest first; where none is found, the
//! parser's own words stand.

use super::problem::Problem;
use crate::yaml::load::{Span, YamlError};

/// The problem for a syntax error in `text`.
pub(super) fn problem(text: &str, error: &YamlError) -> Problem {
    let lines = Lines::new(text);
    let place = Place { lines: &lines, error, line: error.span.line.saturating_sub(1) };
    let causes = [
        conflict_marker,
        tab,
        template,
        unclosed,
        odd_start,
        missing_space,
        second_colon,
        missing_colon,
        trailing_text,
        block_text,
        stray_bracket,
        indentation,
    ];
    let found = causes.into_iter().find_map(|cause| cause(&place));
    found.unwrap_or_else(|| Problem::error("", &*error.message).at(error.span))
}

/// Where the parser gave up.
struct Place<'t> {
    lines: &'t Lines<'t>,
    error: &'t YamlError,
    /// From 0.
    line: usize,
}

impl Place<'_> {
    fn says(&self, words: &str) -> bool {
        self.error.message.contains(words)
    }

    fn text(&self) -> &str {
        self.lines.get(self.line)
    }

    /// The last line above that says something.
    fn line_above(&self) -> Option<usize> {
        (0..self.line).rev().find(|line| !is_blank(self.lines.get(*line)))
    }

    fn problem(&self, message: impl Into<String>, help: &str) -> Problem {
        Problem::error("", message).at(self.error.span).help(help)
    }
}

/// A text by lines, with the offset of each.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: [0].into_iter().chain(after_breaks).collect() }
    }

    /// Where the text of a line begins. A byte order mark before it says nothing.
    fn start(&self, line: usize) -> usize {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let rest = &self.text[start..];
        start + (rest.len() - rest.trim_start_matches('\u{feff}').len())
    }

    fn get(&self, line: usize) -> &'t str {
        let start = self.start(line);
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        self.text[start..end].trim_end_matches('\r')
    }

    /// The place of `length` bytes at an offset.
    fn span(&self, start: usize, length: usize) -> Span {
        let line = self.starts.partition_point(|begin| *begin <= start).saturating_sub(1);
        let column = self.text[self.start(line).min(start)..start].chars().count() + 1;
        Span { start, end: start + length, line: line + 1, column }
    }

    /// The place of a part of a line.
    fn part(&self, line: usize, part: &str) -> Span {
        let at = self.get(line).find(part).unwrap_or_default();
        self.span(self.start(line) + at, part.len())
    }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Key and value of a line such as `  - key: value`.
fn key_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start().trim_start_matches("- ");
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-$.".contains(c));
    is_key.then_some((key, value))
}

fn conflict_marker(place: &Place<'_>) -> Option<Problem> {
    let marker = (0..=place.line).find(|line| {
        let line = place.lines.get(*line);
        ["<<<<<<< ", ">>>>>>> "].iter().any(|marker| line.starts_with(marker))
    })?;
    let span = place.lines.part(marker, place.lines.get(marker));
    let problem = Problem::error("", "a marker of an unfinished merge stands in the file").at(span);
    Some(problem.help("choose one of the two versions and delete the markers"))
}

fn tab(place: &Place<'_>) -> Option<Problem> {
    // The parser may have noticed while it read the value of the line before.
    let indent_of = |line: usize| {
        let text = place.lines.get(line);
        &text[..text.len() - text.trim_start_matches([' ', '\t']).len()]
    };
    let line = [place.line, place.line + 1].into_iter().find(|line| indent_of(*line).contains('\t'))?;
    let at = indent_of(line).find('\t')?;
    let span = place.lines.span(place.lines.start(line) + at, 1);
    let problem = Problem::error("", "a tab is used for indentation").at(span);
    Some(problem.help("YAML is indented with spaces only"))
}

/// A bracket or quote that was opened before this place and is not closed where it should be.
fn unclosed(place: &Place<'_>) -> Option<Problem> {
    let (at, mark) = first_unclosed(place.lines.text, place.error.span.start)?;
    let span = place.lines.span(at, mark.len_utf8());
    let is_quote = matches!(mark, '\'' | '"');
    // A quote may span lines, so only one that runs to the end is known to be open.
    if is_quote && !(place.says("quote") || place.says("scalar") || place.says("end of")) {
        return None;
    }
    let message = format!("`{mark}` is opened in line {} and not closed", span.line);
    let closing = match mark {
        '[' => ']',
        '{' => '}',
        quote => quote,
    };
    let problem = Problem::error("", message).at(span).label("opened here");
    Some(problem.help(format!("add the closing `{closing}`")))
}

/// The outermost bracket or the quote that is open at `end`, by a rough reading that knows values, quotes and
/// comments.
fn first_unclosed(text: &str, end: usize) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote: Option<(usize, char)> = None;
    let mut before = '\n';
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if at > end && quote.is_none() {
            break;
        }
        if let Some((_, mark)) = quote {
            match character {
                '\\' if mark == '"' => drop(characters.next()),
                _ if character == mark => quote = None,
                _ => {}
            }
            continue;
        }
        let starts_value = before == '\n' || "[{,:-".contains(before);
        match character {
            '#' if text[..at].ends_with([' ', '\n', '\u{feff}']) || at == 0 => skip_line(&mut characters),
            '\'' | '"' if starts_value => quote = Some((at, character)),
            '[' | '{' if starts_value => open.push((at, character)),
            ']' | '}' if !open.is_empty() => drop(open.pop()),
            _ => {}
        }
        if !matches!(character, ' ' | '\t' | '\r' | '\u{feff}') {
            before = character;
        }
    }
    quote.or(open.first().copied())
}

fn skip_line(characters: &mut std::iter::Peekable<std::str::CharIndices<'_>>) {
    while characters.next_if(|(_, character)| *character != '\n').is_some() {}
}

fn template(place: &Place<'_>) -> Option<Problem> {
    let line = [place.line, place.line_above().unwrap_or(place.line)];
    let line = line.into_iter().find(|line| place.lines.get(*line).contains("{{"))?;
    let text = place.lines.get(line);
    let start = text.find("{{")?;
    let end = text[start..].find("}}").map_or(text.len(), |length| start + length + 2);
    let problem = Problem::error("", format!("`{}` is no YAML value", &text[start..end]));
    let span = place.lines.part(line, &text[start..end]);
    Some(problem.at(span).help("fill the template in first, or put it in quotes"))
}

/// A value that begins with a character which means something else.
fn odd_start(place: &Place<'_>) -> Option<Problem> {
    let (_, value) = key_value(place.text())?;
    let value = value.trim();
    let first = value.chars().next()?;
    let is_unknown_alias = first == '*' && place.says("anchor");
    if !(matches!(first, '@' | '`' | '%') || is_unknown_alias) {
        return None;
    }
    let problem = Problem::error("", format!("a value cannot begin with `{first}`"));
    let span = place.lines.part(place.line, value);
    Some(problem.at(span).help(format!("put it in quotes: `'{value}'`")))
}

/// `key:value`, which is one word to YAML, so that the next colon comes as a surprise.
fn missing_space(place: &Place<'_>) -> Option<Problem> {
    let is_glued = |line: &usize| {
        let value = key_value(place.lines.get(*line)).map(|(_, value)| value);
        value.is_some_and(|value| {
            value.starts_with(|first: char| first.is_alphanumeric() || "'\"".contains(first))
        })
    };
    let line = [Some(place.line), place.line_above()].into_iter().flatten().find(is_glued)?;
    let (key, _) = key_value(place.lines.get(line))?;
    let span = place.lines.part(line, &format!("{key}:"));
    let problem = Problem::error("", format!("a space is missing after `{key}:`")).at(span);
    Some(problem.help("a key and its value are separated by a colon and a space"))
}

/// `key: some text: more`, where the second colon makes no sense.
fn second_colon(place: &Place<'_>) -> Option<Problem> {
    let (key, value) = key_value(place.text())?;
    let value = value.trim();
    let is_plain = !value.starts_with(['\'', '"', '[', '{', '|', '>', '&', '!']);
    if !place.says("mapping values") || !is_plain || !value.contains(": ") && !value.ends_with(':') {
        return None;
    }
    let span = place.lines.part(place.line, value);
    let problem =
        Problem::error("", format!("the value of `{key}` has a colon in it and no quotes")).at(span);
    Some(problem.help(format!("write `{key}: '{}'`", value.replace('\'', "''"))))
}

fn missing_colon(place: &Place<'_>) -> Option<Problem> {
    let is_about_it = place.says("simple key") || place.says("expected ':'");
    let line = (0..=place.line).rev().find(|line| !is_blank(place.lines.get(*line)))?;
    let text = place.lines.get(line).trim();
    if !is_about_it || text.contains(": ") || text.ends_with(':') {
        return None;
    }
    let span = place.lines.part(line, text);
    let problem = Problem::error("", format!("`{text}` has no colon, so it is neither key nor value"));
    Some(problem.at(span).help("write `key: value`, or indent a text that goes on here"))
}

fn trailing_text(place: &Place<'_>) -> Option<Problem> {
    let quote = match () {
        () if place.says("single-quoted") => "in single quotes, a quote is written twice: `'it''s'`",
        () if place.says("double-quoted") => "in double quotes, a quote is written `\\\"`",
        () => return None,
    };
    let problem = place.problem("text follows after the closing quote", quote);
    Some(problem.label("not part of the value"))
}

fn block_text(place: &Place<'_>) -> Option<Problem> {
    place.says("block scalar").then(|| {
        let help =
            "the text begins on the next line; a value that begins with `|` or `>` has to be in quotes";
        place.problem("nothing can follow `|` or `>` on its line", help)
    })
}

fn stray_bracket(place: &Place<'_>) -> Option<Problem> {
    place.says("misplaced bracket").then(|| {
        let rest = place.lines.text.get(place.error.span.start..).unwrap_or_default();
        let bracket = rest.chars().next().filter(|mark| "]}".contains(*mark));
        let shown = bracket.map_or_else(|| "a bracket".to_owned(), |mark| format!("`{mark}`"));
        place.problem(format!("{shown} closes nothing"), "delete it, or add the one that opens")
    })
}

/// A line that stands deeper or less deep than the lines it could belong to.
fn indentation(place: &Place<'_>) -> Option<Problem> {
    let is_about_it =
        ["mapping values", "expected key", "expected '-'", "block"].iter().any(|words| place.says(words));
    let above = place.line_above()?;
    let (here, there) = (depth(place.text()), depth(place.lines.get(above)));
    if !is_about_it || here == there {
        return None;
    }
    let text = place.text().trim();
    let span = place.lines.part(place.line, text);
    let problem = match here > there {
        true => {
            let message =
                format!("this line is indented deeper than line {}, which has its value already", above + 1);
            Problem::error("", message).help("give both the same indentation")
        }
        false => Problem::error("", "this line is indented like nothing above it")
            .help("keys of one mapping have the same indentation"),
    };
    Some(problem.at(span))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::yaml::load::load;

    fn told(text: &str) -> Problem {
        problem(text, &load(text).unwrap_err())
    }

    #[test]
    fn the_likely_cause_is_named_where_it_is() {
        for (text, line, words) in [
            ("name: x\ntags: [a, b\nauth_mode: key\n", 2, "`[` is opened in line 2"),
            ("name: x\ntags: {a: b\nauth_mode: key\n", 2, "`{` is opened in line 2"),
            ("name: \"abc\nauth_mode: key\n", 1, "`\"` is opened in line 1"),
            ("name: x\n\tauth_mode: key\n", 2, "a tab"),
            ("name:x\nauth_mode: key\n", 1, "a space is missing after `name:`"),
            ("name: a: b\n", 1, "the value of `name` has a colon"),
            ("name: x\n  auth_mode: key\n", 2, "deeper than line 1"),
            ("tags:\n    a: b\n  c: d\n", 3, "indented like nothing above"),
            ("a:\n- b\n c: d\n", 3, "deeper than line 2"),
            ("name: @x\n", 1, "cannot begin with `@`"),
            ("name: *x\n", 1, "cannot begin with `*`"),
            ("name: {{ endpoint }}\n", 1, "`{{ endpoint }}` is no YAML value"),
            ("name: 'it's'\n", 1, "after the closing quote"),
            ("name: x\nfoo\n", 2, "`foo` has no colon"),
            ("key: [a, b]]\n", 1, "`]` closes nothing"),
            ("name: | x\n", 1, "nothing can follow"),
            ("<<<<<<< HEAD\nname: x\n=======\n", 1, "unfinished merge"),
            ("name: x\n---\nname: y\n", 2, "second document"),
        ] {
            let problem = told(text);
            assert!(problem.message.contains(words), "{text:?}: {problem:?}");
            assert_eq!(problem.span.unwrap().line, line, "{text:?}: {problem:?}");
        }
    }

    #[test]
    fn brackets_and_quotes_inside_values_open_nothing() {
        for text in [
            "a: it's [not open\n",
            "a: 'x [' \nb: \"y {\"\n",
            "# it's\na: x\n",
            "a: b # [\n",
            "a: [x, 'y']\n",
            "\u{feff}# it's [\na: x\n",
        ] {
            assert_eq!(first_unclosed(text, text.len()), None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_lies_in_the_text() {
        let text = "ü: [a\nb: c\n";
        let span = told(text).span.unwrap();
        assert_eq!((&text[span.start..span.end], span.column), ("[", 4));
    }

    #[test]
    fn a_byte_order_mark_moves_nothing() {
        for (text, shown, column) in [
            ("\u{feff} name:x\nauth: 1\n", "name:", 2),
            ("\u{feff}name:é\nauth: 1\n", "name:", 1),
            ("\u{feff}[a, b\n", "[", 1),
            ("\u{feff}name: {{ x }}\n", "{{ x }}", 7),
        ] {
            let error = load(text).expect_err(text);
            let span = problem(text, &error).span.unwrap();
            assert_eq!((&text[span.start..span.end], span.line, span.column), (shown, 1, column), "{text:?}");
        }
    }
}
