//! `azml configure`: default options, in the files `az` uses.

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use crate::context::Context;

/// Arguments of `configure`.
#[derive(Debug, Args)]
pub struct ConfigureArgs {
    /// Defaults to set, as key=value words: group, workspace, location; an empty value unsets
    #[arg(long, short, value_name = "KEY=VALUE", num_args = 1..)]
    defaults: Vec<String>,
    /// List the defaults in force and where they come from
    #[arg(long, short)]
    list_defaults: bool,
    /// Where to write: the user's configuration, or the current folder's
    #[arg(long, value_parser = ["global", "local"], default_value = "global")]
    scope: String,
}

/// Writes or lists the defaults.
pub fn run(cx: &Context, args: &ConfigureArgs) -> anyhow::Result<()> {
    if !args.defaults.is_empty() {
        write(cx, args)?;
    } else if !args.list_defaults {
        bail!("give --defaults KEY=VALUE to set default options, or --list-defaults to show them");
    }
    match args.list_defaults {
        true => Ok(cx.ui().print(&list(cx), None)?),
        false => Ok(()),
    }
}

fn write(cx: &Context, args: &ConfigureArgs) -> anyhow::Result<()> {
    let mut pairs = Vec::new();
    for word in &args.defaults {
        let Some((key, value)) = word.split_once('=') else {
            bail!("usage error: --defaults STRING=STRING STRING=STRING ...");
        };
        let value = if matches!(value, "''" | "\"\"") { "" } else { value };
        pairs.push((key.to_owned(), value.to_owned()));
    }
    let local_to = (args.scope == "local").then(|| cx.current_dir().as_path());
    Ok(cx.settings().config().write_defaults(&pairs, local_to)?)
}

fn list(cx: &Context) -> Value {
    let defaults = cx.settings().config().list_defaults();
    let rows = defaults
        .into_iter()
        .map(|found| json!({"name": found.name, "source": found.source, "value": found.value}));
    Value::Array(rows.collect())
}
