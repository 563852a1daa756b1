//! Taking converted values out of what a check returns. Shapes guarantee the types; what is absent is `None`.

use serde_json::Value;

use crate::wire::JsonMap;

/// Fields of a mapping that passed its check.
pub(super) struct Fields(pub(super) JsonMap);

impl Fields {
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn integer(&mut self, name: &str) -> Option<i64> {
        self.0.remove(name).and_then(|value| value.as_i64())
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        self.0.remove(name).and_then(|value| value.as_bool())
    }

    pub(super) fn mapping(&mut self, name: &str) -> Option<JsonMap> {
        match self.0.remove(name) {
            Some(Value::Object(map)) => Some(map),
            _ => None,
        }
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        self.mapping(name).map(Self)
    }

    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(super) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.0.remove(name) {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        }
    }

    /// The mappings of a list; none where there is no list.
    pub(super) fn objects(&mut self, name: &str) -> impl Iterator<Item = Self> {
        self.list(name).unwrap_or_default().into_iter().filter_map(|item| match item {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        })
    }
}
