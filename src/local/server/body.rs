//! Members that many answers share.

use serde_json::{Map, Value, json};

use super::scope::Scope;
use crate::local::store::Resource;

/// Prefix of every resource type.
const TYPE: &str = "Microsoft.MachineLearningServices/workspaces";

/// `systemData` of something made and changed at these times.
pub(super) fn system_data(created_at: &str, modified_at: &str) -> Value {
    json!({
        "createdAt": created_at,
        "createdBy": "Local User",
        "createdByType": "User",
        "lastModifiedAt": modified_at,
        "lastModifiedBy": "Local User",
        "lastModifiedByType": "User",
    })
}

/// An answer's frame: id, name, type, and the properties.
pub(super) fn frame(
    scope: &Scope,
    tail: &str,
    name: &str,
    kind: &str,
    properties: Value,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("id".to_owned(), scope.id(tail).into());
    body.insert("name".to_owned(), name.into());
    body.insert("type".to_owned(), format!("{TYPE}/{kind}").into());
    body.insert("properties".to_owned(), properties);
    body
}

/// Adds what tracked resources have beside their properties.
pub(super) fn add_tracked(body: &mut Map<String, Value>, resource: &Resource) {
    let given = |member: &str| resource.body.get(member).filter(|value| !value.is_null()).cloned();
    body.insert("location".to_owned(), given("location").unwrap_or_else(|| "local".into()));
    body.insert("tags".to_owned(), given("tags").unwrap_or_else(|| json!({})));
    body.insert("systemData".to_owned(), system_data(&resource.created_at, &resource.modified_at));
}

/// Sets the members that are missing or null.
pub(super) fn set_missing(properties: &mut Value, defaults: &[(&str, Value)]) {
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    for (member, value) in defaults {
        let slot = properties.entry(*member).or_insert(Value::Null);
        if slot.is_null() {
            *slot = value.clone();
        }
    }
}
