//! `azml model`.

mod create;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::asset::{self, AssetListArgs, VersionArgs, common_view};
use super::view::{View, map_or_empty, marked_id};
use crate::context::Context;
use crate::wire::asset::AssetKind;

/// Verbs of `model`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Register a model version
    Create(create::CreateArgs),
    /// Show a model version
    Show(VersionArgs),
    /// List models, or the versions of one model
    List(ModelListArgs),
}

/// Which models, or versions of one, to list.
#[derive(Debug, Args)]
pub struct ModelListArgs {
    #[command(flatten)]
    assets: AssetListArgs,
    /// Keep only models of this life-cycle stage
    #[arg(long, short)]
    stage: Option<String>,
}

/// Runs a verb.
pub async fn run(cx: &Context, command: ModelCommand) -> anyhow::Result<()> {
    match command {
        ModelCommand::Create(args) => create::run(cx, args).await,
        ModelCommand::Show(args) => {
            let found = asset::get(&cx.arm_or_registry(&args.place)?, AssetKind::Model, &args).await?;
            Ok(cx.ui().print(&view(&found), None)?)
        }
        ModelCommand::List(args) => {
            let ModelListArgs { assets, stage } = args;
            let found = asset::list(&cx.arm_or_registry(&assets.place)?, AssetKind::Model, &assets).await?;
            let versions = assets.name.is_some();
            let rows = found.iter().map(|body| list_view(body, versions));
            let wanted = |row: &Value| stage.as_deref().is_none_or(|stage| row["stage"] == stage);
            Ok(cx.ui().print(&Value::Array(rows.filter(wanted).collect()), None)?)
        }
    }
}

/// A model version as `az ml model show` prints it.
pub fn view(body: &Value) -> Value {
    let properties = &body["properties"];
    let flavors = properties["flavors"].as_object().filter(|flavors| !flavors.is_empty());
    common_view(body)
        .with("flavors", flavors.map(flavors_view))
        .with("id", marked_id(&body["id"]))
        .with("job_name", properties["jobName"].clone())
        .with("path", properties["modelUri"].clone())
        .with("properties", map_or_empty(&properties["properties"]))
        .with("stage", properties["stage"].clone())
        .with("type", properties["modelType"].clone())
        .build()
}

/// Flavors without the `data` level the service wraps them in.
fn flavors_view(flavors: &serde_json::Map<String, Value>) -> Value {
    let inner = |flavor: &Value| flavor.get("data").unwrap_or(flavor).clone();
    Value::Object(flavors.iter().map(|(name, flavor)| (name.clone(), inner(flavor))).collect())
}

/// A row of `az ml model list`: a model, or with `versions` one version.
fn list_view(body: &Value, versions: bool) -> Value {
    let full = view(body);
    let member = |key: &str| full[key].clone();
    let row = View::new()
        .with_null("name", member("name"))
        .with_null("tags", member("tags"))
        .with_null("stage", member("stage"))
        .with_null("id", member("id"))
        .with_null("properties", member("properties"))
        .with_null("description", full["description"].as_str().unwrap_or_default())
        .with_null("creation_context", member("creation_context"));
    match versions {
        true => row
            .with_null("version", member("version"))
            .with_null("model type", member("type"))
            .with_null("path", member("path"))
            .build(),
        false => row.with_null("latest version", body["properties"]["latestVersion"].clone()).build(),
    }
}
