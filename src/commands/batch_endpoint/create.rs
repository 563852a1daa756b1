//! `azml batch-endpoint create`

use clap::Args;

use super::super::specs;
use crate::cli::common::{SendArgs, SpecArgs, WorkspaceArgs};
use crate::context::Context;
use crate::spec::EndpointSpec;

/// Arguments of `batch-endpoint create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Endpoint name; wins over the file
    #[arg(long, short)]
    name: Option<String>,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Creates or replaces the endpoint.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    let mut document = specs::load(&args.spec)?;
    // az lower-cases the option, not the file's name.
    let name = args.name.map(|name| name.to_lowercase());
    specs::set_options(&mut document, [("name", specs::text(&name))]);
    let spec = specs::accept(cx, &document, EndpointSpec::from_document(&document)?);
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    let name = spec.name.clone();
    let body = spec.into_wire(&arm.location().await?);
    let created = arm.put_endpoint(&name, &body).await?;
    cx.conclude(&arm, &args.send, || super::view(&created))
}
