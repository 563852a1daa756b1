//! `azml batch-deployment update`

use clap::Args;
use serde_json::{Value, json};

use super::super::specs;
use super::super::view::marked_id;
use crate::arm::Client;
use crate::cli::common::{SendArgs, SpecArgs, WorkspaceArgs};
use crate::cli::edits::EditArgs;
use crate::cli::usage::UsageError;
use crate::context::Context;
use crate::spec::tables;
use crate::spec::{DeploymentSpec, SpecDocument};

/// Arguments of `batch-deployment update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Name of the batch deployment
    #[arg(long, short)]
    name: Option<String>,
    /// Batch endpoint the deployment belongs to
    #[arg(long, short)]
    endpoint_name: Option<String>,
    /// YAML spec to start from instead of what the service has; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    file: Option<std::path::PathBuf>,
    #[command(flatten)]
    edits: EditArgs,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Reads the deployment (or the file), edits it and sends it back whole.
pub(super) async fn run(cx: &Context, args: UpdateArgs) -> anyhow::Result<()> {
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    let document = edited(&arm, &args).await?;
    let spec = specs::accept(cx, &document, DeploymentSpec::from_document_and_files(&document)?);
    let (endpoint, name) = (spec.endpoint_name.clone(), spec.name.clone());
    let body = super::body(cx, &arm, spec).await?;
    let updated = arm.put_deployment(&endpoint, &name, &body).await?;
    cx.conclude(&arm, &args.send, || super::view(&updated))
}

async fn edited(arm: &Client, args: &UpdateArgs) -> anyhow::Result<SpecDocument> {
    let (mut object, file) = match &args.file {
        Some(file) => {
            let mut document = specs::load(&SpecArgs { file: Some(file.clone()), set: Vec::new() })?;
            specs::set_options(
                &mut document,
                [("name", specs::text(&args.name)), ("endpoint_name", specs::text(&args.endpoint_name))],
            );
            DeploymentSpec::from_document(&document)?;
            (document.to_json(), Some(document))
        }
        None => (from_service(arm, args).await?, None),
    };
    specs::edit(&mut object, &args.edits, tables::deployment::FLAT.fields)?;
    Ok(match file {
        // Relative paths stay relative to the file they were written in.
        Some(document) => document.with_content(&object),
        None => SpecDocument::from_json(&object),
    })
}

async fn from_service(arm: &Client, args: &UpdateArgs) -> anyhow::Result<Value> {
    match (&args.name, &args.endpoint_name) {
        (Some(name), Some(endpoint)) => Ok(spec_of(&arm.deployment(endpoint, name).await?)),
        (name, endpoint) => {
            let missing = [(name, "--name/-n"), (endpoint, "--endpoint-name/-e")];
            let missing: Vec<&str> =
                missing.iter().filter(|(value, _)| value.is_none()).map(|(_, option)| *option).collect();
            Err(UsageError(format!("the following arguments are required: {}", missing.join(", "))).into())
        }
    }
}

/// A deployment as the spec that would make it again. What is printed of a pipeline does not name the pipeline.
fn spec_of(body: &Value) -> Value {
    let shown = super::view(body);
    let configuration = &body["properties"]["deploymentConfiguration"];
    if configuration.is_null() {
        return shown;
    }
    let mut spec = json!({
        "type": "pipeline",
        "component": marked_id(&configuration["componentId"]["assetId"]),
        "settings": configuration["settings"],
    });
    for field in ["name", "endpoint_name", "description", "tags"] {
        spec[field] = shown[field].clone();
    }
    spec
}
