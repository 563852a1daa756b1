//! Bodies that describe a job: as a job, as the answer of an invocation, and what both have in common.

use axum::Json;
use serde_json::{Value, json};

use super::body::{frame, system_data};
use super::scope::Scope;
use crate::local::engine::pipeline::{OutputPlan, PipelinePlan};
use crate::local::engine::{JobPlan, Plan, Progress, log_root};
use crate::local::store::Job;
use crate::wire::job::{RESUMABLE_PROPERTY, RETRY_OF_PROPERTY, RETRYABLE_PROPERTY};
use crate::wire::paths;

/// Properties of the invocation's answer that do not change; the rest is added when it is answered.
pub(super) fn answer(scope: &Scope, job: &Job) -> Value {
    let (name, endpoint, deployment) = (job.plan.job(), job.plan.endpoint(), job.plan.deployment());
    let mut properties = job.request.clone();
    properties["provisioningState"] = "Succeeded".into();
    properties["status"] = job.status.as_str().into();
    properties["interactionEndpoints"] = services(scope, job, "jobEndpointType");
    properties["tags"] = tags(&job.plan);
    properties["properties"] = properties_of(job);
    properties["name"] = job.display_name.as_str().into();
    let tail = format!("batchEndpoints/{endpoint}/deployments/{deployment}/jobs/{name}");
    let mut body = frame(scope, &tail, name, "batchEndpoints/deployments/jobs", properties);
    body.insert("systemData".to_owned(), job_system_data(job));
    body.into()
}

/// The job as the jobs API has it.
pub(super) fn job(scope: &Scope, job: &Job) -> Value {
    let (name, endpoint, deployment) = (job.plan.job(), job.plan.endpoint(), job.plan.deployment());
    let properties = json!({
        "description": format!("Pipeline submission for endpoint: {endpoint}, deployment: {deployment}."),
        "tags": tags(&job.plan),
        "properties": properties_of(job),
        "displayName": job.display_name,
        "status": job.status.as_str(),
        "experimentName": job.plan.experiment(),
        "services": services(scope, job, "jobServiceType"),
        "computeId": null,
        "isArchived": false,
        "identity": null,
        "componentId": job.plan.pipeline().map(|plan| &plan.component),
        "jobType": "Pipeline",
        "settings": job.plan.pipeline().and_then(|plan| plan.settings.as_ref()),
        "jobs": null,
        "inputs": job.plan.pipeline().map(|_| &job.request["inputData"]),
        // Null for a batch job: the SDK looks for logs in the wrong place as soon as there is an output here.
        "outputs": job.plan.pipeline().map(outputs),
        "sourceJobId": null,
    });
    let mut body = frame(scope, &format!("jobs/{name}"), name, "jobs", properties);
    body.insert("systemData".to_owned(), job_system_data(job));
    body.into()
}

/// Where the outputs of a pipeline are.
fn outputs(plan: &PipelinePlan) -> Value {
    let output = |(name, output): (&String, &OutputPlan)| {
        let kind: String = output.kind.split('_').map(capitalised).collect();
        (name.clone(), json!({ "jobOutputType": kind, "mode": "ReadWriteMount", "uri": output.uri }))
    };
    Value::Object(plan.outputs.iter().map(output).collect())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A run inside a job as the jobs API has it: without properties, which tells clients to ask run history.
pub(super) fn child(scope: &Scope, job: &Job, run: &str) -> Json<Value> {
    let mut body = frame(scope, &format!("jobs/{run}"), run, "jobs", Value::Null);
    body.insert("systemData".to_owned(), job_system_data(job));
    Json(body.into())
}

/// Tags of a job that an endpoint started; clients recognise one by them, and by the type whether it scores.
pub(super) fn tags(plan: &Plan) -> Value {
    let mut tags = json!({
        "azureml.batchrun": "true",
        "azureml.deploymentname": plan.deployment(),
        "azureml.jobtype": "azureml.batchjob",
        "outputType": "output_data",
        "inputType": "input_data",
    });
    if plan.pipeline().is_some() {
        tags["azureml.jobtype"] = "azureml.pipelinejob".into();
    }
    tags
}

/// Progress of a job as JSON text, since run properties are texts.
pub(super) fn progress_text(progress: Option<&Progress>) -> Option<String> {
    progress.and_then(|progress| serde_json::to_string(progress).ok())
}

fn properties_of(job: &Job) -> Value {
    let (parameters, continues) = match &job.plan {
        Plan::Scoring(plan) => (parameters(plan), false),
        Plan::Pipeline(plan) => (literals(&job.request["inputData"]), plan.continue_on_step_failure),
    };
    let mut properties = json!({
        "azureml.runsource": "azureml.PipelineRun",
        "runSource": "Unavailable",
        "runType": "HTTP",
        "azureml.parameters": parameters.to_string(),
        "azureml.continue_on_step_failure": if continues { "True" } else { "False" },
        "azureml.continue_on_failed_optional_input": "False",
        "azureml.pipelineComponent": "pipelinerun",
    });
    if let Some(progress) = progress_text(job.progress.as_ref()) {
        properties["azml.progress"] = progress.into();
    }
    if let Some(retry) = job.plan.scoring().and_then(|plan| plan.retry.as_ref()) {
        properties[RETRY_OF_PROPERTY] = retry.job.as_str().into();
    }
    mark_what_can_be_done(job, &mut properties);
    properties
}

/// Properties of a job that can be resumed, or has files to be retried; Azure has none of them.
pub(super) fn mark_what_can_be_done(job: &Job, properties: &mut Value) {
    let marks =
        [(RESUMABLE_PROPERTY, job.is_resumable()), (RETRYABLE_PROPERTY, job.has_files_to_be_retried())];
    for (property, _) in marks.into_iter().filter(|(_, is_so)| *is_so) {
        properties[property] = "True".into();
    }
}

/// The inputs of a pipeline that are values.
fn literals(inputs: &Value) -> Value {
    let value = |(name, input): (&String, &Value)| {
        let value = if input.is_object() { input.get("value")? } else { input };
        Some((name.clone(), value.clone()))
    };
    Value::Object(inputs.as_object().into_iter().flatten().filter_map(value).collect())
}

fn parameters(plan: &JobPlan) -> Value {
    json!({
        "run_max_try": plan.max_retries.to_string(),
        "run_invocation_timeout": plan.timeout_seconds.to_string(),
        "mini_batch_size": plan.mini_batch_size.to_string(),
        "error_threshold": plan.error_threshold.to_string(),
        "logging_level": plan.logging_level.to_uppercase(),
        "process_count_per_node": plan.max_concurrency_per_instance.to_string(),
        "NodeCount": plan.instance_count.to_string(),
        "append_row_file_name": plan.output_file_name,
    })
}

/// Where to look at the job. There is no studio here, so its address is the folder of the logs.
fn services(scope: &Scope, job: &Job, type_member: &str) -> Value {
    let tracking = format!("azureml://{}/mlflow/v1.0{}?", scope.origin.host(), scope.workspace.id);
    let logs = log_root(&scope.service.home().job_dir(job.plan.job()));
    let studio = format!("file://{}", paths::encode_path(&logs.to_string_lossy()));
    let service = |kind: &str, endpoint: String| {
        json!({
            type_member: kind,
            "port": null,
            "endpoint": endpoint,
            "status": null,
            "errorMessage": null,
            "properties": null,
            "nodes": null,
        })
    };
    json!({ "Tracking": service("Tracking", tracking), "Studio": service("Studio", studio) })
}

fn job_system_data(job: &Job) -> Value {
    let modified_at = job.ended_at.as_ref().or(job.started_at.as_ref()).unwrap_or(&job.created_at);
    system_data(&job.created_at, modified_at)
}
