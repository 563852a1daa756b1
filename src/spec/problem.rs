//! What can be wrong with a spec: one problem, the problems of a file, and a spec that passed with warnings.
//!
//! Rendering with source excerpts is the terminal's business; here a problem only knows where it is.

use std::fmt;
use std::path::{Path, PathBuf};

use super::document::SpecDocument;
use crate::yaml::load::Span;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The spec cannot be used.
    Error,
    /// The spec can be used, but probably not as meant.
    Warning,
}

/// One thing that is wrong with a spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// Where in the file; `None` for values that were not written there.
    pub span: Option<Span>,
    /// The option that gave the value, as typed, for example `--set settings.mini_batch_size=x` or `--name`.
    pub origin: Option<String>,
    /// Dotted path of the field, for example `settings.retry_settings.timeout`; empty for the whole document.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// A few words to stand at the marked place.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// An error about `field`, not yet placed.
    pub fn error(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            span: None,
            origin: None,
            field: field.into(),
            message: message.into(),
            label: None,
            help: None,
        }
    }

    /// A warning about `field`, not yet placed.
    pub fn warning(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(field, message) }
    }

    /// With words for the marked place.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// With advice.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Placed in the file, where `span` says so.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        Self { span: span.is_known().then_some(span), ..self }
    }

    /// Whether this problem makes the spec unusable.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A spec that passed its check, and what is odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked<T> {
    /// The spec.
    pub spec: T,
    /// Warnings in the order of the file.
    pub warnings: Vec<Problem>,
}

/// Why a spec cannot be used: all problems of one document, warnings included, in the order of the file.
#[derive(Debug)]
pub struct SpecError {
    /// The file as typed; `None` where there is none.
    pub path: Option<PathBuf>,
    /// The text the positions are in.
    pub source_text: String,
    /// Everything that is wrong, at least one error.
    pub problems: Vec<Problem>,
}

impl SpecError {
    /// Problems of `document`.
    pub fn new(document: &SpecDocument, problems: Vec<Problem>) -> Self {
        let path = document.path().map(Path::to_owned);
        Self { path, source_text: document.source().to_owned(), problems }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.problems.iter().find(|problem| problem.is_error()) else {
            return f.write_str("the spec cannot be used");
        };
        match (&self.path, first.span, &first.origin) {
            (Some(path), Some(span), _) => write!(f, "{}:{}:{}: ", path.display(), span.line, span.column)?,
            (_, None, Some(origin)) => write!(f, "{origin}: ")?,
            (Some(path), None, None) => write!(f, "{}: ", path.display())?,
            _ => {}
        }
        f.write_str(&first.message)?;
        match self.problems.iter().filter(|problem| problem.is_error()).count() {
            0 | 1 => Ok(()),
            2 => f.write_str(" (and 1 more problem)"),
            count => write!(f, " (and {} more problems)", count - 1),
        }
    }
}

impl std::error::Error for SpecError {}
