//! JSON Schemas of specs, for editors: the field tables in the words of draft 2020-12.

use serde_json::{Map, Value, json};

use super::kind::SpecKind;
use super::schema::{Casing, Field, Schema, Shape};

/// The JSON Schema of a kind of spec.
pub fn json_schema(kind: SpecKind) -> Value {
    let mut shared = Definitions::default();
    let tables = kind.tables();
    let mut schema = match tables.as_slice() {
        [only] => object(only, &mut shared),
        several => {
            let references: Vec<Value> = several.iter().map(|table| reference(table, &mut shared)).collect();
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
        json!({ "title": table.title.trim_matches('`'), "type": "object", "properties": properties });
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
        let title = table.title.trim_matches('`').to_lowercase().replace(' ', "_");
        let numbered = (2..).map(|number| format!("{title}_{number}"));
        let free = [title.clone()].into_iter().chain(numbered).find(|name| !self.schemas.contains_key(name));
        let name = free.unwrap_or(title);
        self.tables.push((table, name.clone()));
        (name, true)
    }
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
        Shape::Version => json!({ "type": ["string", "number"] }),
        // Text that reads as a number is one, too.
        Shape::Integer { min } => json!({
            "anyOf": [
                { "type": "integer", "minimum": min },
                { "type": "string", "pattern": "^\\s*[-+]?[0-9]+(_[0-9]+)*\\s*$" },
            ],
        }),
        Shape::Boolean => json!({ "type": ["boolean", "string", "integer"] }),
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

    #[test]
    fn every_schema_is_closed_and_complete() {
        for kind in SpecKind::ALL {
            let schema = json_schema(kind);
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            for target in references(&schema) {
                let found = schema.pointer(target.strip_prefix('#').unwrap());
                assert_eq!(found.map(|found| &found["type"]), Some(&json!("object")), "{target}");
            }
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
