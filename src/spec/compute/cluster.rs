//! Clusters (`type: amlcompute`).

use serde_json::{Map, Value, json};

use super::super::check::Report;
use super::super::fields::Fields;
use super::super::problem::Problem;
use crate::wire::compute::{AnyComputeProperties, ClusterProperties, ScaleSettings, TypeProperties};
use crate::wire::duration::format_seconds;

/// What the SDK sends when `size` is not given.
pub(super) const DEFAULT_SIZE: &str = "STANDARD_DS3_V2";
/// What the SDK sends when `max_instances` is not given.
const DEFAULT_MAX_INSTANCES: i64 = 4;
/// What the SDK sends when `idle_time_before_scale_down` is not given, in seconds.
const DEFAULT_IDLE_SECONDS: i64 = 120;

/// What only a cluster has.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterSpec {
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

impl ClusterSpec {
    pub(super) fn read(mut fields: Fields) -> Self {
        Self {
            location: fields.text("location").filter(|location| !location.is_empty()),
            size: fields.text("size").filter(|size| !size.is_empty()),
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
            enable_node_public_ip: fields.boolean("enable_node_public_ip").unwrap_or(true),
        }
    }

    pub(super) fn into_wire(self, subnet: Option<String>) -> AnyComputeProperties {
        let remote_login = match self.ssh_public_access_enabled {
            Some(true) => "Enabled",
            Some(false) => "Disabled",
            None => "NotSpecified",
        };
        let idle = u64::try_from(self.idle_time_before_scale_down).ok().filter(|seconds| *seconds > 0);
        AnyComputeProperties {
            compute_type: "AmlCompute".to_owned(),
            // Local accounts are for SSH, so they are off unless one is described.
            disable_local_auth: Some(self.ssh_settings.is_none()),
            properties: Some(TypeProperties::Cluster(Box::new(ClusterProperties {
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
            }))),
            ..AnyComputeProperties::default()
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

/// A problem when the smallest size is above the largest.
pub(super) fn refuse_sizes(report: &Report<'_>) -> Option<Problem> {
    let bound = |name: &str| report.fields.get(name).and_then(Value::as_i64);
    let (min, max) = (bound("min_instances")?, bound("max_instances")?);
    let message = format!("`min_instances` is {min}, but `max_instances` is only {max}");
    (min > max).then(|| Problem::error("min_instances", message))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::super::super::document::SpecDocument;
    use super::super::ComputeSpec;
    use super::*;

    fn body(value: Value) -> Value {
        let spec = ComputeSpec::from_document(&SpecDocument::from_json(&value)).unwrap().spec;
        serde_json::to_value(spec.into_wire("local")).unwrap()
    }

    #[test]
    fn defaults_are_those_of_the_sdk() {
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
        assert_eq!(body(json!({ "type": "AmlCompute", "name": "c" })), expected);
    }

    #[test]
    fn an_idle_time_of_zero_is_left_to_the_service() {
        let body = body(json!({ "type": "amlcompute", "name": "c", "idle_time_before_scale_down": "0" }));
        let scale = &body["properties"]["properties"]["scaleSettings"];
        assert_eq!(*scale, json!({ "maxNodeCount": 4, "minNodeCount": 0 }));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let value = json!({ "type": "amlcompute", "name": "c", "min_instances": 3, "max_instances": 2 });
        assert!(ComputeSpec::from_document(&SpecDocument::from_json(&value)).is_err());
    }
}
