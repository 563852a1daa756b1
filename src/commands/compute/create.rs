//! `azml compute create`

use clap::Args;
use serde_json::{Value, json};

use super::super::specs;
use crate::cli::common::{SendArgs, SpecArgs, TagsArgs, WorkspaceArgs};
use crate::context::Context;
use crate::spec::{ComputeSpec, SpecDocument};

/// Arguments of `compute create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Compute name; needed when no file gives it
    #[arg(long, short)]
    name: Option<String>,
    /// Compute type, such as amlcompute; needed when no file gives it
    #[arg(long = "type", short = 't', value_name = "TYPE")]
    compute_type: Option<String>,
    /// Free text
    #[arg(long)]
    description: Option<String>,
    /// Region; the workspace's if absent
    #[arg(long, short)]
    location: Option<String>,
    /// VM size
    #[arg(long)]
    size: Option<String>,
    /// Smallest node count
    #[arg(long, allow_negative_numbers = true)]
    min_instances: Option<String>,
    /// Largest node count
    #[arg(long, allow_negative_numbers = true)]
    max_instances: Option<String>,
    /// Seconds a node stays idle before it is released
    #[arg(long, short = 'd', allow_negative_numbers = true)]
    idle_time_before_scale_down: Option<String>,
    /// VM priority: dedicated or low_priority
    #[arg(long)]
    tier: Option<String>,
    /// Managed identity: SystemAssigned or UserAssigned
    #[arg(long)]
    identity_type: Option<String>,
    /// Resource ids of user-assigned identities, separated by commas
    #[arg(long, short = 'i')]
    user_assigned_identities: Option<String>,
    /// Whether nodes get public addresses: true or false
    #[arg(long)]
    enable_node_public_ip: Option<String>,
    /// Whether the public SSH port is open: true or false
    #[arg(long, short = 'p')]
    ssh_public_access_enabled: Option<String>,
    /// SSH account of the nodes
    #[arg(long)]
    admin_username: Option<String>,
    /// Password of the SSH account
    #[arg(long)]
    admin_password: Option<String>,
    /// Public SSH key of the account
    #[arg(long)]
    ssh_key_value: Option<String>,
    /// Virtual network name
    #[arg(long)]
    vnet_name: Option<String>,
    /// Subnet name or full id
    #[arg(long)]
    subnet: Option<String>,
    /// Object id of the user a compute instance is made for; needs the tenant, too
    #[arg(long)]
    user_object_id: Option<String>,
    /// Tenant of that user
    #[arg(long)]
    user_tenant_id: Option<String>,
    #[command(flatten)]
    tags: TagsArgs,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Creates or replaces the compute.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    let mut document = specs::load(&args.spec)?;
    set_options(&mut document, &args);
    let mut spec = specs::accept(cx, &document, ComputeSpec::from_document(&document)?);
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    if let Some(network) = &mut spec.network_settings {
        let workspace = arm.workspace();
        network.subnet = network.subnet_id(&workspace.subscription, &workspace.resource_group);
    }
    let name = spec.name.clone();
    let body = spec.into_wire(&arm.location().await?);
    let created = arm.put_compute(&name, &body).await?;
    cx.conclude(&arm, &args.send, || super::view(&created))
}

fn set_options(document: &mut SpecDocument, args: &CreateArgs) {
    let compute_type = args.compute_type.as_ref().map(|name| name.to_lowercase());
    let options = [
        ("name", specs::text(&args.name)),
        ("type", specs::text(&compute_type)),
        ("description", specs::text(&args.description)),
        ("location", specs::text(&args.location)),
        ("size", specs::text(&args.size)),
        ("min_instances", specs::text(&args.min_instances)),
        ("max_instances", specs::text(&args.max_instances)),
        ("idle_time_before_scale_down", specs::text(&args.idle_time_before_scale_down)),
        ("tier", specs::text(&args.tier)),
        ("enable_node_public_ip", specs::text(&args.enable_node_public_ip)),
        ("ssh_public_access_enabled", specs::text(&args.ssh_public_access_enabled)),
        ("ssh_settings.admin_username", specs::text(&args.admin_username)),
        ("ssh_settings.admin_password", specs::text(&args.admin_password)),
        ("ssh_settings.ssh_key_value", specs::text(&args.ssh_key_value)),
        ("network_settings.vnet_name", specs::text(&args.vnet_name)),
        ("network_settings.subnet", specs::text(&args.subnet)),
        ("create_on_behalf_of.user_object_id", specs::text(&args.user_object_id)),
        ("create_on_behalf_of.user_tenant_id", specs::text(&args.user_tenant_id)),
        ("tags", args.tags.to_map().map(Value::Object)),
        ("identity", identity(args.identity_type.as_deref(), args.user_assigned_identities.as_deref())),
    ];
    specs::set_options(document, options);
}

/// The `identity` block of a spec from the two options that describe it.
pub(super) fn identity(kind: Option<&str>, users: Option<&str>) -> Option<Value> {
    let kind = match (kind, users) {
        (Some(kind), _) => crate::commands::view::snake_case(&kind.into()),
        (None, Some(_)) => json!("user_assigned"),
        (None, None) => return None,
    };
    let users = users.map(|users| {
        let ids = users.split(',').map(str::trim).filter(|id| !id.is_empty());
        ids.map(|id| json!({"resource_id": id})).collect::<Vec<_>>()
    });
    Some(match users {
        Some(users) => json!({"type": kind, "user_assigned_identities": users}),
        None => json!({"type": kind}),
    })
}
