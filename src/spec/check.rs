//! Walking a document along a table: every problem found, every value converted.
//!
//! The outcome is the document as the SDK's schema would hand it on: known fields only, each in its own type.

use std::rc::Rc;

use serde_json::{Value, json};

use super::convert;
use super::document::SpecDocument;
use super::names;
use super::path::FieldPath;
use super::problem::{Checked, Problem, Severity, SpecError};
use super::schema::{Casing, Field, Schema, Shape};
use super::suggest;
use crate::wire::JsonMap;
use crate::wire::reference::AssetReference;
use crate::yaml::load::{Node, Span, Yaml};

/// What a check found.
pub(super) struct Report<'d> {
    document: &'d SpecDocument,
    /// The converted fields. Fields with problems are missing.
    pub(super) fields: JsonMap,
    problems: Vec<Problem>,
}

/// Checks `document` against `schema`.
pub(super) fn check<'d>(document: &'d SpecDocument, schema: &'static Schema) -> Report<'d> {
    let mut walk = Walk { document, root: schema, problems: document.duplicate_warnings() };
    let fields = walk.object(document.root(), schema, &FieldPath::default(), Span::default());
    Report { document, fields, problems: walk.problems }
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

    /// All problems in the order of the file; those without a place come first.
    pub(super) fn problems(self) -> Vec<Problem> {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.span.map_or((0, 0), |span| (span.line, span.column)));
        problems
    }

    /// A spec made by `make` from the fields, unless there are errors.
    pub(super) fn finish<T>(self, make: impl FnOnce(JsonMap) -> T) -> Result<Checked<T>, SpecError> {
        let (document, fields) = (self.document, self.fields.clone());
        let problems = self.problems();
        if problems.iter().any(Problem::is_error) {
            return Err(SpecError::new(document, problems));
        }
        Ok(Checked { spec: make(fields), warnings: problems })
    }
}

struct Walk<'d> {
    document: &'d SpecDocument,
    root: &'static Schema,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn object(&mut self, node: &Node, schema: &'static Schema, path: &FieldPath, key: Span) -> JsonMap {
        let Yaml::Map(pairs) = &node.value else {
            self.expected(
                &format!("a mapping with the fields of {}", with_article(schema.title)),
                node,
                path,
            );
            return JsonMap::new();
        };
        let mut fields = JsonMap::new();
        for (key, value) in pairs {
            let name = key.key_text();
            match schema.field(&name) {
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

    fn value(
        &mut self,
        node: &Rc<Node>,
        shape: &'static Shape,
        path: &FieldPath,
        key: Span,
    ) -> Option<Value> {
        if self.is_absent(node) || matches!(shape, Shape::ReadOnly) {
            return None;
        }
        if matches!(node.value, Yaml::Null) && !matches!(shape, Shape::Anything) {
            let problem = Problem::error(path.to_string(), format!("`{path}` has no value"));
            let problem = problem.help("write a value after the colon, or leave the line out");
            self.problems.push(self.document.place_at(problem, key));
            return None;
        }
        match shape {
            Shape::Object(schema) => Some(self.object(node, schema, path, key).into()),
            Shape::List(item) => self.list(node, item, path),
            Shape::Asset { kind, inline } => match node.as_str() {
                Some(text) => self.reference(text, kind.noun(), path),
                None => Some(self.object(node, inline, path, key).into()),
            },
            Shape::Mapping | Shape::TextMapping => self.mapping(node, shape, path),
            Shape::TextOrMapping if matches!(node.value, Yaml::Map(_)) => Some(node.to_json()),
            Shape::Anything => Some(node.to_json()),
            _ => self.scalar(node, shape, path),
        }
    }

    fn scalar(&mut self, node: &Node, shape: &Shape, path: &FieldPath) -> Option<Value> {
        match shape {
            Shape::Version => self.required_kind(convert::version(node), "a version", node, path),
            Shape::Boolean => self.required_kind(convert::boolean(node), "true or false", node, path),
            Shape::Integer { min } => {
                let value = self.converted(convert::integer(node), "an integer", node, path)?;
                if value < *min {
                    self.error(path, format!("`{path}` is {value}, the smallest value is {min}"));
                    return None;
                }
                Some(value.into())
            }
            Shape::Choice { values, casing } => self.choice(node, values, *casing, path),
            Shape::TextOrMapping => {
                self.required_kind(convert::text(node), "a string or a mapping", node, path)
            }
            _ => {
                let text = self.converted(convert::text(node), "a string", node, path)?;
                self.text(&text, shape, path);
                Some(text.into())
            }
        }
    }

    /// Rules for texts of some meaning.
    fn text(&mut self, text: &str, shape: &Shape, path: &FieldPath) {
        let refusal = match shape {
            Shape::ResourceName => names::refuse_resource_name(text),
            Shape::AssetName => names::refuse_asset_name(text),
            Shape::FileName => names::refuse_file_name(text),
            Shape::Path => names::refuse_path(text),
            _ => None,
        };
        if let Some(reason) = refusal {
            self.error(path, format!("`{path}` {reason}"));
        } else if matches!(shape, Shape::ResourceName) && text.contains("--") {
            let message = format!("`{path}` has a double dash, which Azure does not document as allowed");
            self.warn(path, message);
        } else if let Shape::AdvisedChoice(values) = shape
            && !values.iter().any(|value| value.eq_ignore_ascii_case(text))
        {
            let message = format!("`{text}` is nothing the service knows for `{path}`");
            self.push(
                Problem::warning(path.to_string(), message).help(format!("it knows {}", list_words(values))),
            );
        }
    }

    fn choice(
        &mut self,
        node: &Node,
        values: &[&'static str],
        casing: Casing,
        path: &FieldPath,
    ) -> Option<Value> {
        let found = node.as_str().and_then(|word| convert::choice(word, values, casing));
        if found.is_none() {
            let message =
                format!("expected one of {}, found {}", list_words(values), convert::describe(node));
            let nearest = node.as_str().and_then(|word| suggest::nearest(word, values.iter().copied()));
            let problem = Problem::error(path.to_string(), message);
            self.push(match nearest {
                Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
                None => problem,
            });
        }
        found.map(Value::from)
    }

    fn mapping(&mut self, node: &Node, shape: &Shape, path: &FieldPath) -> Option<Value> {
        let Yaml::Map(pairs) = &node.value else {
            self.expected("a mapping", node, path);
            return None;
        };
        let convert = |value: &Node| match (shape, &value.value) {
            (_, Yaml::Null) => Value::Null,
            (Shape::TextMapping, _) => convert::python_str(value).into(),
            _ => value.to_json(),
        };
        Some(Value::Object(pairs.iter().map(|(key, value)| (key.key_text(), convert(value))).collect()))
    }

    fn list(&mut self, node: &Node, item: &'static Shape, path: &FieldPath) -> Option<Value> {
        let Yaml::Seq(items) = &node.value else {
            self.expected("a list", node, path);
            return None;
        };
        let converted = items
            .iter()
            .enumerate()
            .filter_map(|(at, node)| self.value(node, item, &path.index(at), node.span));
        Some(converted.collect())
    }

    fn reference(&mut self, text: &str, noun: &str, path: &FieldPath) -> Option<Value> {
        // The service's ids are printed with one more `azureml:`, even those that have it already.
        let text = match text.strip_prefix("azureml:") {
            Some(inner) if inner.starts_with("azureml:") && self.document.is_service_form() => inner,
            _ => text,
        };
        match AssetReference::parse_marked(text) {
            Some(AssetReference::Name(name)) => {
                let problem =
                    Problem::error(path.to_string(), format!("`{text}` does not say which version"));
                self.push(
                    problem.help(format!("write `azureml:{name}:<version>` or `azureml:{name}@latest`")),
                );
                None
            }
            Some(_) => Some(json!(text)),
            None => {
                let message = format!("`{text}` is not a reference to {}", with_article(noun));
                self.push(Problem::error(path.to_string(), message).help(format!(
                    "a registered one is written `azureml:<name>:<version>` or `azureml:<name>@latest`, \
                     a new one as a mapping under `{path}`"
                )));
                None
            }
        }
    }

    fn unknown(&mut self, name: &str, schema: &'static Schema, path: &FieldPath, span: Span) {
        let field = path.key(name);
        let problem = Problem::error(field.to_string(), format!("unknown field `{name}`"));
        let problem = problem.label(format!("not a field of {}", with_article(schema.title)));
        let problem = match suggest::for_unknown(name, schema, self.root) {
            Some(help) => problem.help(help),
            None => problem,
        };
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

    fn required_kind<T: Into<Value>>(
        &mut self,
        converted: Option<T>,
        expected: &str,
        node: &Node,
        path: &FieldPath,
    ) -> Option<Value> {
        self.converted(converted, expected, node, path).map(Into::into)
    }

    fn converted<T>(
        &mut self,
        converted: Option<T>,
        expected: &str,
        node: &Node,
        path: &FieldPath,
    ) -> Option<T> {
        if converted.is_none() {
            self.expected(expected, node, path);
        }
        converted
    }

    fn expected(&mut self, expected: &str, node: &Node, path: &FieldPath) {
        let message = format!("expected {expected}, found {}", convert::describe(node));
        let problem = Problem::error(path.to_string(), message).label(format!("`{path}`"));
        self.problems.push(self.document.place_at(problem, node.span));
    }

    fn error(&mut self, path: &FieldPath, message: String) {
        self.push(Problem::error(path.to_string(), message));
    }

    fn warn(&mut self, path: &FieldPath, message: String) {
        self.push(Problem { severity: Severity::Warning, ..Problem::error(path.to_string(), message) });
    }

    fn push(&mut self, problem: Problem) {
        self.problems.push(self.document.place(problem));
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
