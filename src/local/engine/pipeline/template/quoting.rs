//! The quotes of a command line: which ones are open where.

use super::here_document::HereDocuments;

/// What quotes the place is in that a shell's command line has come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Quote {
    #[default]
    None,
    Single,
    Double,
    /// A here-document: as in double quotes, but these mean nothing.
    HereDocument,
    /// A here-document in which nothing is expanded.
    Literal,
}

/// Follows the quotes of a command line: those of commands inside `$( )` and backquotes are their own, wherever these
/// stand, and what looks like quotes in here-documents is none.
#[derive(Debug, Default)]
pub(super) struct Quoting {
    /// The command that the place is in.
    command: Command,
    /// Those that it is part of, the innermost last.
    outer: Vec<Command>,
    /// The last character was a backslash that counts.
    is_escaped: bool,
    in_comment: bool,
    /// The last character, a backslash for one whose meaning that took; none before the first one.
    last: Option<char>,
    /// The command in backquotes that the place is in. It is read for itself, after backslashes that are meant for
    /// the backquotes were taken away.
    backquoted: Option<Box<Quoting>>,
}

impl Quoting {
    pub(super) fn now(&self) -> Quote {
        self.backquoted.as_ref().map_or_else(|| self.command.quote(), |inner| inner.now())
    }

    pub(super) fn is_in_backquotes(&self) -> bool {
        self.backquoted.is_some()
    }

    pub(super) fn is_after_backslash(&self) -> bool {
        self.is_escaped || self.backquoted.as_ref().is_some_and(|inner| inner.is_after_backslash())
    }

    pub(super) fn follow(&mut self, text: &str) {
        text.chars().for_each(|character| self.step(character));
    }

    fn step(&mut self, character: char) {
        let is_escaped = std::mem::take(&mut self.is_escaped);
        match self.backquoted.take() {
            Some(inner) => self.backquoted = self.step_in_backquotes(inner, is_escaped, character),
            None => {
                self.in_comment &= character != '\n';
                if !self.in_comment {
                    self.command.hear(character, is_escaped);
                }
                if !is_escaped && !self.in_comment {
                    self.step_here(character);
                }
            }
        }
        self.last = match character {
            // Neither a backslash nor the end of a line behind it is there for the shell.
            _ if self.is_escaped => self.last,
            '\n' if is_escaped => self.last,
            _ if is_escaped => Some('\\'),
            _ => Some(character),
        };
    }

    fn step_here(&mut self, character: char) {
        match (self.command.quote(), character) {
            (Quote::Single, '\'') | (Quote::Double, '"') => self.command.quoted = Quote::None,
            (Quote::Single | Quote::Literal, _) => {}
            (_, '\\') => self.is_escaped = true,
            (_, '`') => self.backquoted = Some(Box::default()),
            (_, '(') if self.last == Some('$') => {
                self.outer.push(std::mem::take(&mut self.command));
                self.command.open(None);
            }
            (Quote::None, '\'') => self.command.quoted = Quote::Single,
            (Quote::None, '"') => self.command.quoted = Quote::Double,
            (Quote::None, '(') => self.command.open(self.last),
            (Quote::None, ')') if self.command.close() => self.leave(),
            (Quote::None, '#') if self.command.begins_word(self.last) => self.in_comment = true,
            _ => {}
        }
    }

    /// Passes a character on to the command in backquotes; none is left of that at its end.
    fn step_in_backquotes(
        &mut self,
        mut inner: Box<Self>,
        is_escaped: bool,
        character: char,
    ) -> Option<Box<Self>> {
        match (is_escaped, character) {
            (false, '`') => return None,
            (false, '\\') => self.is_escaped = true,
            (false, _) => inner.step(character),
            (true, _) => {
                let is_for_backquotes = matches!(character, '$' | '`' | '\\')
                    || (character == '"' && self.command.quote() == Quote::Double);
                if !is_for_backquotes {
                    inner.step('\\');
                }
                inner.step(character);
            }
        }
        Some(inner)
    }

    /// The command inside a command has ended.
    fn leave(&mut self) {
        if let Some(outer) = self.outer.pop() {
            let inner = std::mem::replace(&mut self.command, outer);
            self.command.here_documents.take_over(inner.here_documents);
        }
    }
}

/// The whole command line, or what is in one `$( )`.
#[derive(Debug, Default)]
struct Command {
    /// The quotes that are open, whatever here-document may be.
    quoted: Quote,
    /// How many parentheses are open.
    depth: u32,
    /// How many were where `((` began: what is in there is arithmetic, and `<<` no here-document.
    arithmetic: Option<u32>,
    here_documents: HereDocuments,
}

impl Command {
    fn quote(&self) -> Quote {
        match self.here_documents.is_literal() {
            Some(true) => Quote::Literal,
            Some(false) => Quote::HereDocument,
            None => self.quoted,
        }
    }

    fn hear(&mut self, character: char, is_escaped: bool) {
        if self.here_documents.is_literal().is_some() {
            self.here_documents.step(character, is_escaped);
        } else if self.arithmetic.is_none() {
            let is_bare = self.quoted == Quote::None && !is_escaped;
            self.here_documents.hear(character, is_bare);
        }
    }

    /// Whether a word may begin behind this character.
    fn begins_word(&self, last: Option<char>) -> bool {
        last.is_none_or(|last| last.is_whitespace() || ";&|(".contains(last)) && self.arithmetic.is_none()
    }

    /// One parenthesis more, behind this character.
    fn open(&mut self, last: Option<char>) {
        if last == Some('(') && self.arithmetic.is_none() {
            self.arithmetic = Some(self.depth.saturating_sub(1));
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// One parenthesis less; whether it was the last one.
    fn close(&mut self) -> bool {
        self.depth = self.depth.saturating_sub(1);
        self.arithmetic = self.arithmetic.filter(|began| self.depth > *began);
        self.depth == 0
    }
}
