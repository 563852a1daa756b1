//! Walking a document along a table: every problem found, every value converted.
//!
//! The outcome is the document as the SDK's schema would hand it on: known fields only, each in its own type.
//! This file walks mappings; `value` converts what stands in a field.

mod one_of;
mod value;

use std::rc::Rc;

use super::document::SpecDocument;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use super::schema::{Field, Schema, Shape};
use super::suggest;
use crate::wire::JsonMap;
use crate::yaml::load::{Node, Span, Yaml};

/// What a check found.
pub(super) struct Report<'d> {
    document: &'d SpecDocument,
    /// The converted fields. Fields with problems are missing.
    pub(super) fields: JsonMap,
    problems: Vec<Problem>,
    /// Dotted paths of fields that somebody probably meant and spelled otherwise.
    misspelt: Vec<String>,
}

/// Checks `document` against `schema`.
pub(super) fn check<'d>(document: &'d SpecDocument, schema: &'static Schema) -> Report<'d> {
    let mut walk =
        Walk { document, root: schema, problems: document.duplicate_warnings(), misspelt: Vec::new() };
    let fields = walk.object(document.root(), schema, &FieldPath::default(), Span::default());
    Report { document, fields, problems: walk.problems, misspelt: walk.misspelt }
}

/// Checks nothing but `type`: where it is wrong, what else is right cannot be known.
pub(super) fn check_type<'d>(document: &'d SpecDocument, schema: &'static Schema) -> Report<'d> {
    let mut report = check(document, schema);
    report.problems.retain(|problem| problem.field == "type");
    report
}

impl Report<'_> {
    /// Adds a problem, placed at the field it names.
    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(self.document.place(problem));
    }

    /// The value of a field as the document has it.
    pub(super) fn node(&self, field: &str) -> Option<&Rc<Node>> {
        self.document.find(&FieldPath::parse(field))
    }

    /// Whether a misspelt key was probably meant to be that field.
    pub(super) fn is_misspelt(&self, field: &str) -> bool {
        self.misspelt.iter().any(|meant| meant == field)
    }

    /// All problems in the order of the file; those without a place come first.
    pub(super) fn problems(self) -> Vec<Problem> {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.span.map_or((0, 0), |span| (span.line, span.column)));
        problems
    }

    /// A spec made by `make` from the fields, unless there are errors.
    pub(super) fn finish<T>(mut self, make: impl FnOnce(JsonMap) -> T) -> Result<Checked<T>, SpecError> {
        let fields = std::mem::take(&mut self.fields);
        self.passed().map(|warnings| Checked { spec: make(fields), warnings })
    }

    /// As [`Self::finish`]. `look` finds what is wrong with the files a spec names; it looks at those of a spec with
    /// errors too, made from the fields that are right, so that everything is told at once.
    pub(super) fn finish_with<T>(
        mut self,
        make: impl FnOnce(JsonMap) -> T,
        look: impl FnOnce(&T) -> Vec<Problem>,
    ) -> Result<Checked<T>, SpecError> {
        let spec = make(std::mem::take(&mut self.fields));
        self.problems.extend(look(&spec));
        self.passed().map(|warnings| Checked { spec, warnings })
    }

    /// The warnings, unless there are errors.
    fn passed(self) -> Result<Vec<Problem>, SpecError> {
        let document = self.document;
        let problems = self.problems();
        match problems.iter().any(Problem::is_error) {
            true => Err(SpecError::new(document, problems)),
            false => Ok(problems),
        }
    }
}

struct Walk<'d> {
    document: &'d SpecDocument,
    root: &'static Schema,
    problems: Vec<Problem>,
    misspelt: Vec<String>,
}

impl Walk<'_> {
    fn object(&mut self, node: &Node, schema: &'static Schema, path: &FieldPath, key: Span) -> JsonMap {
        let Yaml::Map(pairs) = &node.value else {
            let expected = format!("a mapping with the fields of {}", with_article(schema.title));
            self.expected(&expected, node, path);
            return JsonMap::new();
        };
        let mut fields = JsonMap::new();
        for (key, value) in pairs {
            let name = key.key_text();
            match schema.field(&name) {
                Some(field) if matches!(field.shape, Shape::Printed) && !self.document.is_service_form() => {
                    self.unknown(&name, schema, path, key.span);
                }
                Some(field) => {
                    if let Some(converted) = self.value(value, &field.shape, &path.key(&name), key.span) {
                        fields.insert(name, converted);
                    }
                }
                // `$schema` is for editors and allowed everywhere.
                None if name == "$schema" => {}
                None => self.unknown(&name, schema, path, key.span),
            }
        }
        for field in schema.fields.iter().filter(|field| field.required) {
            let is_given = node.get(field.name).is_some_and(|value| !self.is_absent(value));
            if !is_given {
                self.missing(field, schema, node, path, key);
            }
        }
        fields
    }

    /// The service prints absent members as null; a person who writes nothing after the colon forgot something.
    fn is_absent(&self, node: &Node) -> bool {
        matches!(node.value, Yaml::Null) && self.document.null_is_absent()
    }

    fn unknown(&mut self, name: &str, schema: &'static Schema, path: &FieldPath, span: Span) {
        let field = path.key(name);
        let advice = suggest::for_unknown(name, schema, self.root);
        if let Some(meant) = &advice.meant {
            let place = if advice.from_root { FieldPath::default() } else { path.clone() };
            self.misspelt.push(place.join(&FieldPath::parse(meant)).to_string());
        }
        // Where the label names a kind of thing, the place still has to be said.
        let place = match schema.title.starts_with('`') || path.0.is_empty() {
            true => String::new(),
            false => format!(" in `{path}`"),
        };
        let problem = Problem::error(field.to_string(), format!("unknown field `{name}`{place}"));
        let problem = problem.label(format!("not a field of {}", with_article(schema.title)));
        let problem = Problem { help: advice.help, ..problem };
        self.problems.push(self.document.place_at(problem, span));
    }

    fn missing(&mut self, field: &Field, schema: &Schema, node: &Node, path: &FieldPath, key: Span) {
        let name = path.key(field.name);
        let problem = Problem::error(name.to_string(), format!("`{name}` is required"));
        let problem = match field.option {
            Some(option) => problem.help(format!("add `{}:` to the file or give `{option}`", field.name)),
            None => problem.label(format!("this {} has none", schema.title)),
        };
        let first_key = match &node.value {
            Yaml::Map(pairs) => pairs.iter().map(|(key, _)| key.span).find(|span| span.is_known()),
            _ => None,
        };
        let span = if key.is_known() { key } else { first_key.unwrap_or_default() };
        self.problems.push(self.document.place_at(problem, span));
    }
}

fn with_article(noun: &str) -> String {
    match noun.chars().next() {
        // A field's own name needs none.
        Some('`') | None => noun.to_owned(),
        Some('a' | 'e' | 'i' | 'o') => format!("an {noun}"),
        Some(_) => format!("a {noun}"),
    }
}

/// "`a`, `b` or `c`".
fn list_words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}
