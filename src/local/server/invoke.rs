//! Invoking an endpoint: recording a job and starting its supervisor.

use std::fs;
use std::path::Path;

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::ServiceError;
use super::plan::{self, JobNames};
use super::references::BlobPlace;
use super::scope::{JsonBody, Scope};
use super::{deployments, display_name, endpoints, inputs, insensitive, job_body, outputs, pipeline};
use crate::local::engine::supervisor::{self, SupervisorLock};
use crate::local::engine::{JobError, JobPlan, Plan};
use crate::local::home;
use crate::local::store::{Job, NewJob, Recorded, Resource};
use crate::wire::deployment::{BatchDeployment, BatchDeploymentProperties};
use crate::wire::invoke::{BatchJobProperties, DEPLOYMENT_HEADER, REPEATABILITY_HEADER};
use crate::wire::job::JobStatus;

/// Starts a job, or answers with the one the same request started before.
pub(super) async fn post(
    scope: Scope,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Value>,
) -> Result<Response, ServiceError> {
    let repeatability_id = repeatability_id(&headers);
    let endpoint = endpoints::find(&scope)?;
    if let Some(job) = repeated(&scope, repeatability_id)? {
        return Ok(answer(&scope, &job));
    }
    let deployment = deployment(&scope, &endpoint, header(&headers, DEPLOYMENT_HEADER))?;
    let request = insensitive::batch_job_request(body)?.properties;
    let started = Draft::new(&scope, &endpoint, &deployment, &request)
        .and_then(|draft| draft.start(&scope, repeatability_id));
    let job = match started {
        // The name may have been taken by the same request, sent twice at the same time.
        Err(taken @ ServiceError::JobNameTaken(_)) => repeated(&scope, repeatability_id)?.ok_or(taken)?,
        other => other?,
    };
    Ok(answer(&scope, &job))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty())
}

/// The caller's mark for a request that may arrive twice.
pub(super) fn repeatability_id(headers: &HeaderMap) -> Option<&str> {
    header(headers, REPEATABILITY_HEADER)
}

/// The job that the same request started before.
pub(super) fn repeated(scope: &Scope, repeatability_id: Option<&str>) -> Result<Option<Job>, ServiceError> {
    let job = repeatability_id.map(|id| scope.store().repeated_job(&scope.workspace, id)).transpose()?;
    Ok(job.flatten())
}

fn answer(scope: &Scope, job: &Job) -> Response {
    let mut response = (StatusCode::CREATED, Json(job_body::answer(scope, job))).into_response();
    if let Ok(deployment) = HeaderValue::try_from(job.plan.deployment()) {
        response.headers_mut().insert(HeaderName::from_static(DEPLOYMENT_HEADER), deployment);
    }
    response
}

/// The deployment a request names, else the endpoint's default.
fn deployment(scope: &Scope, endpoint: &Resource, named: Option<&str>) -> Result<Resource, ServiceError> {
    if let Some(name) = named {
        return deployments::find(scope, name);
    }
    let default = endpoints::default_deployment(endpoint).ok_or(ServiceError::NoDefaultDeployment)?;
    deployments::find(scope, default).map_err(|error| match error {
        ServiceError::DeploymentNotFound(_) => ServiceError::NoDefaultDeployment,
        other => other,
    })
}

/// A job that is not recorded yet.
pub(super) struct Draft {
    pub(super) plan: Plan,
    /// The folder of the output of a batch job, which is made. Steps of pipelines make theirs.
    pub(super) output: Option<BlobPlace>,
    pub(super) display_name: String,
    /// The invocation as it is answered.
    pub(super) request: Value,
}

impl Draft {
    fn new(
        scope: &Scope,
        endpoint: &Resource,
        deployment: &Resource,
        request: &BatchJobProperties,
    ) -> Result<Self, ServiceError> {
        let job = job_name(scope, request.name.as_deref())?;
        let snapshot: BatchDeployment =
            serde_json::from_value(deployment.body.clone()).map_err(ServiceError::MalformedBody)?;
        let mut snapshot = snapshot.properties;
        let display_name = request.name.clone().unwrap_or_else(display_name::random);
        if let Some(configuration) = pipeline::configuration(&snapshot)? {
            let names =
                JobNames { job: &job, run_id: &job, endpoint: &endpoint.name, deployment: &deployment.name };
            let plan = pipeline::plan(scope, names, &configuration, request)?.into();
            return Ok(Self {
                plan,
                output: None,
                display_name,
                request: pipeline::answered_request(request),
            });
        }
        plan::override_deployment(scope, &mut snapshot, request)?;
        let run_id = Uuid::new_v4().to_string();
        let names =
            JobNames { job: &job, run_id: &run_id, endpoint: &endpoint.name, deployment: &deployment.name };
        let output = outputs::resolve(scope, request, &run_id)?;
        let plan = plan::resolve(scope, names, &snapshot, request, &output)?;
        let request = answered_request(&snapshot, request, &plan);
        Ok(Self { plan: plan.into(), output: Some(output.folder), display_name, request })
    }

    /// Records the job and starts its supervisor, holding the job's lock from before the one to after the other.
    pub(super) fn start(self, scope: &Scope, repeatability_id: Option<&str>) -> Result<Job, ServiceError> {
        let Self { plan, output, display_name, request } = self;
        let folder = scope.service.home().job_dir(plan.job());
        let lock = lock(&folder, plan.job())?;
        // Nobody can record a job of this name now: that takes the lock.
        if !scope.store().job_name_is_taken(plan.job())? {
            lock.empty_folder()?;
        }
        let new = NewJob { plan: &plan, display_name: &display_name, request: &request, repeatability_id };
        let recorded = scope.store().insert_job(&scope.workspace, &new);
        if !matches!(recorded, Ok(Recorded::New)) {
            discard(scope, &folder, plan.job(), &lock);
        }
        let name = match recorded? {
            Recorded::NameTaken => return Err(ServiceError::JobNameTaken(plan.job().to_owned())),
            Recorded::Repeated(name) => name,
            Recorded::New => {
                let name = plan.job().to_owned();
                let blobs = scope.service.blobs();
                let made =
                    output.map(|output| blobs.create_folder(&output.container, &output.name)).transpose();
                let launched = made
                    .map_err(|error| super::LaunchError::new(&name, error))
                    .and_then(|_folder| scope.service.launcher().launch(&name, lock));
                if let Err(error) = launched {
                    scope.store().finish_job(&name, JobStatus::Failed, Some(&launch_failure(&error)))?;
                }
                name
            }
        };
        let job = scope.store().job(&scope.workspace, &name)?;
        job.ok_or(ServiceError::JobNotFound(name))
    }
}

/// The name a job gets: the one asked for, if it can be one and is free.
pub(super) fn job_name(scope: &Scope, given: Option<&str>) -> Result<String, ServiceError> {
    let Some(name) = given else {
        return Ok(format!("batchjob-{}", Uuid::new_v4()));
    };
    if !home::is_job_name(name) {
        return Err(ServiceError::Invalid(format!(
            "The job name {} is not valid: it may have letters, digits, '_', '-' and '.', the first a letter or digit.",
            json!(name)
        )));
    }
    match scope.store().job_name_is_taken(name)? {
        true => Err(ServiceError::JobNameTaken(name.to_owned())),
        false => Ok(name.to_owned()),
    }
}

/// Takes the lock of a job that is about to be made. Somebody who has it already is faster with the same name.
fn lock(folder: &Path, job: &str) -> Result<SupervisorLock, ServiceError> {
    fs::create_dir_all(folder).map_err(|source| ServiceError::Io { path: folder.to_owned(), source })?;
    SupervisorLock::acquire(folder).map_err(|error| match error {
        supervisor::LaunchError::AlreadyRunning { .. } => ServiceError::JobNameTaken(job.to_owned()),
        other => other.into(),
    })
}

/// Removes the folder of a job that was not recorded after all, unless a recorded job has the same name and so the
/// same folder. Nobody can record one now: that takes the lock.
fn discard(scope: &Scope, folder: &Path, job: &str, _held: &SupervisorLock) {
    if matches!(scope.store().job_name_is_taken(job), Ok(false)) {
        let _left_behind = fs::remove_dir_all(folder);
    }
}

pub(super) fn launch_failure(error: &super::LaunchError) -> JobError {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message.push_str(": ");
        message.push_str(&cause.to_string());
        source = cause.source();
    }
    JobError { code: "SystemError".to_owned(), message }
}

/// What of the invocation is answered again and again.
fn answered_request(
    deployment: &BatchDeploymentProperties,
    request: &BatchJobProperties,
    plan: &JobPlan,
) -> Value {
    let dataset = |member: &str| request.output_dataset.as_ref().map(|dataset| dataset[member].clone());
    let mut answered = json!({
        "inputData": inputs::answered(request.input_data.as_ref()),
        "compute": {
            "target": deployment.compute,
            "instanceCount": plan.instance_count,
            "isLocal": false,
            "location": null,
            "instanceType": null,
            "properties": null,
        },
        "output": { "datastoreId": dataset("datastoreId"), "path": dataset("path") },
        "retrySettings": deployment.retry_settings,
        "miniBatchSize": plan.mini_batch_size,
        "errorThreshold": plan.error_threshold,
        "outputFileName": plan.output_file_name,
    });
    if let Some(outputs) = &request.output_data {
        answered["outputData"] = outputs.clone().into();
    }
    answered
}
