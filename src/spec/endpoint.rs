//! Batch endpoint specs.

use serde_json::Value;

use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::identity;
use super::problem::{Checked, SpecError};
use super::tables::endpoint::ENDPOINT;
use crate::wire::JsonMap;
use crate::wire::endpoint::{BatchEndpoint, BatchEndpointProperties, EndpointDefaults};

/// A batch endpoint as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointSpec {
    /// Name, in lower case as the service keeps it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Free properties.
    pub properties: Option<JsonMap>,
    /// How callers prove who they are.
    pub auth_mode: Option<AuthMode>,
    /// What holds for an invocation that does not say: above all, which deployment answers it.
    pub defaults: Option<EndpointDefaults>,
    /// Managed identity, in the form of the wire.
    pub identity: Option<Value>,
}

/// How callers of an endpoint prove who they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// By a token of the directory, the only mode that works for batch endpoints.
    #[default]
    AadToken,
    /// By a key.
    Key,
    /// By a token of the workspace.
    AmlToken,
}

impl AuthMode {
    /// The word on the wire.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::AadToken => "aadToken",
            Self::Key => "key",
            Self::AmlToken => "amlToken",
        }
    }
}

impl EndpointSpec {
    /// Reads and checks a document.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        check(document).finish(|fields| Self::read(Fields(fields)))
    }

    fn read(mut fields: Fields) -> Self {
        Self {
            name: fields.text("name").unwrap_or_default().to_lowercase(),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: fields.mapping("properties"),
            auth_mode: fields.text("auth_mode").map(|mode| match mode.as_str() {
                "key" => AuthMode::Key,
                "aml_token" => AuthMode::AmlToken,
                _ => AuthMode::AadToken,
            }),
            defaults: fields
                .object("defaults")
                .map(|mut defaults| EndpointDefaults { deployment_name: defaults.text("deployment_name") }),
            identity: fields.object("identity").map(identity::to_wire),
        }
    }

    /// The body that creates it.
    pub fn into_wire(self, location: &str) -> BatchEndpoint {
        BatchEndpoint {
            location: Some(location.to_owned()),
            tags: Some(self.tags.unwrap_or_default()),
            identity: self.identity,
            properties: BatchEndpointProperties {
                description: self.description,
                auth_mode: Some(self.auth_mode.unwrap_or_default().wire_name().to_owned()),
                properties: Some(self.properties.unwrap_or_default()),
                defaults: self.defaults,
            },
        }
    }
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    check::check(document, &ENDPOINT)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Checked<EndpointSpec>, SpecError> {
        EndpointSpec::from_document(&SpecDocument::from_json(&value))
    }

    #[test]
    fn the_body_is_the_one_the_sdk_sends() {
        let value =
            json!({ "name": "Digits", "auth_mode": "AADToken", "defaults": { "deployment_name": "blue" } });
        let spec = read(value).unwrap().spec;
        assert_eq!(spec.name, "digits");
        let expected = json!({
            "location": "local",
            "tags": {},
            "properties": { "authMode": "aadToken", "properties": {}, "defaults": { "deploymentName": "blue" } },
        });
        assert_eq!(serde_json::to_value(spec.into_wire("local")).unwrap(), expected);
    }

    #[test]
    fn a_double_dash_is_a_warning_and_a_short_name_an_error() {
        let checked = read(json!({ "name": "my--endpoint" })).unwrap();
        assert_eq!((checked.warnings.len(), checked.warnings[0].field.as_str()), (1, "name"));
        assert!(read(json!({ "name": "ab" })).unwrap_err().to_string().contains("3 to 32"));
    }
}
