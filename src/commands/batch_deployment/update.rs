//! `azml batch-deployment update`

use clap::Args;
use serde_json::{Value, json};

use super::super::specs;
use super::super::view::marked_id;
use crate::arm::Client;
use crate::cli::common::{SendArgs, SpecArgs, WorkspaceArgs};
use crate::cli::edits::EditArgs;
use crate::cli::usage::UsageError;
use crate::context::Context;
use crate::spec::tables;
use crate::spec::{DeploymentSpec, SpecDocument};
use crate::wire::deployment::BatchDeploymentProperties;

/// Arguments of `batch-deployment update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Name of the batch deployment
    #[arg(long, short)]
    name: Option<String>,
    /// Batch endpoint the deployment belongs to
    #[arg(long, short)]
    endpoint_name: Option<String>,
    /// YAML spec to start from instead of what the service has; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    file: Option<std::path::PathBuf>,
    #[command(flatten)]
    edits: EditArgs,
    #[command(flatten)]
    send: SendArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Reads the deployment (or the file), edits it and sends it back whole.
pub(super) async fn run(cx: &Context, args: UpdateArgs) -> anyhow::Result<()> {
    let arm = cx.arm_to_change(&args.workspace, &args.send)?;
    let there = match &args.file {
        Some(_) => None,
        None => Some(from_service(&arm, &args).await?),
    };
    let document = edited(&args, there.as_ref())?;
    let spec = specs::accept(cx, &document, DeploymentSpec::from_document_and_files(&document)?);
    let (endpoint, name) = (spec.endpoint_name.clone(), spec.name.clone());
    let mut body = super::body(cx, &arm, spec).await?;
    if let Some(there) = &there {
        keep_what_no_spec_says(&mut body.properties, &there["properties"]);
    }
    let updated = arm.put_deployment(&endpoint, &name, &body).await?;
    cx.conclude(&arm, &args.send, || super::view(&updated))
}

/// What is to be sent, as a spec: from the file, or from what is there.
fn edited(args: &UpdateArgs, there: Option<&Value>) -> anyhow::Result<SpecDocument> {
    if let Some(there) = there {
        let mut object = spec_of(there);
        specs::edit(&mut object, &args.edits, tables::deployment::FLAT.fields)?;
        return Ok(SpecDocument::from_json(&object));
    }
    let mut document = specs::load(&SpecArgs { file: args.file.clone(), set: Vec::new() })?;
    specs::set_options(
        &mut document,
        [("name", specs::text(&args.name)), ("endpoint_name", specs::text(&args.endpoint_name))],
    );
    DeploymentSpec::from_document(&document)?;
    let mut object = document.to_json();
    specs::edit(&mut object, &args.edits, tables::deployment::FLAT.fields)?;
    // Relative paths stay relative to the file they were written in.
    Ok(document.with_content(&object))
}

async fn from_service(arm: &Client, args: &UpdateArgs) -> anyhow::Result<Value> {
    match (&args.name, &args.endpoint_name) {
        (Some(name), Some(endpoint)) => Ok(arm.deployment(endpoint, name).await?),
        (name, endpoint) => {
            let missing = [(name, "--name/-n"), (endpoint, "--endpoint-name/-e")];
            let missing: Vec<&str> =
                missing.iter().filter(|(value, _)| value.is_none()).map(|(_, option)| *option).collect();
            Err(UsageError(format!("the following arguments are required: {}", missing.join(", "))).into())
        }
    }
}

/// Spec files of pipelines have no free properties, and the labels of a component made along with the deployment are
/// the component's.
fn keep_what_no_spec_says(properties: &mut BatchDeploymentProperties, there: &Value) {
    let Some(configuration) = &mut properties.deployment_configuration else { return };
    let before = &there["deploymentConfiguration"];
    if configuration["componentId"] == before["componentId"] {
        for label in ["tags", "description"] {
            if !before[label].is_null() {
                configuration[label] = before[label].clone();
            }
        }
    }
    properties.properties = there["properties"].as_object().cloned();
}

/// A deployment as the spec that would make it again. What is printed of a pipeline does not name the pipeline.
fn spec_of(body: &Value) -> Value {
    let shown = super::view(body);
    let configuration = &body["properties"]["deploymentConfiguration"];
    if configuration.is_null() {
        return shown;
    }
    let mut spec = json!({
        "type": "pipeline",
        "component": marked_id(&configuration["componentId"]["assetId"]),
        "settings": configuration["settings"],
    });
    for field in ["name", "endpoint_name", "description", "tags"] {
        spec[field] = shown[field].clone();
    }
    spec
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn what_no_spec_of_a_pipeline_says_is_kept_as_long_as_it_holds() {
        let configuration = |component: &str, more: Value| {
            let mut configuration = json!({"componentId": {"assetId": component}});
            configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Some(configuration)
        };
        let there = json!({
            "properties": {"mine": "1"},
            "deploymentConfiguration": configuration("a", json!({"tags": {"of": "a"}, "description": "a"})),
        });
        for (component, kept) in [("a", json!({"tags": {"of": "a"}, "description": "a"})), ("b", json!({}))] {
            let deployment_configuration = configuration(component, json!({}));
            let mut sent = BatchDeploymentProperties {
                deployment_configuration,
                ..BatchDeploymentProperties::default()
            };
            keep_what_no_spec_says(&mut sent, &there);
            assert_eq!(sent.deployment_configuration, configuration(component, kept));
            assert_eq!(sent.properties, json!({"mine": "1"}).as_object().cloned());
        }
        let mut of_a_model = BatchDeploymentProperties::default();
        keep_what_no_spec_says(&mut of_a_model, &there);
        assert_eq!(of_a_model, BatchDeploymentProperties::default());
    }
}
