//! What an invocation gives a pipeline: its inputs and the places of its outputs, checked against what it takes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::ServiceError;
use super::super::scope::Scope;
use super::super::{inputs, outputs};
use super::definition::{Input, as_text};
use super::tree::Interface;
use crate::local::engine::pipeline::{OutputPlan, StepInput};
use crate::wire::JsonMap;

/// How alike two names have to be, from 0 to 1, for one to be taken for a slip of the pen.
const LIKELY: f64 = 0.8;

/// Values of the pipeline's inputs: those given, else the defaults. Optional inputs without either are left out.
pub(super) fn inputs(
    scope: &Scope,
    interface: &Interface,
    given: Option<&JsonMap>,
) -> Result<BTreeMap<String, StepInput>, ServiceError> {
    let none = JsonMap::new();
    let given = given.unwrap_or(&none);
    refuse_unknown("input", given.keys(), interface.inputs.keys())?;
    let missing: Vec<String> = interface
        .inputs
        .iter()
        .filter(|(name, input)| input.is_required() && !given.contains_key(*name))
        .map(|(name, input)| format!("{name} ({})", input.kind()))
        .collect();
    if !missing.is_empty() {
        return Err(ServiceError::Invalid(format!("The pipeline needs the inputs: {}.", missing.join(", "))));
    }
    let mut values = BTreeMap::new();
    for (name, input) in &interface.inputs {
        let value = match (given.get(name), &input.default) {
            (Some(value), _) => self::input(scope, name, input, value)?,
            (None, Some(default)) => StepInput::Value(accepted(name, input, default)?),
            (None, None) => continue,
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

fn input(scope: &Scope, name: &str, input: &Input, given: &Value) -> Result<StepInput, ServiceError> {
    if let Some(uri) = given["uri"].as_str().filter(|uri| !uri.is_empty()) {
        if input.is_value() {
            return Err(ServiceError::Invalid(format!(
                "Input {name} is of type {}, and is given data.",
                input.kind()
            )));
        }
        let kind = given["jobInputType"].as_str().unwrap_or(input.kind());
        return inputs::data(scope, kind, uri).map(StepInput::Data);
    }
    if !input.is_value() {
        return Err(ServiceError::Invalid(format!(
            "Input {name} is of type {}, and is given a value; give the address of data.",
            input.kind()
        )));
    }
    let value = if given.is_object() { &given["value"] } else { given };
    Ok(StepInput::Value(accepted(name, input, &as_text(value))?))
}

/// A value in the form commands see, if the input takes it.
pub(super) fn accepted(name: &str, input: &Input, text: &str) -> Result<String, ServiceError> {
    input.accept(text).map_err(|what| ServiceError::Invalid(format!("Input {name}: {what}.")))
}

/// Places that an invocation names for outputs of the pipeline.
pub(super) fn outputs(
    scope: &Scope,
    interface: &Interface,
    given: Option<&JsonMap>,
) -> Result<BTreeMap<String, OutputPlan>, ServiceError> {
    let none = JsonMap::new();
    let given = given.unwrap_or(&none);
    refuse_unknown("output", given.keys(), interface.outputs.keys())?;
    let named = given.iter().filter_map(|(name, output)| Some((name, output["uri"].as_str()?)));
    let place = |(name, uri): (&String, &str)| {
        let kind = interface.outputs.get(name).map(String::as_str).unwrap_or_default();
        Ok((name.clone(), outputs::at_address(scope, uri, kind)?))
    };
    named.filter(|(_, uri)| !uri.is_empty()).map(place).collect()
}

fn refuse_unknown<'n>(
    what: &str,
    given: impl Iterator<Item = &'n String>,
    known: impl Iterator<Item = &'n String> + Clone,
) -> Result<(), ServiceError> {
    let mut unknown = given.filter(|name| !known.clone().any(|known| known == *name));
    let Some(name) = unknown.next() else { return Ok(()) };
    let all: Vec<&str> = known.map(String::as_str).collect();
    let likeness = |candidate: &str| strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase());
    let nearest = all.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let hint = match nearest.filter(|nearest| likeness(nearest) >= LIKELY) {
        Some(nearest) => format!("; did you mean {nearest}?"),
        None if all.is_empty() => ".".to_owned(),
        None => format!("; it has {}.", all.join(", ")),
    };
    Err(ServiceError::Invalid(format!("The pipeline has no {what} {name}{hint}")))
}
