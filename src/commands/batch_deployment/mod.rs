//! `azml batch-deployment`.

mod create;
mod delete;
mod list;
mod list_jobs;
mod show;
mod update;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::view::{View, creation_context, id_part, map_or_empty, marked_id, seconds, snake_case};
use super::{assets, components};
use crate::arm::Client;
use crate::cli::common::WorkspaceArgs;
use crate::context::Context;
use crate::spec::DeploymentSpec;
use crate::wire::deployment::BatchDeployment;

/// Verbs of `batch-deployment`.
#[derive(Debug, Subcommand)]
pub enum BatchDeploymentCommand {
    /// Create or replace a deployment under a batch endpoint
    Create(create::CreateArgs),
    /// Show one deployment
    Show(show::ShowArgs),
    /// List deployments of an endpoint
    List(list::ListArgs),
    /// Change a deployment
    Update(update::UpdateArgs),
    /// Delete a deployment
    Delete(delete::DeleteArgs),
    /// List jobs run by a deployment
    ListJobs(list_jobs::ListJobsArgs),
}

/// Names one deployment.
#[derive(Debug, Args)]
pub struct DeploymentArgs {
    /// Name of the batch deployment
    #[arg(long, short)]
    name: String,
    /// Batch endpoint the deployment belongs to
    #[arg(long, short)]
    endpoint_name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Runs a verb.
pub async fn run(cx: &Context, command: BatchDeploymentCommand) -> anyhow::Result<()> {
    match command {
        BatchDeploymentCommand::Create(args) => create::run(cx, args).await,
        BatchDeploymentCommand::Show(args) => show::run(cx, args).await,
        BatchDeploymentCommand::List(args) => list::run(cx, args).await,
        BatchDeploymentCommand::Update(args) => update::run(cx, args).await,
        BatchDeploymentCommand::Delete(args) => delete::run(cx, args).await,
        BatchDeploymentCommand::ListJobs(args) => list_jobs::run(cx, args).await,
    }
}

/// The body that creates a deployment, after everything it refers to has been brought to the workspace.
async fn body(cx: &Context, arm: &Client, spec: DeploymentSpec) -> anyhow::Result<BatchDeployment> {
    let Some(pipeline) = &spec.pipeline else {
        let ids = assets::for_deployment(cx, arm, &spec).await?;
        return Ok(spec.into_wire(ids, &arm.location().await?));
    };
    let component_id = components::for_pipeline(cx, arm, pipeline).await?;
    Ok(spec.into_pipeline_wire(component_id, &arm.location().await?))
}

/// A deployment as `az ml batch-deployment show` prints it.
pub fn view(body: &Value) -> Value {
    let properties = &body["properties"];
    let code = &properties["codeConfiguration"];
    let code_configuration = match code {
        Value::Null => Value::Null,
        code => View::new()
            .with("code", code["codeId"].clone())
            .with("scoring_script", code["scoringScript"].clone())
            .build(),
    };
    View::new()
        .with("code_configuration", code_configuration)
        .with("compute", marked_id(&properties["compute"]))
        .with("creation_context", creation_context(body))
        .with("description", properties["description"].clone())
        .with("endpoint_name", id_part(&body["id"], "batchEndpoints"))
        .with("environment", marked_id(&properties["environmentId"]))
        .with("environment_variables", map_or_empty(&properties["environmentVariables"]))
        .with("error_threshold", properties["errorThreshold"].clone())
        .with("id", body["id"].clone())
        .with("logging_level", properties["loggingLevel"].clone())
        .with("max_concurrency_per_instance", properties["maxConcurrencyPerInstance"].clone())
        .with("mini_batch_size", properties["miniBatchSize"].clone())
        .with("model", marked_id(&properties["model"]["assetId"]))
        .with("name", body["name"].clone())
        .with("output_action", snake_case(&properties["outputAction"]))
        .with("output_file_name", output_file_name(properties))
        .with("properties", properties_view(properties))
        .with("provisioning_state", properties["provisioningState"].clone())
        .with("resources", resources_view(&properties["resources"]))
        .with("retry_settings", retry_view(&properties["retrySettings"]))
        .with("tags", map_or_empty(&body["tags"]))
        .build()
}

/// The free properties. For a deployment of a pipeline the SDK adds how it is set up, whether anything is given or not.
fn properties_view(properties: &Value) -> Value {
    let mut shown = map_or_empty(&properties["properties"]);
    let configuration = &properties["deploymentConfiguration"];
    if !configuration.is_null() {
        let settings = &configuration["settings"];
        let on_failure = &settings["ComponentDeployment.Settings.continue_on_step_failure"];
        shown["componentDeployment.Settings.continue_on_step_failure"] = on_failure.clone();
        shown["default_compute"] = settings["default_compute"].clone();
        shown["default_datastore"] = settings["default_datastore"].clone();
        shown["deployment_configuration_type"] = configuration["deploymentConfigurationType"].clone();
    }
    shown
}

/// With `summary_only` there is no output file, whatever the service says.
fn output_file_name(properties: &Value) -> Value {
    match properties["outputAction"].as_str() {
        Some("SummaryOnly") => Value::Null,
        _ => properties["outputFileName"].clone(),
    }
}

fn resources_view(resources: &Value) -> Value {
    if resources.is_null() {
        return Value::Null;
    }
    View::new()
        .with("instance_count", resources["instanceCount"].clone())
        .with("instance_type", resources["instanceType"].clone())
        .with("properties", map_or_empty(&resources["properties"]))
        .build()
}

fn retry_view(retry: &Value) -> Value {
    if retry.is_null() {
        return Value::Null;
    }
    View::new()
        .with("max_retries", retry["maxRetries"].clone())
        .with("timeout", seconds(&retry["timeout"]))
        .build()
}

/// A deployment as `az ml batch-deployment list` prints it: these members and no others.
pub fn list_view(body: &Value) -> Value {
    let full = view(body);
    let member = |key: &str| full[key].clone();
    View::new()
        .with_null("id", member("id"))
        .with_null("name", member("name"))
        .with_null("model", member("model"))
        .with_null("code", full["code_configuration"]["code"].clone())
        .with_null("environment", member("environment"))
        .with_null("compute", member("compute"))
        .with_null("tags", member("tags"))
        .with_null("creation_context", member("creation_context"))
        .with_null("provisioning_state", member("provisioning_state"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deployment_of_a_pipeline_shows_how_it_is_set_up() {
        let body = json!({"properties": {
            "properties": {"mine": "1"},
            "deploymentConfiguration": {
                "deploymentConfigurationType": "PipelineComponent",
                "settings": {"default_compute": "c", "ComponentDeployment.Settings.continue_on_step_failure": "False"},
            },
        }});
        let expected = json!({
            "mine": "1", "default_compute": "c", "default_datastore": null,
            "componentDeployment.Settings.continue_on_step_failure": "False",
            "deployment_configuration_type": "PipelineComponent",
        });
        assert_eq!(view(&body)["properties"], expected);
        assert_eq!(view(&json!({"properties": {}}))["properties"], json!({}));
    }
}
