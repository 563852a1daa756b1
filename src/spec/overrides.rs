//! `--set KEY=VALUE` of the create-like commands: how one is read and how it changes a document.
//!
//! Values are always text; the field's own rule converts them later, so an override behaves like the same
//! value written in the file. The `update` commands have another grammar, see [`super::edit`].

use std::rc::Rc;
use std::str::FromStr;

use super::path::{FieldPath, Step};
use crate::yaml::load::{Node, Span, Yaml};

/// One word of `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Dotted path, as typed.
    pub path: String,
    /// Text after the first `=`.
    pub value: String,
    /// The option that stands for it, where it was not given with `--set`.
    option: Option<String>,
}

impl Override {
    /// What a dedicated option, such as `--mini-batch-size`, says about the field at `path`.
    pub fn from_option(path: &str, option: &str, value: &str) -> Self {
        Self { path: path.to_owned(), value: value.to_owned(), option: Some(option.to_owned()) }
    }
}

/// Why a word is no override.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// There is no `=` in it.
    #[error("usage error: --set KEY=VALUE [KEY=VALUE ...]")]
    NoEqualsSign,
}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let (path, value) = word.split_once('=').ok_or(OverrideError::NoEqualsSign)?;
        Ok(Self { path: path.to_owned(), value: value.to_owned(), option: None })
    }
}

impl std::fmt::Display for Override {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.option {
            Some(option) => write!(f, "{option} {}", self.value),
            None => write!(f, "--set {}={}", self.path, self.value),
        }
    }
}

/// `node` with `value` at the end of `steps`, what is missing on the way made. The error says why not.
pub(super) fn replace(node: Option<&Rc<Node>>, steps: &[Step], value: &Rc<Node>) -> Result<Rc<Node>, String> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Rc::clone(value));
    };
    let span = node.map_or_else(Span::default, |node| node.span);
    let value = match (node.map(|node| &node.value), step) {
        (Some(Yaml::Map(pairs)), Step::Key(key)) => replace_member(pairs, key, rest, value)?,
        (None | Some(Yaml::Null), Step::Key(key)) => replace_member(&[], key, rest, value)?,
        (Some(Yaml::Seq(items)), Step::Index(index)) => replace_item(items, *index, rest, value)?,
        (Some(Yaml::Seq(items)), Step::Key(key)) => match key.parse() {
            Ok(index) => replace_item(items, index, rest, value)?,
            Err(_) => {
                return Err(format!("a list has no member `{key}`, use an index such as `[0]`"));
            }
        },
        (None | Some(Yaml::Null), Step::Index(index)) => replace_item(&[], *index, rest, value)?,
        (Some(Yaml::Map(_)), Step::Index(index)) => return Err(format!("a mapping has no item `[{index}]`")),
        (Some(Yaml::Str(text)), _) => {
            return Err(format!("it is the reference `{text}`, nothing inside a reference can be set"));
        }
        (Some(_), _) => return Err("it is a single value, nothing inside it can be set".to_owned()),
    };
    Ok(Rc::new(Node { span, value }))
}

fn replace_member(
    pairs: &[(Rc<Node>, Rc<Node>)],
    key: &str,
    rest: &[Step],
    value: &Rc<Node>,
) -> Result<Yaml, String> {
    let mut pairs = pairs.to_vec();
    match pairs.iter_mut().find(|(found, _)| found.as_str() == Some(key)) {
        Some((_, member)) => *member = replace(Some(member), rest, value)?,
        None => pairs.push((Node::detached(Yaml::Str(key.to_owned())), replace(None, rest, value)?)),
    }
    Ok(Yaml::Map(pairs))
}

fn replace_item(items: &[Rc<Node>], index: usize, rest: &[Step], value: &Rc<Node>) -> Result<Yaml, String> {
    let mut items = items.to_vec();
    match items.get(index) {
        Some(item) => items[index] = replace(Some(item), rest, value)?,
        None if index == items.len() => items.push(replace(None, rest, value)?),
        None => {
            return Err(format!("the list has only {} items, `[{index}]` is beyond it", items.len()));
        }
    }
    Ok(Yaml::Seq(items))
}

/// Why `path` cannot be set: names the part of it that stands in the way.
pub(super) fn refusal(root: &Rc<Node>, path: &FieldPath, reason: &str) -> String {
    let mut passed = FieldPath::default();
    let mut node = Some(root);
    for step in &path.0 {
        node = match (node.map(|node| &node.value), step) {
            (Some(Yaml::Map(pairs)), Step::Key(key)) => {
                pairs.iter().find(|(found, _)| found.as_str() == Some(key)).map(|(_, member)| member)
            }
            (Some(Yaml::Seq(items)), Step::Index(index)) => items.get(*index),
            _ => break,
        };
        passed.0.push(step.clone());
    }
    if passed.0.is_empty() {
        reason.to_owned()
    } else {
        format!("cannot set `{path}` inside `{passed}`: {reason}")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::yaml::load::load;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn set(text: &str, word: &str) -> Result<Value, String> {
        let root = load(text).unwrap();
        let change: Override = word.parse().unwrap();
        let value = Node::detached(Yaml::Str(change.value.clone()));
        replace(root.as_ref(), &FieldPath::parse(&change.path).0, &value).map(|node| node.to_json())
    }

    #[test]
    fn a_word_is_split_at_its_first_equals_sign() {
        let change: Override = "c.d=x=y".parse().unwrap();
        assert_eq!((change.path.as_str(), change.value.as_str()), ("c.d", "x=y"));
        let error = "name".parse::<Override>().unwrap_err();
        assert_eq!(error.to_string(), "usage error: --set KEY=VALUE [KEY=VALUE ...]");
    }

    #[test]
    fn values_are_replaced_and_missing_parts_are_made() {
        let text = "a: 1\nb:\n  c: 2\nlist: [{x: 1}, 2]\nempty:\n";
        for (word, pointer, expected) in [
            ("a=5", "/a", json!("5")),
            ("b.c=5", "/b/c", json!("5")),
            ("b.d.e=5", "/b/d/e", json!("5")),
            ("list[0].x=5", "/list/0/x", json!("5")),
            ("list[2]=5", "/list/2", json!("5")),
            ("empty.x=5", "/empty/x", json!("5")),
            ("new.deep=", "/new/deep", json!("")),
        ] {
            let changed = set(text, word).unwrap();
            assert_eq!(changed.pointer(pointer), Some(&expected), "{word}");
        }
    }

    #[test]
    fn nothing_is_set_inside_references_and_numbers() {
        assert!(set("model: azureml:m:1\n", "model.path=x").unwrap_err().contains("azureml:m:1"));
        assert!(set("a: 1\n", "a.b=x").is_err());
        assert!(set("a: [1]\n", "a[5]=x").is_err());
        assert!(set("a: [1]\n", "a.b=x").is_err());
    }

    proptest! {
        #[test]
        fn what_is_set_is_what_is_found(path in "[a-z]{1,3}(\\.[a-z]{1,3}){0,3}", value in ".{0,12}") {
            let change: Override = format!("{path}={value}").parse().unwrap();
            let node = Node::detached(Yaml::Str(change.value));
            let root = replace(None, &FieldPath::parse(&change.path).0, &node).unwrap().to_json();
            let pointer = format!("/{}", path.replace('.', "/"));
            prop_assert_eq!(root.pointer(&pointer), Some(&json!(value)));
        }
    }
}
