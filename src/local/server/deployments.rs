//! Batch deployments.

use axum::Json;
use axum::response::Response;
use serde_json::Value;

use super::body::{add_tracked, frame, set_missing};
use super::computes::status;
use super::error::ServiceError;
use super::paging::Paging;
use super::scope::{JsonBody, Scope};
use super::{endpoints, names, operations, pipeline, plan, references, settings};
use crate::local::engine::is_mlflow_model;
use crate::local::store::{NewResource, Resource, ResourceKey, ResourceKind};
use crate::wire::asset::AssetKind;
use crate::wire::deployment::{BatchDeployment, BatchDeploymentProperties, CodeConfiguration, IdReference};
use crate::wire::reference::AssetReference;

pub(super) async fn list(scope: Scope, paging: Paging) -> Result<Json<Value>, ServiceError> {
    let endpoint = endpoints::find(&scope)?;
    let found = scope.store().resources(&scope.workspace, ResourceKind::Deployment, &endpoint.name)?;
    Ok(paging.of(&found, |deployment| body(&scope, &endpoint, deployment)))
}

pub(super) async fn get(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let endpoint = endpoints::find(&scope)?;
    let deployment = find(&scope, scope.name("deployment"))?;
    Ok(Json(body(&scope, &endpoint, &deployment)))
}

pub(super) async fn put(
    scope: Scope,
    JsonBody(mut deployment): JsonBody<BatchDeployment>,
) -> Result<Response, ServiceError> {
    let (endpoint, name) = (endpoints::find(&scope)?, scope.name("deployment"));
    names::check_endpoint_like("deployment", name)?;
    match pipeline::configuration(&deployment.properties)? {
        Some(configuration) => {
            let configuration = serde_json::to_value(pipeline::check(&scope, configuration)?);
            deployment.properties.deployment_configuration =
                Some(configuration.map_err(ServiceError::MalformedBody)?);
        }
        None => {
            settings::fill_defaults(&mut deployment.properties);
            settings::check(&mut deployment.properties)?;
            resolve(&scope, &mut deployment.properties)?;
        }
    }
    let key = ResourceKey::deployment(&endpoint.name, name);
    let new = NewResource::visible(serde_json::to_value(&deployment).map_err(ServiceError::MalformedBody)?);
    let parent = ResourceKey::named(ResourceKind::Endpoint, &endpoint.name);
    let written = scope.store().put_resource_with(&scope.workspace, key, &new, parent)?;
    let written = written.ok_or_else(|| ServiceError::EndpointNotFound(endpoint.name.clone()))?;
    Ok(operations::written(&scope, status(written), body(&scope, &endpoint, &find(&scope, name)?)))
}

pub(super) async fn delete(scope: Scope) -> Result<Response, ServiceError> {
    let (endpoint, name) = (endpoints::find(&scope)?, scope.name("deployment"));
    let key = ResourceKey::deployment(&endpoint.name, name);
    if !scope.store().delete_resource(&scope.workspace, key)? {
        return Err(ServiceError::DeploymentNotFound(name.to_owned()));
    }
    Ok(operations::deleted(&scope))
}

/// The deployment of this name below the endpoint the path names.
pub(super) fn find(scope: &Scope, name: &str) -> Result<Resource, ServiceError> {
    let key = ResourceKey::deployment(scope.name("endpoint"), name);
    let found = scope.store().resource(&scope.workspace, key)?;
    found.ok_or_else(|| ServiceError::DeploymentNotFound(name.to_owned()))
}

/// Checks that everything the deployment refers to exists, and writes the references as ids.
fn resolve(scope: &Scope, properties: &mut BatchDeploymentProperties) -> Result<(), ServiceError> {
    let required = |member: &str| ServiceError::Invalid(format!("A model deployment needs {member}."));
    let compute = properties.compute.as_deref().ok_or_else(|| required("compute"))?;
    properties.compute = Some(references::compute(scope, compute)?);
    let is_mlflow = match &mut properties.model {
        Some(model) => resolve_model(scope, model)?,
        None => false,
    };
    match (&mut properties.code_configuration, &properties.environment_id) {
        (Some(code), Some(_)) => resolve_code(scope, code)?,
        (Some(_), None) => return Err(required("environmentId")),
        (None, _) if is_mlflow => {}
        (None, _) => {
            return Err(required("codeConfiguration, unless its model is an MLflow model (mlflow_model)"));
        }
    }
    if let Some(environment) = &mut properties.environment_id {
        *environment = environment_id(scope, environment)?;
    }
    Ok(())
}

/// Writes the reference to a model as its id; answers whether it is an MLflow model, by its type or its content.
fn resolve_model(scope: &Scope, model: &mut IdReference) -> Result<bool, ServiceError> {
    let found = references::asset(scope, AssetKind::Model, &model.asset_id).map_err(ServiceError::in_body)?;
    *model = IdReference::new(found.id);
    let properties = &found.asset.body["properties"];
    if properties["modelType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("mlflow_model")) {
        return Ok(true);
    }
    let place = references::place(scope, properties["modelUri"].as_str().unwrap_or_default())?;
    Ok(match place {
        Some(place) => is_mlflow_model(&place.local_path(scope)?),
        None => false,
    })
}

fn resolve_code(scope: &Scope, code: &mut CodeConfiguration) -> Result<(), ServiceError> {
    let id = code.code_id.as_deref().unwrap_or_default();
    let found = references::asset(scope, AssetKind::Code, id).map_err(ServiceError::in_body)?;
    let script = code.scoring_script.trim_start_matches("./");
    if !script.ends_with(".py") {
        return Err(ServiceError::Invalid(format!(
            "The scoring script {script} is not a Python file (.py)."
        )));
    }
    let folder = plan::asset_path(scope, "code", &found.asset.body["properties"]["codeUri"])?;
    plan::check_script(&folder, script)
        .map_err(|why| ServiceError::Invalid(format!("The scoring script {why}.")))?;
    *code = CodeConfiguration { code_id: Some(found.id), scoring_script: script.to_owned() };
    Ok(())
}

/// Environments of registries are not here; what can be kept of them is their name.
fn environment_id(scope: &Scope, text: &str) -> Result<String, ServiceError> {
    if let Some(AssetReference::Registry(uri)) = AssetReference::parse_marked(text) {
        return Ok(uri);
    }
    if AssetReference::parse_marked(text).is_some_and(|reference| reference.is_curated_environment()) {
        return Err(ServiceError::Invalid(format!(
            "{text} is a curated environment, and batch deployments do not support those. Describe the environment \
             by an image and a conda file."
        )));
    }
    let found = references::asset(scope, AssetKind::Environment, text).map_err(ServiceError::in_body)?;
    Ok(found.id)
}

fn body(scope: &Scope, endpoint: &Resource, deployment: &Resource) -> Value {
    let mut properties = deployment.body["properties"].clone();
    set_missing(&mut properties, &[("description", Value::Null), ("provisioningState", "Succeeded".into())]);
    let tail = format!("batchEndpoints/{}/deployments/{}", endpoint.name, deployment.name);
    let mut body = frame(scope, &tail, &deployment.name, "batchEndpoints/deployments", properties);
    add_tracked(&mut body, deployment);
    body.into()
}
