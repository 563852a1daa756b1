//! `azml datastore create`

use anyhow::bail;
use clap::Args;

use super::super::specs;
use crate::cli::common::{SendArgs, SpecArgs, WorkspaceArgs};
use crate::context::Context;
use crate::spec::{DatastoreDefaults, DatastoreSpec};

/// Arguments of `datastore create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// YAML spec to load; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    file: std::path::PathBuf,
    /// Name of the datastore; wins over the file
    #[arg(long, short)]
    name: Option<String>,
    /// Change a field of the spec before it is checked; may repeat
    #[arg(long, value_name = "PATH=VALUE", num_args = 1.., action = clap::ArgAction::Append)]
    set: Vec<String>,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Creates or replaces the datastore.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    let mut document = specs::load(&SpecArgs { file: Some(args.file), set: args.set })?;
    specs::set_options(&mut document, [("name", specs::text(&args.name))]);
    let cloud = cx.settings().cloud()?;
    let defaults = DatastoreDefaults { endpoint: cloud.storage_suffix, authority: cloud.authority };
    let spec = specs::accept(cx, &document, DatastoreSpec::from_document(&document, &defaults)?);
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    if arm.workspace().is_local() {
        bail!(
            "the workspace built into azml has its own datastore and takes no others yet; workspaces on Azure do"
        );
    }
    let name = spec.name.clone();
    let created = arm.put_datastore(&name, &spec.into_wire()).await?;
    cx.conclude(&arm, &args.send, || super::view(&created))
}
