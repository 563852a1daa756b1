//! `azml compute list`

use clap::Args;
use serde_json::Value;

use crate::cli::common::WorkspaceArgs;
use crate::context::Context;
use crate::ui::TableLayout;

/// What `-o table` shows.
const LAYOUT: TableLayout = TableLayout {
    columns: &[
        ("Name", "name"),
        ("Compute type", "type"),
        ("State", "provisioning_state"),
        ("Instance type", "size"),
    ],
};

/// Arguments of `compute list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Keep only this compute type
    #[arg(long = "type", value_name = "TYPE")]
    compute_type: Option<String>,
    /// Stop after this many items
    #[arg(long, short = 'r', value_name = "COUNT")]
    max_results: Option<usize>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the computes.
pub(super) async fn run(cx: &Context, args: ListArgs) -> anyhow::Result<()> {
    let computes = cx.arm(&args.workspace)?.computes().await?;
    let wanted = args.compute_type.as_ref().map(|kind| kind.to_lowercase());
    let rows: Vec<Value> = computes
        .iter()
        .map(super::view)
        .filter(|view| wanted.is_none() || view["type"].as_str() == wanted.as_deref())
        .take(args.max_results.unwrap_or(usize::MAX))
        .collect();
    Ok(cx.ui().print(&Value::Array(rows), Some(&LAYOUT))?)
}
