//! JSON Schemas of specs, for editors: the field tables in the words of draft 2020-12.

use serde_json::{Map, Value, json};

use super::convert;
use super::kind::{ChosenBy, SpecKind, Variant};
use super::schema::{Casing, Field, Schema, Shape};

/// The JSON Schema of a kind of spec.
pub fn json_schema(kind: SpecKind) -> Value {
    let mut shared = Definitions::default();
    let variants = kind.variants();
    let mut schema = match variants.as_slice() {
        [only] => object(only.table, &mut shared),
        several => {
            let references: Vec<Value> =
                several.iter().map(|variant| variant_reference(variant, &mut shared)).collect();
            json!({ "anyOf": references })
        }
    };
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.noun(),
    });
    if let (Value::Object(root), Value::Object(members)) = (&mut root, schema.take()) {
        root.extend(members.into_iter().filter(|(name, _)| name != "title"));
        if !shared.schemas.is_empty() {
            root.insert("$defs".to_owned(), shared.schemas.into());
        }
    }
    root
}

/// A mapping with the fields of a table.
fn object(table: &'static Schema, shared: &mut Definitions) -> Value {
    let named =
        table.fields.iter().filter(|field| !field.is_rest() && !matches!(field.shape, Shape::Printed));
    let mut properties: Map<String, Value> =
        named.clone().map(|field| (field.name.to_owned(), self::field(field, shared))).collect();
    properties.entry("$schema").or_insert_with(
        || json!({ "type": "string", "description": "Address of this schema, for editors." }),
    );
    // What an option can give does not have to stand in the file.
    let required: Vec<&str> =
        named.filter(|field| field.required && field.option.is_none()).map(|field| field.name).collect();
    let mut schema =
        json!({ "title": table.title.replace('`', ""), "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema["additionalProperties"] = table.is_open().into();
    schema
}

/// The tables under `$defs`, each there once however often it is used.
#[derive(Default)]
struct Definitions {
    schemas: Map<String, Value>,
    tables: Vec<(&'static Schema, String)>,
}

impl Definitions {
    /// The name of a table, and whether it is new. Different tables may have the same title.
    fn name(&mut self, table: &'static Schema) -> (String, bool) {
        if let Some((_, name)) = self.tables.iter().find(|(known, _)| std::ptr::eq(*known, table)) {
            return (name.clone(), false);
        }
        let title = table.title.replace('`', "").to_lowercase().replace(' ', "_");
        let numbered = (2..).map(|number| format!("{title}_{number}"));
        let free = [title.clone()].into_iter().chain(numbered).find(|name| !self.schemas.contains_key(name));
        let name = free.unwrap_or(title);
        self.tables.push((table, name.clone()));
        (name, true)
    }
}

/// A table as a variant: what an editor knows of a file is only what stands in it, so `type` has to tell them apart.
fn variant_reference(variant: &Variant, shared: &mut Definitions) -> Value {
    let reference = reference(variant.table, shared);
    let (name, _) = shared.name(variant.table);
    let Some(schema) = shared.schemas.get_mut(&name) else {
        return reference;
    };
    match variant.chosen_by {
        ChosenBy::Table => {}
        ChosenBy::Type(word) => {
            let description = schema["properties"]["type"]["description"].take();
            schema["properties"]["type"] = json!({ "const": word, "description": description });
            let given = schema["required"].as_array().cloned().unwrap_or_default();
            schema["required"] = given.into_iter().chain(["type".into()]).collect();
        }
        ChosenBy::NoType => {
            if let Some(properties) = schema["properties"].as_object_mut() {
                properties.shift_remove("type");
            }
        }
    }
    reference
}

fn reference(table: &'static Schema, shared: &mut Definitions) -> Value {
    let (name, is_new) = shared.name(table);
    if is_new {
        // Present before its fields are walked, so that a table may contain itself.
        shared.schemas.insert(name.clone(), Value::Null);
        let schema = object(table, shared);
        shared.schemas.insert(name.clone(), schema);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn field(field: &Field, shared: &mut Definitions) -> Value {
    let mut schema = shape(&field.shape, shared);
    schema["description"] = field.doc.into();
    if let Some(default) = field.default.and_then(|default| typed_default(default, &field.shape)) {
        schema["default"] = default;
    }
    if field.shape.is_read_only() {
        schema["readOnly"] = true.into();
    }
    schema
}

/// A default as a value, where it is one and not a sentence about one.
fn typed_default(text: &str, shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
        Shape::Boolean => text.parse::<bool>().ok().map(Value::from),
        Shape::Choice { .. } | Shape::AdvisedChoice(_) => Some(text.into()),
        _ => (!text.contains(' ')).then(|| text.into()),
    }
}

fn shape(shape: &Shape, shared: &mut Definitions) -> Value {
    match shape {
        Shape::Version => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Integer { min } => integer(*min),
        Shape::Boolean => json!({
            "anyOf": [{ "type": "boolean" }, { "enum": [0, 1] }, { "enum": convert::boolean_words() }],
        }),
        Shape::Choice { values, casing } => choice(values, *casing),
        Shape::AdvisedChoice(values) => json!({ "type": "string", "examples": values }),
        Shape::Mapping | Shape::TextMapping => json!({ "type": "object" }),
        Shape::MapOf(value) => {
            json!({ "type": "object", "additionalProperties": self::shape(value, shared) })
        }
        Shape::TextOrMapping => json!({ "type": ["string", "object"] }),
        Shape::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Shape::TextOrList => json!({ "type": ["string", "array"], "items": { "type": "string" } }),
        Shape::Anything | Shape::ReadOnly | Shape::Printed => json!({}),
        Shape::Object(table) => reference(table, shared),
        Shape::OneOf(tables) => {
            let references: Vec<Value> = tables.iter().map(|table| reference(table, shared)).collect();
            json!({ "anyOf": references })
        }
        Shape::List(item) => json!({ "type": "array", "items": self::shape(item, shared) }),
        Shape::Asset { inline, .. } => json!({
            "anyOf": [{ "type": "string", "pattern": "^(azureml:|/subscriptions/)" }, reference(inline, shared)],
        }),
        Shape::Job => json!({ "type": "string", "pattern": "^azureml:." }),
        Shape::EndpointName => {
            json!({ "type": "string", "pattern": "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", "minLength": 3, "maxLength": 32 })
        }
        Shape::Path | Shape::BuildContext | Shape::Component | Shape::AssetName | Shape::FileName => {
            json!({ "type": "string", "minLength": 1 })
        }
        Shape::Text | Shape::ReadOnlyText | Shape::DeploymentName => json!({ "type": "string" }),
    }
}

/// Text that reads as a number is one, too, and a fraction loses what follows its point before it is compared.
fn integer(min: i64) -> Value {
    let number = match min > 0 {
        true => json!({ "type": "number", "minimum": min }),
        false => json!({ "type": "number", "exclusiveMinimum": min - 1 }),
    };
    json!({ "anyOf": [number, { "type": "string", "pattern": "^\\s*[-+]?[0-9]+(_[0-9]+)*\\s*$" }] })
}

/// The words themselves are offered; other spellings of them pass.
fn choice(values: &[&str], casing: Casing) -> Value {
    match casing {
        Casing::Exact => json!({ "type": "string", "enum": values }),
        Casing::Lower | Casing::Snake => {
            let spelled = |word: &&str| {
                let letters = word.chars().map(|letter| match letter {
                    // From camel case, the underscore is not written.
                    '_' if casing == Casing::Snake => "_?".to_owned(),
                    letter if letter.is_ascii_lowercase() => {
                        format!("[{letter}{}]", letter.to_ascii_uppercase())
                    }
                    letter => letter.to_string(),
                });
                letters.collect::<String>()
            };
            let pattern = values.iter().map(spelled).collect::<Vec<_>>().join("|");
            json!({ "anyOf": [{ "enum": values }, { "type": "string", "pattern": format!("^({pattern})$") }] })
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    /// Every reference in a schema.
    fn references(schema: &Value) -> Vec<String> {
        match schema {
            Value::Object(members) => members
                .iter()
                .flat_map(|(name, value)| match (name.as_str(), value) {
                    ("$ref", Value::String(target)) => vec![target.clone()],
                    _ => references(value),
                })
                .collect(),
            Value::Array(items) => items.iter().flat_map(references).collect(),
            _ => Vec::new(),
        }
    }

    /// Every schema of a mapping with fields, in a schema.
    fn objects(schema: &Value) -> Vec<&Value> {
        let is_object = schema["type"] == "object" && schema["properties"].is_object();
        let own = is_object.then_some(schema);
        let inner: Vec<&Value> = match schema {
            Value::Object(members) => members.values().flat_map(objects).collect(),
            Value::Array(items) => items.iter().flat_map(objects).collect(),
            _ => Vec::new(),
        };
        own.into_iter().chain(inner).collect()
    }

    /// Whether a schema takes a value, as far as these schemas need it; patterns take nothing.
    fn takes(root: &Value, schema: &Value, value: &Value) -> bool {
        let is_type = |name: &Value| match name.as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => panic!("unknown type {name}"),
        };
        schema.as_object().unwrap().iter().all(|(word, rule)| match word.as_str() {
            "$ref" => {
                takes(root, root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap(), value)
            }
            "anyOf" => rule.as_array().unwrap().iter().any(|rule| takes(root, rule, value)),
            "type" => rule.as_array().map_or_else(|| is_type(rule), |names| names.iter().any(is_type)),
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => rule == value,
            "minimum" => value.as_f64() >= rule.as_f64(),
            "exclusiveMinimum" => value.as_f64() > rule.as_f64(),
            "pattern" => false,
            "required" => {
                rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => value.as_object().is_none_or(|members| {
                members.iter().all(|(name, value)| rule.get(name).is_none_or(|rule| takes(root, rule, value)))
            }),
            "additionalProperties" if rule == false => value
                .as_object()
                .is_none_or(|members| members.keys().all(|name| schema["properties"].get(name).is_some())),
            _ => true,
        })
    }

    #[test]
    fn every_schema_is_closed_and_complete() {
        for kind in SpecKind::ALL {
            let schema = json_schema(kind);
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            for target in references(&schema) {
                let found = schema.pointer(target.strip_prefix('#').unwrap());
                assert_eq!(found.map(|found| &found["type"]), Some(&json!("object")), "{target}");
            }
            assert!(!objects(&schema).is_empty());
            for object in objects(&schema) {
                assert_eq!(object["additionalProperties"], false, "{}: {}", kind.noun(), object["title"]);
            }
        }
    }

    #[test]
    fn each_layout_of_a_deployment_has_its_own_type() {
        let schema = json_schema(SpecKind::BatchDeployment);
        let with = |more: Value| {
            let mut deployment = json!({ "name": "d", "endpoint_name": "e", "compute": "azureml:c" });
            deployment.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            takes(&schema, &schema, &deployment)
        };
        let settings = json!({ "mini_batch_size": 5 });
        assert!(with(json!({ "type": "model", "settings": settings })));
        assert!(with(json!({ "mini_batch_size": 5 })));
        assert!(!with(json!({ "type": "model", "mini_batch_size": 5 })), "nested, with a flat setting");
        assert!(!with(json!({ "settings": settings })), "flat, with a settings block");
        assert!(!with(json!({ "type": "modell", "settings": settings })));
        let pipeline = json!({ "type": "pipeline", "name": "d", "endpoint_name": "e", "component": "c.yml" });
        assert!(takes(&schema, &schema, &pipeline));
        assert!(!with(pipeline), "a pipeline has no compute");
    }

    #[test]
    fn numbers_and_truth_values_are_taken_where_the_check_takes_them() {
        use super::super::convert;
        use crate::yaml::load::Node;
        for min in [-1, 0, 1, 1026] {
            let schema = shape(&Shape::Integer { min }, &mut Definitions::default());
            for value in [
                json!(-2),
                json!(-1.5),
                json!(-0.5),
                json!(0),
                json!(0.5),
                json!(1.0),
                json!(10.5),
                json!(2000),
            ] {
                let is_taken = convert::integer(&Node::from_json(&value)).is_some_and(|value| value >= min);
                assert_eq!(takes(&schema, &schema, &value), is_taken, "{value} with the minimum {min}");
            }
        }
        let schema = shape(&Shape::Boolean, &mut Definitions::default());
        for value in [json!(true), json!(0), json!(2), json!("yes"), json!("Off"), json!("yES"), json!("2")] {
            let is_taken = convert::boolean(&Node::from_json(&value)).is_some();
            assert_eq!(takes(&schema, &schema, &value), is_taken, "{value}");
        }
    }

    #[test]
    fn tables_of_one_title_do_not_stand_for_each_other() {
        let schema = json_schema(SpecKind::Compute);
        let named: Vec<&str> = ["ssh_settings", "ssh_settings_2", "ssh_settings_3"]
            .into_iter()
            .filter(|name| schema["$defs"][name]["properties"].get("ssh_port").is_some())
            .collect();
        assert_eq!(named.len(), 2, "an instance's port is read-only, a machine's is not, a cluster has none");
    }

    #[test]
    fn fields_have_what_their_table_says() {
        let schema = json_schema(SpecKind::BatchEndpoint);
        assert_eq!(schema["additionalProperties"], false);
        let mode = &schema["properties"]["auth_mode"];
        assert_eq!(
            (&mode["default"], &mode["anyOf"][0]["enum"][0]),
            (&json!("aad_token"), &json!("aad_token"))
        );
        assert!(schema["properties"]["name"]["description"].as_str().unwrap().contains("letters"));
        assert_eq!(schema["properties"]["id"]["readOnly"], true);
        assert_eq!(schema["properties"].get("resourceGroup"), None);
    }

    #[test]
    fn a_kind_with_several_tables_has_one_alternative_for_each() {
        let schema = json_schema(SpecKind::BatchDeployment);
        assert_eq!(schema["anyOf"].as_array().unwrap().len(), 3);
        let settings = &schema["$defs"]["settings"]["properties"]["mini_batch_size"];
        assert_eq!((&settings["default"], &settings["anyOf"][0]["minimum"]), (&json!(10), &json!(1)));
    }
}
