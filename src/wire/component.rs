//! Components: the steps of pipelines, and pipelines as steps.

use serde::{Deserialize, Serialize};

use super::{JsonMap, Proxy};

/// The route segment.
pub const SEGMENT: &str = "components";
/// What a person calls one of them.
pub const NOUN: &str = "component";
/// Name of components that are made for one deployment.
pub const ANONYMOUS_NAME: &str = "azureml_anonymous";

/// Body of a component version.
pub type ComponentVersion = Proxy<ComponentVersionProperties>;

/// A component version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentVersionProperties {
    /// The component, with names as in its YAML.
    pub component_spec: JsonMap,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Made for one deployment, not registered by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// Hidden from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_archived: Option<bool>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
}
