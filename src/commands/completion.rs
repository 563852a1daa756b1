//! `azml completion`: a script that lets a shell complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::context::Context;

/// Arguments of `completion`.
#[derive(Debug, Args)]
pub struct CompletionArgs {
    /// Shell to print the script for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(cx: &Context, args: &CompletionArgs) -> anyhow::Result<()> {
    Ok(cx.ui().text(&script(args.shell))?)
}

/// The script for a shell; `completions/` holds the same text.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "azml", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
