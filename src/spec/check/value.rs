//! What may stand in a field: each value converted by its shape, or told as a problem.

use std::rc::Rc;

use serde_json::{Value, json};

use super::super::asset_path::is_http;
use super::super::convert;
use super::super::names;
use super::super::path::FieldPath;
use super::super::problem::{Problem, Severity};
use super::super::schema::{Casing, Shape};
use super::super::suggest;
use super::{Walk, list_words, one_of, with_article};
use crate::wire::JsonMap;
use crate::wire::component;
use crate::wire::reference::AssetReference;
use crate::yaml::load::{Node, Span, Yaml};

impl Walk<'_> {
    /// The value of a field in its own type; `None` where there is none or it is wrong.
    pub(super) fn value(
        &mut self,
        node: &Rc<Node>,
        shape: &'static Shape,
        path: &FieldPath,
        key: Span,
    ) -> Option<Value> {
        let is_ours = self.document.is_service_form() && shape.is_read_only();
        if self.is_absent(node) || is_ours {
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
            Shape::OneOf(schemas) => {
                let schema = one_of::choose(node, schemas)?;
                Some(self.object(node, schema, path, key).into())
            }
            Shape::MapOf(values) => self.map_of(node, values, path),
            Shape::List(item) => self.list(node, item, path),
            Shape::Asset { kind, inline } => match node.as_str() {
                Some(text) => self.reference(text, kind.noun(), path),
                None => Some(self.object(node, inline, path, key).into()),
            },
            Shape::Mapping | Shape::TextMapping => self.mapping(node, shape, path),
            Shape::TextOrMapping if matches!(node.value, Yaml::Map(_)) => Some(node.to_json()),
            Shape::TextOrList if matches!(node.value, Yaml::Seq(_)) => self.list(node, &Shape::Text, path),
            Shape::Anything => Some(node.to_json()),
            Shape::ReadOnly | Shape::Printed => None,
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
            Shape::Scalar => match node.value {
                Yaml::Str(_) | Yaml::Bool(_) | Yaml::Int(_) | Yaml::BigInt(_) | Yaml::Float(_) => {
                    Some(node.to_json())
                }
                _ => self.required_kind(None::<Value>, "a string, a number or a boolean", node, path),
            },
            Shape::TextOrList => {
                self.required_kind(convert::text(node), "a string or a list of strings", node, path)
            }
            Shape::Component => {
                let text =
                    self.converted(convert::text(node), "a reference or the path of a file", node, path)?;
                self.component(&text, path)
            }
            Shape::Job => {
                let text = self.converted(convert::text(node), "a reference to a job", node, path)?;
                self.job(&text, path)
            }
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
            Shape::EndpointName => names::refuse_resource_name(text),
            Shape::AssetName | Shape::DeploymentName => names::refuse_asset_name(text),
            Shape::FileName => names::refuse_file_name(text),
            Shape::Path => names::refuse_path(text),
            Shape::BuildContext => refuse_build_context(text),
            _ => None,
        };
        if let Some(reason) = refusal {
            self.error(path, format!("`{path}` {reason}"));
        } else if let Some(reason) = doubt(text, shape) {
            self.warn(path, format!("`{path}` {reason}"));
        } else if let Shape::AdvisedChoice(values) = shape
            && !values.iter().any(|value| value.eq_ignore_ascii_case(text))
        {
            let message = format!("`{text}` is nothing the service knows for `{path}`");
            let problem = Problem::warning(path.to_string(), message);
            self.push(problem.help(format!("it knows {}", list_words(values))));
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
        let pairs = pairs.iter().filter_map(|(key, value)| match (shape, &value.value) {
            // The SDK drops what has no value before it turns the others into text.
            (Shape::TextMapping, Yaml::Null) => None,
            (Shape::TextMapping, _) => Some((key.key_text(), convert::python_str(value).into())),
            _ => Some((key.key_text(), value.to_json())),
        });
        Some(Value::Object(pairs.collect()))
    }

    fn map_of(&mut self, node: &Node, values: &'static Shape, path: &FieldPath) -> Option<Value> {
        let Yaml::Map(pairs) = &node.value else {
            self.expected("a mapping", node, path);
            return None;
        };
        let mut converted = JsonMap::new();
        for (key, value) in pairs {
            let name = key.key_text();
            if key.as_str().is_none() {
                let message = format!("a key of `{path}` is {}, not a string", convert::describe(key));
                let problem = Problem::error(path.to_string(), message).help(format!("write `'{name}'`"));
                self.problems.push(self.document.place_at(problem, key.span));
            } else if let Some(value) = self.value_of_key(value, values, &path.key(&name), key.span) {
                converted.insert(name, value);
            }
        }
        Some(converted.into())
    }

    /// As [`Self::value`] with a message that speaks of a free key's value rather than of a field.
    fn value_of_key(
        &mut self,
        node: &Rc<Node>,
        shape: &'static Shape,
        path: &FieldPath,
        key: Span,
    ) -> Option<Value> {
        let wanted = match shape {
            Shape::Text if node.as_str().is_none() => "a string",
            Shape::Mapping if !matches!(node.value, Yaml::Map(_)) => "a mapping",
            _ => return self.value(node, shape, path, key),
        };
        if self.is_absent(node) {
            return None;
        }
        let message = format!("the value of `{path}` is {}, not {wanted}", convert::describe(node));
        let problem = Problem::error(path.to_string(), message);
        let problem = match node.value {
            Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Date(_) => {
                problem.help(format!("write `'{}'`", node.key_text()))
            }
            _ => problem,
        };
        let span = if node.span.is_known() { node.span } else { key };
        self.problems.push(self.document.place_at(problem, span));
        None
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

    /// A component that is registered, or the file of one that is not.
    fn component(&mut self, text: &str, path: &FieldPath) -> Option<Value> {
        match AssetReference::parse_marked(text) {
            Some(AssetReference::Name(_)) => self.reference(text, component::NOUN, path),
            Some(_) => Some(json!(text)),
            None if text.starts_with("azureml:") => self.reference(text, component::NOUN, path),
            None => {
                // Where a file is read anyway, the mark that some schemas want does no harm.
                let text = text.strip_prefix("file:").unwrap_or(text);
                if text.is_empty() {
                    self.error(path, format!("`{path}` is empty"));
                    return None;
                }
                Some(json!(text))
            }
        }
    }

    fn job(&mut self, text: &str, path: &FieldPath) -> Option<Value> {
        let job = text.strip_prefix("azureml:").filter(|job| !job.is_empty());
        if job.is_none() {
            let problem = Problem::error(path.to_string(), format!("`{text}` is not a reference to a job"));
            self.push(problem.help("write `azureml:<name of the job>`"));
        }
        job.map(Value::from)
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

    pub(super) fn expected(&mut self, expected: &str, node: &Node, path: &FieldPath) {
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

/// Build contexts are uploaded from this machine or fetched by Docker, which knows no other addresses.
fn refuse_build_context(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    let is_address = text.contains("://") || text.starts_with("azureml:");
    (is_address && !is_http(text))
        .then(|| format!("is `{text}`, which is neither a folder nor an `http` address"))
}

/// What Azure documents as a rule for names and its client lets pass.
fn doubt(name: &str, shape: &Shape) -> Option<String> {
    match shape {
        Shape::DeploymentName => names::refuse_resource_name(name).or_else(|| names::doubt_dashes(name)),
        Shape::EndpointName => names::doubt_dashes(name),
        _ => None,
    }
}
