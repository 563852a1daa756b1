//! Long-running operations.

use super::*;
use crate::local::engine::JobRecord;
use crate::local::store::StoreJobRecord;
use crate::wire::job::JobStatus;

impl Service {
    /// Asks an address an answer gave.
    async fn ask(&self, address: &str) -> Answer {
        let path = address.strip_prefix(&format!("https://{HOST}")).unwrap();
        self.send(Method::GET, path, &[], Body::empty()).await
    }
}

#[tokio::test]
async fn changes_are_answered_as_operations_that_have_succeeded() {
    let service = Service::new().with_deployment().await;
    let put = service.put("/batchEndpoints/digits", endpoint(None)).await;
    assert_eq!((put.status.as_u16(), put.header("x-ms-retry-after-ms")), (200, "100"));
    let status = service.ask(put.header("azure-asyncoperation")).await;
    let status = status.expect(200);
    assert_eq!(status["status"], "Succeeded");
    assert!(put.header("azure-asyncoperation").contains(status["name"].as_str().unwrap()));
    for tail in ["/batchEndpoints/digits/deployments/blue", "/batchEndpoints/digits", "/computes/cpu-cluster"]
    {
        let deleted = service.delete(tail).await;
        assert_eq!(deleted.status.as_u16(), 202, "{tail}");
        assert_eq!(
            service.ask(deleted.header("azure-asyncoperation")).await.expect(200)["status"],
            "Succeeded"
        );
        service.ask(deleted.header("location")).await.expect(200);
    }
}

#[tokio::test]
async fn a_cancellation_goes_on_until_the_job_has_ended() {
    let service = Service::new().with_deployment().await;
    let (name, _) = service.started(json!({ "inputData": folder_input() })).await;
    let path = ws(&format!("/jobs/{name}/cancel"));
    let accepted = service.send(Method::POST, &path, &[], Body::empty()).await;
    let result = accepted.header("location").to_owned();
    let status = result.replace("mfeOperationResults", "mfeOperationsStatus");
    let waiting = service.ask(&result).await;
    assert_eq!((waiting.status.as_u16(), waiting.header("x-ms-retry-after-ms")), (202, "100"));
    assert_eq!(service.ask(&status).await.expect(200)["status"], "InProgress");
    let record = StoreJobRecord::new(service.service.store().clone(), &name);
    record.finish(JobStatus::Canceled, None).unwrap();
    service.ask(&result).await.expect(200);
    assert_eq!(service.ask(&status).await.expect(200)["status"], "Succeeded");
}

#[tokio::test]
async fn an_operation_nobody_started_is_not_found() {
    let service = Service::new();
    for id in [&Uuid::new_v4().to_string(), "x"] {
        let path = paths::fill(paths::OPERATION_STATUS, &["s", "local", id]);
        let message = service.send(Method::GET, &path, &[], Body::empty()).await.expect_error(404);
        assert_eq!(message, format!("Could not find operation {id}."));
    }
}
