//! Compute clusters. Here they only have a name and limits; jobs run on this machine.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::body::{add_tracked, frame, set_missing};
use super::error::ServiceError;
use super::paging::Paging;
use super::scope::{JsonBody, Scope};
use super::{names, operations};
use crate::local::store::{NewResource, Resource, ResourceKey, ResourceKind, Written};
use crate::wire::compute::{Compute, ScaleSettings};
use crate::wire::duration;

pub(super) async fn list(scope: Scope, paging: Paging) -> Result<Json<Value>, ServiceError> {
    let found = scope.store().resources(&scope.workspace, ResourceKind::Compute, "")?;
    Ok(paging.of(&found, |compute| body(&scope, compute)))
}

pub(super) async fn get(scope: Scope) -> Result<Json<Value>, ServiceError> {
    find(&scope, scope.name("compute")).map(|compute| Json(body(&scope, &compute)))
}

pub(super) async fn put(
    scope: Scope,
    JsonBody(compute): JsonBody<Compute>,
) -> Result<Response, ServiceError> {
    let name = scope.name("compute");
    names::check("compute", name)?;
    check(&compute)?;
    let key = ResourceKey::named(ResourceKind::Compute, name);
    let new = NewResource::visible(serde_json::to_value(&compute).map_err(ServiceError::MalformedBody)?);
    let written = scope.store().put_resource(&scope.workspace, key, &new)?;
    Ok(operations::written(&scope, status(written), body(&scope, &find(&scope, name)?)))
}

pub(super) async fn delete(scope: Scope) -> Result<Response, ServiceError> {
    let name = scope.name("compute");
    let key = ResourceKey::named(ResourceKind::Compute, name);
    match scope.store().delete_resource(&scope.workspace, key)? {
        true => Ok(operations::deleted(&scope)),
        false => Err(ServiceError::ComputeNotFound(name.to_owned())),
    }
}

/// The compute of this name.
pub(super) fn find(scope: &Scope, name: &str) -> Result<Resource, ServiceError> {
    let found = scope.store().resource(&scope.workspace, ResourceKey::named(ResourceKind::Compute, name))?;
    found.ok_or_else(|| ServiceError::ComputeNotFound(name.to_owned()))
}

/// 201 for something new, 200 for a change.
pub(super) fn status(written: Written) -> StatusCode {
    match written {
        Written::Created => StatusCode::CREATED,
        Written::Updated => StatusCode::OK,
    }
}

fn check(compute: &Compute) -> Result<(), ServiceError> {
    let kind = &compute.properties.compute_type;
    if !kind.eq_ignore_ascii_case("AmlCompute") {
        return Err(ServiceError::Invalid(format!(
            "The local workspace knows only computes of type AmlCompute, not {kind}."
        )));
    }
    let Some(ScaleSettings { max_node_count, min_node_count, node_idle_time_before_scale_down }) =
        &compute.properties.properties.scale_settings
    else {
        return Ok(());
    };
    if *min_node_count < 0 || max_node_count < min_node_count {
        return Err(ServiceError::Invalid(format!(
            "Node counts must be 0 <= minNodeCount <= maxNodeCount, not {min_node_count} and {max_node_count}."
        )));
    }
    match node_idle_time_before_scale_down {
        Some(idle) if duration::parse_seconds(idle).is_none() => Err(ServiceError::Invalid(format!(
            "nodeIdleTimeBeforeScaleDown {idle} is not an ISO 8601 duration."
        ))),
        _ => Ok(()),
    }
}

fn body(scope: &Scope, compute: &Resource) -> Value {
    let mut properties = compute.body["properties"].clone();
    set_missing(&mut properties["properties"], &cluster_defaults());
    let facts = [
        ("computeType", "AmlCompute".into()),
        ("description", Value::Null),
        ("computeLocation", "local".into()),
        ("provisioningState", "Succeeded".into()),
        ("createdOn", compute.created_at.as_str().into()),
        ("modifiedOn", compute.modified_at.as_str().into()),
        ("provisioningErrors", Value::Null),
        ("isAttachedCompute", false.into()),
    ];
    set_missing(&mut properties, &facts);
    let mut body = frame(scope, &format!("computes/{}", compute.name), &compute.name, "computes", properties);
    add_tracked(&mut body, compute);
    if let Some(identity) = compute.body.get("identity") {
        body.insert("identity".to_owned(), identity.clone());
    }
    body.into()
}

fn cluster_defaults() -> [(&'static str, Value); 11] {
    let nodes = json!({
        "preparingNodeCount": 0, "runningNodeCount": 0, "idleNodeCount": 0,
        "unusableNodeCount": 0, "leavingNodeCount": 0, "preemptedNodeCount": 0,
    });
    [
        ("vmSize", "STANDARD_DS3_V2".into()),
        ("vmPriority", "Dedicated".into()),
        ("osType", "Linux".into()),
        (
            "scaleSettings",
            json!({ "maxNodeCount": 1, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT2M" }),
        ),
        ("subnet", Value::Null),
        ("currentNodeCount", 0.into()),
        ("targetNodeCount", 0.into()),
        ("allocationState", "Steady".into()),
        ("errors", Value::Null),
        ("nodeStateCounts", nodes),
        ("enableNodePublicIp", true.into()),
    ]
}
