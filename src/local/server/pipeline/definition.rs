//! What a component takes and gives: its inputs with the values they accept, and its outputs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::local::engine::pipeline::is_name;

/// Inputs by name.
pub(super) type Inputs = BTreeMap<String, Input>;
/// Types of outputs by name.
pub(super) type Outputs = BTreeMap<String, String>;

/// An input of a component.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Input {
    /// `string`, `uri_folder` and so on.
    kind: String,
    /// Whether it may be left out.
    pub(super) is_optional: bool,
    /// Value where none is given.
    pub(super) default: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    /// The only values, where there are some.
    choices: Vec<String>,
}

/// Reads the inputs of a component's spec.
pub(super) fn inputs(spec: &Map<String, Value>) -> Result<Inputs, String> {
    let read = |(name, written): (&String, &Value)| {
        let text = |member: &str| written.get(member).filter(|value| !value.is_null()).map(as_text);
        let number = |member: &str| text(member).and_then(|text| text.parse::<f64>().ok());
        let choices = written["enum"].as_array().into_iter().flatten().map(as_text).collect();
        let input = Input {
            kind: checked_kind(name, written)?,
            is_optional: text("optional").is_some_and(|text| text.eq_ignore_ascii_case("true")),
            default: text("default"),
            min: number("min"),
            max: number("max"),
            choices,
        };
        Ok((name.clone(), input))
    };
    spec.get("inputs").and_then(Value::as_object).into_iter().flatten().map(read).collect()
}

/// Reads the outputs of a component's spec.
pub(super) fn outputs(spec: &Map<String, Value>) -> Result<Outputs, String> {
    let outputs = spec.get("outputs").and_then(Value::as_object).into_iter().flatten();
    let outputs = outputs.map(|(name, written)| {
        let kind = checked_kind(name, written)?;
        match is_value(&kind) {
            true => Err(format!(
                "the output `{name}` is of type {kind}; only files and folders can be written here"
            )),
            false => Ok((name.clone(), kind)),
        }
    });
    outputs.collect()
}

fn checked_kind(name: &str, written: &Value) -> Result<String, String> {
    if !is_name(name) {
        return Err(format!(
            "`{name}` is no name of an input or output: it has letters, digits and `_`, no digit first"
        ));
    }
    Ok(written["type"].as_str().unwrap_or("uri_folder").to_ascii_lowercase())
}

fn is_value(kind: &str) -> bool {
    matches!(kind, "string" | "integer" | "number" | "boolean")
}

/// A scalar as the text that commands see, as Python writes it.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl Input {
    /// Whether it is a value and not data.
    pub(super) fn is_value(&self) -> bool {
        is_value(&self.kind)
    }

    /// Its type, for messages.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether it has to be given.
    pub(super) fn is_required(&self) -> bool {
        !self.is_optional && self.default.is_none()
    }

    /// The value as commands see it, or what is accepted instead.
    pub(super) fn accept(&self, given: &str) -> Result<String, String> {
        let refusal = || format!("it has to be {}, not `{given}`", self.accepted());
        let text = match self.kind.as_str() {
            "integer" => given.trim().parse::<i64>().map_err(|_| refusal())?.to_string(),
            "number" => match given.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => given.trim().to_owned(),
                _ => return Err(refusal()),
            },
            "boolean" => match given.trim().to_ascii_lowercase().as_str() {
                "true" => "True".to_owned(),
                "false" => "False".to_owned(),
                _ => return Err(refusal()),
            },
            _ => given.to_owned(),
        };
        let number = text.parse::<f64>().ok().filter(|_| matches!(self.kind.as_str(), "integer" | "number"));
        let is_inside = number.is_none_or(|number| {
            self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
        });
        let is_choice = self.choices.is_empty() || self.choices.contains(&text);
        if is_inside && is_choice { Ok(text) } else { Err(refusal()) }
    }

    fn accepted(&self) -> String {
        let article = if self.kind == "integer" { "an" } else { "a" };
        let range = match (self.min, self.max) {
            (Some(min), Some(max)) => format!(" from {min} to {max}"),
            (Some(min), None) => format!(" of at least {min}"),
            (None, Some(max)) => format!(" of at most {max}"),
            (None, None) => String::new(),
        };
        match self.choices.as_slice() {
            [] => format!("{article} {}{range}", self.kind),
            choices => format!("one of {}", choices.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use serde_json::json;

    use super::*;

    fn input(written: Value) -> Input {
        let spec = json!({ "inputs": { "x": written } });
        inputs(spec.as_object().unwrap()).unwrap().remove("x").unwrap()
    }

    #[test]
    fn values_are_checked_against_type_range_and_choices() {
        let integer = input(json!({ "type": "integer", "min": "1", "max": "9" }));
        assert_eq!(integer.accept(" +5 "), Ok("5".to_owned()));
        for bad in ["abc", "1.5", "0", "10", ""] {
            let message = integer.accept(bad).unwrap_err();
            assert_eq!(message, format!("it has to be an integer from 1 to 9, not `{bad}`"));
        }
        let number = input(json!({ "type": "number", "min": 0.5 }));
        assert_eq!(number.accept("0.50"), Ok("0.50".to_owned()), "as it was written");
        assert!(number.accept("nan").is_err() && number.accept("0.4").unwrap_err().contains("at least 0.5"));
        let boolean = input(json!({ "type": "boolean" }));
        assert_eq!((boolean.accept("TRUE"), boolean.accept("1").is_err()), (Ok("True".to_owned()), true));
        let choice = input(json!({ "type": "string", "enum": ["a", "b"] }));
        assert_eq!(choice.accept("c"), Err("it has to be one of a, b, not `c`".to_owned()));
    }

    #[test]
    fn names_that_could_be_paths_are_refused() {
        for name in ["../x", "a/b", "", "1a", "a.b"] {
            let spec = json!({ "inputs": { name: { "type": "string" } }, "outputs": { name: { "type": "uri_folder" } } });
            let spec = spec.as_object().unwrap();
            assert!(inputs(spec).is_err() && outputs(spec).is_err(), "{name}");
        }
    }

    #[test]
    fn an_input_with_a_default_or_that_is_optional_need_not_be_given() {
        assert!(input(json!({ "type": "string" })).is_required());
        assert!(!input(json!({ "type": "string", "default": "" })).is_required());
        assert!(!input(json!({ "type": "uri_file", "optional": true })).is_required());
    }
}
