//! Compute cluster specs.

use serde_json::{Map, Value, json};

use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::identity;
use super::problem::{Checked, Problem, SpecError};
use super::tables::compute::CLUSTER;
use crate::wire::JsonMap;
use crate::wire::compute::{ClusterProperties, Compute, ComputeProperties, ScaleSettings};
use crate::wire::duration::format_seconds;

/// Kinds of compute that the client knows and this version does not make.
const OTHER_KINDS: [&str; 5] =
    ["computeinstance", "virtualmachine", "kubernetes", "synapsespark", "aml_serverless"];

/// What the SDK sends when `size` is not given.
const DEFAULT_SIZE: &str = "STANDARD_DS3_V2";
/// What the SDK sends when `max_instances` is not given.
const DEFAULT_MAX_INSTANCES: i64 = 4;
/// What the SDK sends when `idle_time_before_scale_down` is not given, in seconds.
const DEFAULT_IDLE_SECONDS: i64 = 120;

/// A compute cluster as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ComputeSpec {
    /// Name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Region, where it is not that of the workspace.
    pub location: Option<String>,
    /// VM size.
    pub size: Option<String>,
    /// Whether nodes may be taken away.
    pub tier: Option<Tier>,
    /// Nodes that are always there.
    pub min_instances: i64,
    /// Most nodes.
    pub max_instances: i64,
    /// Seconds that a node stays idle before it is released; 0 leaves it to the service.
    pub idle_time_before_scale_down: i64,
    /// Whether nodes can be reached by SSH from outside.
    pub ssh_public_access_enabled: Option<bool>,
    /// Account on the nodes.
    pub ssh_settings: Option<SshSettings>,
    /// Network of the nodes.
    pub network_settings: Option<NetworkSettings>,
    /// Managed identity, in the form of the wire.
    pub identity: Option<Value>,
    /// Whether nodes have public addresses.
    pub enable_node_public_ip: bool,
}

/// How long nodes are yours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// As long as you want.
    Dedicated,
    /// Until Azure needs them for somebody else.
    LowPriority,
}

/// An account on the nodes of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSettings {
    /// Name of the account.
    pub admin_username: String,
    /// Its password.
    pub admin_password: Option<String>,
    /// Its public key.
    pub ssh_key_value: Option<String>,
}

/// The network that a cluster's nodes are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkSettings {
    /// Name of the virtual network.
    pub vnet_name: Option<String>,
    /// Name or ARM id of the subnet.
    pub subnet: Option<String>,
}

impl NetworkSettings {
    /// The ARM id of the subnet: the one given, or the one of that name in the workspace's resource group.
    pub fn subnet_id(&self, subscription: &str, resource_group: &str) -> Option<String> {
        let subnet = self.subnet.as_deref()?;
        if subnet.starts_with('/') {
            return Some(subnet.to_owned());
        }
        let vnet = self.vnet_name.as_deref()?;
        Some(format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Network\
             /virtualNetworks/{vnet}/subnets/{subnet}"
        ))
    }
}

impl ComputeSpec {
    /// Reads and checks a document.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        if let Some(problem) = refuse_other_kind(document) {
            return Err(SpecError::new(document, vec![problem]));
        }
        check_cluster(document).finish(|fields| Self::read(Fields(fields)))
    }

    fn read(mut fields: Fields) -> Self {
        Self {
            name: fields.text("name").unwrap_or_default(),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            location: fields.text("location"),
            size: fields.text("size"),
            tier: fields.text("tier").map(|tier| match tier.as_str() {
                "low_priority" => Tier::LowPriority,
                _ => Tier::Dedicated,
            }),
            min_instances: fields.integer("min_instances").unwrap_or(0),
            max_instances: fields.integer("max_instances").unwrap_or(DEFAULT_MAX_INSTANCES),
            idle_time_before_scale_down: fields
                .integer("idle_time_before_scale_down")
                .unwrap_or(DEFAULT_IDLE_SECONDS),
            ssh_public_access_enabled: fields.boolean("ssh_public_access_enabled"),
            ssh_settings: fields.object("ssh_settings").map(SshSettings::read),
            network_settings: fields.object("network_settings").map(|mut network| NetworkSettings {
                vnet_name: network.text("vnet_name"),
                subnet: network.text("subnet"),
            }),
            identity: fields.object("identity").map(identity::to_wire),
            enable_node_public_ip: fields.boolean("enable_node_public_ip").unwrap_or(true),
        }
    }

    /// The body that creates it. A subnet given by name has to be made an id before.
    pub fn into_wire(self, location: &str) -> Compute {
        let remote_login = match self.ssh_public_access_enabled {
            Some(true) => "Enabled",
            Some(false) => "Disabled",
            None => "NotSpecified",
        };
        let idle = u64::try_from(self.idle_time_before_scale_down).ok().filter(|seconds| *seconds > 0);
        let subnet = self.network_settings.and_then(|network| network.subnet);
        Compute {
            location: Some(self.location.unwrap_or_else(|| location.to_owned())),
            tags: self.tags,
            identity: self.identity,
            properties: ComputeProperties {
                description: self.description,
                compute_type: "AmlCompute".to_owned(),
                // Local accounts are for SSH, so they are off unless one is described.
                disable_local_auth: Some(self.ssh_settings.is_none()),
                properties: ClusterProperties {
                    vm_size: Some(self.size.unwrap_or_else(|| DEFAULT_SIZE.to_owned())),
                    vm_priority: self.tier.map(|tier| tier.wire_name().to_owned()),
                    os_type: Some("Linux".to_owned()),
                    scale_settings: Some(ScaleSettings {
                        max_node_count: self.max_instances,
                        min_node_count: self.min_instances,
                        node_idle_time_before_scale_down: idle.map(format_seconds),
                    }),
                    remote_login_port_public_access: Some(remote_login.to_owned()),
                    user_account_credentials: self.ssh_settings.map(SshSettings::into_wire),
                    subnet: subnet.map(|id| json!({ "id": id })),
                    enable_node_public_ip: Some(self.enable_node_public_ip),
                },
            },
        }
    }
}

impl Tier {
    fn wire_name(self) -> &'static str {
        match self {
            Self::Dedicated => "Dedicated",
            Self::LowPriority => "LowPriority",
        }
    }
}

impl SshSettings {
    fn read(mut fields: Fields) -> Self {
        Self {
            admin_username: fields.text("admin_username").unwrap_or_default(),
            admin_password: fields.text("admin_password"),
            ssh_key_value: fields.text("ssh_key_value"),
        }
    }

    fn into_wire(self) -> Value {
        let members = [
            ("adminUserName", Some(self.admin_username)),
            ("adminUserPassword", self.admin_password),
            ("adminUserSshPublicKey", self.ssh_key_value),
        ];
        let given =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        Value::Object(given.collect::<Map<_, _>>())
    }
}

pub(super) fn check(document: &SpecDocument) -> Vec<Problem> {
    match refuse_other_kind(document) {
        Some(problem) => vec![problem],
        None => check_cluster(document).problems(),
    }
}

fn refuse_other_kind(document: &SpecDocument) -> Option<Problem> {
    let kind = document.root().get("type")?.as_str()?;
    OTHER_KINDS.contains(&kind.to_lowercase().as_str()).then(|| {
        let message =
            format!("this version of azml does not make computes of type `{kind}`, only `amlcompute`");
        document.place(Problem::error("type", message))
    })
}

fn check_cluster(document: &SpecDocument) -> Report<'_> {
    let mut report = check::check(document, &CLUSTER);
    let bound = |name: &str| report.fields.get(name).and_then(Value::as_i64);
    if let (Some(min), Some(max)) = (bound("min_instances"), bound("max_instances"))
        && min > max
    {
        let message = format!("`min_instances` is {min}, but `max_instances` is only {max}");
        report.add(Problem::error("min_instances", message));
    }
    report
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn read(value: Value) -> Result<Checked<ComputeSpec>, SpecError> {
        ComputeSpec::from_document(&SpecDocument::from_json(&value))
    }

    #[test]
    fn defaults_are_those_of_the_sdk() {
        let spec = read(json!({ "type": "AmlCompute", "name": "c" })).unwrap().spec;
        let expected = json!({
            "location": "local",
            "properties": {
                "computeType": "AmlCompute",
                "disableLocalAuth": true,
                "properties": {
                    "vmSize": "STANDARD_DS3_V2",
                    "osType": "Linux",
                    "scaleSettings": { "maxNodeCount": 4, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT2M" },
                    "remoteLoginPortPublicAccess": "NotSpecified",
                    "enableNodePublicIp": true,
                },
            },
        });
        assert_eq!(serde_json::to_value(spec.into_wire("local")).unwrap(), expected);
    }

    #[test]
    fn identities_are_keyed_by_their_ids() {
        let value = json!({
            "type": "amlcompute", "name": "c",
            "identity": { "type": "user_assigned", "user_assigned_identities": [{ "resource_id": "/i" }] },
        });
        let identity = read(value).unwrap().spec.identity.unwrap();
        assert_eq!(identity, json!({ "type": "UserAssigned", "userAssignedIdentities": { "/i": {} } }));
    }

    #[test]
    fn other_kinds_and_impossible_sizes_are_refused() {
        let error = read(json!({ "type": "computeinstance", "name": "c" })).unwrap_err();
        assert!(error.to_string().contains("only `amlcompute`"), "{error}");
        let value = json!({ "type": "amlcompute", "name": "c", "min_instances": 3, "max_instances": 2 });
        assert!(read(value).is_err());
    }

    #[test]
    fn a_subnet_by_name_gets_its_id_from_the_workspace() {
        let network = NetworkSettings { vnet_name: Some("v".to_owned()), subnet: Some("s".to_owned()) };
        assert!(network.subnet_id("sub", "rg").unwrap().ends_with("/virtualNetworks/v/subnets/s"));
    }
}
