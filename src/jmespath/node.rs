//! The values an evaluation works on. Parts of the input are passed on by reference; only what an expression builds is
//! allocated, and shared from then on.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::SearchError;
use super::parser::Tree;

/// A value during evaluation.
#[derive(Debug, Clone)]
pub(super) enum Node<'a> {
    /// A part of the input, or a literal, untouched.
    Given(&'a Value),
    /// A scalar that was computed.
    Scalar(Value),
    /// A list that was built.
    List(Rc<Vec<Node<'a>>>),
    /// An object that was built.
    Object(Rc<Built<'a>>),
    /// `&expression`, an argument for functions.
    Reference(&'a Tree),
}

/// An object made during evaluation.
#[derive(Debug)]
pub(super) struct Built<'a> {
    pub(super) members: Vec<(String, Node<'a>)>,
    /// Whether a multi-select hash wrote it, so that the order of the keys means something.
    pub(super) from_hash: bool,
}

static NULL: Value = Value::Null;

impl<'a> Node<'a> {
    pub(super) const fn null() -> Self {
        Self::Given(&NULL)
    }

    pub(super) fn list(items: Vec<Node<'a>>) -> Self {
        Self::List(Rc::new(items))
    }

    /// The scalar this is; `None` for lists, objects and references.
    pub(super) fn scalar(&self) -> Option<&Value> {
        match self {
            Self::Given(Value::Array(_) | Value::Object(_)) => None,
            Self::Given(value) => Some(value),
            Self::Scalar(value) => Some(value),
            Self::List(_) | Self::Object(_) | Self::Reference(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.scalar().is_some_and(Value::is_null)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        self.scalar().and_then(Value::as_str)
    }

    pub(super) fn as_number(&self) -> Option<&Number> {
        self.scalar().and_then(Value::as_number)
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Given(Value::Array(_)))
    }

    /// The elements, if this is a list.
    pub(super) fn items(&self) -> Option<Rc<Vec<Node<'a>>>> {
        match self {
            Self::Given(Value::Array(items)) => Some(Rc::new(items.iter().map(Node::Given).collect())),
            Self::List(items) => Some(Rc::clone(items)),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub(super) fn members(&self) -> Option<Vec<(&str, Node<'a>)>> {
        match self {
            Self::Given(Value::Object(members)) => {
                Some(members.iter().map(|(key, member)| (key.as_str(), Node::Given(member))).collect())
            }
            Self::Object(built) => {
                Some(built.members.iter().map(|(key, member)| (key.as_str(), member.clone())).collect())
            }
            _ => None,
        }
    }

    /// How many elements a list or members an object has.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Given(Value::Array(items)) => Some(items.len()),
            Self::Given(Value::Object(members)) => Some(members.len()),
            Self::List(items) => Some(items.len()),
            Self::Object(built) => Some(built.members.len()),
            _ => None,
        }
    }

    pub(super) fn field(&self, name: &str) -> Node<'a> {
        match self {
            Self::Given(Value::Object(members)) => members.get(name).map_or(Self::null(), Node::Given),
            Self::Object(built) => {
                let found = built.members.iter().find(|(key, _)| key == name);
                found.map_or(Self::null(), |(_, member)| member.clone())
            }
            _ => Self::null(),
        }
    }

    pub(super) fn element(&self, index: i64) -> Node<'a> {
        let Some(length) = self.len() else {
            return Self::null();
        };
        let from_start = if index < 0 { index.saturating_add_unsigned(length as u64) } else { index };
        let Ok(position) = usize::try_from(from_start) else {
            return Self::null();
        };
        match self {
            Self::Given(Value::Array(items)) => items.get(position).map_or(Self::null(), Node::Given),
            Self::List(items) => items.get(position).cloned().unwrap_or(Self::null()),
            _ => Self::null(),
        }
    }

    /// What counts as false: null, false and everything empty; zero does not.
    pub(super) fn is_false(&self) -> bool {
        match self.scalar() {
            Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
            None => self.len() == Some(0),
        }
    }

    /// Plain JSON, `sorted` deciding about the keys of objects no multi-select hash wrote.
    pub(super) fn to_value(&self, sorted: bool) -> Result<Value, SearchError> {
        match self {
            Self::Given(value) if sorted => Ok(sorted_copy(value)),
            Self::Given(value) => Ok((*value).clone()),
            Self::Scalar(value) => Ok(value.clone()),
            Self::List(items) => items.iter().map(|item| item.to_value(sorted)).collect(),
            Self::Object(built) => {
                let mut members = Map::new();
                for (key, member) in &built.members {
                    members.insert(key.clone(), member.to_value(sorted)?);
                }
                if sorted && !built.from_hash {
                    members.sort_keys();
                }
                Ok(Value::Object(members))
            }
            Self::Reference(_) => {
                Err(SearchError::Unsupported("an expression reference is no value".to_owned()))
            }
        }
    }
}

fn sorted_copy(value: &Value) -> Value {
    let mut copy = value.clone();
    copy.sort_all_objects();
    copy
}
