//! Run history: a job as the parent run, and the runs inside it.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::ServiceError;
use super::inner_run::InnerRun;
use super::scope::{JsonBody, Scope};
use super::{inner_run, job_body, logs, outputs, references};
use crate::local::engine::{JobError, Plan};
use crate::local::store::Job;
use crate::wire::asset::AssetKind;
use crate::wire::ids::ArmId;
use crate::wire::job::JobStatus;

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
    let id = run.id().to_owned();
    let inside = inner_run::all(&scope, &run.job)?.into_iter().filter(|inner| inner.parent == id);
    let children: Vec<Value> =
        inside.map(|inner| Run { inner: Some(inner), job: run.job.clone() }.body(&scope)).collect();
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
    let is_running = !run.status().is_terminal();
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
        let name = id.split("/data/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if let Some((uri, kind)) = outputs::uri_of_asset(&scope, name)? {
            values.insert(id, json!({ "uri": uri, "type": kind }));
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

/// Reads `azureml://locations/.../data/<name>/versions/<version>`, the form run history uses; others stay as they are.
fn arm_data_id(scope: &Scope, id: &str) -> String {
    let is_location = id.starts_with("azureml://locations/");
    match id.find("/data/").filter(|_| is_location && ArmId::parse(id).is_none()) {
        Some(at) => scope.id(id[at..].trim_start_matches('/')),
        None => id.to_owned(),
    }
}

/// A job as the outermost run, or a run inside it.
struct Run {
    job: Job,
    inner: Option<InnerRun>,
}

fn find(scope: &Scope, id: &str) -> Result<Run, ServiceError> {
    let missing = || ServiceError::RunNotFound(id.to_owned());
    let job = scope.store().job_of_run(&scope.workspace, id)?.ok_or_else(missing)?;
    if job.plan.job().eq_ignore_ascii_case(id) {
        return Ok(Run { job, inner: None });
    }
    let inner = inner_run::all(scope, &job)?.into_iter().find(|inner| inner.run_id.eq_ignore_ascii_case(id));
    Ok(Run { inner: Some(inner.ok_or_else(missing)?), job })
}

impl Run {
    fn id(&self) -> &str {
        self.inner.as_ref().map_or_else(|| self.job.plan.job(), |inner| &inner.run_id)
    }

    fn parent(&self) -> Option<&str> {
        self.inner.as_ref().map(|inner| inner.parent.as_str())
    }

    fn status(&self) -> JobStatus {
        self.inner.as_ref().map_or(self.job.status, |inner| inner.status)
    }

    /// When it began and ended.
    fn times(&self) -> [&Option<String>; 2] {
        match &self.inner {
            Some(inner) => [&inner.started_at, &inner.ended_at],
            None => [&self.job.started_at, &self.job.ended_at],
        }
    }

    fn is_pipeline(&self) -> bool {
        self.inner.as_ref().is_none_or(|inner| inner.is_pipeline)
    }

    fn body(&self, scope: &Scope) -> Value {
        let Job { plan, created_at, display_name, .. } = &self.job;
        let experiment = format!("{}/{}", scope.workspace.uuid, plan.experiment());
        let compute = self.job.request["compute"]["target"].as_str().unwrap_or_default();
        let compute = compute.rsplit('/').next();
        let instances = plan.scoring().map_or(1, |plan| plan.instance_count);
        let [started_at, ended_at] = self.times();
        json!({
            "runNumber": 1,
            "rootRunId": plan.job(),
            "createdUtc": created_at,
            "createdBy": { "userObjectId": null, "userTenantId": null, "userName": "Local User" },
            "error": self.error(),
            "warnings": null,
            "revision": 1,
            "runId": self.id(),
            "parentRunId": self.parent(),
            "experimentId": Uuid::new_v5(&Uuid::NAMESPACE_URL, experiment.as_bytes()).to_string(),
            "status": self.status().as_str(),
            "startTimeUtc": started_at,
            "endTimeUtc": ended_at,
            "displayName": self.inner.as_ref().map_or(display_name, |inner| &inner.display_name),
            "name": self.inner.as_ref().map(|inner| &inner.name),
            "dataContainerId": format!("dcid.{}", self.id()),
            "description": null,
            "hidden": false,
            "runType": if self.is_pipeline() { "azureml.PipelineRun" } else { "azureml.StepRun" },
            "properties": self.properties(),
            "parameters": {},
            "tags": self.tags(),
            "settings": {},
            "services": {},
            "target": compute,
            "compute": { "target": compute, "targetType": "amlcompute", "instanceCount": instances },
            "inputs": null,
            "outputs": self.outputs(scope),
        })
    }

    fn details(&self, scope: &Scope) -> Result<Value, ServiceError> {
        let [started_at, ended_at] = self.times();
        let logs = match (&self.inner, &self.job.plan) {
            (None, Plan::Scoring(plan)) => logs::addresses(scope, &plan.job, true),
            // The logs of a batch job are those of the run in it.
            (Some(_), Plan::Scoring(plan)) => logs::addresses(scope, &plan.job, false),
            (_, Plan::Pipeline(_)) => logs::addresses(scope, self.id(), false),
        };
        Ok(json!({
            "runId": self.id(),
            "runUuid": Uuid::new_v5(&Uuid::NAMESPACE_URL, self.id().as_bytes()).to_string(),
            "parentRunUuid": null,
            "target": null,
            "status": self.status().as_str(),
            "parentRunId": self.parent(),
            "createdTimeUtc": self.job.created_at,
            "startTimeUtc": started_at,
            "endTimeUtc": ended_at,
            "error": self.error(),
            "warnings": null,
            "tags": self.tags(),
            "properties": self.properties(),
            "parameters": {},
            "services": {},
            "logFiles": logs?,
            "revision": 1,
        }))
    }

    fn properties(&self) -> Value {
        let mut properties = match &self.inner {
            Some(inner) => json!({ "azureml.moduleName": inner.name }),
            None => json!({}),
        };
        let progress = self.inner.as_ref().map_or(&self.job.progress, |inner| &inner.progress);
        if let Some(progress) = job_body::progress_text(progress.as_ref()) {
            properties["azml.progress"] = progress.into();
        }
        job_body::mark_what_can_be_done(&self.job, &mut properties);
        properties
    }

    /// Its outputs, as data assets of run history, once they are complete.
    fn outputs(&self, scope: &Scope) -> Value {
        let outputs = match (&self.inner, &self.job.plan) {
            (Some(inner), _) => inner.outputs.clone(),
            (None, Plan::Pipeline(plan)) => {
                plan.outputs.iter().map(|(name, output)| (name.clone(), output.kind.clone())).collect()
            }
            (None, Plan::Scoring(_)) => return Value::Null,
        };
        if !self.status().is_terminal() || outputs.is_empty() {
            return Value::Null;
        }
        let asset = |(output, kind): (&String, &String)| {
            let name = outputs::asset_name(self.id(), output);
            let workspace = &scope.workspace.uuid;
            let id = format!("azureml://locations/local/workspaces/{workspace}/data/{name}/versions/1");
            (output.clone(), json!({ "assetId": id, "type": kind }))
        };
        Value::Object(outputs.iter().map(asset).collect())
    }

    fn tags(&self) -> Value {
        if self.inner.is_some() { json!({}) } else { job_body::tags(&self.job.plan) }
    }

    fn error(&self) -> Value {
        let error = self.inner.as_ref().map_or(&self.job.error, |inner| &inner.error);
        match error {
            Some(JobError { code, message }) => json!({
                "error": { "code": code, "message": message, "details": [] },
                "correlation": {},
                "environment": "local",
                "location": "local",
                "time": self.times()[1],
            }),
            None => Value::Null,
        }
    }
}
