//! Computes: clusters (`AmlCompute`) and what else the service knows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{JsonMap, Tracked};

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

/// Body of `PUT {workspace}/computes/{name}` for a compute of any type.
pub type AnyCompute = Tracked<AnyComputeProperties>;

/// A compute of any type.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnyComputeProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `AmlCompute`, `ComputeInstance`, `VirtualMachine`, `Kubernetes` or `SynapseSpark`.
    pub compute_type: String,
    /// Region of something attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute_location: Option<String>,
    /// ARM id of something attached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Whether nobody can log in with an account of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_local_auth: Option<bool>,
    /// Members of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<TypeProperties>,
}

/// Members of a compute, by its type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TypeProperties {
    /// Of an `AmlCompute` cluster.
    Cluster(Box<ClusterProperties>),
    /// Of a `ComputeInstance`.
    Instance(Box<InstanceProperties>),
    /// Of a `VirtualMachine`.
    VirtualMachine(VirtualMachineProperties),
    /// Of a `Kubernetes` cluster, which takes what it is given.
    Kubernetes(JsonMap),
}

/// Members of a `ComputeInstance`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceProperties {
    /// VM size.
    pub vm_size: String,
    /// `{"id": ...}` of the subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<Value>,
    /// Who can log in from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_settings: Option<InstanceSshSettings>,
    /// The user it is made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_compute_instance_settings: Option<Value>,
    /// ISO 8601 duration after which an idle instance is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_time_before_shutdown: Option<String>,
    /// Whether it gets a public address.
    #[serde(rename = "enableNodePublicIp")]
    pub enable_node_public_ip: bool,
    /// Single sign-on.
    #[serde(rename = "enableSSO")]
    pub enable_sso: bool,
    /// Whether its user is root.
    pub enable_root_access: bool,
    /// Whether a stopped instance gives its quota back.
    pub release_quota_on_stop: bool,
    /// Whether the system is patched.
    #[serde(rename = "enableOSPatching")]
    pub enable_os_patching: bool,
    /// `Shared`
    pub application_sharing_policy: String,
    /// `personal`
    pub compute_instance_authorization_type: String,
    /// When it is started and stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedules: Option<Value>,
    /// What runs when it is made and started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_scripts: Option<Value>,
    /// Applications in containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_services: Option<Vec<Value>>,
}

/// Who can log in to a `ComputeInstance` from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceSshSettings {
    /// `Enabled` or `Disabled`.
    pub ssh_public_access: String,
    /// Public key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_public_key: Option<String>,
}

/// Members of a `VirtualMachine`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineProperties {
    /// Port of SSH.
    pub ssh_port: i64,
    /// Account that the service logs in with.
    pub administrator_account: VirtualMachineAccount,
}

/// An account on a `VirtualMachine`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineAccount {
    /// Name of the account.
    pub username: String,
    /// Its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key_data: Option<String>,
}
