//! Fields of a compute cluster.

use super::identity::IDENTITY;
use crate::spec::schema::{Casing, Field, Schema, Shape};

/// `azml compute create --file` with `type: amlcompute`
pub static CLUSTER: Schema = Schema {
    title: "compute cluster",
    fields: &[
        Field::new("name", Shape::AssetName, "Name of the cluster, unique in the workspace.")
            .required()
            .option("--name"),
        Field::new(
            "type",
            Shape::Choice { values: &["amlcompute"], casing: Casing::Lower },
            "Kind of compute.",
        )
        .required()
        .option("--type"),
        Field::new("description", Shape::Text, "Free text."),
        Field::new("tags", Shape::Mapping, "Labels of the cluster."),
        Field::new("location", Shape::Text, "Region.").default("that of the workspace"),
        Field::new("size", Shape::Text, "VM size of the nodes.").default("STANDARD_DS3_V2"),
        Field::new(
            "tier",
            Shape::Choice { values: &["dedicated", "low_priority"], casing: Casing::Lower },
            "Whether nodes are yours or may be taken away for others.",
        )
        .default("dedicated"),
        Field::new("min_instances", Shape::Integer { min: 0 }, "Nodes that are always there.").default("0"),
        Field::new("max_instances", Shape::Integer { min: 0 }, "Most nodes the cluster grows to.")
            .default("4"),
        Field::new(
            "idle_time_before_scale_down",
            Shape::Integer { min: 0 },
            "Seconds that a node stays idle before it is released.",
        )
        .default("120"),
        Field::new(
            "ssh_public_access_enabled",
            Shape::Boolean,
            "Whether nodes can be reached by SSH from outside.",
        ),
        Field::new("ssh_settings", Shape::Object(&SSH), "Account for SSH on the nodes."),
        Field::new("network_settings", Shape::Object(&NETWORK), "Network that the nodes are in."),
        Field::new("identity", Shape::Object(&IDENTITY), "Managed identity of the cluster."),
        Field::new("enable_node_public_ip", Shape::Boolean, "Whether nodes have public addresses.")
            .default("true"),
        Field::read_only("id", "ARM id."),
        Field::read_only("resource_id", "ARM id of an attached resource."),
        Field::read_only("created_on", "When it was made."),
        Field::read_only("provisioning_state", "How far the last change has come."),
        Field::read_only("provisioning_errors", "What went wrong with the last change."),
        Field::read_only("resourceGroup", "Resource group, as printed."),
    ],
    renamed: &[
        ("priority", "it is called `tier`, with `dedicated` or `low_priority`"),
        ("vm_size", "it is called `size`"),
        ("min_nodes", "it is called `min_instances`"),
        ("max_nodes", "it is called `max_instances`"),
    ],
};

static SSH: Schema = Schema {
    title: "`ssh_settings`",
    fields: &[
        Field::new("admin_username", Shape::Text, "Name of the account.").required(),
        Field::new("admin_password", Shape::Text, "Password of the account."),
        Field::new("ssh_key_value", Shape::Text, "Public key of the account."),
    ],
    renamed: &[],
};

static NETWORK: Schema = Schema {
    title: "`network_settings`",
    fields: &[
        Field::new("vnet_name", Shape::Text, "Name of the virtual network."),
        Field::new("subnet", Shape::Text, "Name or ARM id of the subnet."),
        Field::read_only("public_ip_address", "Address of the cluster."),
        Field::read_only("private_ip_address", "Address inside the network."),
    ],
    renamed: &[],
};
