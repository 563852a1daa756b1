//! Arithmetic of the built-in functions: integers stay integers as long as they can.

use serde_json::{Number, Value};

use super::node::Node;

/// A number as Python has it: integers exact, floats otherwise.
#[derive(Clone, Copy)]
enum Sum {
    Integer(i128),
    Float(f64),
}

impl Sum {
    fn of(node: &Node) -> Self {
        match node.as_number() {
            Some(number) => match number.as_i128() {
                Some(integer) => Self::Integer(integer),
                None => Self::Float(number.as_f64().unwrap_or_default()),
            },
            None => Self::Integer(0),
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Self::Integer(left.saturating_add(right)),
            _ => Self::Float(self.as_f64() + other.as_f64()),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Integer(integer) => {
                Number::from_i128(integer).map_or_else(|| Value::from(integer as f64), Value::Number)
            }
            Self::Float(float) => Value::from(float),
        }
    }
}

pub(super) fn sum<'a>(items: &[Node<'a>]) -> Node<'a> {
    Node::Scalar(total(items).into_value())
}

fn total(items: &[Node]) -> Sum {
    items.iter().map(Sum::of).fold(Sum::Integer(0), Sum::plus)
}

pub(super) fn average<'a>(items: &[Node<'a>]) -> Node<'a> {
    if items.is_empty() {
        return Node::null();
    }
    Node::Scalar(Value::from(total(items).as_f64() / items.len() as f64))
}

pub(super) fn absolute<'a>(argument: &Node<'a>) -> Node<'a> {
    Node::Scalar(match Sum::of(argument) {
        Sum::Integer(integer) => Sum::Integer(integer.abs()).into_value(),
        Sum::Float(float) => Value::from(float.abs()),
    })
}

pub(super) fn round<'a>(argument: &Node<'a>, rounding: impl Fn(f64) -> f64) -> Node<'a> {
    match Sum::of(argument) {
        Sum::Integer(_) => argument.clone(),
        Sum::Float(float) => {
            let rounded = rounding(float);
            // Beyond 64 bits there is nothing left to round, and no integer to hold it.
            Node::Scalar(Number::from_i128(rounded as i128).map_or(Value::from(rounded), Value::Number))
        }
    }
}

pub(super) fn to_number<'a>(argument: &Node<'a>) -> Node<'a> {
    if argument.as_number().is_some() {
        return argument.clone();
    }
    let parsed = argument.as_str().and_then(parse_number);
    parsed.map_or(Node::null(), |number| Node::Scalar(Value::Number(number)))
}

/// `int(text)`, else `float(text)`: blanks around are fine, and so is one underscore between digits.
fn parse_number(text: &str) -> Option<Number> {
    let trimmed = text.trim();
    let between_digits = trimmed.split('_').collect::<Vec<_>>().windows(2).all(|pair| {
        pair[0].ends_with(|last: char| last.is_ascii_digit())
            && pair[1].starts_with(|first: char| first.is_ascii_digit())
    });
    if !between_digits {
        return None;
    }
    let digits = trimmed.replace('_', "");
    match digits.parse::<i128>().ok().and_then(Number::from_i128) {
        Some(integer) => Some(integer),
        None => digits.parse().ok().and_then(Number::from_f64),
    }
}
