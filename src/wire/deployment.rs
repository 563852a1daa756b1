//! Batch deployments.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{JsonMap, Tracked};

/// Body of `PUT {workspace}/batchEndpoints/{endpoint}/deployments/{name}`.
pub type BatchDeployment = Tracked<BatchDeploymentProperties>;

/// What a batch deployment is. Members that are not given are really absent; the service fills in its defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchDeploymentProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// ARM id of the compute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute: Option<String>,
    /// Nodes of each job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<DeploymentResources>,
    /// Code asset and scoring script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_configuration: Option<CodeConfiguration>,
    /// ARM id of the environment version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_id: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<IdReference>,
    /// `AppendRow` (service default) or `SummaryOnly`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_action: Option<OutputAction>,
    /// File the rows go to; service default `predictions.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_file_name: Option<String>,
    /// Retries and time limit of one mini-batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_settings: Option<RetrySettings>,
    /// Failed files that are tolerated; -1 (service default) tolerates all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_threshold: Option<i64>,
    /// `Info`, `Warning` or `Debug`, in the spelling given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_level: Option<String>,
    /// Files handed to one `run()`; service default 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mini_batch_size: Option<i64>,
    /// Worker processes on each node; service default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency_per_instance: Option<i64>,
    /// Set for the scoring script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<JsonMap>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// Present for deployments of a pipeline component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_configuration: Option<Value>,
}

/// `resources` of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentResources {
    /// Number of nodes; service default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_count: Option<i64>,
    /// VM size, where the compute leaves a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// Arguments for Docker, in one text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_args: Option<String>,
    /// Arguments for Docker, one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_args_list: Option<Vec<String>>,
    /// Size of the shared memory, such as `2g`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shm_size: Option<String>,
    /// Regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<String>>,
    /// Most nodes of each job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_instance_count: Option<i64>,
}

/// `deploymentConfiguration` of a deployment of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineConfiguration {
    /// Always `PipelineComponent`.
    pub deployment_configuration_type: String,
    /// The pipeline component.
    pub component_id: IdReference,
    /// How jobs run, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<JsonMap>,
    /// Labels of a component made for the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
    /// Description of a component made for the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Where the scoring script is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeConfiguration {
    /// ARM id of the code version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_id: Option<String>,
    /// Path of the script inside the code folder, with `/`.
    pub scoring_script: String,
}

/// A reference by ARM id: `{"referenceType": "Id", "assetId": ...}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdReference {
    /// Always `Id` in what azml sends.
    pub reference_type: String,
    /// The id.
    pub asset_id: String,
}

impl IdReference {
    /// A reference to `asset_id`.
    pub fn new(asset_id: impl Into<String>) -> Self {
        Self { reference_type: "Id".to_owned(), asset_id: asset_id.into() }
    }
}

/// What happens with the results of `run()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputAction {
    /// Rows are written to the output file.
    AppendRow,
    /// Rows are counted, the script writes its own files.
    SummaryOnly,
}

/// Retries and time limit of one mini-batch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetrySettings {
    /// Retries after the first try; service default 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<i64>,
    /// ISO 8601 duration; service default `PT30S`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}

/// Whether a path, such as that of a script in its code folder, climbs out of the folder it starts in.
pub fn leaves_folder(path: &str) -> bool {
    let mut depth = 0i32;
    path.starts_with('/')
        || path.split(['/', '\\']).any(|part| {
            depth += match part {
                "" | "." => 0,
                ".." => -1,
                _ => 1,
            };
            depth < 0
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_stay_inside_their_folder() {
        for (path, leaves) in [
            ("a.py", false),
            ("./a/../b.py", false),
            ("../a.py", true),
            ("a/../../b.py", true),
            ("/a.py", true),
        ] {
            assert_eq!(leaves_folder(path), leaves, "{path}");
        }
    }
}
