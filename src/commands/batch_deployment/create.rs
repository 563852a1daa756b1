//! `azml batch-deployment create`

use clap::Args;

use super::super::{assets, specs};
use crate::cli::common::{SendArgs, SpecArgs, WorkspaceArgs};
use crate::context::Context;
use crate::spec::{DeploymentSpec, scoring_script};

/// Arguments of `batch-deployment create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// YAML spec to load; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    file: std::path::PathBuf,
    /// Name of the batch deployment; wins over the file
    #[arg(long, short)]
    name: Option<String>,
    /// Batch endpoint the deployment belongs to; wins over the file
    #[arg(long, short)]
    endpoint_name: Option<String>,
    /// Change a field of the spec before it is checked; may repeat
    #[arg(long, value_name = "PATH=VALUE", num_args = 1.., action = clap::ArgAction::Append)]
    set: Vec<String>,
    /// Make this the endpoint's default deployment
    #[arg(long)]
    set_default: bool,
    /// Do not check the syntax of the scoring script
    #[arg(long)]
    skip_script_validation: bool,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Checks the spec, brings its assets to the workspace and creates the deployment.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    let mut document = specs::load(&SpecArgs { file: Some(args.file), set: args.set })?;
    specs::set_options(
        &mut document,
        [("name", specs::text(&args.name)), ("endpoint_name", specs::text(&args.endpoint_name))],
    );
    let spec = specs::accept(cx, &document, DeploymentSpec::from_document_and_files(&document)?);
    if let Some(script) = scoring_script(&document).filter(|_| !args.skip_script_validation) {
        assets::check_script(cx, &script).await?;
    }
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    let (endpoint, name) = (spec.endpoint_name.clone(), spec.name.clone());
    // Asked first: nothing is uploaded for an endpoint that does not exist.
    arm.endpoint(&endpoint).await?;
    let body = super::body(cx, &arm, spec).await?;
    let created = arm.put_deployment(&endpoint, &name, &body).await?;
    if args.set_default {
        assets::set_default_deployment(&arm, &endpoint, &name).await?;
    }
    cx.conclude(&arm, &args.send, || super::view(&created))
}
