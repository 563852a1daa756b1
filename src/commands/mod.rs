//! The command tree. A noun is a folder, a verb a file: its arguments on top, what it does below.
//!
//! To add a verb: write its file, name it in its noun's enum. Verbs return data; only `ui` writes it.

pub mod asset;
pub mod assets;
pub mod batch_deployment;
pub mod batch_endpoint;
pub mod completion;
pub mod components;
pub mod compute;
pub mod configure;
pub mod data;
pub mod datastore;
pub mod environment;
pub mod explain;
pub mod job;
pub mod local;
pub mod model;
pub mod schema;
pub mod spec_files;
pub mod specs;
pub mod validate;
pub mod view;

use clap::{Parser, Subcommand};

use crate::cli::common::GlobalArgs;
use crate::cli::usage::UsageError;
use crate::context::Context;
use crate::jmespath::Expression;
use crate::settings::Settings;
use crate::supervisor::{self, SuperviseArgs};
use crate::ui::{OutputFormat, UiOptions};

/// Azure Machine Learning batch scoring from the terminal and on this machine
///
/// The commands, options, YAML files and output are those of `az ml`. Without a workspace named by -w/-g,
/// configuration or variables, commands act on `local`, a workspace built into azml that runs batch deployments on
/// this machine. `azml local demo` shows the whole story.
#[derive(Debug, Parser)]
#[command(
    name = "azml",
    version,
    infer_long_args = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Options every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create, change, invoke and delete batch endpoints
    #[command(subcommand)]
    BatchEndpoint(batch_endpoint::BatchEndpointCommand),
    /// Create, change and delete the deployments of batch endpoints
    #[command(subcommand)]
    BatchDeployment(batch_deployment::BatchDeploymentCommand),
    /// Create, change and delete compute clusters
    #[command(subcommand)]
    Compute(compute::ComputeCommand),
    /// Follow, inspect, stop and download jobs
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Register and list models
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Register and list environments
    #[command(subcommand)]
    Environment(environment::EnvironmentCommand),
    /// Register and list data assets
    #[command(subcommand)]
    Data(data::DataCommand),
    /// Create and list datastores
    #[command(subcommand)]
    Datastore(datastore::DatastoreCommand),
    /// Check specs together, without asking anybody
    Validate(validate::ValidateArgs),
    /// Print the JSON Schema of a kind of spec
    Schema(schema::SchemaArgs),
    /// Say what a field of a spec means
    Explain(explain::ExplainArgs),
    /// Show and set default options
    Configure(configure::ConfigureArgs),
    /// Look after the workspace built into azml, or watch it at work
    #[command(subcommand)]
    Local(local::LocalCommand),
    /// Print a completion script for a shell
    Completion(completion::CompletionArgs),
    /// Run one local job (started by `batch-endpoint invoke`)
    #[command(name = supervisor::COMMAND, hide = true)]
    Supervise(SuperviseArgs),
}

impl Command {
    /// Whether clients should not have to wait for each other: files and the state are used from async code.
    pub fn serves_many(&self) -> bool {
        matches!(self, Self::Local(local::LocalCommand::Serve(_)))
    }

    /// Runs commands that neither wait nor send, so that they need no runtime; gives the others back.
    pub fn run_at_once(self, cx: &Context) -> Result<anyhow::Result<()>, Box<Self>> {
        match self {
            Self::Configure(args) => Ok(configure::run(cx, &args)),
            Self::Completion(args) => Ok(completion::run(cx, &args)),
            Self::Schema(args) => Ok(schema::run(cx, &args)),
            Self::Explain(args) => Ok(explain::run(cx, &args)),
            other => Err(Box::new(other)),
        }
    }
}

/// Runs a command.
pub async fn run(cx: &Context, command: Command) -> anyhow::Result<()> {
    match command {
        Command::BatchEndpoint(command) => batch_endpoint::run(cx, command).await,
        Command::BatchDeployment(command) => batch_deployment::run(cx, command).await,
        Command::Compute(command) => compute::run(cx, command).await,
        Command::Job(command) => job::run(cx, command).await,
        Command::Model(command) => model::run(cx, command).await,
        Command::Environment(command) => environment::run(cx, command).await,
        Command::Data(command) => data::run(cx, command).await,
        Command::Datastore(command) => datastore::run(cx, command).await,
        Command::Validate(args) => validate::run(cx, args).await,
        Command::Schema(args) => schema::run(cx, &args),
        Command::Explain(args) => explain::run(cx, &args),
        Command::Local(command) => local::run(cx, command).await,
        Command::Supervise(args) => supervisor::run(args).await,
        Command::Configure(args) => configure::run(cx, &args),
        Command::Completion(args) => completion::run(cx, &args),
    }
}

/// How the result and messages are to be shown: options over configuration.
pub fn ui_options(global: &GlobalArgs, settings: &Settings) -> anyhow::Result<UiOptions> {
    if global.only_show_errors && (global.debug || global.verbose) {
        anyhow::bail!("--only-show-errors can't be used together with --debug or --verbose");
    }
    let config = settings.config();
    let format = match global.output.clone().or_else(|| config.value("core", "output")) {
        Some(name) => name.parse::<OutputFormat>()?,
        None => OutputFormat::Json,
    };
    let query = match &global.query {
        Some(text) => Some(Expression::compile(text).map_err(|_| bad_query(text))?),
        None => None,
    };
    Ok(UiOptions {
        format,
        query,
        only_show_errors: global.only_show_errors || config.core_flag("only_show_errors")?,
        verbose: global.verbose,
        debug: global.debug,
        no_color: config.core_flag("no_color")?,
        progress: !config.core_flag("disable_progress_bar")?,
    })
}

fn bad_query(text: &str) -> UsageError {
    UsageError(format!(
        "argument --query: invalid jmespath_type value: '{text}'\n\
         To learn more about --query, please visit: 'https://learn.microsoft.com/cli/azure/query-azure-cli'"
    ))
}
