//! What exists elsewhere and is attached: virtual machines, Kubernetes clusters, Spark pools.

use std::fs;

use serde_json::Value;

use super::super::check::Report;
use super::super::document::SpecDocument;
use super::super::fields::Fields;
use super::super::problem::Problem;
use crate::wire::JsonMap;
use crate::wire::compute::{
    AnyComputeProperties, TypeProperties, VirtualMachineAccount, VirtualMachineProperties,
};

/// Port of SSH where none is given.
const DEFAULT_SSH_PORT: i64 = 22;
/// Namespace of Kubernetes where none is given.
const DEFAULT_NAMESPACE: &str = "default";

/// What only an attached virtual machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualMachineSpec {
    /// ARM id of the machine.
    pub resource_id: String,
    /// Account that Azure logs in with.
    pub ssh_settings: Option<MachineSshSettings>,
}

/// An account on a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineSshSettings {
    /// Name of the account.
    pub admin_username: String,
    /// Its password.
    pub admin_password: Option<String>,
    /// Port of SSH.
    pub ssh_port: i64,
    /// Content of its private key file.
    pub private_key: Option<String>,
}

/// What only an attached Kubernetes cluster has.
#[derive(Debug, Clone, PartialEq)]
pub struct KubernetesSpec {
    /// ARM id of the cluster.
    pub resource_id: Option<String>,
    /// Namespace that jobs run in.
    pub namespace: String,
    /// Members as the REST API has them.
    pub properties: JsonMap,
}

/// What only an attached Spark pool has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynapseSparkSpec {
    /// ARM id of the pool.
    pub resource_id: String,
}

impl VirtualMachineSpec {
    pub(super) fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        Self {
            resource_id: fields.text("resource_id").unwrap_or_default(),
            ssh_settings: fields.object("ssh_settings").map(|mut ssh| MachineSshSettings {
                admin_username: ssh.text("admin_username").unwrap_or_default(),
                admin_password: ssh.text("admin_password"),
                ssh_port: ssh.integer("ssh_port").unwrap_or(DEFAULT_SSH_PORT),
                private_key: ssh
                    .text("ssh_private_key_file")
                    .and_then(|file| fs::read_to_string(document.resolve(&file)).ok()),
            }),
        }
    }

    pub(super) fn into_wire(self) -> AnyComputeProperties {
        let properties = self.ssh_settings.map(|ssh| VirtualMachineProperties {
            ssh_port: ssh.ssh_port,
            administrator_account: VirtualMachineAccount {
                username: ssh.admin_username,
                password: ssh.admin_password,
                private_key_data: ssh.private_key,
            },
        });
        AnyComputeProperties {
            compute_type: "VirtualMachine".to_owned(),
            resource_id: Some(self.resource_id),
            properties: properties.map(TypeProperties::VirtualMachine),
            ..AnyComputeProperties::default()
        }
    }
}

impl KubernetesSpec {
    pub(super) fn read(mut fields: Fields) -> Self {
        Self {
            resource_id: fields.text("resource_id"),
            namespace: fields.text("namespace").unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()),
            properties: fields.mapping("properties").unwrap_or_default(),
        }
    }

    pub(super) fn into_wire(self, location: &str) -> AnyComputeProperties {
        let mut properties = self.properties;
        if let Some(Value::Object(inner)) = properties.get_mut("properties") {
            inner.insert("namespace".to_owned(), self.namespace.as_str().into());
        }
        properties.insert("namespace".to_owned(), self.namespace.into());
        AnyComputeProperties {
            compute_type: "Kubernetes".to_owned(),
            compute_location: Some(location.to_owned()),
            resource_id: self.resource_id,
            properties: Some(TypeProperties::Kubernetes(properties)),
            ..AnyComputeProperties::default()
        }
    }
}

impl SynapseSparkSpec {
    pub(super) fn read(mut fields: Fields) -> Self {
        Self { resource_id: fields.text("resource_id").unwrap_or_default() }
    }

    pub(super) fn into_wire(self) -> AnyComputeProperties {
        AnyComputeProperties {
            compute_type: "SynapseSpark".to_owned(),
            resource_id: Some(self.resource_id),
            ..AnyComputeProperties::default()
        }
    }
}

/// A problem when the private key cannot be read: it is sent, not its path.
pub(super) fn refuse_key_file(document: &SpecDocument, report: &Report<'_>) -> Option<Problem> {
    let file = report.fields.get("ssh_settings")?.get("ssh_private_key_file")?.as_str()?;
    let path = document.resolve(file);
    let error = fs::read_to_string(&path).err()?;
    let message = format!("cannot read `{}`: {error}", path.display());
    Some(Problem::error("ssh_settings.ssh_private_key_file", message))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::super::ComputeSpec;
    use super::*;
    use serde_json::json;

    fn properties(document: &SpecDocument) -> Value {
        let spec = ComputeSpec::from_document(document).unwrap().spec;
        serde_json::to_value(spec.into_wire("local")).unwrap()["properties"].take()
    }

    #[test]
    fn what_is_attached_is_named_by_its_id() {
        for (value, expected) in [
            (
                json!({ "type": "synapsespark", "resource_id": "/r", "node_count": 3 }),
                json!({ "computeType": "SynapseSpark", "resourceId": "/r" }),
            ),
            (
                json!({ "type": "kubernetes", "namespace": "n", "properties": { "namespace": "x", "b": 1 } }),
                json!({
                    "computeType": "Kubernetes", "computeLocation": "local",
                    "properties": { "namespace": "n", "b": 1 },
                }),
            ),
            (
                json!({ "type": "kubernetes" }),
                json!({
                    "computeType": "Kubernetes", "computeLocation": "local",
                    "properties": { "namespace": "default" },
                }),
            ),
        ] {
            let mut value = value;
            value["name"] = "c".into();
            assert_eq!(properties(&SpecDocument::from_json(&value)), expected);
        }
    }

    #[test]
    fn the_private_key_is_sent_and_not_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let spec = folder.path().join("vm.yml");
        let text = "name: v\ntype: virtualmachine\nresource_id: /r\n\
                    ssh_settings: {admin_username: u, ssh_private_key_file: key}\n";
        fs::write(&spec, text).unwrap();
        let document = SpecDocument::load(&spec).unwrap();
        let error = ComputeSpec::from_document(&document).unwrap_err();
        assert_eq!(error.problems[0].field, "ssh_settings.ssh_private_key_file");
        fs::write(folder.path().join("key"), "SECRET").unwrap();
        let expected = json!({ "username": "u", "privateKeyData": "SECRET" });
        assert_eq!(properties(&document)["properties"]["administratorAccount"], expected);
    }
}
