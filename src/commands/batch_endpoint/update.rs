//! `azml batch-endpoint update`

use anyhow::bail;
use clap::Args;
use serde_json::Value;

use super::super::specs;
use crate::arm::Client;
use crate::cli::common::{SendArgs, SpecArgs, WorkspaceArgs};
use crate::cli::edits::EditArgs;
use crate::cli::usage::UsageError;
use crate::context::Context;
use crate::spec::tables;
use crate::spec::{EndpointSpec, SpecDocument};

/// Arguments of `batch-endpoint update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Name of the batch endpoint
    #[arg(long, short)]
    name: Option<String>,
    /// YAML spec to start from instead of what the service has; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    file: Option<std::path::PathBuf>,
    /// Defaults of the endpoint, as key=value words separated by spaces: `deployment_name=NAME`
    #[arg(long, value_name = "KEY=VALUE")]
    defaults: Option<String>,
    #[command(flatten)]
    edits: EditArgs,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Reads the endpoint (or the file), edits it and sends it back whole.
pub(super) async fn run(cx: &Context, args: UpdateArgs) -> anyhow::Result<()> {
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    let mut object = starting_object(&arm, &args).await?;
    if let Some(text) = &args.defaults {
        object["defaults"] = parse_defaults(text)?;
    }
    specs::edit(&mut object, &args.edits, tables::endpoint::ENDPOINT.fields)?;
    let document = SpecDocument::from_json(&object);
    let spec = specs::accept(cx, &document, EndpointSpec::from_document(&document)?);
    let name = spec.name.clone();
    let body = spec.into_wire(&arm.location().await?);
    let updated = arm.put_endpoint(&name, &body).await?;
    cx.conclude(&arm, &args.send, || super::view(&updated))
}

async fn starting_object(arm: &Client, args: &UpdateArgs) -> anyhow::Result<Value> {
    let Some(file) = &args.file else {
        let Some(name) = &args.name else {
            return Err(UsageError("the following arguments are required: --name/-n".to_owned()).into());
        };
        return Ok(super::view(&arm.endpoint(name).await?));
    };
    let mut document = specs::load(&SpecArgs { file: Some(file.clone()), set: Vec::new() })?;
    specs::set_options(&mut document, [("name", specs::text(&args.name))]);
    EndpointSpec::from_document(&document)?;
    Ok(document.to_json())
}

fn parse_defaults(text: &str) -> anyhow::Result<Value> {
    let mut defaults = serde_json::Map::new();
    for word in text.split_whitespace() {
        match word.split_once('=') {
            Some((key, value)) => defaults.insert(key.to_owned(), value.into()),
            None => bail!("--defaults takes key=value words such as `deployment_name=blue`, found `{word}`"),
        };
    }
    Ok(defaults.into())
}
