//! Compute specs: clusters, instances and what is attached.
//!
//! What every kind has is read here; `cluster`, `instance` (with `schedule`) and `attached`
//! know the rest of their kinds.

mod attached;
mod cluster;
mod instance;
mod schedule;

use serde_json::Value;

use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::identity;
use super::problem::{Checked, Problem, SpecError};
use super::schema::Schema;
use super::tables::compute::{CLUSTER, COMPUTE, KUBERNETES, SYNAPSE_SPARK, VIRTUAL_MACHINE};
use super::tables::instance::INSTANCE;
use crate::wire::JsonMap;
use crate::wire::compute::{AnyCompute, AnyComputeProperties};

pub use attached::{KubernetesSpec, MachineSshSettings, SynapseSparkSpec, VirtualMachineSpec};
pub use cluster::{ClusterSpec, SshSettings, Tier};
pub use instance::{
    AssignedUser, CustomApplication, InstanceSpec, InstanceSshSettings, SetupScript, SetupScripts,
};
pub use schedule::{Schedule, Times, Trigger};

/// A compute as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ComputeSpec {
    /// Name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Managed identity, in the form of the wire.
    pub identity: Option<Value>,
    /// Network of the nodes.
    pub network_settings: Option<NetworkSettings>,
    /// What only its kind has.
    pub kind: ComputeKind,
}

/// Kinds of computes, each with what only it has.
#[derive(Debug, Clone, PartialEq)]
pub enum ComputeKind {
    /// A cluster that grows and shrinks.
    Cluster(ClusterSpec),
    /// A machine for one person.
    Instance(Box<InstanceSpec>),
    /// A virtual machine that is attached.
    VirtualMachine(VirtualMachineSpec),
    /// A Kubernetes cluster that is attached.
    Kubernetes(KubernetesSpec),
    /// A Spark pool that is attached.
    SynapseSpark(SynapseSparkSpec),
}

/// The network that nodes are in.
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

    fn read(mut fields: Fields) -> Self {
        let mut given = |name: &str| fields.text(name).filter(|text| !text.is_empty());
        Self { vnet_name: given("vnet_name"), subnet: given("subnet") }
    }
}

impl ComputeSpec {
    /// Reads and checks a document, and the key file it names.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        let schema = table(document);
        check(document, schema).finish(|fields| Self::read(document, schema, Fields(fields)))
    }

    fn read(document: &SpecDocument, schema: &'static Schema, mut fields: Fields) -> Self {
        Self {
            name: fields.text("name").unwrap_or_default(),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            identity: fields.object("identity").map(identity::to_wire),
            network_settings: fields.object("network_settings").map(NetworkSettings::read),
            kind: ComputeKind::read(document, schema, fields),
        }
    }

    /// The body that creates it. A subnet given by name has to be made an id before.
    pub fn into_wire(self, location: &str) -> AnyCompute {
        let subnet = self.network_settings.and_then(|network| network.subnet);
        let own_location = match &self.kind {
            ComputeKind::Cluster(cluster) => cluster.location.clone(),
            // The SDK puts everything else where the workspace is.
            _ => None,
        };
        let location = own_location.unwrap_or_else(|| location.to_owned());
        let properties = self.kind.into_wire(subnet, &location);
        AnyCompute {
            location: Some(location),
            tags: self.tags,
            identity: self.identity,
            properties: AnyComputeProperties { description: self.description, ..properties },
        }
    }
}

impl ComputeKind {
    fn read(document: &SpecDocument, schema: &'static Schema, fields: Fields) -> Self {
        if std::ptr::eq(schema, &INSTANCE) {
            Self::Instance(Box::new(InstanceSpec::read(fields)))
        } else if std::ptr::eq(schema, &VIRTUAL_MACHINE) {
            Self::VirtualMachine(VirtualMachineSpec::read(document, fields))
        } else if std::ptr::eq(schema, &KUBERNETES) {
            Self::Kubernetes(KubernetesSpec::read(fields))
        } else if std::ptr::eq(schema, &SYNAPSE_SPARK) {
            Self::SynapseSpark(SynapseSparkSpec::read(fields))
        } else {
            Self::Cluster(ClusterSpec::read(fields))
        }
    }

    fn into_wire(self, subnet: Option<String>, location: &str) -> AnyComputeProperties {
        match self {
            Self::Cluster(cluster) => cluster.into_wire(subnet),
            Self::Instance(instance) => instance.into_wire(subnet),
            Self::VirtualMachine(machine) => machine.into_wire(),
            Self::Kubernetes(cluster) => cluster.into_wire(location),
            Self::SynapseSpark(pool) => pool.into_wire(),
        }
    }
}

/// The table of the kind that `type` names; one that knows only `type` where it names none.
pub(super) fn table(document: &SpecDocument) -> &'static Schema {
    let kind = document.root().get("type").and_then(|node| node.as_str()).unwrap_or_default();
    match kind.to_lowercase().as_str() {
        "amlcompute" => &CLUSTER,
        "computeinstance" => &INSTANCE,
        "virtualmachine" => &VIRTUAL_MACHINE,
        "kubernetes" => &KUBERNETES,
        "synapsespark" => &SYNAPSE_SPARK,
        _ => &COMPUTE,
    }
}

fn check<'d>(document: &'d SpecDocument, schema: &'static Schema) -> Report<'d> {
    if std::ptr::eq(schema, &COMPUTE) {
        return check::check_type(document, &COMPUTE);
    }
    let mut report = check::check(document, schema);
    let problems = [
        cluster::refuse_sizes(&report),
        refuse_network(&report),
        attached::refuse_key_file(document, &report),
    ];
    let problems = problems.into_iter().flatten().chain(instance::refuse_applications(&report));
    problems.collect::<Vec<_>>().into_iter().for_each(|problem| report.add(problem));
    report
}

/// A network is known only by its subnet, and a subnet's name only in its network.
fn refuse_network(report: &Report<'_>) -> Option<Problem> {
    let given = |field: &str| {
        report.fields.get("network_settings")?.get(field)?.as_str().filter(|text| !text.is_empty())
    };
    match (given("vnet_name"), given("subnet")) {
        (Some(_), None) => {
            Some(Problem::error("network_settings.subnet", "`network_settings.vnet_name` needs a `subnet`"))
        }
        (None, Some(subnet)) if !subnet.starts_with('/') => {
            let message = format!("`{subnet}` is the name of a subnet, but `vnet_name` is missing");
            let problem = Problem::error("network_settings.subnet", message);
            Some(problem.help("add `vnet_name:` or write the subnet's ARM id"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Checked<ComputeSpec>, SpecError> {
        ComputeSpec::from_document(&SpecDocument::from_json(&value))
    }

    fn body(value: Value) -> Value {
        serde_json::to_value(read(value).unwrap().spec.into_wire("local")).unwrap()
    }

    #[test]
    fn identities_are_keyed_by_their_ids() {
        for (identity, expected) in [
            (
                json!({ "type": "user_assigned", "user_assigned_identities": [{ "resource_id": "/i" }] }),
                json!({ "type": "UserAssigned", "userAssignedIdentities": { "/i": {} } }),
            ),
            (json!({ "type": "SystemAssigned" }), json!({ "type": "SystemAssigned" })),
            (json!({ "type": "none" }), json!({ "type": "None" })),
            (
                json!({ "type": "SystemAssigned,UserAssigned" }),
                json!({ "type": "SystemAssigned,UserAssigned" }),
            ),
        ] {
            let body = body(json!({ "type": "amlcompute", "name": "c", "identity": identity }));
            assert_eq!(body["identity"], expected);
        }
    }

    #[test]
    fn a_compute_of_no_known_kind_is_refused_by_its_type_alone() {
        for value in
            [json!({ "name": "c", "size": "x" }), json!({ "name": "c", "type": "datafactory", "x": 1 })]
        {
            let error = read(value).unwrap_err();
            assert_eq!(error.problems.len(), 1, "{error}");
            assert_eq!(error.problems[0].field, "type");
        }
    }

    #[test]
    fn each_kind_has_fields_of_its_own() {
        for (kind, field) in [
            ("computeinstance", "max_instances"),
            ("amlcompute", "namespace"),
            ("kubernetes", "size"),
            ("synapsespark", "size"),
        ] {
            let error =
                read(json!({ "name": "c", "type": kind, "resource_id": "/r", field: "1" })).unwrap_err();
            assert!(error.to_string().contains(field), "{error}");
        }
    }

    #[test]
    fn only_a_cluster_chooses_its_region() {
        for (kind, location) in
            [("amlcompute", "north"), ("computeinstance", "local"), ("kubernetes", "local")]
        {
            let body = body(json!({ "name": "c", "type": kind, "location": "north" }));
            assert_eq!(body["location"], location, "{kind}");
        }
    }

    #[test]
    fn labels_are_text_and_say_so() {
        let error = read(json!({ "type": "amlcompute", "name": "c", "tags": { "a": 1 } })).unwrap_err();
        assert!(error.to_string().contains("the value of `tags.a`"), "{error}");
    }

    #[test]
    fn a_subnet_by_name_gets_its_id_from_the_workspace() {
        let network = NetworkSettings { vnet_name: Some("v".to_owned()), subnet: Some("s".to_owned()) };
        assert!(network.subnet_id("sub", "rg").unwrap().ends_with("/virtualNetworks/v/subnets/s"));
    }

    #[test]
    fn half_a_network_is_refused() {
        for network in [json!({ "vnet_name": "v" }), json!({ "subnet": "s" })] {
            let error = read(json!({ "type": "amlcompute", "name": "c", "network_settings": network }));
            assert_eq!(error.unwrap_err().problems[0].field, "network_settings.subnet");
        }
    }
}
