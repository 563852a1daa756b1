//! `azml compute`.

mod create;
mod delete;
mod list;
mod show;
mod update;
mod view;

use clap::Subcommand;

use self::view::view;
use crate::context::Context;

/// Verbs of `compute`.
#[derive(Debug, Subcommand)]
pub enum ComputeCommand {
    /// Create a compute cluster from a file and/or options
    Create(Box<create::CreateArgs>),
    /// Show one compute
    Show(show::ShowArgs),
    /// List the workspace's computes
    List(list::ListArgs),
    /// Change a compute cluster
    Update(update::UpdateArgs),
    /// Delete a compute
    Delete(delete::DeleteArgs),
}

/// Runs a verb.
pub async fn run(cx: &Context, command: ComputeCommand) -> anyhow::Result<()> {
    match command {
        ComputeCommand::Create(args) => create::run(cx, *args).await,
        ComputeCommand::Show(args) => show::run(cx, args).await,
        ComputeCommand::List(args) => list::run(cx, args).await,
        ComputeCommand::Update(args) => update::run(cx, args).await,
        ComputeCommand::Delete(args) => delete::run(cx, args).await,
    }
}
