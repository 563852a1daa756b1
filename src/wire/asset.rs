//! Versioned assets: code, environments, models, data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{JsonMap, Proxy, component};

/// Kinds of versioned assets, named as in the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// `codes`
    Code,
    /// `environments`
    Environment,
    /// `models`
    Model,
    /// `data`
    Data,
    /// `components`
    Component,
}

impl AssetKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Code, Self::Environment, Self::Model, Self::Data, Self::Component];

    /// The route segment.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Code => "codes",
            Self::Environment => "environments",
            Self::Model => "models",
            Self::Data => "data",
            Self::Component => component::SEGMENT,
        }
    }

    /// What a person calls one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Environment => "environment",
            Self::Model => "model",
            Self::Data => "data asset",
            Self::Component => component::NOUN,
        }
    }

    /// Reads a route segment, whatever its case.
    pub fn from_segment(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.segment().eq_ignore_ascii_case(segment))
    }
}

/// Body of a code version.
pub type CodeVersion = Proxy<CodeProperties>;
/// Body of an environment version.
pub type EnvironmentVersion = Proxy<EnvironmentProperties>;
/// Body of a model version.
pub type ModelVersion = Proxy<ModelProperties>;
/// Body of a data version.
pub type DataVersion = Proxy<DataProperties>;

/// A code version: an uploaded folder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeProperties {
    /// Blob address of the folder.
    pub code_uri: String,
    /// Code assets are always anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// `hash_sha256` and `hash_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
}

/// An environment version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// Text of the conda file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conda_file: Option<String>,
    /// Container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Docker build context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<Value>,
    /// `Linux` or `Windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_type: Option<String>,
    /// Scoring routes of an inference image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference_config: Option<Value>,
    /// Made for one deployment, not registered by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// Hidden from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_archived: Option<bool>,
}

/// Whether the properties of two environments have the same content, so that one can be written over the other. A
/// version is its content: only labels around it may change.
pub fn is_same_environment(old: &Value, new: &Value) -> bool {
    let os_type = |properties: &Value| properties["osType"].as_str().unwrap_or("Linux").to_lowercase();
    let members = ["image", "condaFile", "build", "inferenceConfig"];
    members.iter().all(|member| old[*member] == new[*member]) && os_type(old) == os_type(new)
}

/// A model version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// MLflow flavors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavors: Option<Value>,
    /// `custom_model`, `mlflow_model` or `triton_model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_type: Option<String>,
    /// Where the file or folder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_uri: Option<String>,
    /// The job that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// Life-cycle stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// How the model is deployed by default: `{"assetId": ...}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_deployment_template: Option<Value>,
    /// How the model may be deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_deployment_templates: Option<Vec<Value>>,
    /// Made for one deployment, not registered by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// Hidden from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_archived: Option<bool>,
}

/// A data version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataProperties {
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
    /// Free properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<JsonMap>,
    /// `uri_file`, `uri_folder` or `mltable`.
    pub data_type: String,
    /// Where the data is.
    pub data_uri: String,
    /// What an MLTable refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referenced_uris: Option<Vec<Value>>,
    /// When the service deletes the data: `{"condition": ..., "value": ...}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_delete_setting: Option<JsonMap>,
    /// Made for one call, not registered by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// Hidden from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_archived: Option<bool>,
}

/// Answer of `startPendingUpload`: where code is to be uploaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingUpload {
    /// Opaque id.
    pub pending_upload_id: String,
    /// `TemporaryBlobReference`
    pub pending_upload_type: String,
    /// The container.
    pub blob_reference_for_consumption: BlobReference,
}

/// A container and the right to write into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobReference {
    /// Address of the container, no trailing slash.
    pub blob_uri: String,
    /// Storage account; may be empty.
    #[serde(default)]
    pub storage_account_arm_id: String,
    /// `{"credentialType": "SAS", "sasUri": ...}`
    pub credential: Value,
}
