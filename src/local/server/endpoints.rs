//! Batch endpoints.

use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};

use super::body::{add_tracked, frame};
use super::computes::status;
use super::error::ServiceError;
use super::names;
use super::operations;
use super::paging::Paging;
use super::scope::{JsonBody, Scope};
use crate::local::store::{NewResource, Resource, ResourceKey, ResourceKind, Written};
use crate::wire::endpoint::{BatchEndpoint, BatchEndpointProperties};

pub(super) async fn list(scope: Scope, paging: Paging) -> Result<Json<Value>, ServiceError> {
    let found = scope.store().resources(&scope.workspace, ResourceKind::Endpoint, "")?;
    Ok(paging.of(&found, |endpoint| body(&scope, endpoint)))
}

pub(super) async fn get(scope: Scope) -> Result<Json<Value>, ServiceError> {
    find(&scope).map(|endpoint| Json(body(&scope, &endpoint)))
}

pub(super) async fn put(
    scope: Scope,
    JsonBody(endpoint): JsonBody<BatchEndpoint>,
) -> Result<Response, ServiceError> {
    names::check_endpoint_like("endpoint", scope.name("endpoint"))?;
    check(&endpoint.properties)?;
    let written = write(&scope, &endpoint)?;
    Ok(operations::written(&scope, status(written), body(&scope, &find(&scope)?)))
}

/// Deletes the endpoint and its deployments; its jobs and their output stay.
pub(super) async fn delete(scope: Scope) -> Result<Response, ServiceError> {
    let name = scope.name("endpoint");
    let key = ResourceKey::named(ResourceKind::Endpoint, name);
    match scope.store().delete_resource(&scope.workspace, key)? {
        true => Ok(operations::deleted(&scope)),
        false => Err(ServiceError::EndpointNotFound(name.to_owned())),
    }
}

/// The endpoint the path names.
pub(super) fn find(scope: &Scope) -> Result<Resource, ServiceError> {
    let name = scope.name("endpoint");
    let found = scope.store().resource(&scope.workspace, ResourceKey::named(ResourceKind::Endpoint, name))?;
    found.ok_or_else(|| ServiceError::EndpointNotFound(name.to_owned()))
}

/// Name of the deployment an endpoint uses when none is named.
pub(super) fn default_deployment(endpoint: &Resource) -> Option<&str> {
    let name = endpoint.body.pointer("/properties/defaults/deploymentName")?.as_str()?;
    (!name.is_empty()).then_some(name)
}

/// Writes the endpoint if the deployment it is to use when none is named exists.
fn write(scope: &Scope, endpoint: &BatchEndpoint) -> Result<Written, ServiceError> {
    let name = scope.name("endpoint");
    let key = ResourceKey::named(ResourceKind::Endpoint, name);
    let new = NewResource::visible(serde_json::to_value(endpoint).map_err(ServiceError::MalformedBody)?);
    let default = endpoint.properties.defaults.as_ref().and_then(|given| given.deployment_name.as_deref());
    match default.filter(|default| !default.is_empty()) {
        Some(default) => {
            let needed = ResourceKey::deployment(name, default);
            let written = scope.store().put_resource_with(&scope.workspace, key, &new, needed)?;
            written.ok_or_else(|| ServiceError::DeploymentNotFound(default.to_owned()).in_body())
        }
        None => Ok(scope.store().put_resource(&scope.workspace, key, &new)?),
    }
}

fn check(properties: &BatchEndpointProperties) -> Result<(), ServiceError> {
    let auth_mode = properties.auth_mode.as_deref().unwrap_or("aadToken");
    if !auth_mode.eq_ignore_ascii_case("aadToken") {
        return Err(ServiceError::Invalid(format!(
            "Batch endpoints support authMode aadToken only, not {auth_mode}."
        )));
    }
    Ok(())
}

fn body(scope: &Scope, endpoint: &Resource) -> Value {
    let given = &endpoint.body["properties"];
    let properties = json!({
        "description": given["description"],
        "properties": given.get("properties").cloned().unwrap_or_else(|| json!({})),
        "scoringUri": scope.origin.scoring(&scope.workspace.id, &endpoint.name),
        "swaggerUri": null,
        "authMode": "AADToken",
        "defaults": { "deploymentName": default_deployment(endpoint) },
        "provisioningState": "Succeeded",
    });
    let tail = format!("batchEndpoints/{}", endpoint.name);
    let mut body = frame(scope, &tail, &endpoint.name, "batchEndpoints", properties);
    add_tracked(&mut body, endpoint);
    let nobody = "00000000-0000-0000-0000-000000000000";
    body.insert("identity".to_owned(), json!({ "type": "None", "principalId": nobody, "tenantId": nobody }));
    body.into()
}
