//! Datastores: the two a workspace is born with, both on the blob service here.

use axum::Json;
use axum::extract::Query;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{frame, system_data};
use super::error::ServiceError;
use super::paging::Paging;
use super::scope::Scope;
use crate::local::store::{Resource, ResourceKey, ResourceKind};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListOptions {
    is_default: Option<String>,
}

pub(super) async fn list(
    scope: Scope,
    paging: Paging,
    Query(options): Query<ListOptions>,
) -> Result<Json<Value>, ServiceError> {
    let only_default = options.is_default.is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let found = scope.store().resources(&scope.workspace, ResourceKind::Datastore, "")?;
    let shown = found.iter().filter(|datastore| !only_default || datastore.body["isDefault"] == true);
    Ok(paging.of(shown, |datastore| body(&scope, datastore)))
}

pub(super) async fn get(scope: Scope) -> Result<Json<Value>, ServiceError> {
    find(&scope).map(|datastore| Json(body(&scope, &datastore)))
}

pub(super) async fn list_secrets(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let datastore = find(&scope)?;
    let container = datastore.body["containerName"].as_str().unwrap_or_default();
    let token = scope.origin.container_query(container);
    Ok(Json(json!({ "secretsType": "Sas", "sasToken": token })))
}

fn find(scope: &Scope) -> Result<Resource, ServiceError> {
    let name = scope.name("datastore");
    let found =
        scope.store().resource(&scope.workspace, ResourceKey::named(ResourceKind::Datastore, name))?;
    found.ok_or_else(|| ServiceError::DatastoreNotFound(name.to_owned()))
}

fn body(scope: &Scope, datastore: &Resource) -> Value {
    let properties = json!({
        "description": null,
        "tags": null,
        "properties": null,
        "isDefault": datastore.body["isDefault"],
        "credentials": { "credentialsType": "Sas" },
        "datastoreType": "AzureBlob",
        "accountName": scope.origin.account(),
        "containerName": datastore.body["containerName"],
        "endpoint": "core.windows.net",
        "protocol": "https",
        "serviceDataAccessAuthIdentity": "None",
    });
    let tail = format!("datastores/{}", datastore.name);
    let mut body = frame(scope, &tail, &datastore.name, "datastores", properties);
    body.insert("systemData".to_owned(), system_data(&datastore.created_at, &datastore.modified_at));
    body.into()
}
