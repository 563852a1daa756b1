//! Walks a syntax tree over a value.

use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::{Number, Value};

use super::SearchError;
use super::functions;
use super::node::{Built, Node};
use super::parser::{Comparator, SliceBounds, Syntax, Tree};

pub(super) fn evaluate<'a>(tree: &'a Tree, value: &Node<'a>) -> Result<Node<'a>, SearchError> {
    match &*tree.syntax {
        Syntax::Current => Ok(value.clone()),
        Syntax::Literal(literal) => Ok(Node::Given(literal)),
        Syntax::Field(name) => Ok(value.field(name)),
        Syntax::Chain(left, right) => evaluate(right, &evaluate(left, value)?),
        Syntax::Index(source, index) => Ok(evaluate(source, value)?.element(*index)),
        Syntax::Slice(source, bounds) => slice(&evaluate(source, value)?, bounds),
        Syntax::ListProjection(source, each) => match evaluate(source, value)?.items() {
            Some(items) => project(&items, each),
            None => Ok(Node::null()),
        },
        Syntax::ValueProjection(source, each) => match evaluate(source, value)?.members() {
            Some(members) => {
                project(&members.into_iter().map(|(_, member)| member).collect::<Vec<_>>(), each)
            }
            None => Ok(Node::null()),
        },
        Syntax::FilterProjection { source, condition, each } => match evaluate(source, value)?.items() {
            Some(items) => filter(&items, condition, each),
            None => Ok(Node::null()),
        },
        Syntax::Flatten(source) => Ok(flatten(&evaluate(source, value)?)),
        Syntax::Or(left, right) => {
            let matched = evaluate(left, value)?;
            if matched.is_false() { evaluate(right, value) } else { Ok(matched) }
        }
        Syntax::And(left, right) => {
            let matched = evaluate(left, value)?;
            if matched.is_false() { Ok(matched) } else { evaluate(right, value) }
        }
        Syntax::Not(inner) => Ok(Node::Scalar(evaluate(inner, value)?.is_false().into())),
        Syntax::Compare(comparator, left, right) => {
            compare(*comparator, &evaluate(left, value)?, &evaluate(right, value)?)
        }
        Syntax::MultiSelectList(_) | Syntax::MultiSelectHash(_) if value.is_null() => Ok(Node::null()),
        Syntax::MultiSelectList(trees) => evaluate_all(trees, value).map(Node::list),
        Syntax::MultiSelectHash(pairs) => multi_select_hash(pairs, value),
        Syntax::Call(name, arguments) => functions::call(name, &evaluate_all(arguments, value)?),
        Syntax::Reference(inner) => Ok(Node::Reference(inner)),
    }
}

fn evaluate_all<'a>(trees: &'a [Tree], value: &Node<'a>) -> Result<Vec<Node<'a>>, SearchError> {
    trees.iter().map(|tree| evaluate(tree, value)).collect()
}

fn project<'a>(items: &[Node<'a>], each: &'a Tree) -> Result<Node<'a>, SearchError> {
    let mut collected = Vec::with_capacity(items.len());
    for item in items {
        let result = evaluate(each, item)?;
        if !result.is_null() {
            collected.push(result);
        }
    }
    Ok(Node::list(collected))
}

fn filter<'a>(items: &[Node<'a>], condition: &'a Tree, each: &'a Tree) -> Result<Node<'a>, SearchError> {
    let mut collected = Vec::new();
    for item in items {
        if evaluate(condition, item)?.is_false() {
            continue;
        }
        let result = evaluate(each, item)?;
        if !result.is_null() {
            collected.push(result);
        }
    }
    Ok(Node::list(collected))
}

fn flatten<'a>(source: &Node<'a>) -> Node<'a> {
    let Some(items) = source.items() else {
        return Node::null();
    };
    let mut merged = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item.items() {
            Some(inner) => merged.extend(inner.iter().cloned()),
            None => merged.push(item.clone()),
        }
    }
    Node::list(merged)
}

fn multi_select_hash<'a>(pairs: &'a [(String, Tree)], value: &Node<'a>) -> Result<Node<'a>, SearchError> {
    let mut members: Vec<(String, Node<'a>)> = Vec::with_capacity(pairs.len());
    for (key, tree) in pairs {
        let member = evaluate(tree, value)?;
        match members.iter_mut().find(|(existing, _)| existing == key) {
            Some(existing) => existing.1 = member,
            None => members.push((key.clone(), member)),
        }
    }
    Ok(Node::Object(Rc::new(Built { members, from_hash: true })))
}

/// Python's slice rules: bounds count from the end when negative and are clamped to the list.
fn slice<'a>(source: &Node<'a>, [start, stop, step]: &SliceBounds) -> Result<Node<'a>, SearchError> {
    let Some(items) = source.items() else {
        return Ok(Node::null());
    };
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(SearchError::Unsupported("slice step cannot be zero".to_owned()));
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| {
        let from_start = if bound < 0 { bound.saturating_add(length) } else { bound };
        from_start.clamp(lowest, highest)
    };
    let (first, last) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
    let mut position = start.map_or(first, clamp);
    let stop = stop.map_or(last, clamp);
    let mut collected = Vec::new();
    while (step > 0 && position < stop) || (step < 0 && position > stop) {
        collected.extend(usize::try_from(position).ok().and_then(|position| items.get(position)).cloned());
        position = position.saturating_add(step);
    }
    Ok(Node::list(collected))
}

fn compare<'a>(comparator: Comparator, left: &Node<'a>, right: &Node<'a>) -> Result<Node<'a>, SearchError> {
    let outcome = match comparator {
        Comparator::Equal => equal(left, right),
        Comparator::NotEqual => !equal(left, right),
        _ if !is_comparable(left) || !is_comparable(right) => return Ok(Node::null()),
        Comparator::Less => order(left, right, "<")?.is_lt(),
        Comparator::LessOrEqual => order(left, right, "<=")?.is_le(),
        Comparator::Greater => order(left, right, ">")?.is_gt(),
        Comparator::GreaterOrEqual => order(left, right, ">=")?.is_ge(),
    };
    Ok(Node::Scalar(outcome.into()))
}

fn is_comparable(node: &Node) -> bool {
    node.as_number().is_some() || node.as_str().is_some()
}

/// Compares two numbers or two texts; the texts by code point.
pub(super) fn order(left: &Node, right: &Node, operator: &str) -> Result<Ordering, SearchError> {
    if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
        return Ok(order_numbers(left, right));
    }
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        return Ok(left.cmp(right));
    }
    let (left, right) = (functions::python_type(left), functions::python_type(right));
    let message = format!("'{operator}' not supported between instances of '{left}' and '{right}'");
    Err(SearchError::Unsupported(message))
}

fn order_numbers(left: &Number, right: &Number) -> Ordering {
    if let (Some(left), Some(right)) = (left.as_i128(), right.as_i128()) {
        return left.cmp(&right);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    float(left).partial_cmp(&float(right)).unwrap_or(Ordering::Equal)
}

/// The language's `==`: a boolean never equals a number.
fn equal(left: &Node, right: &Node) -> bool {
    let is_bool = |node: &Node| node.scalar().is_some_and(Value::is_boolean);
    is_bool(left) == is_bool(right) && python_equal(left, right)
}

/// Python's `==`, which decides inside lists and objects: `True == 1`, and the order of keys does not matter.
pub(super) fn python_equal(left: &Node, right: &Node) -> bool {
    match (left.scalar(), right.scalar()) {
        (Some(left), Some(right)) => scalars_equal(left, right),
        (None, None) => containers_equal(left, right),
        _ => false,
    }
}

fn scalars_equal(left: &Value, right: &Value) -> bool {
    match (python_number(left), python_number(right)) {
        (Some(left), Some(right)) => order_numbers(&left, &right).is_eq(),
        (None, None) => left == right,
        _ => false,
    }
}

/// Booleans are numbers in Python.
fn python_number(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(flag) => Some(Number::from(u8::from(*flag))),
        Value::Number(number) => Some(number.clone()),
        _ => None,
    }
}

fn containers_equal(left: &Node, right: &Node) -> bool {
    if left.len() != right.len() {
        return false;
    }
    match (left, right) {
        (Node::Reference(left), Node::Reference(right)) => std::ptr::eq(*left, *right),
        _ if left.is_list() && right.is_list() => match (left.items(), right.items()) {
            (Some(left), Some(right)) => {
                left.iter().zip(right.iter()).all(|(left, right)| python_equal(left, right))
            }
            _ => false,
        },
        _ => match (left.members(), right.members()) {
            (Some(left), Some(right)) => {
                let right: std::collections::HashMap<&str, Node> = right.into_iter().collect();
                left.iter()
                    .all(|(key, member)| right.get(key).is_some_and(|other| python_equal(member, other)))
            }
            _ => false,
        },
    }
}
