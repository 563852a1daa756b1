//! `POST {scoringUri}`: starting a batch job.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::JsonMap;
use super::deployment::RetrySettings;

/// Header that names the deployment to run instead of the endpoint's default.
pub const DEPLOYMENT_HEADER: &str = "azureml-model-deployment";
/// Header that makes a repeated request the same job.
pub const REPEATABILITY_HEADER: &str = "repeatability_request-id";

/// Body of an invocation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchJobRequest {
    /// What to run on and what to change for this job.
    pub properties: BatchJobProperties,
}

/// What to run on and what to change for this job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchJobProperties {
    /// Inputs by name; a model deployment takes exactly one, whatever its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_data: Option<JsonMap>,
    /// Outputs by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_data: Option<JsonMap>,
    /// Where the output goes, by datastore id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_dataset: Option<Value>,
    /// Node count and target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute: Option<JobCompute>,
    /// Files handed to one `run()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mini_batch_size: Option<i64>,
    /// Retries and time limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_settings: Option<RetrySettings>,
    /// Failed files that are tolerated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_threshold: Option<i64>,
    /// File the rows go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_file_name: Option<String>,
    /// Name for the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `experimentName` and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
}

impl BatchJobProperties {
    /// Takes every member `other` has over; inputs, outputs and free properties one by one.
    pub fn take_over(&mut self, other: Self) {
        fn replace<T>(old: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *old = new;
            }
        }
        for (old, new) in [
            (&mut self.input_data, other.input_data),
            (&mut self.output_data, other.output_data),
            (&mut self.properties, other.properties),
        ] {
            for (name, value) in new.into_iter().flatten() {
                old.get_or_insert_default().insert(name, value);
            }
        }
        replace(&mut self.output_dataset, other.output_dataset);
        replace(&mut self.compute, other.compute);
        replace(&mut self.mini_batch_size, other.mini_batch_size);
        replace(&mut self.retry_settings, other.retry_settings);
        replace(&mut self.error_threshold, other.error_threshold);
        replace(&mut self.output_file_name, other.output_file_name);
        replace(&mut self.name, other.name);
    }
}

/// `compute` of an invocation. `isLocal` means nothing to the service (the SDK sends it with every override).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobCompute {
    /// Sent by the SDK, ignored by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_local: Option<bool>,
    /// ARM id or name of another compute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Nodes of this job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_count: Option<i64>,
    /// VM size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
}
