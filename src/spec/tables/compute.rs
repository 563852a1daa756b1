//! Fields of computes: clusters, instances and what is attached.

use super::identity::IDENTITY;
use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Rule, Schema, Shape, joined};

/// A compute whose `type` says nothing that is known.
pub static COMPUTE: Schema = Schema {
    title: "compute",
    fields: &[
        NAME,
        Field::new(
            "type",
            Shape::Choice {
                values: &["amlcompute", "computeinstance", "virtualmachine", "kubernetes", "synapsespark"],
                casing: Casing::Lower,
            },
            "Kind of compute; the other fields follow from it.",
        )
        .required()
        .option("--type"),
    ],
    renamed: &[],
};

/// `azml compute create --file` with `type: amlcompute`
pub static CLUSTER: Schema = Schema {
    title: "compute cluster",
    fields: &fields::<21>(
        &["amlcompute"],
        &[
            Field::new("location", Shape::Text, "Region.").default("that of the workspace"),
            Field::new("size", Shape::Text, "VM size of the nodes.").default("STANDARD_DS3_V2"),
            Field::new(
                "tier",
                Shape::Choice { values: &["dedicated", "low_priority"], casing: Casing::Lower },
                "Whether nodes are yours or may be taken away for others.",
            )
            .default("dedicated"),
            Field::new("min_instances", Shape::Integer { min: 0 }, "Nodes that are always there.")
                .default("0"),
            Field::new("max_instances", Shape::Integer { min: 0 }, "Most nodes the cluster grows to.")
                .default("4"),
            Field::new(
                "idle_time_before_scale_down",
                Shape::Integer { min: 0 },
                "Seconds that a node stays idle before it is released; with 0 the service decides.",
            )
            .default("120"),
            SSH_PUBLIC_ACCESS,
            Field::new("ssh_settings", Shape::Object(&CLUSTER_SSH), "Account for SSH on the nodes."),
            NETWORK_SETTINGS,
            MANAGED_IDENTITY,
            Field::new("enable_node_public_ip", Shape::Boolean, "Whether nodes have public addresses.")
                .default("true"),
            RESOURCE_ID_IGNORED,
        ],
    ),
    renamed: &[
        ("priority", "it is called `tier`, with `dedicated` or `low_priority`"),
        ("vm_size", "it is called `size`"),
        ("min_nodes", "it is called `min_instances`"),
        ("max_nodes", "it is called `max_instances`"),
        ("enable_batch_private_link", "the service no longer has it; leave the line out"),
        ("identity-type", "write `identity:` and below it `type:`"),
    ],
};

/// `azml compute create --file` with `type: virtualmachine`
pub static VIRTUAL_MACHINE: Schema = Schema {
    title: "attached virtual machine",
    fields: &fields::<13>(
        &["virtualmachine"],
        &[
            LOCATION_IGNORED,
            Field::new("resource_id", Shape::Text, "ARM id of the virtual machine.").required(),
            Field::new("ssh_settings", Shape::Object(&MACHINE_SSH), "Account that Azure logs in with."),
            Field::read_only("compute_location", "Region of the virtual machine."),
        ],
    ),
    renamed: &[("identity", "an attached virtual machine has no managed identity of its own here")],
};

/// `azml compute create --file` with `type: kubernetes`
pub static KUBERNETES: Schema = Schema {
    title: "attached Kubernetes cluster",
    fields: &fields::<14>(
        &["kubernetes"],
        &[
            LOCATION_IGNORED,
            Field::new("resource_id", Shape::Text, "ARM id of the cluster."),
            Field::new("namespace", Shape::Text, "Namespace that jobs run in.").default("default"),
            Field::new("properties", Shape::Mapping, "Members of the cluster as the REST API has them."),
            MANAGED_IDENTITY,
        ],
    ),
    renamed: &[],
};

/// `azml compute create --file` with `type: synapsespark`
pub static SYNAPSE_SPARK: Schema = Schema {
    title: "attached Spark pool",
    fields: &fields::<18>(
        &["synapsespark"],
        &[
            LOCATION_IGNORED,
            Field::new("resource_id", Shape::Text, "ARM id of the pool.").required(),
            MANAGED_IDENTITY,
            Field::read_only("node_family", "Family of the nodes."),
            Field::read_only("node_size", "Size of the nodes."),
            Field::read_only("node_count", "Number of nodes."),
            Field::read_only("spark_version", "Version of Spark."),
            Field::read_only("scale_settings", "How the pool grows and shrinks."),
            Field::read_only("auto_pause_settings", "When the pool pauses."),
        ],
    ),
    renamed: &[],
};

/// The fields of a kind of compute: those that every compute has, and its own between them.
pub(super) const fn fields<const N: usize>(kinds: &'static [&'static str], own: &[Field]) -> [Field; N] {
    joined(&[&[NAME, kind(kinds), DESCRIPTION, TAGS], own, &READ_ONLY])
}

const NAME: Field = Field::new("name", Shape::AssetName, "Name of the compute, unique in the workspace.")
    .required()
    .option("--name");

const fn kind(values: &'static [&'static str]) -> Field {
    Field::new("type", Shape::Choice { values, casing: Casing::Lower }, "Kind of compute.")
        .required()
        .option("--type")
}

const TAGS: Field =
    Field::new("tags", Shape::MapOf(&Shape::Text), "Labels of the compute. Keys and values are text.");

pub(super) const LOCATION_IGNORED: Field =
    Field::new("location", Shape::Text, "Accepted; what is sent is the region of the workspace.");

pub(super) const RESOURCE_ID_IGNORED: Field =
    Field::new("resource_id", Shape::Text, "Accepted and not sent: nothing is attached.");

pub(super) const SSH_PUBLIC_ACCESS: Field = Field::new(
    "ssh_public_access_enabled",
    Shape::Boolean,
    "Whether the nodes can be reached by SSH from outside.",
);

pub(super) const NETWORK_SETTINGS: Field =
    Field::new("network_settings", Shape::Object(&NETWORK), "Network that the nodes are in.");

pub(super) const MANAGED_IDENTITY: Field =
    Field::new("identity", Shape::Object(&IDENTITY), "Managed identity of the compute.");

const READ_ONLY: [Field; 5] = [
    Field::read_only("id", "ARM id."),
    Field::read_only("created_on", "When it was made."),
    Field::read_only("provisioning_state", "How far the last change has come."),
    Field::read_only("provisioning_errors", "What went wrong with the last change."),
    RESOURCE_GROUP,
];

const ADMIN_USERNAME: Field = Field::new("admin_username", Shape::Text, "Name of the account.").required();

const ADMIN_PASSWORD: Field = Field::new("admin_password", Shape::Text, "Password of the account.");

static CLUSTER_SSH: Schema = Schema {
    title: "`ssh_settings`",
    fields: &[
        ADMIN_USERNAME,
        ADMIN_PASSWORD,
        Field::new("ssh_key_value", Shape::Text, "Public key of the account."),
    ],
    renamed: &[],
};

static MACHINE_SSH: Schema = Schema {
    title: "`ssh_settings`",
    fields: &[
        ADMIN_USERNAME,
        ADMIN_PASSWORD,
        Field::new("ssh_port", Shape::Integer { min: 1 }, "Port of SSH.").default("22").rule(Rule::Azml),
        Field::new(
            "ssh_private_key_file",
            Shape::Text,
            "File with the private key of the account, relative to where the command runs.",
        ),
    ],
    renamed: &[],
};

static NETWORK: Schema = Schema {
    title: "`network_settings`",
    fields: &[
        Field::new("vnet_name", Shape::Text, "Name of the virtual network."),
        Field::new("subnet", Shape::Text, "Name or ARM id of the subnet."),
        Field::read_only("public_ip_address", "Address of the compute."),
        Field::read_only("private_ip_address", "Address inside the network."),
    ],
    renamed: &[],
};
