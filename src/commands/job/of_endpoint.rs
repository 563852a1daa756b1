//! The jobs of an endpoint or deployment, for `list-jobs`.

use http::StatusCode;
use serde_json::Value;

use crate::arm::{ArmError, Client};
use crate::context::Context;

/// Lists the jobs that were started through an endpoint, or one of its deployments.
///
/// Many workspaces refuse the data plane's list, whoever asks (Azure/azure-sdk-for-python issue 45212). What the
/// workspace itself knows of its jobs tells the same then.
pub async fn of_endpoint(
    cx: &Context,
    arm: &Client,
    endpoint: &str,
    deployment: Option<&str>,
) -> Result<Vec<Value>, ArmError> {
    let refused = match arm.endpoint_jobs(endpoint, deployment).await {
        Err(error) if is_refusal(&error) => error,
        other => return other,
    };
    // What does not exist is still an error.
    match deployment {
        Some(name) => arm.deployment(endpoint, name).await?,
        None => arm.endpoint(endpoint).await?,
    };
    cx.ui().info(&format!("The batch service does not list its jobs, so the workspace is asked: {refused}"));
    arm.jobs_where(|job| is_of(job, endpoint, deployment)).await
}

/// Whether the service does not take the question, rather than the one who asks.
fn is_refusal(error: &ArmError) -> bool {
    use StatusCode as Status;
    let refusals = [
        Status::BAD_REQUEST,
        Status::NOT_FOUND,
        Status::METHOD_NOT_ALLOWED,
        Status::GONE,
        Status::NOT_IMPLEMENTED,
    ];
    error.status().is_some_and(|status| refusals.contains(&status))
}

/// Whether a job was started through the endpoint: its tags name the deployment, its description both.
fn is_of(job: &Value, endpoint: &str, deployment: Option<&str>) -> bool {
    let properties = &job["properties"];
    let tag = |name: &str| properties["tags"][name].as_str().unwrap_or_default();
    let description = properties["description"].as_str().unwrap_or_default();
    let is_described = description.contains(&format!("endpoint: {endpoint}, deployment:"));
    let is_of_endpoint = is_described || properties["experimentName"] == endpoint;
    tag("azureml.batchrun") == "true"
        && is_of_endpoint
        && deployment.is_none_or(|name| tag("azureml.deploymentname") == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn jobs_are_known_by_their_tags_and_their_description_or_experiment() {
        let job = |description: &str, experiment: &str, is_batch: &str| {
            json!({"properties": {"description": description, "experimentName": experiment,
                "tags": {"azureml.batchrun": is_batch, "azureml.deploymentname": "d"}}})
        };
        let described = job("Pipeline submission for endpoint: e, deployment: d.", "mine", "true");
        assert!(is_of(&described, "e", None) && is_of(&described, "e", Some("d")));
        assert!(!is_of(&described, "e", Some("other")) && !is_of(&described, "ee", None));
        assert!(is_of(&job("", "e", "true"), "e", None));
        assert!(!is_of(&job("", "e", "false"), "e", None), "an experiment of that name holds other jobs too");
        assert!(!is_of(&json!({"properties": null}), "e", None));
    }
}
