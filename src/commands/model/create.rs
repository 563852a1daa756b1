//! `azml model create`

use anyhow::bail;
use clap::Args;
use serde_json::Value;

use super::super::{assets, specs};
use crate::cli::common::{RegistryArgs, SendArgs, SpecArgs, TagsArgs};
use crate::context::Context;
use crate::spec::ModelSpec;

/// Arguments of `model create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Name of the model
    #[arg(long, short)]
    name: Option<String>,
    /// Version of the model; the next one if absent
    #[arg(long, short, allow_negative_numbers = true)]
    version: Option<String>,
    /// Model file or folder, local or remote
    #[arg(long, short)]
    path: Option<String>,
    /// Model format: custom_model, mlflow_model or triton_model
    #[arg(long = "type", short = 't', value_name = "TYPE")]
    model_type: Option<String>,
    /// Free text
    #[arg(long)]
    description: Option<String>,
    /// Life-cycle stage
    #[arg(long, short)]
    stage: Option<String>,
    /// Datastore that local files are uploaded to
    #[arg(long)]
    datastore: Option<String>,
    #[command(flatten)]
    tags: TagsArgs,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    place: RegistryArgs,
}

/// Uploads and registers the model.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    if args.spec.file.is_none() && (args.name.is_none() || args.path.is_none()) {
        bail!("Please provide either --file/-f  or --name/-n and --path/-p.");
    }
    let mut document = specs::load(&args.spec)?;
    let options = [
        ("name", specs::text(&args.name)),
        ("version", specs::text(&args.version)),
        ("path", specs::path(cx, &args.path)),
        ("type", specs::text(&args.model_type)),
        ("description", specs::text(&args.description)),
        ("stage", specs::text(&args.stage)),
        ("datastore", specs::text(&args.datastore)),
        ("tags", args.tags.to_map().map(Value::Object)),
    ];
    specs::set_options(&mut document, options);
    let spec = specs::accept(cx, &document, ModelSpec::from_document_and_files(&document)?);
    let arm = cx.arm_or_registry_to_change(&args.place, &args.send)?;
    let created = assets::register_model(cx, &arm, &spec).await?;
    cx.conclude(&arm, &args.send, || super::view(&created))
}
