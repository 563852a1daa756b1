//! Run history: a job as the parent run, and its one child, the run named `batchscoring`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::ServiceError;
use super::scope::{JsonBody, Scope};
use super::{job_body, logs, outputs, references};
use crate::local::engine::JobError;
use crate::local::store::Job;
use crate::wire::asset::AssetKind;
use crate::wire::ids::ArmId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunDataRequest {
    run_id: String,
}

#[derive(Deserialize)]
pub(super) struct ResolveRequest {
    values: Vec<String>,
}

pub(super) async fn get(scope: Scope) -> Result<Json<Value>, ServiceError> {
    find(&scope, scope.name("run")).map(|run| Json(run.body(&scope)))
}

pub(super) async fn children(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let run = find(&scope, scope.name("run"))?;
    let children = match run.is_child {
        true => Vec::new(),
        false => vec![Run { is_child: true, ..run }.body(&scope)],
    };
    // Clients read the first page only.
    Ok(Json(json!({ "value": children, "nextLink": null })))
}

pub(super) async fn run_data(
    scope: Scope,
    JsonBody(request): JsonBody<RunDataRequest>,
) -> Result<Json<Value>, ServiceError> {
    let run = find(&scope, &request.run_id)?;
    Ok(Json(json!({
        "runMetadata": run.body(&scope),
        "runDefinition": null,
        "jobSpecification": null,
        "systemSettings": null,
    })))
}

pub(super) async fn details(scope: Scope) -> Result<Response, ServiceError> {
    let run = find(&scope, scope.name("run"))?;
    let is_running = !run.job.status.is_terminal();
    let mut response = Json(run.details(&scope)?).into_response();
    if is_running {
        // Azure has no such hint; clients that know it need not guess how long to wait.
        let header = HeaderName::from_static("x-ms-retry-after-ms");
        response.headers_mut().insert(header, HeaderValue::from_static("100"));
    }
    Ok(response)
}

/// Turns ids of data assets into addresses; ids of something else are left out.
pub(super) async fn resolve_uris(
    scope: Scope,
    JsonBody(request): JsonBody<ResolveRequest>,
) -> Result<Json<Value>, ServiceError> {
    let mut values = serde_json::Map::new();
    for id in request.values {
        if let Some(uri) = score_folder(&scope, &id)? {
            values.insert(id, json!({ "uri": uri, "type": "uri_folder" }));
            continue;
        }
        match references::asset(&scope, AssetKind::Data, &arm_data_id(&scope, &id)) {
            Ok(found) => {
                let given = &found.asset.body["properties"];
                values.insert(id, json!({ "uri": given["dataUri"], "type": given["dataType"] }));
            }
            Err(ServiceError::AssetNotFound { .. } | ServiceError::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Json(json!({ "values": values })))
}

/// The address of a run's score folder, if that is what the id stands for.
fn score_folder(scope: &Scope, id: &str) -> Result<Option<String>, ServiceError> {
    let name = id.split("/data/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let Some(run) = outputs::run_of_asset(name) else {
        return Ok(None);
    };
    match scope.store().job_of_run(&scope.workspace, run)? {
        Some(job) => outputs::score_uri(scope, &job),
        None => Ok(None),
    }
}

/// Reads `azureml://locations/.../data/<name>/versions/<version>`, the form run history uses; others stay as they are.
fn arm_data_id(scope: &Scope, id: &str) -> String {
    let is_location = id.starts_with("azureml://locations/");
    match id.find("/data/").filter(|_| is_location && ArmId::parse(id).is_none()) {
        Some(at) => scope.id(id[at..].trim_start_matches('/')),
        None => id.to_owned(),
    }
}

struct Run {
    job: Job,
    is_child: bool,
}

fn find(scope: &Scope, id: &str) -> Result<Run, ServiceError> {
    let job = scope.store().job_of_run(&scope.workspace, id)?;
    let job = job.ok_or_else(|| ServiceError::RunNotFound(id.to_owned()))?;
    Ok(Run { is_child: job.plan.run_id.eq_ignore_ascii_case(id), job })
}

impl Run {
    fn id(&self) -> &str {
        if self.is_child { &self.job.plan.run_id } else { &self.job.plan.job }
    }

    fn parent(&self) -> Option<&str> {
        self.is_child.then_some(self.job.plan.job.as_str())
    }

    fn body(&self, scope: &Scope) -> Value {
        let Job { plan, created_at, started_at, ended_at, .. } = &self.job;
        let experiment = format!("{}/{}", scope.workspace.uuid, plan.experiment);
        let compute = self.job.request["compute"]["target"].as_str().unwrap_or_default();
        let compute = compute.rsplit('/').next();
        json!({
            "runNumber": 1,
            "rootRunId": plan.job,
            "createdUtc": created_at,
            "createdBy": { "userObjectId": null, "userTenantId": null, "userName": "Local User" },
            "error": self.error(),
            "warnings": null,
            "revision": 1,
            "runId": self.id(),
            "parentRunId": self.parent(),
            "experimentId": Uuid::new_v5(&Uuid::NAMESPACE_URL, experiment.as_bytes()).to_string(),
            "status": self.job.status.as_str(),
            "startTimeUtc": started_at,
            "endTimeUtc": ended_at,
            "displayName": self.job.display_name,
            "name": self.is_child.then_some("batchscoring"),
            "dataContainerId": format!("dcid.{}", self.id()),
            "description": null,
            "hidden": false,
            "runType": if self.is_child { "azureml.StepRun" } else { "azureml.PipelineRun" },
            "properties": self.properties(),
            "parameters": {},
            "tags": self.tags(),
            "settings": {},
            "services": {},
            "target": compute,
            "compute": { "target": compute, "targetType": "amlcompute", "instanceCount": plan.instance_count },
            "inputs": null,
            "outputs": self.outputs(scope),
        })
    }

    fn details(&self, scope: &Scope) -> Result<Value, ServiceError> {
        Ok(json!({
            "runId": self.id(),
            "runUuid": Uuid::new_v5(&Uuid::NAMESPACE_URL, self.id().as_bytes()).to_string(),
            "parentRunUuid": null,
            "target": null,
            "status": self.job.status.as_str(),
            "parentRunId": self.parent(),
            "createdTimeUtc": self.job.created_at,
            "startTimeUtc": self.job.started_at,
            "endTimeUtc": self.job.ended_at,
            "error": self.error(),
            "warnings": null,
            "tags": self.tags(),
            "properties": self.properties(),
            "parameters": {},
            "services": {},
            "logFiles": logs::addresses(scope, &self.job.plan.job, self.is_child)?,
            "revision": 1,
        }))
    }

    fn properties(&self) -> Value {
        let mut properties = match self.is_child {
            true => json!({ "azureml.moduleName": "batchscoring" }),
            false => json!({}),
        };
        if let Some(progress) = job_body::progress_text(&self.job) {
            properties["azml.progress"] = progress.into();
        }
        job_body::mark_what_can_be_done(&self.job, &mut properties);
        properties
    }

    /// The score folder, as a data asset of run history, once it is complete.
    fn outputs(&self, scope: &Scope) -> Value {
        if !self.is_child || !self.job.status.is_terminal() {
            return Value::Null;
        }
        let name = outputs::asset_name(&self.job.plan.run_id);
        let id =
            format!("azureml://locations/local/workspaces/{}/data/{name}/versions/1", scope.workspace.uuid);
        json!({ "score": { "assetId": id, "type": "uri_folder" } })
    }

    fn tags(&self) -> Value {
        if self.is_child { json!({}) } else { job_body::tags(&self.job.plan) }
    }

    fn error(&self) -> Value {
        match &self.job.error {
            Some(JobError { code, message }) => json!({
                "error": { "code": code, "message": message, "details": [] },
                "correlation": {},
                "environment": "local",
                "location": "local",
                "time": self.job.ended_at,
            }),
            None => Value::Null,
        }
    }
}
