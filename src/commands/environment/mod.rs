//! `azml environment`.

mod create;

use clap::Subcommand;
use serde_json::Value;

use super::asset::{self, AssetListArgs, VersionArgs, common_view, name_and_version};
use super::view::{View, marked_id, snake_case};
use crate::context::Context;
use crate::wire::asset::AssetKind;
use crate::yaml;

/// Verbs of `environment`.
#[derive(Debug, Subcommand)]
pub enum EnvironmentCommand {
    /// Register an environment version
    Create(Box<create::CreateArgs>),
    /// Show an environment version
    Show(VersionArgs),
    /// List environments, or the versions of one environment
    List(AssetListArgs),
}

/// Runs a verb.
pub async fn run(cx: &Context, command: EnvironmentCommand) -> anyhow::Result<()> {
    match command {
        EnvironmentCommand::Create(args) => create::run(cx, *args).await,
        EnvironmentCommand::Show(args) => {
            let found = asset::get(&cx.arm_or_registry(&args.place)?, AssetKind::Environment, &args).await?;
            Ok(cx.ui().print(&view(&found), None)?)
        }
        EnvironmentCommand::List(args) => {
            let found = asset::list(&cx.arm_or_registry(&args.place)?, AssetKind::Environment, &args).await?;
            let versions = args.name.is_some();
            let rows = found.iter().map(|body| list_view(body, versions)).collect();
            Ok(cx.ui().print(&Value::Array(rows), None)?)
        }
    }
}

/// An environment version as `az ml environment show` prints it.
pub fn view(body: &Value) -> Value {
    let properties = &body["properties"];
    let build = match &properties["build"] {
        Value::Null => Value::Null,
        build => View::new()
            .with("dockerfile_path", build["dockerfilePath"].clone())
            .with("path", build["contextUri"].clone())
            .build(),
    };
    common_view(body)
        .with("build", build)
        .with("conda_file", conda_view(&properties["condaFile"]))
        .with("id", marked_id(&body["id"]))
        .with("image", properties["image"].clone())
        .with("inference_config", properties["inferenceConfig"].clone())
        .with("os_type", snake_case(&properties["osType"]))
        .build()
}

/// The conda file as data; a text that is no YAML is shown as it is.
fn conda_view(text: &Value) -> Value {
    let Some(source) = text.as_str() else {
        return Value::Null;
    };
    match yaml::load::load(source) {
        Ok(Some(node)) => node.to_json(),
        Ok(None) | Err(_) => text.clone(),
    }
}

/// A row of `az ml environment list`: name and version, nothing else.
fn list_view(body: &Value, versions: bool) -> Value {
    let (name, version) = name_and_version(body);
    let row = View::new().with_null("name", name);
    match versions {
        true => row.with_null("version", version).build(),
        false => row.with_null("latest version", body["properties"]["latestVersion"].clone()).build(),
    }
}
