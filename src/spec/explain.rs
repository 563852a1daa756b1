//! What a field means: the field tables as answers to questions such as `batch-deployment.settings.timeout`.

use super::kind::SpecKind;
use super::schema::{Field, Rule, Schema, Shape};
use super::suggest;

/// Most names that are offered for one that does not exist.
const MOST_OFFERED: usize = 5;

/// What is known about a kind of spec, a field of one, or the fields inside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The path as asked, with the spelling of the tables: `batch-deployment.settings.retry_settings`.
    pub path: String,
    /// What it means, in a sentence or two.
    pub doc: String,
    /// What may stand there, in words: `an integer, at least 1`. Empty for a kind of spec.
    pub expected: String,
    /// Whether it has to be there.
    pub required: bool,
    /// What holds when it is not given.
    pub default: Option<String>,
    /// The words that are allowed, where it is one of some.
    pub allowed: Vec<String>,
    /// Whether other words pass, and those are only what the service knows.
    pub is_advice: bool,
    /// The option that gives it instead.
    pub option: Option<String>,
    /// Whose rule it is.
    pub rule: Rule,
    /// Whether the service writes it and nobody else.
    pub read_only: bool,
    /// In which variants of a kind it exists, such as `model deployment`; empty where there is only one.
    pub variants: Vec<String>,
    /// The fields inside, in the order in which people write them.
    pub fields: Vec<FieldSummary>,
}

/// A field inside what is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSummary {
    /// Name.
    pub name: String,
    /// What may stand there, in words.
    pub expected: String,
    /// Whether it has to be there.
    pub required: bool,
    /// What holds when it is not given.
    pub default: Option<String>,
    /// What it means.
    pub doc: String,
    /// In which variants of a kind it exists; empty where it is in all.
    pub variants: Vec<String>,
}

/// Why a path cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The path does not begin with a kind of spec.
    #[error("`{name}` is no kind of spec")]
    UnknownKind {
        /// The first part of the path.
        name: String,
        /// The kinds, the nearest first.
        nearest: Vec<String>,
    },
    /// A part of the path names no field.
    #[error("{place} has no field `{name}`")]
    UnknownField {
        /// Path of what was looked into.
        place: String,
        /// The part that names nothing.
        name: String,
        /// Full paths that were probably meant, the nearest first.
        nearest: Vec<String>,
    },
    /// A part of the path goes into a single value.
    #[error("`{place}` is {expected}, it has no fields")]
    NoFields {
        /// Path of the value.
        place: String,
        /// What it is.
        expected: String,
    },
}

/// A table under the name of its variant.
type Variant = (&'static str, &'static Schema);

/// Explains a dotted path: a kind of spec, and then a field in it.
pub fn explain(path: &str) -> Result<Explanation, ExplainError> {
    let mut parts = path.split('.').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let kind = find_kind(first)?;
    let all: Vec<Variant> = kind.tables().iter().map(|table| (table.title, *table)).collect();
    let mut walk = Walk { path: kind.command().to_owned(), tables: all.clone(), found: Vec::new() };
    for part in parts {
        walk.step(part, kind)?;
    }
    Ok(walk.explanation(kind, &all))
}

fn find_kind(name: &str) -> Result<SpecKind, ExplainError> {
    let plain = name.to_lowercase().replace([' ', '_'], "-");
    let named = SpecKind::ALL.into_iter().find(|kind| kind.command() == plain);
    named.ok_or_else(|| {
        let nearest = suggest::nearest(&plain, SpecKind::ALL.into_iter().map(SpecKind::command));
        let nearest = nearest.map(|nearest| vec![nearest.to_owned()]);
        let all = || SpecKind::ALL.into_iter().map(|kind| kind.command().to_owned()).collect();
        ExplainError::UnknownKind { name: name.to_owned(), nearest: nearest.unwrap_or_else(all) }
    })
}

/// Going down a path in all variants of a kind at once.
struct Walk {
    path: String,
    tables: Vec<Variant>,
    /// The field that was reached, in each variant that has it.
    found: Vec<(&'static str, &'static Field)>,
}

impl Walk {
    fn step(&mut self, part: &str, kind: SpecKind) -> Result<(), ExplainError> {
        // Items of lists have no names of their own.
        let name = part.split('[').next().unwrap_or(part);
        if self.tables.is_empty() {
            let expected = self.found.first().map(|(_, field)| in_words(&field.shape)).unwrap_or_default();
            return Err(ExplainError::NoFields { place: self.path.clone(), expected });
        }
        let has = |(variant, table): &Variant| {
            let field = table.fields.iter().find(|field| field.name == name && !field.is_rest())?;
            Some((*variant, field))
        };
        let found: Vec<(&str, &Field)> = self.tables.iter().filter_map(has).collect();
        if found.is_empty() {
            return Err(self.unknown(name, kind));
        }
        self.path = format!("{}.{name}", self.path);
        self.tables = found
            .iter()
            .flat_map(|(variant, field)| inner(&field.shape).into_iter().map(|table| (*variant, table)))
            .collect();
        self.found = found;
        Ok(())
    }

    fn unknown(&self, name: &str, kind: SpecKind) -> ExplainError {
        let mut nearest: Vec<(f64, String)> = all_paths(kind)
            .into_iter()
            .map(|path| {
                let last = path.rsplit('.').next().unwrap_or_default();
                // Of equals, the one that lies where it was looked for.
                let near = if path.starts_with(&self.path) { 0.01 } else { 0.0 };
                (suggest::likeness(name, last) + near, path)
            })
            .filter(|(likeness, _)| *likeness >= suggest::LIKELY)
            .collect();
        nearest.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        nearest.dedup_by(|(_, one), (_, other)| one == other);
        ExplainError::UnknownField {
            place: format!("`{}`", self.path),
            name: name.to_owned(),
            nearest: nearest.into_iter().map(|(_, path)| path).take(MOST_OFFERED).collect(),
        }
    }

    fn explanation(&self, kind: SpecKind, all: &[Variant]) -> Explanation {
        let fields = summaries(&self.tables);
        let Some((_, field)) = self.found.first() else {
            return Explanation {
                path: self.path.clone(),
                doc: format!("The fields of a {} spec.", kind.noun()),
                expected: String::new(),
                required: false,
                default: None,
                allowed: Vec::new(),
                is_advice: false,
                option: None,
                rule: Rule::Client,
                read_only: false,
                variants: names(all.iter().map(|(variant, _)| *variant))
                    .filter(|names| names.len() > 1)
                    .unwrap_or_default(),
                fields,
            };
        };
        let (allowed, is_advice) = allowed(&field.shape);
        Explanation {
            path: self.path.clone(),
            doc: field.doc.to_owned(),
            expected: in_words(&field.shape),
            required: field.required,
            default: field.default.map(str::to_owned),
            allowed,
            is_advice,
            option: field.option.map(str::to_owned),
            rule: field.rule,
            read_only: field.shape.is_read_only(),
            variants: names(self.found.iter().map(|(variant, _)| *variant))
                .filter(|names| names.len() < all.len())
                .unwrap_or_default(),
            fields,
        }
    }
}

/// Names without repetitions, in their order.
fn names<'n>(variants: impl Iterator<Item = &'n str>) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for name in variants {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    (!names.is_empty()).then_some(names)
}

/// The fields of all variants, each once.
fn summaries(tables: &[Variant]) -> Vec<FieldSummary> {
    let mut summaries: Vec<FieldSummary> = Vec::new();
    for (variant, table) in tables {
        for field in table.fields.iter().filter(|field| !field.is_rest() && !field.shape.is_read_only()) {
            match summaries.iter_mut().find(|summary| summary.name == field.name) {
                Some(summary) => summary.variants.push((*variant).to_owned()),
                None => summaries.push(FieldSummary {
                    name: field.name.to_owned(),
                    expected: in_words(&field.shape),
                    required: field.required,
                    default: field.default.map(str::to_owned),
                    doc: field.doc.to_owned(),
                    variants: vec![(*variant).to_owned()],
                }),
            }
        }
    }
    for summary in &mut summaries {
        if summary.variants.len() >= tables.len() {
            summary.variants.clear();
        }
    }
    summaries
}

/// The tables of what may stand inside a field.
fn inner(shape: &Shape) -> Vec<&'static Schema> {
    match shape {
        Shape::Object(table) | Shape::Asset { inline: table, .. } => vec![table],
        Shape::OneOf(tables) => tables.to_vec(),
        Shape::List(item) | Shape::MapOf(item) => inner(item),
        _ => Vec::new(),
    }
}

/// The path of every field of a kind.
fn all_paths(kind: SpecKind) -> Vec<String> {
    fn below(path: &str, table: &Schema, paths: &mut Vec<String>) {
        for field in table.fields.iter().filter(|field| !field.is_rest()) {
            let path = format!("{path}.{}", field.name);
            if !paths.contains(&path) {
                inner(&field.shape).into_iter().for_each(|table| below(&path, table, paths));
                paths.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    kind.tables().iter().for_each(|table| below(kind.command(), table, &mut paths));
    paths
}

fn allowed(shape: &Shape) -> (Vec<String>, bool) {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match shape {
        Shape::Choice { values, .. } => (words(values), false),
        Shape::AdvisedChoice(values) => (words(values), true),
        Shape::List(item) | Shape::MapOf(item) => allowed(item),
        _ => (Vec::new(), false),
    }
}

/// What may stand in a field, in words.
fn in_words(shape: &Shape) -> String {
    match shape {
        Shape::Integer { min } => format!("an integer, at least {min}"),
        Shape::List(item) => format!("a list, each item {}", in_words(item)),
        Shape::MapOf(Shape::Anything) => "a mapping".to_owned(),
        Shape::MapOf(value) => format!("a mapping, each value {}", in_words(value)),
        Shape::Asset { kind, .. } => format!("a reference to a registered {0}, or a new {0}", kind.noun()),
        Shape::Text | Shape::DeploymentName | Shape::EndpointName | Shape::AssetName => "a string".to_owned(),
        Shape::Version => "a version".to_owned(),
        Shape::FileName => "the name of a file".to_owned(),
        Shape::Path => "a path or an address".to_owned(),
        Shape::BuildContext => "a folder or an `http` address".to_owned(),
        Shape::Boolean => "true or false".to_owned(),
        Shape::Choice { .. } | Shape::AdvisedChoice(_) => "one of some words".to_owned(),
        Shape::TextOrMapping => "a string or a mapping".to_owned(),
        Shape::TextOrList => "a string or a list of strings".to_owned(),
        Shape::Scalar => "a string, a number or a boolean".to_owned(),
        Shape::Component => "a reference to a registered component, or the file of a new one".to_owned(),
        Shape::Job => "a reference to a job".to_owned(),
        Shape::Mapping | Shape::TextMapping | Shape::Object(_) | Shape::OneOf(_) => "a mapping".to_owned(),
        Shape::Anything => "anything".to_owned(),
        Shape::ReadOnly | Shape::ReadOnlyText | Shape::Printed => "written by the service".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn every_field_of_every_kind_is_explained() {
        for kind in SpecKind::ALL {
            for path in all_paths(kind).into_iter().chain([kind.command().to_owned()]) {
                let explanation = explain(&path).unwrap();
                assert_eq!(explanation.path, path);
                assert!(!explanation.doc.is_empty(), "{path}");
            }
        }
    }

    #[test]
    fn a_field_has_what_its_table_says() {
        let size = explain("batch-deployment.settings.mini_batch_size").unwrap();
        assert_eq!((size.expected.as_str(), size.default.as_deref()), ("an integer, at least 1", Some("10")));
        assert_eq!((size.rule, size.required), (Rule::Azml, false));
        let retry = explain("batch_deployment.settings.retry_settings").unwrap();
        let names: Vec<&str> = retry.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["max_retries", "timeout"]);
        let action = explain("batch-deployment.output_action").unwrap();
        assert_eq!(action.allowed, ["append_row", "summary_only"]);
        assert_eq!(action.variants, ["batch deployment without `type`"]);
        assert!(explain("compute.tier").unwrap().variants == ["compute cluster"]);
    }

    #[test]
    fn a_path_that_leads_nowhere_offers_the_nearest() {
        let nearest = |path: &str| match explain(path).unwrap_err() {
            ExplainError::UnknownKind { nearest, .. } | ExplainError::UnknownField { nearest, .. } => nearest,
            ExplainError::NoFields { .. } => Vec::new(),
        };
        assert_eq!(nearest("batch-deploymnt")[0], "batch-deployment");
        assert_eq!(nearest("xyz").len(), SpecKind::ALL.len());
        assert_eq!(
            nearest("batch-deployment.settings.mini_batchsize")[0],
            "batch-deployment.settings.mini_batch_size"
        );
        assert_eq!(
            nearest("batch-deployment.timeout")[0],
            "batch-deployment.settings.retry_settings.timeout"
        );
        assert!(explain("compute.name.x").unwrap_err().to_string().contains("no fields"));
    }
}
