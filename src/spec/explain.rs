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
    /// What is known about it.
    pub facts: Facts,
    /// The fields inside by name, in the order in which people write them.
    pub fields: Vec<(String, Facts)>,
}

/// What is known about a field in all variants of a kind that have it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// What it means, in a sentence or two; where that differs, a line for each meaning.
    pub doc: String,
    /// What may stand there, in words: `an integer, at least 1`. Empty for a kind of spec.
    pub expected: String,
    /// Whether it has to be there, wherever it exists.
    pub required: bool,
    /// The variants in which it has to be there; empty where it has to in all or none.
    pub required_in: Vec<String>,
    /// What holds when it is not given, where that is the same everywhere.
    pub default: Option<String>,
    /// The words that are allowed, where it is one of some.
    pub allowed: Vec<String>,
    /// Whether other words pass, and those are only what the service knows.
    pub is_advice: bool,
    /// The option that gives it instead.
    pub option: Option<String>,
    /// Whose rule it is, where that is the same everywhere.
    pub rule: Option<Rule>,
    /// Whether the service writes it and nobody else.
    pub read_only: bool,
    /// In which variants it exists, such as `model deployment`; empty where it does in all.
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
type Table = (&'static str, &'static Schema);
/// A field under the name of the variant that has it.
type Found = (&'static str, &'static Field);

/// Explains a dotted path: a kind of spec, and then a field in it.
pub fn explain(path: &str) -> Result<Explanation, ExplainError> {
    let mut parts = path.split('.').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let kind = find_kind(first)?;
    let tables: Vec<Table> =
        kind.variants().iter().map(|variant| (variant.table.title, variant.table)).collect();
    let variants = names(tables.iter().map(|(variant, _)| *variant));
    let mut walk = Walk { path: kind.command().to_owned(), tables, variants, found: Vec::new() };
    for part in parts {
        walk.step(part, kind)?;
    }
    Ok(walk.explanation(kind))
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
    /// The tables of what was reached.
    tables: Vec<Table>,
    /// The names of all variants there are here.
    variants: Vec<String>,
    /// The field that was reached, in each variant that has it.
    found: Vec<Found>,
}

impl Walk {
    fn step(&mut self, part: &str, kind: SpecKind) -> Result<(), ExplainError> {
        // Items of lists have no names of their own.
        let name = part.split('[').next().unwrap_or(part);
        if self.tables.is_empty() {
            let expected = self.found.first().map(|(_, field)| in_words(&field.shape)).unwrap_or_default();
            return Err(ExplainError::NoFields { place: self.path.clone(), expected });
        }
        // What is one of several kinds has variants of its own.
        if self.found.iter().any(|(_, field)| inner(&field.shape).len() > 1) {
            self.variants = names(self.tables.iter().map(|(variant, _)| *variant));
        }
        let has = |(variant, table): &Table| {
            let field = table.fields.iter().find(|field| field.name == name && !field.is_rest())?;
            Some((*variant, field))
        };
        let found: Vec<Found> = self.tables.iter().filter_map(has).collect();
        if found.is_empty() {
            return Err(self.unknown(name, kind));
        }
        self.path = format!("{}.{name}", self.path);
        self.tables = inner_tables(&found);
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

    fn explanation(self, kind: SpecKind) -> Explanation {
        let facts = match self.found.as_slice() {
            [] => Facts {
                doc: format!("The fields of a {} spec.", kind.noun()),
                variants: if self.variants.len() > 1 { self.variants } else { Vec::new() },
                ..Facts::default()
            },
            found => facts(found, &self.variants),
        };
        Explanation { path: self.path, facts, fields: summaries(&self.tables) }
    }
}

/// What holds for a field in all variants that have it, out of `variants`.
fn facts(found: &[Found], variants: &[String]) -> Facts {
    let fields = || found.iter().map(|(_, field)| *field);
    let of = |has: &dyn Fn(&Field) -> bool| {
        names(found.iter().filter(|(_, field)| has(field)).map(|(variant, _)| *variant))
    };
    let (all, required_in) = (of(&|_| true), of(&|field| field.required));
    let required = required_in == all;
    Facts {
        doc: docs(found),
        expected: names(fields().map(|field| in_words(&field.shape))).join(" or "),
        required,
        required_in: if required { Vec::new() } else { required_in },
        default: agreed(fields().map(|field| field.default)).flatten().map(str::to_owned),
        allowed: names(fields().flat_map(|field| allowed(&field.shape).0)),
        is_advice: fields().any(|field| allowed(&field.shape).1),
        option: agreed(fields().map(|field| field.option)).flatten().map(str::to_owned),
        rule: agreed(fields().map(|field| field.rule)),
        read_only: fields().all(|field| field.shape.is_read_only()),
        variants: if all.len() < variants.len() { all } else { Vec::new() },
    }
}

/// What a field means; where variants differ, a line for each meaning.
fn docs(found: &[Found]) -> String {
    let meanings = names(found.iter().map(|(_, field)| field.doc));
    if meanings.len() < 2 {
        return meanings.concat();
    }
    let line = |doc: &String| {
        let variants = found.iter().filter(|(_, field)| field.doc == doc).map(|(variant, _)| *variant);
        format!("{}: {doc}", names(variants).join(", "))
    };
    meanings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The value that all have.
fn agreed<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// Texts without repetitions, in their order.
fn names<T: Into<String>>(texts: impl Iterator<Item = T>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in texts.map(Into::into) {
        if !names.contains(&text) {
            names.push(text);
        }
    }
    names
}

/// The fields of all tables, each once.
fn summaries(tables: &[Table]) -> Vec<(String, Facts)> {
    let shown = |field: &&'static Field| !field.is_rest() && !field.shape.is_read_only();
    let found =
        || tables.iter().flat_map(|(variant, table)| table.fields.iter().map(|field| (*variant, field)));
    let variants = names(tables.iter().map(|(variant, _)| *variant));
    let summary = |name: String| {
        let same: Vec<Found> = found().filter(|(_, field)| field.name == name && shown(field)).collect();
        let facts = facts(&same, &variants);
        (name, facts)
    };
    names(found().filter(|(_, field)| shown(field)).map(|(_, field)| field.name))
        .into_iter()
        .map(summary)
        .collect()
}

/// The tables inside fields. Those that one of can be chosen go by their own names.
fn inner_tables(found: &[Found]) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for (variant, field) in found {
        let inner = inner(&field.shape);
        let is_choice = inner.len() > 1;
        for table in inner {
            let name = if is_choice { table.title } else { *variant };
            if !tables.iter().any(|(known, other)| *known == name && std::ptr::eq(*other, table)) {
                tables.push((name, table));
            }
        }
    }
    tables
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
    kind.variants().iter().for_each(|variant| below(kind.command(), variant.table, &mut paths));
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
                assert!(!explanation.facts.doc.is_empty(), "{path}");
            }
        }
    }

    #[test]
    fn a_field_has_what_its_table_says() {
        let size = explain("batch-deployment.settings.mini_batch_size").unwrap().facts;
        assert_eq!((size.expected.as_str(), size.default.as_deref()), ("an integer, at least 1", Some("10")));
        assert_eq!((size.rule, size.required), (Some(Rule::Azml), false));
        let retry = explain("batch_deployment.settings.retry_settings").unwrap();
        let names: Vec<&str> = retry.fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["max_retries", "timeout"]);
        let action = explain("batch-deployment.output_action").unwrap().facts;
        assert_eq!(action.allowed, ["append_row", "summary_only"]);
        assert_eq!(action.variants, ["batch deployment without `type`"]);
        assert!(explain("compute.tier").unwrap().facts.variants == ["compute cluster"]);
    }

    #[test]
    fn what_is_told_of_a_field_holds_in_every_variant() {
        let kind = explain("compute.type").unwrap().facts;
        assert_eq!(kind.allowed.len(), 5);
        assert!(kind.required && kind.variants.is_empty() && !kind.doc.contains('\n'), "{kind:?}");
        let location = explain("compute.location").unwrap().facts;
        assert_eq!(location.default, None, "only a cluster has one");
        assert!(location.doc.starts_with("compute cluster: Region.\ncompute instance, "), "{}", location.doc);
        let resource = explain("compute.resource_id").unwrap().facts;
        assert!(!resource.required);
        assert_eq!(resource.required_in, ["attached virtual machine", "attached Spark pool"]);
        let compute = explain("batch-deployment.compute").unwrap().facts;
        assert_eq!(compute.required_in, ["model deployment"]);
        let port = explain("compute.ssh_settings.ssh_port").unwrap().facts;
        assert!(!port.read_only, "a virtual machine's is not");
        assert_eq!(port.expected, "written by the service or an integer, at least 1");
        assert!(explain("compute.id").unwrap().facts.read_only);
        let fields = explain("compute").unwrap().fields;
        let (_, resource) = fields.iter().find(|(name, _)| name == "resource_id").unwrap();
        assert_eq!(resource.required_in.len(), 2);
    }

    #[test]
    fn what_is_one_of_several_kinds_goes_by_their_names() {
        let key = explain("datastore.credentials.account_key").unwrap().facts;
        assert_eq!((key.variants, key.required), (vec!["account key".to_owned()], true));
        let credentials = explain("datastore.credentials").unwrap();
        assert!(credentials.facts.variants.is_empty());
        let tenant = credentials.fields.iter().find(|(name, _)| name == "tenant_id").unwrap();
        assert_eq!(tenant.1.variants, ["service principal", "service principal with a certificate"]);
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
