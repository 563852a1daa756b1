//! Checking several files together, without asking anybody: each by itself, the files it names, and what the
//! files say of each other.

mod known;
mod said;

use super::document::SpecDocument;
use super::kind::{self, SpecKind};
use super::problem::Problem;
use known::Known;
use said::Said;

/// What validation found about one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// What the file describes; `None` where nothing says so.
    pub kind: Option<SpecKind>,
    /// Everything that is wrong or odd, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Checks documents together; the answers are in their order.
pub fn validate(documents: &[SpecDocument]) -> Vec<Validated> {
    let kinds: Vec<Option<SpecKind>> = documents.iter().map(kind::guess_kind).collect();
    let said: Vec<Said> =
        documents.iter().zip(&kinds).map(|(document, kind)| Said::read(document, *kind)).collect();
    let known = Known::of(&said, documents);
    let doubts: Vec<Vec<Problem>> =
        said.iter().enumerate().map(|(at, said)| known.doubts(at, said)).collect();
    let found = said.into_iter().zip(doubts).zip(documents).zip(kinds);
    found
        .map(|(((said, doubts), document), kind)| {
            let mut problems = said.problems;
            problems.extend(doubts.into_iter().map(|problem| document.place(problem)));
            // Problems of the whole file come first.
            problems.sort_by_key(|problem| problem.span.map_or((0, 0), |span| (span.line, span.column)));
            Validated { kind, problems }
        })
        .collect()
}

#[cfg(test)]
mod tests;
