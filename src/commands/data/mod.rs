//! `azml data`.

mod create;

use clap::Subcommand;
use serde_json::Value;

use super::asset::{self, AssetListArgs, VersionArgs, common_view, name_and_version};
use super::view::map_or_empty;
use crate::context::Context;
use crate::ui::TableLayout;
use crate::wire::asset::AssetKind;

/// What `-o table` shows of a list of data assets.
const LAYOUT: TableLayout =
    TableLayout { columns: &[("Name", "name"), ("Latest version", "latest_version")] };
/// What `-o table` shows of the versions of one; az repeats the version as the data type.
const VERSIONS_LAYOUT: TableLayout = TableLayout {
    columns: &[
        ("Name", "name"),
        ("Latest version", "latest_version"),
        ("Version", "version"),
        ("Data type", "version"),
        ("Path", "path"),
    ],
};

/// Verbs of `data`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Register a data asset version
    Create(create::CreateArgs),
    /// Show a data asset version
    Show(VersionArgs),
    /// List data assets, or the versions of one data asset
    List(AssetListArgs),
}

/// Runs a verb.
pub async fn run(cx: &Context, command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Create(args) => create::run(cx, args).await,
        DataCommand::Show(args) => {
            let found = asset::get(&cx.arm_or_registry(&args.place)?, AssetKind::Data, &args).await?;
            Ok(cx.ui().print(&view(&found), None)?)
        }
        DataCommand::List(args) => {
            let found = asset::list(&cx.arm_or_registry(&args.place)?, AssetKind::Data, &args).await?;
            let layout = if args.name.is_some() { &VERSIONS_LAYOUT } else { &LAYOUT };
            Ok(cx.ui().print(&Value::Array(found.iter().map(view).collect()), Some(layout))?)
        }
    }
}

/// A data asset, or a version of one, as `az ml data show` prints it.
pub fn view(body: &Value) -> Value {
    let properties = body["properties"].clone();
    let (_, version) = name_and_version(body);
    let id = if version.is_null() { Value::Null } else { body["id"].clone() };
    // A container has no description of its own here, as az leaves it out.
    let mut body = body.clone();
    if version.is_null() {
        body["properties"]["description"] = Value::Null;
    }
    common_view(&body)
        .with("id", id)
        .with("latest_version", properties["latestVersion"].clone())
        .with("path", properties["dataUri"].clone())
        .with("properties", map_or_empty(&properties["properties"]))
        .with("type", properties["dataType"].clone())
        .build()
}
