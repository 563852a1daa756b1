//! `azml environment create`

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use super::super::{assets, specs};
use crate::cli::common::{RegistryArgs, SendArgs, SpecArgs, TagsArgs};
use crate::context::Context;
use crate::spec::EnvironmentSpec;

/// Arguments of `environment create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Name of the environment
    #[arg(long, short)]
    name: Option<String>,
    /// Version of the environment
    #[arg(long, short, allow_negative_numbers = true)]
    version: Option<String>,
    /// Container image; not together with --build-context
    #[arg(long, short)]
    image: Option<String>,
    /// Conda file; goes with --image
    #[arg(long, short, value_name = "PATH")]
    conda_file: Option<String>,
    /// Docker build context folder; not together with --image
    #[arg(long, short, value_name = "PATH", conflicts_with = "image")]
    build_context: Option<String>,
    /// Dockerfile inside the build context
    #[arg(long, short, value_name = "PATH")]
    dockerfile_path: Option<String>,
    /// Operating system of the image
    #[arg(long)]
    os_type: Option<String>,
    /// Free text
    #[arg(long)]
    description: Option<String>,
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

/// Registers the environment.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    let mut document = specs::load(&args.spec)?;
    let build = args.build_context.as_ref().map(|path| match &args.dockerfile_path {
        Some(dockerfile) => json!({"path": path, "dockerfile_path": dockerfile}),
        None => json!({"path": path}),
    });
    let options = [
        ("name", specs::text(&args.name)),
        ("version", specs::text(&args.version)),
        ("image", specs::text(&args.image)),
        ("conda_file", specs::path(cx, &args.conda_file)),
        ("build", build),
        ("os_type", specs::text(&args.os_type)),
        ("description", specs::text(&args.description)),
        ("datastore", specs::text(&args.datastore)),
        ("tags", args.tags.to_map().map(Value::Object)),
    ];
    specs::set_options(&mut document, options);
    let spec = specs::accept(cx, &document, EnvironmentSpec::from_document(&document)?);
    if spec.name.is_none() {
        bail!("an environment needs a name: --name, or `name` in the file");
    }
    let arm = cx.arm_or_registry_to_change(&args.place, &args.send)?;
    let created = assets::put_environment(cx, &arm, &spec).await?;
    cx.conclude(&arm, &args.send, || super::view(&created))
}
