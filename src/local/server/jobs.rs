//! Jobs: showing, listing and cancelling them.

use axum::Json;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::page;
use super::error::ServiceError;
use super::scope::Scope;
use super::{deployments, endpoints, job_body, operations};
use crate::local::store::{Job, JobFilter};

/// Jobs of one page.
const PAGE: u32 = 100;

#[derive(Deserialize)]
pub(super) struct ListOptions {
    #[serde(rename = "$skip")]
    skip: Option<u32>,
    #[serde(rename = "$top")]
    top: Option<u32>,
    #[serde(rename = "listViewType")]
    view: Option<String>,
}

pub(super) async fn list(
    scope: Scope,
    Query(options): Query<ListOptions>,
) -> Result<Json<Value>, ServiceError> {
    if options.view.is_some_and(|view| view.eq_ignore_ascii_case("ArchivedOnly")) {
        // Jobs cannot be archived here.
        return Ok(Json(page(Vec::new())));
    }
    let (skip, limit) = (options.skip.unwrap_or(0), options.top.unwrap_or(PAGE).clamp(1, PAGE));
    // One more than is shown tells whether there is another page.
    let filter = JobFilter { skip, limit: limit + 1, ..JobFilter::default() };
    let found = scope.store().jobs(&scope.workspace, &filter)?;
    let shown: Vec<Value> =
        found.iter().take(to_usize(limit)).map(|job| job_body::job(&scope, job)).collect();
    let next = (found.len() > shown.len() && options.top.is_none())
        .then(|| scope.origin.url(&format!("{}?%24skip={}", scope.id("jobs"), skip + limit)));
    Ok(Json(json!({ "value": shown, "nextLink": next })))
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
pub(super) async fn list_of_endpoint(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let endpoint = endpoints::find(&scope)?;
    let deployment = match scope.name("deployment") {
        "" => None,
        name => Some(deployments::find(&scope, name)?.name),
    };
    let filter = JobFilter {
        endpoint: Some(&endpoint.name),
        deployment: deployment.as_deref(),
        ..JobFilter::default()
    };
    let found = scope.store().jobs(&scope.workspace, &filter)?;
    Ok(Json(page(found.iter().map(|job| job_body::answer(&scope, job)).collect())))
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
