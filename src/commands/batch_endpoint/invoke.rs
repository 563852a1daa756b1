//! `azml batch-endpoint invoke`

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use super::super::job;
use super::inputs::Inputs;
use crate::arm::{ArmError, Client};
use crate::cli::common::{DryRunArgs, WorkspaceArgs};
use crate::context::Context;
use crate::spec::Override;
use crate::spec::invoke::apply_job_overrides;
use crate::wire::invoke::{BatchJobProperties, BatchJobRequest};
use crate::wire::reference::DatastoreUri;

/// Arguments of `batch-endpoint invoke`.
#[derive(Debug, Args)]
pub struct InvokeArgs {
    /// Name of the batch endpoint
    #[arg(long, short)]
    name: String,
    /// Deployment to run instead of the endpoint's default
    #[arg(long, short)]
    deployment_name: Option<String>,
    /// Data to score: a local file or folder, azureml:NAME:VERSION, azureml:NAME@LABEL,
    /// azureml://datastores/STORE/paths/PATH, or the http(s) address of a file or of a folder in blob storage
    #[arg(long)]
    input: Option<String>,
    /// Inputs by name, as words separated by spaces: NAME.path=PATH NAME.type=TYPE, or NAME=VALUE for a pipeline
    #[arg(long, value_name = "WORDS")]
    inputs: Option<String>,
    /// Outputs by name, as words separated by spaces: NAME.path=ADDRESS NAME.type=TYPE
    #[arg(long, value_name = "WORDS")]
    outputs: Option<String>,
    /// What the input is: uri_folder or uri_file
    #[arg(long, ignore_case = true, value_parser = ["uri_folder", "uri_file"])]
    input_type: Option<String>,
    /// Files handed to one run() of the scoring script
    #[arg(long, short, allow_negative_numbers = true)]
    mini_batch_size: Option<String>,
    /// Nodes of this job
    #[arg(long, short = 'c', allow_negative_numbers = true)]
    instance_count: Option<String>,
    /// Folder of a datastore for the results: azureml://datastores/STORE/paths/PATH
    #[arg(long, value_name = "URI")]
    output_path: Option<String>,
    /// Name for the job
    #[arg(long)]
    job_name: Option<String>,
    /// Experiment of the job
    #[arg(long)]
    experiment_name: Option<String>,
    /// YAML with inputs and outputs of the run, and the deployment to run; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Change a setting for this job, such as retry_settings.timeout=60; may repeat
    #[arg(long, visible_alias = "params-override", value_name = "PATH=VALUE", num_args = 1.., action = clap::ArgAction::Append)]
    set: Vec<String>,
    #[command(flatten)]
    dry: DryRunArgs,
    #[command(flatten)]
    pub(in crate::commands) workspace: WorkspaceArgs,
}

/// Starts the job and prints it.
pub(super) async fn run(cx: &Context, args: InvokeArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.workspace)?.dry(args.dry.dry_run);
    let started = start(cx, &arm, args).await?;
    match arm.planned() {
        Some(planned) => Ok(cx.ui().print_exact(&planned.into())?),
        None => Ok(cx.ui().print(&job::batch_view(&started), None)?),
    }
}

/// Starts the job and returns the service's answer.
pub async fn start(cx: &Context, arm: &Client, args: InvokeArgs) -> anyhow::Result<Value> {
    let given = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
    let mut properties = described(&args)?;
    let inputs =
        Inputs::read(cx, args.file.as_deref(), &args.name, given(&args.input).as_deref(), &properties)?;
    let deployment_name = given(&args.deployment_name).or_else(|| inputs.deployment_name());
    // Asked first: nothing is uploaded for an endpoint or deployment that does not exist.
    if let Some(name) = &deployment_name {
        check_deployment(arm, &args.name, name).await?;
    }
    let endpoint = arm.endpoint(&args.name).await?;
    let scoring_uri = endpoint["properties"]["scoringUri"].as_str().unwrap_or_default();
    if scoring_uri.is_empty() {
        bail!(
            "the endpoint `{}` has no scoring address yet; wait until its provisioning_state is Succeeded",
            args.name
        );
    }
    inputs.bring(cx, arm, args.input_type.as_deref(), &mut properties).await?;
    // One id for one invocation: were the request repeated, the service would answer with the same job.
    let request_id = uuid::Uuid::new_v4().to_string();
    let request = BatchJobRequest { properties };
    arm.invoke(scoring_uri, deployment_name.as_deref(), &request_id, &request)
        .await
        .map_err(|error| no_default_deployment(error, deployment_name.is_some()))
}

/// What options say that needs no look-up; dedicated ones win over `--set`.
fn described(args: &InvokeArgs) -> anyhow::Result<BatchJobProperties> {
    let mut properties = BatchJobProperties::default();
    let mut overrides = args.set.iter().map(|word| word.parse()).collect::<Result<Vec<Override>, _>>()?;
    for (field, words) in [("inputs", &args.inputs), ("outputs", &args.outputs)] {
        let words = words.iter().flat_map(|words| words.split_whitespace());
        overrides.extend(
            words.map(|word| format!("{field}.{word}").parse()).collect::<Result<Vec<Override>, _>>()?,
        );
    }
    let options = [
        ("mini_batch_size", "--mini-batch-size", &args.mini_batch_size),
        ("compute.instance_count", "--instance-count", &args.instance_count),
        ("job_name", "--job-name", &args.job_name),
        ("experiment_name", "--experiment-name", &args.experiment_name),
    ];
    for (path, option, value) in options {
        overrides.extend(
            value
                .iter()
                .filter(|value| !value.is_empty())
                .map(|value| Override::from_option(path, option, value)),
        );
    }
    apply_job_overrides(&mut properties, &overrides)?;
    if let Some(path) = args.output_path.as_ref().filter(|path| !path.is_empty()) {
        properties.output_data = Some(output_data(path, properties.output_file_name.as_deref())?);
    }
    Ok(properties)
}

/// The `score` output below a datastore folder, as the SDK puts it on the wire.
pub(in crate::commands) fn output_data(
    path: &str,
    file_name: Option<&str>,
) -> anyhow::Result<crate::wire::JsonMap> {
    let Some(uri) = DatastoreUri::parse(path) else {
        bail!(
            "--output-path must be a folder of a datastore, `azureml://datastores/STORE/paths/PATH`, found `{path}`"
        );
    };
    let mut address = uri.to_string();
    if let Some(name) = file_name {
        address = format!("{}/{name}", address.trim_end_matches('/'));
    }
    let kind = if file_name.is_some() { "UriFile" } else { "UriFolder" };
    let mut outputs = crate::wire::JsonMap::new();
    outputs.insert("score".to_owned(), json!({"jobOutputType": kind, "uri": address}));
    Ok(outputs)
}

async fn check_deployment(arm: &Client, endpoint: &str, name: &str) -> anyhow::Result<()> {
    let deployments = arm.deployments(endpoint).await?;
    let names: Vec<&str> = deployments.iter().filter_map(|deployment| deployment["name"].as_str()).collect();
    if names.contains(&name) {
        return Ok(());
    }
    bail!(
        "Deployment name {name} not found for this endpoint. The deployments of `{endpoint}` are: {}",
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    );
}

/// az's own words when the endpoint has no default deployment and none was named.
fn no_default_deployment(error: ArmError, is_named: bool) -> anyhow::Error {
    if error.is_not_found() && !is_named {
        return anyhow::anyhow!(
            "Met error <class 'str'>:Set a default deployment or provide a deployment name through cli command.\n\
             Please check log by running the command with '--debug' for more details."
        );
    }
    error.into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn output_paths_become_the_score_output() {
        let outputs = output_data("azureml://datastores/d/paths/p", Some("x.csv")).unwrap();
        let expected = json!({"jobOutputType": "UriFile", "uri": "azureml://datastores/d/paths/p/x.csv"});
        assert_eq!(Value::Object(outputs)["score"], expected);
        assert!(output_data("./out", None).is_err());
    }
}
