//! `azml datastore`.

mod create;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::view::{View, map_or_empty};
use crate::cli::common::WorkspaceArgs;
use crate::context::Context;
use crate::ui::TableLayout;

/// What `-o table` shows of a list.
const LAYOUT: TableLayout = TableLayout {
    columns: &[("Name", "name"), ("Storage type", "type"), ("Storage account name", "account_name")],
};

/// Verbs of `datastore`.
#[derive(Debug, Subcommand)]
pub enum DatastoreCommand {
    /// Create or replace a datastore from a file
    Create(create::CreateArgs),
    /// Show one datastore
    Show(ShowArgs),
    /// List the workspace's datastores
    List(ListArgs),
}

/// Names one datastore.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Name of the datastore
    #[arg(long, short)]
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Which datastores to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Stop after this many items
    #[arg(long, short = 'r', value_name = "COUNT")]
    max_results: Option<usize>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Runs a verb.
pub async fn run(cx: &Context, command: DatastoreCommand) -> anyhow::Result<()> {
    match command {
        DatastoreCommand::Create(args) => create::run(cx, args).await,
        DatastoreCommand::Show(args) => {
            let datastore = cx.arm(&args.workspace)?.datastore(&args.name).await?;
            Ok(cx.ui().print(&view(&datastore), None)?)
        }
        DatastoreCommand::List(args) => {
            let datastores = cx.arm(&args.workspace)?.datastores().await?;
            let rows = datastores.iter().map(view).take(args.max_results.unwrap_or(usize::MAX));
            Ok(cx.ui().print(&Value::Array(rows.collect()), Some(&LAYOUT))?)
        }
    }
}

/// A datastore as `az ml datastore show` prints it; what it is protected with never shows.
pub fn view(body: &Value) -> Value {
    let properties = &body["properties"];
    let member = |name: &str| properties[name].clone();
    let container = if properties["filesystem"].is_null() { "containerName" } else { "filesystem" };
    let is_lake = properties["datastoreType"] == "AzureDataLakeGen2";
    View::new()
        .with("account_name", member("accountName"))
        .with(if is_lake { "filesystem" } else { "container_name" }, member(container))
        .with("credentials", json!({}))
        .with("description", member("description"))
        .with("endpoint", member("endpoint"))
        .with("file_share_name", member("fileShareName"))
        .with("id", body["id"].clone())
        .with("name", body["name"].clone())
        .with("protocol", member("protocol"))
        .with("store_name", member("storeName"))
        .with("tags", map_or_empty(&properties["tags"]))
        .with("type", type_view(&properties["datastoreType"]))
        .build()
}

/// The spelling of the YAML.
fn type_view(kind: &Value) -> Value {
    match kind.as_str() {
        Some("AzureBlob") => "azure_blob".into(),
        Some("AzureFile") => "azure_file".into(),
        Some("AzureDataLakeGen1") => "azure_data_lake_gen1".into(),
        Some("AzureDataLakeGen2") => "azure_data_lake_gen2".into(),
        _ => kind.clone(),
    }
}
