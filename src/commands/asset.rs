//! What `model`, `environment` and `data` have in common: `show` by version or label, `list` of both kinds of rows.

use anyhow::bail;
use clap::Args;
use serde_json::Value;

use super::view::{View, creation_context};
use crate::arm::Client;
use crate::arm::resources::ListView;
use crate::cli::common::{ArchivedArgs, RegistryArgs};
use crate::wire::asset::AssetKind;

/// Names one version of an asset.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Name of the asset
    #[arg(long, short)]
    name: String,
    /// Version of the asset
    #[arg(long, short, allow_negative_numbers = true)]
    version: Option<String>,
    /// Label instead of a version: latest
    #[arg(long, short)]
    label: Option<String>,
    #[command(flatten)]
    pub(super) place: RegistryArgs,
}

/// Which assets, or versions of one, to list.
#[derive(Debug, Args)]
pub struct AssetListArgs {
    /// List the versions of this asset instead of one row for each asset
    #[arg(long, short)]
    pub(super) name: Option<String>,
    /// Stop after this many items
    #[arg(long, short = 'r', value_name = "COUNT")]
    max_results: Option<usize>,
    #[command(flatten)]
    view: ArchivedArgs,
    #[command(flatten)]
    pub(super) place: RegistryArgs,
}

/// The list view the options choose.
pub fn list_view(args: &ArchivedArgs) -> ListView {
    match (args.archived_only, args.include_archived) {
        (true, _) => ListView::ArchivedOnly,
        (false, true) => ListView::All,
        (false, false) => ListView::ActiveOnly,
    }
}

/// Gets the version that is named, or the one a label stands for.
pub async fn get(arm: &Client, kind: AssetKind, args: &VersionArgs) -> anyhow::Result<Value> {
    let given = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
    match (given(&args.version), given(&args.label)) {
        (Some(version), None) => Ok(arm.asset_version(kind, &args.name, &version).await?),
        (None, Some(label)) => Ok(by_label(arm, kind, &args.name, &label).await?),
        (Some(_), Some(_)) => bail!("give either --version or --label, not both"),
        (None, None) => {
            bail!("give --version, or --label latest, to say which version of `{}` to show", args.name)
        }
    }
}

/// The version a label stands for; `latest` is the only label there is.
pub async fn by_label(arm: &Client, kind: AssetKind, name: &str, label: &str) -> anyhow::Result<Value> {
    if label != "latest" {
        bail!("the {} `{name}` has no label `{label}`; the only label is `latest`", kind.noun());
    }
    let newest = match kind {
        // Data keeps its newest version in the container, the others in the order of creation (measured).
        AssetKind::Data => match arm.asset(kind, name).await? {
            Some(container) => match container["properties"]["latestVersion"].as_str() {
                Some(version) => Some(arm.asset_version(kind, name, version).await?),
                None => None,
            },
            None => None,
        },
        _ => arm.newest_asset_version(kind, name).await?,
    };
    match newest {
        Some(found) => Ok(found),
        None => bail!("there is no {} `{name}` in this workspace", kind.noun()),
    }
}

/// Lists assets, or the versions of one.
pub async fn list(arm: &Client, kind: AssetKind, args: &AssetListArgs) -> anyhow::Result<Vec<Value>> {
    let view = list_view(&args.view);
    match &args.name {
        Some(name) => Ok(arm.asset_versions(kind, name, view, args.max_results).await?),
        None => Ok(arm.assets(kind, view, args.max_results).await?),
    }
}

/// Name and version of a listed body: versions are called by their version, their id names the asset.
pub fn name_and_version(body: &Value) -> (Value, Value) {
    let parts: Vec<&str> = body["id"].as_str().unwrap_or_default().rsplit('/').take(4).collect();
    match parts.as_slice() {
        [version, "versions", name, ..] => ((*name).into(), (*version).into()),
        _ => (body["name"].clone(), Value::Null),
    }
}

/// The members every asset's view begins with.
pub fn common_view(body: &Value) -> View {
    let properties = &body["properties"];
    let (name, version) = name_and_version(body);
    View::new()
        .with("creation_context", creation_context(body))
        .with("description", properties["description"].clone())
        .with("name", name)
        .with("version", version)
        .with("tags", super::view::map_or_empty(&properties["tags"]))
}

/// How often a version is chosen anew when somebody else took the one that was next.
const VERSION_TRIES: usize = 10;

/// Registers an asset; without a version, under the next one, and when another process was quicker, the one after.
pub async fn register(
    arm: &Client,
    kind: AssetKind,
    name: &str,
    version: Option<&str>,
    body: &impl serde::Serialize,
) -> anyhow::Result<Value> {
    let mut tries = if version.is_some() { 1 } else { VERSION_TRIES };
    loop {
        let chosen = version_or_next(arm, kind, name, version).await?;
        tries -= 1;
        match arm.put_asset_version(kind, name, &chosen, body).await {
            Err(error) if tries > 0 && error.to_string().contains(PATHS_CANNOT_CHANGE) => {}
            outcome => return Ok(outcome?),
        }
    }
}

/// What the service says when a version that exists is registered with other content.
const PATHS_CANNOT_CHANGE: &str = "Asset paths cannot be updated";

/// The version to register: the one given, or the next one the workspace has to offer.
pub async fn version_or_next(
    arm: &Client,
    kind: AssetKind,
    name: &str,
    version: Option<&str>,
) -> anyhow::Result<String> {
    if let Some(version) = version {
        return Ok(version.to_owned());
    }
    let container = arm.asset(kind, name).await?;
    let next = container.as_ref().and_then(|body| body["properties"]["nextVersion"].as_str());
    Ok(next.unwrap_or("1").to_owned())
}
