//! `azml batch-endpoint`.

mod create;
mod delete;
mod inputs;
pub mod invoke;
mod list;
mod list_jobs;
mod show;
mod update;

use clap::Subcommand;
use serde_json::{Value, json};

use super::view::{View, map_or_empty, snake_case};
use crate::context::Context;

/// Verbs of `batch-endpoint`.
#[derive(Debug, Subcommand)]
pub enum BatchEndpointCommand {
    /// Create or replace a batch endpoint from a file and/or a name
    Create(create::CreateArgs),
    /// Show one batch endpoint
    Show(show::ShowArgs),
    /// List the workspace's batch endpoints
    List(list::ListArgs),
    /// Change a batch endpoint
    Update(update::UpdateArgs),
    /// Delete a batch endpoint and its deployments
    Delete(delete::DeleteArgs),
    /// Start a batch scoring job through an endpoint
    Invoke(Box<invoke::InvokeArgs>),
    /// List jobs started through an endpoint
    ListJobs(list_jobs::ListJobsArgs),
}

/// Runs a verb.
pub async fn run(cx: &Context, command: BatchEndpointCommand) -> anyhow::Result<()> {
    match command {
        BatchEndpointCommand::Create(args) => create::run(cx, args).await,
        BatchEndpointCommand::Show(args) => show::run(cx, args).await,
        BatchEndpointCommand::List(args) => list::run(cx, args).await,
        BatchEndpointCommand::Update(args) => update::run(cx, args).await,
        BatchEndpointCommand::Delete(args) => delete::run(cx, args).await,
        BatchEndpointCommand::Invoke(args) => invoke::run(cx, *args).await,
        BatchEndpointCommand::ListJobs(args) => list_jobs::run(cx, args).await,
    }
}

/// An endpoint as `az ml batch-endpoint show` prints it.
pub fn view(body: &Value) -> Value {
    let properties = &body["properties"];
    let defaults = match (&properties["defaults"], &properties["defaults"]["deploymentName"]) {
        (Value::Null, _) => Value::Null,
        (_, Value::Null) => json!({}),
        (_, name) => json!({"deployment_name": name}),
    };
    View::new()
        .with("auth_mode", snake_case(&properties["authMode"]))
        .with("defaults", defaults)
        .with("description", properties["description"].clone())
        .with("id", body["id"].clone())
        .with("location", body["location"].clone())
        .with("name", body["name"].clone())
        .with("openapi_uri", properties["swaggerUri"].clone())
        .with("properties", map_or_empty(&properties["properties"]))
        .with("provisioning_state", properties["provisioningState"].clone())
        .with("scoring_uri", properties["scoringUri"].clone())
        .with("tags", map_or_empty(&body["tags"]))
        .build()
}

/// An endpoint as `az ml batch-endpoint list` prints it: these members and no others, null or not. The name of the
/// default deployment is always null there (measured), and scripts may have come to rely on any of it.
pub fn list_view(body: &Value) -> Value {
    let full = view(body);
    View::new()
        .with_null("id", full["id"].clone())
        .with_null("name", full["name"].clone())
        .with_null("deployment_name", Value::Null)
        .with_null("location", full["location"].clone())
        .with_null("provisioning_state", full["provisioning_state"].clone())
        .with_null("scoring_uri", full["scoring_uri"].clone())
        .with_null("auth_mode", full["auth_mode"].clone())
        .build()
}
