//! The built-in functions, with the argument checks and the error texts of jmespath.py.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::interpreter::{evaluate, order, python_equal};
use super::node::{Built, Node};
use super::parser::Tree;
use super::{SearchError, numbers, python};

/// A type name as a function's signature has it, such as `array-number`. No names: any type.
type Accepted = &'static [&'static str];

/// What a function takes and does.
struct Function {
    name: &'static str,
    signature: &'static [Accepted],
    variadic: bool,
    body: for<'a> fn(&[Node<'a>]) -> Outcome<'a>,
}

type Outcome<'a> = Result<Node<'a>, SearchError>;

const ANY: Accepted = &[];
const NUMBER: Accepted = &["number"];
const TEXT: Accepted = &["string"];
const OBJECT: Accepted = &["object"];
const ARRAY: Accepted = &["array"];
const REFERENCE: Accepted = &["expref"];
const NUMBERS: Accepted = &["array-number"];
const NUMBERS_OR_TEXTS: Accepted = &["array-number", "array-string"];
const TEXTS_OR_NUMBERS: Accepted = &["array-string", "array-number"];

const fn function(
    name: &'static str,
    signature: &'static [Accepted],
    body: for<'a> fn(&[Node<'a>]) -> Outcome<'a>,
) -> Function {
    Function { name, signature, variadic: false, body }
}

const fn variadic(
    name: &'static str,
    signature: &'static [Accepted],
    body: for<'a> fn(&[Node<'a>]) -> Outcome<'a>,
) -> Function {
    Function { name, signature, variadic: true, body }
}

static FUNCTIONS: &[Function] = &[
    function("abs", &[NUMBER], |arguments| Ok(numbers::absolute(&arguments[0]))),
    function("avg", &[NUMBERS], |arguments| Ok(numbers::average(&elements(&arguments[0])))),
    function("ceil", &[NUMBER], |arguments| Ok(numbers::round(&arguments[0], f64::ceil))),
    function("contains", &[&["array", "string"], ANY], |arguments| contains(&arguments[0], &arguments[1])),
    function("ends_with", &[TEXT, TEXT], |arguments| {
        Ok(scalar(text(&arguments[0]).ends_with(text(&arguments[1]))))
    }),
    function("floor", &[NUMBER], |arguments| Ok(numbers::round(&arguments[0], f64::floor))),
    function("join", &[TEXT, &["array-string"]], |arguments| {
        let items = elements(&arguments[1]);
        Ok(scalar(items.iter().map(text).collect::<Vec<_>>().join(text(&arguments[0]))))
    }),
    function("keys", &[OBJECT], |arguments| {
        let members = arguments[0].members().unwrap_or_default();
        Ok(Node::list(members.into_iter().map(|(key, _)| scalar(key)).collect()))
    }),
    function("length", &[&["string", "array", "object"]], |arguments| {
        let length = arguments[0].len().unwrap_or_else(|| text(&arguments[0]).chars().count());
        Ok(scalar(length))
    }),
    function("map", &[REFERENCE, ARRAY], |arguments| {
        apply(&arguments[0], &elements(&arguments[1])).map(Node::list)
    }),
    function("max", &[NUMBERS_OR_TEXTS], |arguments| extreme(&elements(&arguments[0]), Ordering::Greater)),
    function("max_by", &[ARRAY, REFERENCE], |arguments| extreme_by("max_by", arguments, Ordering::Greater)),
    variadic("merge", &[OBJECT], merge),
    function("min", &[NUMBERS_OR_TEXTS], |arguments| extreme(&elements(&arguments[0]), Ordering::Less)),
    function("min_by", &[ARRAY, REFERENCE], |arguments| extreme_by("min_by", arguments, Ordering::Less)),
    variadic("not_null", &[ANY], |arguments| {
        Ok(arguments.iter().find(|argument| !argument.is_null()).cloned().unwrap_or(Node::null()))
    }),
    function("reverse", &[&["array", "string"]], |arguments| Ok(reverse(&arguments[0]))),
    function("sort", &[TEXTS_OR_NUMBERS], |arguments| sort(&elements(&arguments[0]))),
    function("sort_by", &[ARRAY, REFERENCE], sort_by),
    function("starts_with", &[TEXT, TEXT], |arguments| {
        Ok(scalar(text(&arguments[0]).starts_with(text(&arguments[1]))))
    }),
    function("sum", &[NUMBERS], |arguments| Ok(numbers::sum(&elements(&arguments[0])))),
    function("to_array", &[ANY], |arguments| {
        let argument = arguments[0].clone();
        Ok(if argument.is_list() { argument } else { Node::list(vec![argument]) })
    }),
    function("to_number", &[ANY], |arguments| Ok(numbers::to_number(&arguments[0]))),
    function("to_string", &[ANY], |arguments| to_string(&arguments[0])),
    function("type", &[ANY], |arguments| {
        Ok(match &arguments[0] {
            Node::Reference(_) => Node::null(),
            argument => scalar(type_name(argument)),
        })
    }),
    function("values", &[OBJECT], |arguments| {
        let members = arguments[0].members().unwrap_or_default();
        Ok(Node::list(members.into_iter().map(|(_, member)| member).collect()))
    }),
];

/// Calls a function by name with evaluated arguments.
pub(super) fn call<'a>(name: &str, arguments: &[Node<'a>]) -> Outcome<'a> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        return Err(SearchError::UnknownFunction { name: name.to_owned() });
    };
    let (expected, received) = (function.signature.len(), arguments.len());
    if received < expected || (received > expected && !function.variadic) {
        let variadic = function.variadic;
        return Err(SearchError::Arity { function: function.name, expected, received, variadic });
    }
    for (argument, accepted) in arguments.iter().zip(function.signature) {
        check_type(function.name, argument, accepted)?;
    }
    (function.body)(arguments)
}

fn check_type(function: &'static str, argument: &Node, accepted: Accepted) -> Result<(), SearchError> {
    if accepted.is_empty() {
        return Ok(());
    }
    let actual = type_name(argument);
    if !accepted.iter().any(|name| name.split('-').next() == Some(actual)) {
        return Err(type_error(function, argument, accepted, actual));
    }
    let element_types: Vec<&str> = accepted.iter().filter_map(|name| name.strip_prefix("array-")).collect();
    if element_types.is_empty() {
        return Ok(());
    }
    let items = elements(argument);
    // Where elements of several types are allowed, the first one decides for all.
    let required = items.first().map(type_name);
    for item in items.iter() {
        let actual = type_name(item);
        if !element_types.contains(&actual) || Some(actual) != required {
            return Err(type_error(function, item, accepted, python_type(item)));
        }
    }
    Ok(())
}

fn type_error(
    function: &'static str,
    value: &Node,
    accepted: Accepted,
    received: &'static str,
) -> SearchError {
    let value = match value.to_value(false) {
        Ok(value) => python::text(&value),
        Err(_) => "an expression reference".to_owned(),
    };
    let expected = python::representation(&accepted.iter().copied().collect());
    SearchError::Type { function, value, expected, received }
}

/// The language's name of a type.
fn type_name(node: &Node) -> &'static str {
    match python_type(node) {
        "NoneType" => "null",
        "bool" => "boolean",
        "int" | "float" => "number",
        "str" => "string",
        "list" => "array",
        "dict" => "object",
        _ => "expref",
    }
}

/// Python's name of a type, which some error texts show.
pub(super) fn python_type(node: &Node) -> &'static str {
    match node {
        Node::Given(Value::Array(_)) | Node::List(_) => "list",
        Node::Given(Value::Object(_)) | Node::Object(_) => "dict",
        Node::Reference(_) => "_Expression",
        Node::Given(value) => python_scalar_type(value),
        Node::Scalar(value) => python_scalar_type(value),
    }
}

fn python_scalar_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        _ => "str",
    }
}

fn scalar<'a>(value: impl Into<Value>) -> Node<'a> {
    Node::Scalar(value.into())
}

/// The text of an argument whose type has been checked.
fn text<'n>(node: &'n Node<'_>) -> &'n str {
    node.as_str().unwrap_or_default()
}

/// The elements of an argument whose type has been checked.
fn elements<'a>(node: &Node<'a>) -> Rc<Vec<Node<'a>>> {
    node.items().unwrap_or_default()
}

fn contains<'a>(subject: &Node<'a>, wanted: &Node<'a>) -> Outcome<'a> {
    let Some(text) = subject.as_str() else {
        return Ok(scalar(elements(subject).iter().any(|item| python_equal(item, wanted))));
    };
    match wanted.as_str() {
        Some(part) => Ok(scalar(text.contains(part))),
        None => {
            let received = python_type(wanted);
            let message = format!("'in <string>' requires string as left operand, not {received}");
            Err(SearchError::Unsupported(message))
        }
    }
}

fn merge<'a>(arguments: &[Node<'a>]) -> Outcome<'a> {
    let mut members: Vec<(String, Node<'a>)> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for argument in arguments {
        for (key, member) in mergeable(argument)? {
            match positions.get(key) {
                Some(&position) => members[position].1 = member,
                None => {
                    positions.insert(key.to_owned(), members.len());
                    members.push((key.to_owned(), member));
                }
            }
        }
    }
    Ok(Node::Object(Rc::new(Built { members, from_hash: false })))
}

/// Only the type of the first argument is checked; of the others, nothing empty does harm.
fn mergeable<'n, 'a>(argument: &'n Node<'a>) -> Result<Vec<(&'n str, Node<'a>)>, SearchError> {
    let is_empty = argument.len() == Some(0) || argument.as_str() == Some("");
    match argument.members() {
        Some(members) => Ok(members),
        None if is_empty => Ok(Vec::new()),
        None => Err(SearchError::Unsupported(format!("'{}' object is not iterable", python_type(argument)))),
    }
}

fn reverse<'a>(argument: &Node<'a>) -> Node<'a> {
    match argument.as_str() {
        Some(text) => scalar(text.chars().rev().collect::<String>()),
        None => Node::list(elements(argument).iter().rev().cloned().collect()),
    }
}

/// Evaluates an expression reference on each item.
fn apply<'a>(reference: &Node<'a>, items: &[Node<'a>]) -> Result<Vec<Node<'a>>, SearchError> {
    let Node::Reference(tree) = reference else {
        return Ok(Vec::new());
    };
    let tree: &'a Tree = tree;
    items.iter().map(|item| evaluate(tree, item)).collect()
}

/// The first item that no other one beats.
fn extreme<'a>(items: &[Node<'a>], wanted: Ordering) -> Outcome<'a> {
    Ok(match best(items, wanted)? {
        Some(position) => items[position].clone(),
        None => Node::null(),
    })
}

fn extreme_by<'a>(function: &'static str, arguments: &[Node<'a>], wanted: Ordering) -> Outcome<'a> {
    let items = elements(&arguments[0]);
    let keys = apply(&arguments[1], &items)?;
    for key in &keys {
        if !matches!(type_name(key), "number" | "string") {
            return Err(type_error(function, key, &["number", "string"], type_name(key)));
        }
    }
    Ok(match best(&keys, wanted)? {
        Some(position) => items[position].clone(),
        None => Node::null(),
    })
}

fn best(keys: &[Node], wanted: Ordering) -> Result<Option<usize>, SearchError> {
    let operator = if wanted.is_gt() { ">" } else { "<" };
    let mut best = None;
    for (position, key) in keys.iter().enumerate() {
        let beats = match best {
            None => true,
            Some(holder) => order(key, &keys[holder], operator)? == wanted,
        };
        if beats {
            best = Some(position);
        }
    }
    Ok(best)
}

fn sort<'a>(items: &[Node<'a>]) -> Outcome<'a> {
    let mut sorted = items.to_vec();
    // The types have been checked: they are all the same.
    sorted.sort_by(|left, right| order(left, right, "<").unwrap_or(Ordering::Equal));
    Ok(Node::list(sorted))
}

fn sort_by<'a>(arguments: &[Node<'a>]) -> Outcome<'a> {
    let items = elements(&arguments[0]);
    let keys = apply(&arguments[1], &items)?;
    let Some(first) = keys.first() else {
        return Ok(arguments[0].clone());
    };
    let required = match type_name(first) {
        "number" => NUMBER,
        "string" => TEXT,
        other => return Err(type_error("sort_by", &items[0], &["string", "number"], other)),
    };
    if let Some(key) = keys.iter().find(|key| !required.contains(&type_name(key))) {
        return Err(type_error("sort_by", key, required, type_name(key)));
    }
    let mut positions: Vec<usize> = (0..items.len()).collect();
    positions.sort_by(|&left, &right| order(&keys[left], &keys[right], "<").unwrap_or(Ordering::Equal));
    Ok(Node::list(positions.into_iter().map(|position| items[position].clone()).collect()))
}

fn to_string<'a>(argument: &Node<'a>) -> Outcome<'a> {
    match argument.as_str() {
        Some(_) => Ok(argument.clone()),
        None => Ok(scalar(python::ascii_json(&argument.to_value(false)?))),
    }
}
