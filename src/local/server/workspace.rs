//! The workspace itself and the addresses of its region.

use axum::Json;
use serde_json::{Value, json};

use super::body::system_data;
use super::scope::Scope;
use super::url::Origin;

/// `GET` of the workspace; asking for one makes it.
pub(super) async fn get(scope: Scope) -> Json<Value> {
    let (workspace, origin) = (&scope.workspace, &scope.origin);
    Json(json!({
        "id": workspace.id.to_string(),
        "name": workspace.id.name,
        "type": "Microsoft.MachineLearningServices/workspaces",
        "location": "local",
        "tags": {},
        "etag": null,
        "properties": {
            "friendlyName": workspace.id.name,
            "description": "",
            "hbiWorkspace": false,
            "provisioningState": "Succeeded",
            "workspaceId": workspace.uuid,
            "publicNetworkAccess": "Enabled",
            "discoveryUrl": origin.url("/discovery"),
            "mlFlowTrackingUri": format!("azureml://{}/mlflow/v1.0{}", origin.host(), workspace.id),
        },
        "identity": { "type": "None" },
        "kind": "Default",
        "sku": { "name": "Basic", "tier": "Basic" },
        "systemData": system_data(&workspace.created_at, &workspace.created_at),
    }))
}

/// `GET` of the addresses; every service is here.
pub(super) async fn discovery(origin: Origin) -> Json<Value> {
    let base = origin.url("");
    Json(json!({ "api": base, "history": base, "experimentation": base, "studio": base }))
}
