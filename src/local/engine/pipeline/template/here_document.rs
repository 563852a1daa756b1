//! Here-documents of a command line: where the texts begin and end that a shell passes on as they stand.

use std::collections::VecDeque;

/// Follows the here-documents of a command. What is in `(( ))` is not for this; `<<` of other arithmetic, as in subscripts,
/// is known by the number behind it.
#[derive(Debug, Default)]
pub(super) struct HereDocuments {
    /// How many `<` are directly before the place.
    angles: u32,
    /// The one whose announcement the place is in.
    announced: Option<Announced>,
    /// Those that begin with the next lines.
    waiting: VecDeque<HereDocument>,
    /// The one that the place is in, and its line so far.
    body: Option<(HereDocument, String)>,
}

#[derive(Debug, Default)]
struct HereDocument {
    /// The line it ends with.
    end: String,
    strips_tabs: bool,
    /// Nothing in it is expanded: some of its end was quoted.
    is_literal: bool,
}

#[derive(Debug, Default)]
struct Announced {
    document: HereDocument,
    /// Whether its end has begun.
    has_begun: bool,
}

impl HereDocuments {
    /// Whether the place is in a here-document; and if so, whether that is literal.
    pub(super) fn is_literal(&self) -> Option<bool> {
        self.body.as_ref().map(|(document, _)| document.is_literal)
    }

    /// A character of the here-document that the place is in; an escaped one has a backslash before it.
    pub(super) fn step(&mut self, character: char, is_escaped: bool) {
        let Some((document, line)) = &mut self.body else { return };
        if character == '\n' && is_escaped {
            // The line goes on in the next one.
            line.pop();
            return;
        }
        if character != '\n' {
            line.push(character);
            return;
        }
        let line = std::mem::take(line);
        let line = if document.strips_tabs { line.trim_start_matches('\t') } else { &line };
        if line == document.end {
            self.begin_next();
        }
    }

    /// A character of the command; a bare one is in no quotes, and has no backslash before it.
    pub(super) fn hear(&mut self, character: char, is_bare: bool) {
        match self.announced.take() {
            Some(announced) => self.announced = self.hear_announced(announced, character, is_bare),
            None => {
                self.angles = if is_bare && character == '<' { self.angles + 1 } else { 0 };
                self.announced = (self.angles == 2).then(Announced::default);
            }
        }
        if is_bare && character == '\n' {
            self.begin_next();
        }
    }

    /// Reads the end that is announced behind `<<`; none is left of the announcement when it is read, or was none.
    fn hear_announced(
        &mut self,
        mut announced: Announced,
        character: char,
        is_bare: bool,
    ) -> Option<Announced> {
        let Announced { document, has_begun } = &mut announced;
        match character {
            '-' if !*has_begun && !document.strips_tabs => document.strips_tabs = true,
            ' ' | '\t' if !*has_begun && is_bare => {}
            // A text that is given right there.
            '<' if !*has_begun => {
                self.angles += 1;
                return None;
            }
            '\'' | '"' | '\\' => (document.is_literal, *has_begun) = (true, true),
            _ if is_bare && (character.is_whitespace() || ";&|<>()".contains(character)) => {
                let is_number = document.end.starts_with(|first: char| first.is_ascii_digit());
                if *has_begun && !is_number {
                    self.waiting.push_back(announced.document);
                }
                return None;
            }
            _ => {
                document.end.push(character);
                *has_begun = true;
            }
        }
        Some(announced)
    }

    /// Takes what was announced inside the `$( )` that has ended, and does not begin before the next line.
    pub(super) fn take_over(&mut self, inner: Self) {
        self.waiting.extend(inner.waiting);
    }

    fn begin_next(&mut self) {
        self.body = self.waiting.pop_front().map(|document| (document, String::new()));
    }
}
