//! Jobs: showing, listing and cancelling them.

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::error::ServiceError;
use super::paging::Paging;
use super::scope::Scope;
use super::{deployments, endpoints, job_body, operations};
use crate::local::engine::Plan;
use crate::local::engine::pipeline::PipelinePlan;
use crate::local::store::{Job, JobFilter};

#[derive(Deserialize)]
pub(super) struct ListOptions {
    #[serde(rename = "listViewType")]
    view: Option<String>,
}

pub(super) async fn list(
    scope: Scope,
    paging: Paging,
    Query(options): Query<ListOptions>,
) -> Result<Json<Value>, ServiceError> {
    if options.view.is_some_and(|view| view.eq_ignore_ascii_case("ArchivedOnly")) {
        // Jobs cannot be archived here.
        return Ok(paging.of([], |never: Value| never));
    }
    let found = scope.store().jobs(&scope.workspace, &filter(&paging))?;
    Ok(paging.page(&found, |job| job_body::job(&scope, job)))
}

/// The jobs of a page, and one more, which tells that there is another page.
fn filter(paging: &Paging) -> JobFilter<'static> {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    JobFilter { skip: number(paging.skip()), limit: number(paging.limit() + 1), ..JobFilter::default() }
}

pub(super) async fn get(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let name = scope.name("job");
    let found = scope.store().job_of_run(&scope.workspace, name)?;
    let job = found.ok_or_else(|| ServiceError::JobNotFound(name.to_owned()))?;
    match job.plan.job().eq_ignore_ascii_case(name) {
        true => Ok(Json(job_body::job(&scope, &job))),
        false => Ok(job_body::child(&scope, &job, name)),
    }
}

pub(super) async fn cancel(scope: Scope) -> Result<Response, ServiceError> {
    let name = scope.name("job");
    let found = scope.store().job_of_run(&scope.workspace, name)?;
    let Job { plan, .. } = found.ok_or_else(|| ServiceError::JobNotFound(name.to_owned()))?;
    if let Plan::Pipeline(pipeline) = &plan
        && !pipeline.job.eq_ignore_ascii_case(name)
    {
        return cancel_inside(&scope, pipeline, name);
    }
    match scope.store().request_cancel(plan.job())? {
        true => Ok(operations::cancelling(&scope, plan.job())),
        false => Err(ServiceError::JobIsTerminal),
    }
}

/// Cancels one step of a pipeline, or every step of a pipeline in it. The job sees to the rest.
fn cancel_inside(scope: &Scope, pipeline: &PipelinePlan, run: &str) -> Result<Response, ServiceError> {
    let mut is_requested = false;
    for run in pipeline.runs_at(run) {
        is_requested |= scope.store().request_step_cancel(run)?;
    }
    if is_requested { Ok(StatusCode::OK.into_response()) } else { Err(ServiceError::JobIsTerminal) }
}

/// Jobs started through an endpoint or one of its deployments.
pub(super) async fn list_of_endpoint(scope: Scope, paging: Paging) -> Result<Json<Value>, ServiceError> {
    let endpoint = endpoints::find(&scope)?;
    let deployment = match scope.name("deployment") {
        "" => None,
        name => Some(deployments::find(&scope, name)?.name),
    };
    let filter =
        JobFilter { endpoint: Some(&endpoint.name), deployment: deployment.as_deref(), ..filter(&paging) };
    let found = scope.store().jobs(&scope.workspace, &filter)?;
    Ok(paging.page(&found, |job| job_body::answer(&scope, job)))
}
