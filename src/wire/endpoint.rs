//! Batch endpoints.

use serde::{Deserialize, Serialize};

use super::{JsonMap, Tracked};

/// Body of `PUT {workspace}/batchEndpoints/{name}`.
pub type BatchEndpoint = Tracked<BatchEndpointProperties>;

/// What a batch endpoint is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchEndpointProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `aadToken`; the only mode that works for batch endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_mode: Option<String>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// Which deployment answers an invocation that names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<EndpointDefaults>,
}

/// The endpoint's defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointDefaults {
    /// Name of the default deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_name: Option<String>,
}
