//! Choosing between the kinds a mapping can be of: by the word after `type`, or by the fields it has.

use super::super::convert;
use super::super::schema::{Schema, Shape};
use crate::yaml::load::{Node, Yaml};

/// The kind that a mapping is meant to be; the first one where nothing tells them apart.
pub(super) fn choose(node: &Node, schemas: &[&'static Schema]) -> Option<&'static Schema> {
    let by_type = schemas.iter().find(|schema| is_of_type(node, schema));
    let by_fields = || schemas.iter().rev().max_by_key(|schema| likeness(node, schema));
    by_type.or_else(by_fields).copied()
}

/// Whether the kind has a `type` and the mapping says just that.
fn is_of_type(node: &Node, schema: &Schema) -> bool {
    let word = node.get("type").and_then(|node| node.as_str());
    match (word, schema.field("type").map(|field| field.shape)) {
        (Some(word), Some(Shape::Choice { values, casing })) => {
            convert::choice(word, values, casing).is_some()
        }
        _ => false,
    }
}

/// How well the fields of a mapping fit a kind: known ones count for it, missing required ones against it.
fn likeness(node: &Node, schema: &Schema) -> i64 {
    let Yaml::Map(pairs) = &node.value else {
        return 0;
    };
    let known = pairs.iter().filter(|(key, _)| schema.field(&key.key_text()).is_some()).count();
    let missing =
        schema.fields.iter().filter(|field| field.required && node.get(field.name).is_none()).count();
    let likeness = 2 * i64::try_from(known).unwrap_or(0) - i64::try_from(missing).unwrap_or(0);
    // A kind without any fields is meant only where there are none.
    if schema.fields.is_empty() && pairs.is_empty() { i64::MAX } else { likeness }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::spec::tables::datastore::{ACCOUNT_KEY, NO_CREDENTIALS, SAS_TOKEN, SERVICE_PRINCIPAL};
    use serde_json::json;

    #[test]
    fn the_kind_with_the_most_known_fields_is_meant() {
        let kinds = [&ACCOUNT_KEY, &SAS_TOKEN, &SERVICE_PRINCIPAL, &NO_CREDENTIALS];
        for (value, title) in [
            (json!({ "account_key": "k" }), ACCOUNT_KEY.title),
            (json!({ "sas_token": "t", "nope": 1 }), SAS_TOKEN.title),
            (json!({ "tenant_id": "t" }), SERVICE_PRINCIPAL.title),
            (json!({}), NO_CREDENTIALS.title),
        ] {
            assert_eq!(choose(&Node::from_json(&value), &kinds).unwrap().title, title, "{value}");
        }
    }
}
