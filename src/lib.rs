//! azml: Azure Machine Learning batch scoring from the terminal, with a workspace built in that runs the same
//! deployments on the user's own machine.
//!
//! Layers, each depending only on those below it (a test reads the `use` lines):
//!
//! | module | owns |
//! | --- | --- |
//! | [`commands`] | one verb a file: arguments to result |
//! | [`cli`], [`settings`], [`context`], [`error`] | what was typed, configuration, what a command works with, exit codes |
//! | [`ui`] | the only writer to the terminal: formats, queries, progress, diagnostics |
//! | [`spec`] | YAML to typed specs with positions; specs to request bodies |
//! | [`auth`] | signing in to Azure, tokens kept between commands |
//! | [`assets`], [`arm`] | files on their way to a workspace; requests and answers |
//! | [`local`] | the built-in workspace: REST service, state, bytes, job engine |
//! | [`wire`] | bodies, ids and routes of the REST API |
//! | [`yaml`], [`jmespath`] | formats no library reads as Azure's tools do |

pub mod arm;
pub mod assets;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod context;
pub mod env_vars;
pub mod error;
pub mod jmespath;
pub mod local;
pub mod net;
pub mod settings;
pub mod spec;
pub mod supervisor;
pub mod ui;
pub mod wire;
pub mod yaml;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::{CommandFactory, Parser};

use crate::arm::redact;
use crate::cli::{argv, usage};
use crate::commands::{Cli, Command};
use crate::context::Context;
use crate::env_vars::Environment;
use crate::settings::Settings;
use crate::ui::{Ui, UiOptions};

/// What `--debug` calls this program.
const LOGGER: &str = "cli.azml";

/// Runs one command line and returns its exit code.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let begun = Instant::now();
    let words = argv::normalise(words);
    match Cli::try_parse_from(&words) {
        Ok(cli) => start(cli, &words, begun),
        Err(error) => refuse(&error),
    }
}

/// Help and version go to stdout; everything else is a usage error.
fn refuse(error: &clap::Error) -> ExitCode {
    let ui = Ui::new(UiOptions::default());
    if !error.use_stderr() {
        return match ui.text(&error.render().to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(broken) => error::report(&ui, &broken.into()),
        };
    }
    error::report(&ui, &usage::describe(error, &Cli::command()).into())
}

fn start(cli: Cli, words: &[OsString], begun: Instant) -> ExitCode {
    let context = match prepare(&cli) {
        Ok(context) => context,
        Err(failure) => return error::report(&Ui::new(UiOptions::default()), &failure),
    };
    if cli.global.debug {
        context.ui().debug(LOGGER, &format!("Command arguments: [{}]", shown(words)));
    }
    let prepared = begun.elapsed();
    let code = match run(&context, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => error::report(context.ui(), &failure),
    };
    if cli.global.verbose || cli.global.debug {
        let (all, init) = (begun.elapsed().as_secs_f64(), prepared.as_secs_f64());
        let split = format!("(init: {init:.3}, invoke: {:.3})", all - init);
        context.ui().info(&format!("Command ran in {all:.3} seconds {split}"));
    }
    code
}

/// The words after the program's name, as `--debug` shows them: without secrets.
fn shown(words: &[OsString]) -> String {
    let quoted = |word: &OsString| format!("'{}'", word.to_string_lossy());
    redact::text(&words.iter().skip(1).map(quoted).collect::<Vec<_>>().join(", "))
}

fn prepare(cli: &Cli) -> anyhow::Result<Context> {
    let current_dir = std::env::current_dir().context("the current folder cannot be read")?;
    let settings = Settings::load(Environment::capture(), current_dir)?;
    let ui = Ui::new(commands::ui_options(&cli.global, &settings)?);
    Ok(Context::new(cli.global.clone(), settings, ui))
}

/// Runs a command; those that neither wait nor send get no runtime.
fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    let command = match command.run_at_once(context) {
        Ok(outcome) => return outcome,
        Err(command) => command,
    };
    let mut runtime = match command.serves_many() {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build().context("starting the async runtime")?;
    runtime.block_on(commands::run(context, *command))
}
