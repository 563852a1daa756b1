//! An Azure in which every endpoint, model, environment and data container exists (version 7 is the latest, 8 the
//! next), no code, job or compute does, every PUT succeeds and every blob is yet to be written. It remembers nothing.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::common::stand_in::{Answer, Asked};

pub(super) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const SCOPE: &str = concat!(
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg",
    "/providers/Microsoft.MachineLearningServices/workspaces/ws"
);
const LATEST: &str = "7";
const NEXT: &str = "8";

/// The path of a request, decoded, without its query.
pub(super) fn path_of(asked: &Asked) -> String {
    percent_decode_str(asked.path.split('?').next().unwrap()).decode_utf8_lossy().into_owned()
}

/// Whether this request writes a blob (its content, not its metadata).
pub(super) fn writes_blob(asked: &Asked) -> bool {
    asked.method == "PUT"
        && !asked.path.starts_with("/subscriptions/")
        && !asked.path.contains("comp=metadata")
}

/// What Azure says to one request.
pub(super) fn answer(origin: &str, asked: &Asked) -> Answer {
    let path = path_of(asked);
    let Some(below) = path.get(SCOPE.len()..).filter(|_| path[..SCOPE.len()].eq_ignore_ascii_case(SCOPE))
    else {
        return if path.starts_with("/subscriptions/") { not_found() } else { blob(asked) };
    };
    let segments: Vec<&str> = below.split('/').skip(1).collect();
    match (asked.method.as_str(), segments.as_slice()) {
        ("PUT" | "PATCH", _) => stored(&path, &asked.body),
        ("GET", []) => ok(&workspace()),
        ("GET", ["datastores"]) => ok(&json!({"value": [datastore(origin, "workspaceblobstore")]})),
        ("GET", ["datastores", name]) => ok(&datastore(origin, name)),
        ("POST", ["datastores", _, "listSecrets"]) => refusal(403, "Forbidden"),
        ("GET", ["batchEndpoints", name]) => ok(&endpoint(&path, name)),
        ("POST", [kind, _, "versions", _, "startPendingUpload"]) => ok(&pending_upload(origin, kind)),
        ("GET", ["codes", _, "versions"]) => ok(&json!({"value": []})),
        ("GET", [kind @ ("models" | "environments" | "data"), name, version @ ..]) => match version {
            [] => ok(&container(&path, name)),
            ["versions"] => ok(&json!({"value": [asset(kind, name, LATEST)]})),
            ["versions", version] => ok(&asset(kind, name, version)),
            _ => not_found(),
        },
        _ => not_found(),
    }
}

fn ok(body: &Value) -> Answer {
    (200, Vec::new(), body.to_string())
}

fn refusal(status: u16, code: &str) -> Answer {
    (status, Vec::new(), json!({"error": {"code": code, "message": code}}).to_string())
}

fn not_found() -> Answer {
    refusal(404, "NotFound")
}

/// The blob service: nothing is there, everything can be written.
fn blob(asked: &Asked) -> Answer {
    let stamps =
        vec![("etag", "\"x\"".to_owned()), ("last-modified", "Mon, 01 Jan 2024 00:00:00 GMT".to_owned())];
    match asked.method.as_str() {
        "PUT" if asked.path.contains("comp=metadata") => (200, stamps, String::new()),
        "PUT" => (201, stamps, String::new()),
        "GET" if asked.path.contains("restype=container") => (200, stamps, String::new()),
        _ => (404, vec![("x-ms-error-code", "BlobNotFound".to_owned())], String::new()),
    }
}

/// The answer to a PUT: what was sent, with what a service adds.
fn stored(path: &str, body: &str) -> Answer {
    let mut reply: Value = serde_json::from_str(body).unwrap();
    reply["id"] = path.into();
    reply["name"] = path.rsplit('/').next().into();
    reply["systemData"] = system_data();
    if reply["properties"].is_null() {
        reply["properties"] = json!({});
    }
    let properties = &mut reply["properties"];
    properties["provisioningState"] = "Succeeded".into();
    if path.contains("/models/") {
        for key in ["flavors", "tags", "properties"] {
            if properties[key].is_null() {
                properties[key] = json!({});
            }
        }
    }
    ok(&reply)
}

fn system_data() -> Value {
    let stamp = "2024-01-01T00:00:00Z";
    json!({"createdAt": stamp, "createdBy": "x", "createdByType": "User", "lastModifiedAt": stamp})
}

fn workspace() -> Value {
    let account = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct"
    );
    json!({"id": SCOPE, "name": "ws", "type": "Microsoft.MachineLearningServices/workspaces", "location": "westeurope",
        "properties": {"workspaceId": "11111111-1111-1111-1111-111111111111", "storageAccount": account,
            "provisioningState": "Succeeded"}})
}

/// The blob address a client builds from this leads back to `origin`.
fn datastore(origin: &str, name: &str) -> Value {
    let (scheme, host) = origin.split_once("://").unwrap();
    json!({"id": format!("{SCOPE}/datastores/{name}"), "name": name, "properties": {
        "datastoreType": "AzureBlob", "accountName": format!("{host}/acct"), "containerName": "azureml-blobstore",
        "endpoint": "core.windows.net", "protocol": scheme, "isDefault": name == "workspaceblobstore",
        "credentials": {"credentialsType": "None"}, "serviceDataAccessAuthIdentity": "None"}})
}

fn endpoint(path: &str, name: &str) -> Value {
    json!({"id": path, "name": name, "location": "westeurope", "tags": {}, "properties": {
        "authMode": "AADToken", "provisioningState": "Succeeded", "properties": {}, "defaults": {}}})
}

fn pending_upload(origin: &str, kind: &str) -> Value {
    let blob = format!("{origin}/acct.blob.core.windows.net/{kind}-container");
    let credential = json!({"credentialType": "SAS", "sasUri": format!("{blob}?sv=x&sig=y")});
    json!({"pendingUploadId": "p", "pendingUploadType": "TemporaryBlobReference",
        "blobReferenceForConsumption": {"blobUri": blob, "storageAccountArmId": "x", "credential": credential}})
}

fn container(path: &str, name: &str) -> Value {
    json!({"id": path, "name": name, "properties": {"latestVersion": LATEST, "nextVersion": NEXT, "isArchived": false,
        "tags": {}, "properties": {}, "dataType": "uri_folder"}})
}

fn asset(kind: &str, name: &str, version: &str) -> Value {
    let properties = match kind {
        "models" => {
            json!({"modelType": "custom_model", "modelUri": "azureml://x", "flavors": {}, "isArchived": false,
            "tags": {}, "properties": {}})
        }
        "environments" => json!({"image": "img", "isAnonymous": false, "tags": {}, "properties": {}}),
        _ => json!({"dataType": "uri_folder", "dataUri": "azureml://x", "isAnonymous": false, "tags": {},
            "properties": {}}),
    };
    json!({"id": format!("{SCOPE}/{kind}/{name}/versions/{version}"), "name": version, "properties": properties,
        "systemData": system_data()})
}
