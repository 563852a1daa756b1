//! Conda files that are put together or added to, as mappings of YAML.

use serde_yaml::{Mapping, Value};

/// A conda file with this Python and these requirements.
pub(super) fn of(python: Option<String>, lines: Vec<String>) -> Mapping {
    let python = python.map(|version| Value::String(format!("python={version}")));
    let pip = Value::Sequence(lines.into_iter().map(Value::String).collect());
    let pip = [Value::from("pip"), Value::Mapping(Mapping::from_iter([("pip".into(), pip)]))];
    let dependencies: Vec<Value> = python.into_iter().chain(pip).collect();
    Mapping::from_iter([("dependencies".into(), Value::Sequence(dependencies))])
}

/// Adds to what pip is to install. What is no conda file stays as it is, which is told when it is used.
pub(super) fn add_for_pip(content: &mut Mapping, requirements: &[String]) {
    if let Some(list) = pips_list(content) {
        list.extend(requirements.iter().cloned().map(Value::String));
    }
}

/// What pip is to install, made if there is nothing yet. Of several such lists conda heeds the last. `None` where
/// something else is in its place.
fn pips_list(content: &mut Mapping) -> Option<&mut Vec<Value>> {
    let entries = list(content.entry("dependencies".into()).or_insert(Value::Null))?;
    let last = entries.iter().rposition(|entry| entry.get("pip").is_some()).unwrap_or(entries.len());
    if last == entries.len() {
        entries.push(Value::Mapping(Mapping::from_iter([("pip".into(), Value::Null)])));
    }
    list(&mut entries[last]["pip"])
}

/// The list that a value is, or that nothing becomes.
fn list(value: &mut Value) -> Option<&mut Vec<Value>> {
    if value.is_null() {
        *value = Value::Sequence(Vec::new());
    }
    value.as_sequence_mut()
}
