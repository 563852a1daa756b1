//! `azml job list`

use clap::Args;
use serde_json::Value;

use super::super::asset::list_view;
use super::runs;
use crate::cli::common::{ArchivedArgs, WorkspaceArgs};
use crate::context::Context;
use crate::ui::TableLayout;

/// Jobs listed unless told otherwise, as az lists them.
const DEFAULT_COUNT: usize = 50;

/// What `-o table` shows.
const LAYOUT: TableLayout = TableLayout {
    columns: &[
        ("Name", "name"),
        ("Status", "status"),
        ("Experiment", "experiment_name"),
        ("Compute target", "compute"),
        ("Job type", "type"),
        ("Created on", "creation_context.created_at"),
    ],
};

/// Arguments of `job list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Stop after this many jobs
    #[arg(long, short = 'r', value_name = "COUNT", default_value_t = DEFAULT_COUNT)]
    max_results: usize,
    /// List every job
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", ignore_case = true,
        value_parser = ["true", "false"], hide_possible_values = true)]
    all_results: Option<String>,
    /// List only the children of this job
    #[arg(long, short)]
    parent_job_name: Option<String>,
    #[command(flatten)]
    view: ArchivedArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Prints the jobs, newest first.
pub(super) async fn run(cx: &Context, args: ListArgs) -> anyhow::Result<()> {
    let all = args.all_results.as_deref().is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let limit = (!all).then_some(args.max_results);
    let arm = cx.arm(&args.workspace)?;
    let rows: Vec<Value> = match args.parent_job_name.as_ref().filter(|name| !name.is_empty()) {
        Some(parent) => {
            arm.job(parent).await?;
            let children = arm.run_children(&arm.data_plane().await?, parent).await?;
            children.iter().take(limit.unwrap_or(usize::MAX)).map(runs::run_view).collect()
        }
        None => arm.jobs(list_view(&args.view), limit).await?.iter().map(super::view).collect(),
    };
    if let Some(count) = limit {
        cx.ui().status(&format!("Displaying top {count} results from the list command."));
    }
    Ok(cx.ui().print(&Value::Array(rows), Some(&LAYOUT))?)
}
