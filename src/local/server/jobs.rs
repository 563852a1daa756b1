//! Jobs: showing, listing and cancelling them.

use axum::Json;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::error::ServiceError;
use super::paging::Paging;
use super::scope::Scope;
use super::{deployments, endpoints, job_body, operations};
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
    match job.plan.run_id.eq_ignore_ascii_case(name) {
        true => Ok(job_body::child(&scope, &job)),
        false => Ok(Json(job_body::job(&scope, &job))),
    }
}

pub(super) async fn cancel(scope: Scope) -> Result<Response, ServiceError> {
    let name = scope.name("job");
    let found = scope.store().job_of_run(&scope.workspace, name)?;
    let Job { plan, .. } = found.ok_or_else(|| ServiceError::JobNotFound(name.to_owned()))?;
    match scope.store().request_cancel(&plan.job)? {
        true => Ok(operations::cancelling(&scope, &plan.job)),
        false => Err(ServiceError::JobIsTerminal),
    }
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
