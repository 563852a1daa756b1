//! Building blocks of what commands print: the objects of `az ml`, made from the bodies of the service.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A JSON object in the making. Members that are null are left out, as the SDK leaves them out.
#[derive(Debug, Default)]
pub struct View(Map<String, Value>);

impl View {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member unless it is null.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// Adds a member, null or not.
    pub fn with_null(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// The object.
    pub fn build(self) -> Value {
        Value::Object(self.0)
    }
}

/// A map that is printed as `{}` where the service says null.
pub fn map_or_empty(value: &Value) -> Value {
    if value.is_null() { json!({}) } else { value.clone() }
}

/// `AADToken` to `aad_token`, `AppendRow` to `append_row`: the spelling of the YAML.
pub fn snake_case(value: &Value) -> Value {
    let Some(text) = value.as_str() else {
        return Value::Null;
    };
    let letters: Vec<char> = text.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && letters[index - 1].is_lowercase();
        let before_lower = index > 0 && letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake.into()
}

/// `azureml:` before an ARM id; an address that begins with it already, and null, stay as they are.
pub fn marked_id(value: &Value) -> Value {
    match value.as_str() {
        Some(address) if address.starts_with("azureml:") => value.clone(),
        Some(id) => format!("azureml:{id}").into(),
        None => Value::Null,
    }
}

/// Seconds of an ISO 8601 duration.
pub fn seconds(value: &Value) -> Value {
    value.as_str().and_then(crate::wire::duration::parse_seconds).map_or(Value::Null, Value::from)
}

/// A date as Python's `isoformat` prints it: at most six digits of a second, none when they are zero, `+00:00`.
pub fn timestamp(value: &Value) -> Value {
    let Some(moment) = value.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok()) else {
        return value.clone();
    };
    let text = crate::clock::iso_micros(moment);
    text.replace(".000000+", "+").into()
}

/// `creation_context`, from `systemData`.
pub fn creation_context(body: &Value) -> Value {
    let data = &body["systemData"];
    if data.is_null() {
        return Value::Null;
    }
    View::new()
        .with("created_at", timestamp(&data["createdAt"]))
        .with("created_by", data["createdBy"].clone())
        .with("created_by_type", data["createdByType"].clone())
        .with("last_modified_at", timestamp(&data["lastModifiedAt"]))
        .with("last_modified_by", data["lastModifiedBy"].clone())
        .with("last_modified_by_type", data["lastModifiedByType"].clone())
        .build()
}

/// The part of an ARM id that follows `segment`, as in the endpoint's name in a deployment's id.
pub fn id_part(id: &Value, segment: &str) -> Value {
    let Some(id) = id.as_str() else { return Value::Null };
    let mut parts = id.split('/').skip_while(|part| !part.eq_ignore_ascii_case(segment));
    parts.nth(1).map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumerations_are_spelled_as_in_yaml() {
        for (wire, yaml) in [
            ("AADToken", "aad_token"),
            ("AppendRow", "append_row"),
            ("LowPriority", "low_priority"),
            ("Key", "key"),
        ] {
            assert_eq!(snake_case(&json!(wire)), json!(yaml));
        }
        assert_eq!(snake_case(&Value::Null), Value::Null);
    }

    #[test]
    fn dates_are_cut_to_microseconds() {
        let shown = |text: &str| timestamp(&json!(text));
        assert_eq!(shown("2024-03-05T10:15:30.1234567+00:00"), json!("2024-03-05T10:15:30.123456+00:00"));
        assert_eq!(shown("2024-03-05T10:15:30Z"), json!("2024-03-05T10:15:30+00:00"));
        assert_eq!(shown("2024-03-05T10:15:30.5Z"), json!("2024-03-05T10:15:30.500000+00:00"));
    }

    #[test]
    fn names_are_found_in_ids() {
        let id = json!("/subscriptions/s/x/batchEndpoints/ep1/deployments/blue");
        assert_eq!(id_part(&id, "batchEndpoints"), json!("ep1"));
        assert_eq!(id_part(&id, "models"), Value::Null);
    }
}
