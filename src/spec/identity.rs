//! `identity` of an endpoint or cluster, as the service wants it.

use serde_json::{Map, Value, json};

use super::fields::Fields;

/// The wire form of a checked `identity` mapping: identities keyed by their id, with nothing in them.
pub(super) fn to_wire(mut identity: Fields) -> Value {
    let kind = match identity.text("type").as_deref() {
        Some("user_assigned") => "UserAssigned",
        Some("system_assigned,user_assigned") => "SystemAssigned,UserAssigned",
        Some("none") => "None",
        _ => "SystemAssigned",
    };
    let Some(Value::Array(listed)) = identity.value("user_assigned_identities") else {
        return json!({ "type": kind });
    };
    if listed.is_empty() {
        return json!({ "type": kind });
    }
    let identities: Map<String, Value> = listed
        .iter()
        .filter_map(|identity| identity["resource_id"].as_str())
        .map(|id| (id.to_owned(), json!({})))
        .collect();
    json!({ "type": kind, "userAssignedIdentities": identities })
}
