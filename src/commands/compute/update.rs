//! `azml compute update`

use clap::Args;
use serde_json::Value;

use super::super::specs;
use super::create::identity;
use crate::cli::common::{SendArgs, TagsArgs, WorkspaceArgs};
use crate::cli::edits::EditArgs;
use crate::context::Context;
use crate::spec::tables;
use crate::spec::{ComputeSpec, SpecDocument};

/// Arguments of `compute update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Name of the compute
    #[arg(long, short)]
    name: String,
    /// Smallest node count
    #[arg(long, allow_negative_numbers = true)]
    min_instances: Option<String>,
    /// Largest node count
    #[arg(long, allow_negative_numbers = true)]
    max_instances: Option<String>,
    /// Seconds a node stays idle before it is released
    #[arg(long, short = 'd', allow_negative_numbers = true)]
    idle_time_before_scale_down: Option<String>,
    /// Managed identity: SystemAssigned or UserAssigned
    #[arg(long)]
    identity_type: Option<String>,
    /// Resource ids of user-assigned identities, separated by commas
    #[arg(long, short = 'i')]
    user_assigned_identities: Option<String>,
    #[command(flatten)]
    tags: TagsArgs,
    #[command(flatten)]
    edits: EditArgs,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Reads the compute, edits it and sends it back whole.
pub(super) async fn run(cx: &Context, args: UpdateArgs) -> anyhow::Result<()> {
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    let mut object = super::view(&arm.compute(&args.name).await?);
    specs::edit(&mut object, &args.edits, tables::compute::CLUSTER.fields)?;
    let mut document = SpecDocument::from_json(&object);
    let options = [
        ("min_instances", specs::text(&args.min_instances)),
        ("max_instances", specs::text(&args.max_instances)),
        ("idle_time_before_scale_down", specs::text(&args.idle_time_before_scale_down)),
        ("tags", args.tags.to_map().map(Value::Object)),
        ("identity", identity(args.identity_type.as_deref(), args.user_assigned_identities.as_deref())),
    ];
    specs::set_options(&mut document, options);
    let spec = specs::accept(cx, &document, ComputeSpec::from_document(&document)?);
    let body = spec.into_wire(&arm.location().await?);
    let updated = arm.put_compute(&args.name, &body).await?;
    cx.conclude(&arm, &args.send, || super::view(&updated))
}
