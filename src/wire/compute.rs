//! Compute clusters (`AmlCompute`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Tracked;

/// Body of `PUT {workspace}/computes/{name}`.
pub type Compute = Tracked<ComputeProperties>;

/// A compute of some type; the type's own members are in `properties`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComputeProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `AmlCompute`.
    pub compute_type: String,
    /// The SDK always sends `true` for clusters.
    #[serde(rename = "disableLocalAuth", skip_serializing_if = "Option::is_none")]
    pub disable_local_auth: Option<bool>,
    /// Members of the cluster.
    pub properties: ClusterProperties,
}

/// Members of an `AmlCompute` cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterProperties {
    /// VM size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_size: Option<String>,
    /// `Dedicated` or `LowPriority`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_priority: Option<String>,
    /// `Linux`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_type: Option<String>,
    /// How far the cluster grows and shrinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_settings: Option<ScaleSettings>,
    /// `Enabled`, `Disabled` or `NotSpecified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_login_port_public_access: Option<String>,
    /// SSH account of the nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_account_credentials: Option<Value>,
    /// `{"id": ...}` of the subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<Value>,
    /// Whether nodes get public addresses.
    #[serde(rename = "enableNodePublicIp", skip_serializing_if = "Option::is_none")]
    pub enable_node_public_ip: Option<bool>,
}

/// Size limits of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleSettings {
    /// Largest node count.
    pub max_node_count: i64,
    /// Smallest node count.
    #[serde(default)]
    pub min_node_count: i64,
    /// ISO 8601 duration a node stays idle before it is released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_idle_time_before_scale_down: Option<String>,
}
