//! Tests of the service through its router, one file a family of routes.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod assets;
mod blobs;
mod gate;
mod jobs;
mod operations;
mod resources;

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;
use crate::local::engine::supervisor::SupervisorLock;
use crate::local::home::Home;
use crate::wire::ids::WorkspaceId;

const HOST: &str = "127.0.0.1:8443";

/// Supervisors that only hold their locks.
#[derive(Clone, Default)]
struct FakeLauncher {
    launched: Arc<Mutex<Vec<(String, SupervisorLock)>>>,
    is_broken: bool,
}

impl Launcher for FakeLauncher {
    fn launch(&self, job: &str, lock: SupervisorLock) -> Result<(), LaunchError> {
        if self.is_broken {
            return Err(LaunchError::new(job, "no such program"));
        }
        self.launched.lock().unwrap().push((job.to_owned(), lock));
        Ok(())
    }
}

struct Service {
    _temp: TempDir,
    service: Arc<LocalService>,
    router: Router,
    launcher: FakeLauncher,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{:?}", self.bytes))
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks the status and gives the body.
    #[track_caller]
    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.bytes);
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that it is an ARM error with this status, and gives its message.
    #[track_caller]
    fn expect_error(self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(body["error"]["additionalInfo"][0]["type"], "ComponentName");
        body["error"]["message"].as_str().unwrap().to_owned()
    }
}

impl Service {
    fn new() -> Self {
        Self::with(FakeLauncher::default())
    }

    fn with(launcher: FakeLauncher) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::new(temp.path().join("home"));
        let service = Arc::new(crate::local::open(home, Box::new(launcher.clone())).unwrap());
        Self { _temp: temp, router: router(Arc::clone(&service)), service, launcher }
    }

    /// The same service as it is on a socket.
    fn behind(self, gate: &Arc<Gate>) -> Self {
        Self { router: gated_router(Arc::clone(&self.service), Arc::clone(gate)), ..self }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        assert!(parts.headers.contains_key("x-ms-request-id"));
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, tail: &str) -> Answer {
        self.send(Method::GET, &ws(tail), &[], Body::empty()).await
    }

    async fn put(&self, tail: &str, body: Value) -> Answer {
        self.send(Method::PUT, &ws(tail), &[], body.to_string()).await
    }

    async fn delete(&self, tail: &str) -> Answer {
        self.send(Method::DELETE, &ws(tail), &[], Body::empty()).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        self.send(Method::POST, path, headers, body.to_string()).await
    }

    async fn put_blob(&self, container: &str, name: &str, content: &'static str) {
        let path = format!("/devstore/{container}/{name}");
        let answer = self.send(Method::PUT, &path, &[("x-ms-blob-type", "BlockBlob")], content).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.bytes);
    }

    /// The container of the default datastore.
    async fn container(&self) -> String {
        let datastore = self.get("/datastores/workspaceblobstore").await.expect(200);
        datastore["properties"]["containerName"].as_str().unwrap().to_owned()
    }

    /// An endpoint `digits` with the default deployment `blue`, and everything they need.
    async fn with_deployment(self) -> Self {
        self.put(
            "/computes/cpu-cluster",
            json!({ "properties": { "computeType": "AmlCompute", "properties": {} } }),
        )
        .await
        .expect(201);
        let upload =
            self.post(&ws("/codes/code/versions/1/startPendingUpload"), &[], json!({})).await.expect(200);
        let uri = upload["blobReferenceForConsumption"]["blobUri"].as_str().unwrap().to_owned();
        self.put_blob(uri.rsplit('/').next().unwrap(), "src/score.py", "def run(b): return b").await;
        let code = json!({ "properties": {
            "codeUri": format!("{uri}/src"),
            "properties": { "hash_sha256": "abc", "hash_version": 202208 },
        }});
        self.put("/codes/code/versions/1", code).await.expect(201);
        self.put("/environments/env/versions/1", json!({ "properties": { "image": "i" } })).await.expect(201);
        let container = self.container().await;
        self.put_blob(&container, "m/model/weights", "w").await;
        self.put_blob(&container, "in/a.txt", "a").await;
        let model =
            json!({ "properties": { "modelUri": "azureml://datastores/workspaceblobstore/paths/m/model" } });
        self.put("/models/model/versions/1", model).await.expect(201);
        self.put("/batchEndpoints/digits", endpoint(None)).await.expect(201);
        self.put("/batchEndpoints/digits/deployments/blue", deployment()).await.expect(201);
        self.put("/batchEndpoints/digits", endpoint(Some("blue"))).await.expect(200);
        self
    }

    async fn invoke(&self, headers: &[(&str, &str)], properties: Value) -> Answer {
        let uri = self.get("/batchEndpoints/digits").await.expect(200)["properties"]["scoringUri"].clone();
        let path = uri.as_str().unwrap().strip_prefix(&format!("https://{HOST}")).unwrap().to_owned();
        self.post(&path, headers, json!({ "properties": properties })).await
    }
}

/// A path inside the local workspace.
fn ws(tail: &str) -> String {
    format!("{}{tail}", WorkspaceId::local())
}

fn endpoint(default: Option<&str>) -> Value {
    json!({ "location": "local", "tags": { "a": "b" }, "properties": {
        "authMode": "aadToken", "description": "d", "properties": {}, "defaults": { "deploymentName": default },
    }})
}

fn deployment() -> Value {
    json!({ "location": "local", "tags": {}, "properties": {
        "compute": ws("/computes/cpu-cluster"),
        "codeConfiguration": { "codeId": ws("/codes/code/versions/1"), "scoringScript": "score.py" },
        "environmentId": ws("/environments/env/versions/1"),
        "model": { "referenceType": "Id", "assetId": ws("/models/model/versions/1") },
        "environmentVariables": { "A": "x", "N": 1 },
        "loggingLevel": "debug",
    }})
}

/// An invocation of the folder every test workspace has.
fn folder_input() -> Value {
    json!({ "UriFolder": { "jobInputType": "UriFolder", "uri": "azureml://datastores/workspaceblobstore/paths/in/" } })
}

#[tokio::test]
async fn fixed_words_match_in_any_case_and_ids_come_back_spelled_right() {
    let service = Service::new();
    let path = ws("").replace("resourceGroups", "resourcegroups").replace("Microsoft", "microsoft");
    let answer = service.send(Method::GET, &path, &[], Body::empty()).await.expect(200);
    assert_eq!(answer["id"], WorkspaceId::local().to_string());
    let discovery = answer["properties"]["discoveryUrl"].as_str().unwrap();
    assert_eq!(discovery, "https://127.0.0.1:8443/discovery");
    let answer = service.send(Method::GET, "/discovery", &[], Body::empty()).await.expect(200);
    assert_eq!(answer["api"], "https://127.0.0.1:8443");
}

#[tokio::test]
async fn unknown_routes_answer_in_the_shape_of_arm() {
    let service = Service::new();
    for path in ["/nope".to_owned(), ws("/nope/x/y"), ws("/nope")] {
        let message = service.send(Method::GET, &path, &[], Body::empty()).await.expect_error(404);
        assert!(message.contains("nope"), "{message}");
    }
}

#[tokio::test]
async fn datastores_lie_on_this_host() {
    let service = Service::new();
    let all = service.get("/datastores?count=30&orderByAsc=false").await.expect(200);
    let default = service.get("/datastores?count=30&isDefault=true").await.expect(200);
    assert_eq!((all["value"].as_array().unwrap().len(), default["value"].as_array().unwrap().len()), (2, 1));
    assert_eq!(default["value"][0]["properties"]["accountName"], "127.0.0.1:8443/devstore");
    let secrets =
        service.post(&ws("/datastores/workspaceblobstore/listSecrets"), &[], json!({})).await.expect(200);
    assert_eq!(secrets["secretsType"], "Sas");
    assert_eq!(service.get("/datastores/nope").await.expect_error(404), "Could not find datastore: nope");
}
