//! Values of components and steps on the wire: everything simple is text, data has a type and an address.

use serde_json::{Map, Value, json};

use super::super::convert::python_str;
use crate::wire::JsonMap;
use crate::yaml::load::{Node, python_float};

/// Text as Python writes a value.
pub(super) fn text(value: &Value) -> String {
    python_str(&Node::from_json(value))
}

/// Definitions of inputs, whose defaults and bounds are text.
pub(super) fn definitions(inputs: Value) -> Value {
    let Value::Object(inputs) = inputs else {
        return inputs;
    };
    Value::Object(inputs.into_iter().map(|(name, input)| (name, definition(input))).collect())
}

fn definition(input: Value) -> Value {
    let Value::Object(mut members) = input else {
        return input;
    };
    let is_number = members.get("type").is_some_and(|kind| kind == "number");
    for name in ["default", "min", "max"] {
        if let Some(value) = members.get_mut(name) {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|_| is_number);
            *value = number.map_or_else(|| text(value), python_float).into();
        }
    }
    // An input that has to be given does not say so.
    if members.get("optional").is_some_and(|optional| optional == false) {
        members.remove("optional");
    }
    members.into()
}

/// A size of mini-batches as a number: files, or bytes where it has a unit. What is neither stays as it is.
pub(super) fn size(written: &Value) -> Value {
    let text = text(written).trim().to_lowercase();
    let units = [("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("", 1)];
    let size = units
        .into_iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(factor));
    size.map_or_else(|| written.clone(), Value::from)
}

/// TensorFlow's distribution always says how many parameter servers there are.
pub(super) fn with_servers(mut distribution: Value) -> Value {
    if distribution["type"] == "tensorflow" && distribution["parameter_server_count"].is_null() {
        distribution["parameter_server_count"] = 0.into();
    }
    distribution
}

/// The distribution of a step, which has other names than that of a component.
pub(super) fn step_distribution(distribution: Value) -> Value {
    let Value::Object(mut members) = with_servers(distribution) else {
        return Value::Null;
    };
    let kind = match members.remove("type").as_ref().and_then(Value::as_str) {
        Some("mpi") => "Mpi",
        Some("tensorflow") => "TensorFlow",
        _ => "PyTorch",
    };
    members.insert("distribution_type".to_owned(), kind.into());
    members.into()
}

/// A value or a binding such as `${{parent.inputs.data}}`.
pub(super) fn literal(value: &Value) -> JsonMap {
    let mut wire = Map::new();
    wire.insert("value".to_owned(), text(value).into());
    wire.insert("job_input_type".to_owned(), "literal".into());
    wire
}

/// Whether a text is nothing but a binding to something else in the pipeline.
pub(super) fn is_binding(text: &str) -> bool {
    text.starts_with("${{") && text.ends_with("}}")
}

/// Where the output of a step goes; `None` where it is left to the service.
pub(super) fn output(value: &Value) -> Option<Value> {
    let mut wire = match value {
        Value::String(binding) => return Some(json!({ "value": binding, "type": "literal" })),
        Value::Object(members) => match members.get("path").and_then(Value::as_str) {
            Some(binding) if is_binding(binding) => json!({ "value": binding, "type": "literal" }),
            path => {
                let kind = members.get("type").cloned().unwrap_or_else(|| "uri_folder".into());
                let mut wire = json!({ "job_output_type": kind });
                if let Some(path) = path {
                    wire["uri"] = path.into();
                }
                wire
            }
        },
        _ => return None,
    };
    if let Some(mode) = value["mode"].as_str() {
        wire["mode"] = self::mode(mode, true).into();
    }
    Some(wire)
}

/// How data gets to a step or from it, in the words of the service.
pub(super) fn mode(written: &str, is_output: bool) -> &'static str {
    match written {
        "ro_mount" => "ReadOnlyMount",
        "rw_mount" => "ReadWriteMount",
        "mount" if is_output => "ReadWriteMount",
        "mount" => "ReadOnlyMount",
        "upload" => "Upload",
        "download" => "Download",
        "direct" => "Direct",
        "eval_mount" => "EvalMount",
        "eval_download" => "EvalDownload",
        _ => "Link",
    }
}
