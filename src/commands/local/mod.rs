//! `azml local`: the workspace built into azml, from the user's side.

mod demo;
mod prune;
mod reset;
mod serve;
mod status;

use clap::Subcommand;

use crate::context::Context;

/// Verbs of `local`.
#[derive(Debug, Subcommand)]
pub enum LocalCommand {
    /// Score real images through a batch endpoint on this machine, step by step
    Demo(demo::DemoArgs),
    /// Serve the local workspace to SDKs: Azure's REST API on this machine
    Serve(serve::ServeArgs),
    /// Show where the local workspace is and what is in it
    Status,
    /// Remove environments that no job uses, and working files that killed jobs left
    Prune(prune::PruneArgs),
    /// Remove everything in the local workspace
    Reset(reset::ResetArgs),
}

/// Runs a verb.
pub async fn run(cx: &Context, command: LocalCommand) -> anyhow::Result<()> {
    match command {
        LocalCommand::Demo(args) => demo::run(cx, args).await,
        LocalCommand::Serve(args) => serve::run(cx, args).await,
        LocalCommand::Status => status::run(cx),
        LocalCommand::Prune(args) => prune::run(cx, &args),
        LocalCommand::Reset(args) => reset::run(cx, &args),
    }
}
