//! Long-running operations, answered the way Azure does: first that the request was accepted, then, when asked, that
//! it has been carried out. Here a resource is written before the answer leaves, so what is left to wait for is the
//! end of a job that is being cancelled. Older SDKs take no other answer to the PUT of a deployment.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::LocalService;
use super::error::ServiceError;
use super::scope::Scope;
use crate::local::store::Workspace;
use crate::wire::paths;

/// Operations that can be asked after; older ones are forgotten, as Azure forgets them after a day.
const REMEMBERED: usize = 10_000;
/// Wait between two looks: Azure names none, and SDKs then wait half a minute. `Retry-After` cannot say less than a
/// second.
const RETRY_AFTER_MS: HeaderValue = HeaderValue::from_static("100");
/// How long a client may wait at most, which Azure says too.
const TIME_LIMIT: HeaderValue = HeaderValue::from_static("PT30M");

/// The operations of this process, newest last.
#[derive(Debug, Default)]
pub(super) struct Operations(Mutex<VecDeque<(Uuid, Operation)>>);

/// Something a client was told to ask after.
#[derive(Debug, Clone)]
enum Operation {
    /// A resource was written or deleted.
    Done,
    /// A job is being cancelled.
    Cancel { workspace: Workspace, job: String },
}

impl Operations {
    fn add(&self, operation: Operation) -> Uuid {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        let id = Uuid::new_v4();
        known.push_back((id, operation));
        id
    }

    /// Looked up from the newest: that is what is asked after.
    fn find(&self, id: &str) -> Option<Operation> {
        let id = Uuid::parse_str(id).ok()?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().rev().find(|(known, _)| *known == id).map(|(_, operation)| operation.clone())
    }
}

/// Answers a PUT whose resource is `body` now.
pub(super) fn written(scope: &Scope, status: StatusCode, body: Value) -> Response {
    let id = scope.service.operations().add(Operation::Done);
    let mut response = (status, Json(body)).into_response();
    add_address(scope, response.headers_mut(), "azure-asyncoperation", paths::OPERATION_STATUS, id);
    response
}

/// Answers a DELETE that was carried out.
pub(super) fn deleted(scope: &Scope) -> Response {
    let id = scope.service.operations().add(Operation::Done);
    let mut response = (StatusCode::ACCEPTED, Json(Value::Null)).into_response();
    add_address(scope, response.headers_mut(), "azure-asyncoperation", paths::OPERATION_STATUS, id);
    add_address(scope, response.headers_mut(), "location", paths::OPERATION_RESULT, id);
    response
}

/// Answers a request to cancel a job, which ends a little later.
pub(super) fn cancelling(scope: &Scope, job: &str) -> Response {
    let id = scope
        .service
        .operations()
        .add(Operation::Cancel { workspace: scope.workspace.clone(), job: job.to_owned() });
    let mut response = (StatusCode::ACCEPTED, Json(Value::Null)).into_response();
    add_address(scope, response.headers_mut(), "location", paths::OPERATION_RESULT, id);
    response
}

/// `GET` of an operation's status.
pub(super) async fn status(
    State(service): State<Arc<LocalService>>,
    Path((subscription, location, id)): Path<(String, String, String)>,
) -> Result<Response, ServiceError> {
    let operation = find(&service, &id)?;
    let is_done = is_done(&service, &operation)?;
    let path = paths::fill(paths::OPERATION_STATUS, &[&subscription, &location, &id]);
    let word = if is_done { "Succeeded" } else { "InProgress" };
    let mut response = Json(json!({ "id": path, "name": id, "status": word })).into_response();
    if !is_done {
        add_wait(response.headers_mut());
    }
    Ok(response)
}

/// `GET` of an operation's result: nothing, as soon as there is one.
pub(super) async fn result(
    State(service): State<Arc<LocalService>>,
    Path((_subscription, _location, id)): Path<(String, String, String)>,
) -> Result<Response, ServiceError> {
    let operation = find(&service, &id)?;
    if is_done(&service, &operation)? {
        return Ok(StatusCode::OK.into_response());
    }
    let mut response = (StatusCode::ACCEPTED, Json(json!({}))).into_response();
    add_wait(response.headers_mut());
    Ok(response)
}

fn find(service: &LocalService, id: &str) -> Result<Operation, ServiceError> {
    service.operations().find(id).ok_or_else(|| ServiceError::OperationNotFound(id.to_owned()))
}

fn is_done(service: &LocalService, operation: &Operation) -> Result<bool, ServiceError> {
    match operation {
        Operation::Done => Ok(true),
        // A job that is gone is cancelled too.
        Operation::Cancel { workspace, job } => {
            Ok(service.store().job(workspace, job)?.is_none_or(|job| job.status.is_terminal()))
        }
    }
}

fn add_address(scope: &Scope, headers: &mut HeaderMap, name: &'static str, template: &str, id: Uuid) {
    let names = [scope.workspace.id.subscription.as_str(), "local", &id.to_string()];
    let address = scope.origin.url(&format!("{}?api-version=2023-10-01", paths::fill(template, &names)));
    if let Ok(address) = HeaderValue::try_from(address) {
        headers.insert(HeaderName::from_static(name), address);
    }
    headers.insert("x-ms-async-operation-timeout", TIME_LIMIT);
    add_wait(headers);
}

fn add_wait(headers: &mut HeaderMap) {
    headers.insert("x-ms-retry-after-ms", RETRY_AFTER_MS);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_operations_are_forgotten_first() {
        let operations = Operations::default();
        let first = operations.add(Operation::Done).to_string();
        let second = operations.add(Operation::Done).to_string();
        for _ in 2..=REMEMBERED {
            operations.add(Operation::Done);
        }
        assert!(operations.find(&first).is_none());
        assert!(operations.find(&second).is_some());
        assert!(operations.find("no-id").is_none());
    }
}
