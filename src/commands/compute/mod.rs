//! `azml compute`.

mod create;
mod delete;
mod list;
mod show;
mod update;

use clap::Subcommand;
use serde_json::Value;

use super::view::{View, seconds, snake_case};
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

/// A cluster as `az ml compute show` prints it.
pub fn view(body: &Value) -> Value {
    let outer = &body["properties"];
    let inner = &outer["properties"];
    let scale = &inner["scaleSettings"];
    let location = match &outer["computeLocation"] {
        Value::Null => body["location"].clone(),
        location => location.clone(),
    };
    let tags = body["tags"].as_object().filter(|tags| !tags.is_empty());
    View::new()
        .with("description", outer["description"].clone())
        .with("enable_node_public_ip", inner["enableNodePublicIp"].clone())
        .with("id", body["id"].clone())
        .with("identity", identity_view(&body["identity"]))
        .with("idle_time_before_scale_down", seconds(&scale["nodeIdleTimeBeforeScaleDown"]))
        .with("location", location)
        .with("max_instances", scale["maxNodeCount"].clone())
        .with("min_instances", scale["minNodeCount"].clone())
        .with("name", body["name"].clone())
        .with("network_settings", network_view(inner))
        .with("provisioning_errors", error_message(outer))
        .with("provisioning_state", outer["provisioningState"].clone())
        .with("size", inner["vmSize"].clone())
        .with("ssh_public_access_enabled", inner["remoteLoginPortPublicAccess"] == "Enabled")
        .with("ssh_settings", ssh_view(&inner["userAccountCredentials"]))
        .with("tags", tags.cloned().map_or(Value::Null, Value::Object))
        .with("tier", snake_case(&inner["vmPriority"]))
        .with("type", outer["computeType"].as_str().map(str::to_lowercase))
        .build()
}

fn error_message(outer: &Value) -> Value {
    outer["provisioningErrors"][0]["error"]["message"].clone()
}

fn network_view(inner: &Value) -> Value {
    View::new().with("subnet", inner["subnet"]["id"].clone()).build()
}

fn ssh_view(credentials: &Value) -> Value {
    match credentials {
        Value::Null => Value::Null,
        credentials => View::new()
            .with("admin_username", credentials["adminUserName"].clone())
            .with("ssh_key_value", credentials["adminUserSshPublicKey"].clone())
            .build(),
    }
}

fn identity_view(identity: &Value) -> Value {
    let Some(kind) = identity["type"].as_str().filter(|kind| *kind != "None") else {
        return Value::Null;
    };
    let users = identity["userAssignedIdentities"].as_object().map(|users| {
        let user = |(id, user): (&String, &Value)| {
            View::new()
                .with("client_id", user["clientId"].clone())
                .with("principal_id", user["principalId"].clone())
                .with("resource_id", id.clone())
                .build()
        };
        Value::Array(users.iter().map(user).collect())
    });
    View::new()
        .with("principal_id", identity["principalId"].clone())
        .with("tenant_id", identity["tenantId"].clone())
        .with("type", snake_case(&kind.into()))
        .with("user_assigned_identities", users)
        .build()
}
