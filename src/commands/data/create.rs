//! `azml data create`

use clap::Args;

use super::super::{asset, assets, specs};
use crate::cli::common::{RegistryArgs, SendArgs, SpecArgs};
use crate::context::Context;
use crate::spec::{AssetPath, DataSpec};
use crate::wire::asset::AssetKind;

/// Arguments of `data create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Name of the data asset
    #[arg(long, short)]
    name: Option<String>,
    /// Version of the data asset; the next one if absent
    #[arg(long, short, allow_negative_numbers = true)]
    version: Option<String>,
    /// Local or remote location of the data
    #[arg(long, short)]
    path: Option<String>,
    /// Asset type: uri_file, uri_folder or mltable
    #[arg(long = "type", short = 't', value_name = "TYPE", ignore_case = true,
        value_parser = ["uri_file", "uri_folder", "mltable"], hide_possible_values = true)]
    data_type: Option<String>,
    /// Free text
    #[arg(long, short)]
    description: Option<String>,
    /// Datastore that local files are uploaded to
    #[arg(long)]
    datastore: Option<String>,
    /// Do not check MLTable metadata
    #[arg(long)]
    skip_validation: bool,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    place: RegistryArgs,
}

/// Uploads local data and registers the asset.
pub(super) async fn run(cx: &Context, args: CreateArgs) -> anyhow::Result<()> {
    let mut document = specs::load(&args.spec)?;
    let data_type = args.data_type.as_ref().map(|name| name.to_lowercase());
    let options = [
        ("name", specs::text(&args.name)),
        ("version", specs::text(&args.version)),
        ("path", specs::path(cx, &args.path)),
        ("type", specs::text(&data_type)),
        ("description", specs::text(&args.description)),
        ("datastore", specs::text(&args.datastore)),
    ];
    specs::set_options(&mut document, options);
    let spec = specs::accept(cx, &document, DataSpec::from_document_and_files(&document)?);
    let arm = cx.arm_or_registry_to_change(&args.place, &args.send)?;
    let kind = AssetKind::Data;
    let uri = match &spec.path {
        AssetPath::Local(path) => {
            let uri = assets::upload_data(cx, &arm, path, spec.datastore.as_deref()).await?;
            uri.trim_end_matches('/').to_owned()
        }
        AssetPath::Remote(uri) => uri.clone(),
    };
    let (name, version) = (spec.name.clone(), spec.version.clone());
    let created = asset::register(&arm, kind, &name, version.as_deref(), &spec.into_wire(uri)).await?;
    cx.conclude(&arm, &args.send, || super::view(&created))
}
