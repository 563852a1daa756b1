//! Kinds of specs: which one a document is, and checking it without making anything of it.

use super::document::SpecDocument;
use super::problem::Problem;
use super::schema::Schema;
use super::tables;
use super::{compute, data, datastore, deployment, endpoint, environment, model};

/// Kinds of specs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecKind {
    /// `batch-endpoint create`
    BatchEndpoint,
    /// `batch-deployment create`
    BatchDeployment,
    /// `compute create`
    Compute,
    /// `model create`
    Model,
    /// `environment create`
    Environment,
    /// `data create`
    Data,
    /// `datastore create`
    Datastore,
}

impl SpecKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::BatchEndpoint,
        Self::BatchDeployment,
        Self::Compute,
        Self::Model,
        Self::Environment,
        Self::Data,
        Self::Datastore,
    ];

    /// The command that makes one, and the first part of a path that is explained.
    pub fn command(self) -> &'static str {
        match self {
            Self::BatchEndpoint => "batch-endpoint",
            Self::BatchDeployment => "batch-deployment",
            Self::Compute => "compute",
            Self::Model => "model",
            Self::Environment => "environment",
            Self::Data => "data",
            Self::Datastore => "datastore",
        }
    }

    /// The field tables of the kind, one for each variant of it.
    pub(super) fn tables(self) -> Vec<&'static Schema> {
        match self {
            Self::BatchEndpoint => vec![&tables::endpoint::ENDPOINT],
            Self::BatchDeployment => {
                vec![&tables::deployment::NESTED, &tables::deployment::FLAT, &tables::pipeline::PIPELINE]
            }
            Self::Compute => vec![
                &tables::compute::CLUSTER,
                &tables::instance::INSTANCE,
                &tables::compute::VIRTUAL_MACHINE,
                &tables::compute::KUBERNETES,
                &tables::compute::SYNAPSE_SPARK,
            ],
            Self::Model => vec![&tables::model::MODEL],
            Self::Environment => vec![&tables::environment::ENVIRONMENT],
            Self::Data => vec![&tables::data::DATA],
            Self::Datastore => vec![
                &tables::datastore::BLOB,
                &tables::datastore::FILE,
                &tables::datastore::DATA_LAKE_GEN1,
                &tables::datastore::DATA_LAKE_GEN2,
                &tables::datastore::ONE_LAKE,
            ],
        }
    }

    /// What a person calls one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Self::BatchEndpoint => "batch endpoint",
            Self::BatchDeployment => "batch deployment",
            Self::Compute => "compute",
            Self::Model => "model",
            Self::Environment => "environment",
            Self::Data => "data asset",
            Self::Datastore => "datastore",
        }
    }
}

/// All problems of a document as a spec of that kind, in the order of the file.
pub fn check(document: &SpecDocument, kind: SpecKind) -> Vec<Problem> {
    match kind {
        SpecKind::BatchEndpoint => endpoint::check(document).problems(),
        SpecKind::BatchDeployment => deployment::check(document),
        SpecKind::Compute => compute::check(document),
        SpecKind::Model => model::check(document).problems(),
        SpecKind::Environment => environment::check(document).problems(),
        SpecKind::Data => data::check(document).problems(),
        SpecKind::Datastore => datastore::check(document).problems(),
    }
}

/// The kind that a document's `$schema` names or, failing that, its content suggests.
pub fn guess_kind(document: &SpecDocument) -> Option<SpecKind> {
    let schema = document.root().get("$schema").and_then(|node| node.as_str());
    schema.and_then(kind_of_schema).or_else(|| kind_of_content(document))
}

fn kind_of_schema(address: &str) -> Option<SpecKind> {
    // `https://.../amlCompute.schema.json`, and `http://azureml/sdk-2-0/BatchDeployment.json` in older files.
    let file = address.trim().rsplit('/').next()?.to_ascii_lowercase();
    let file = file.strip_suffix(".json")?;
    let file = file.strip_suffix(".schema").unwrap_or(file);
    match file {
        "batchendpoint" => Some(SpecKind::BatchEndpoint),
        "batchdeployment" | "modelbatchdeployment" | "pipelinecomponentbatchdeployment" => {
            Some(SpecKind::BatchDeployment)
        }
        "amlcompute"
        | "compute"
        | "computeinstance"
        | "vmcompute"
        | "virtualmachinecompute"
        | "kubernetescompute"
        | "synapsesparkcompute" => Some(SpecKind::Compute),
        "model" => Some(SpecKind::Model),
        "environment" => Some(SpecKind::Environment),
        "data" | "dataset" => Some(SpecKind::Data),
        "azureblob" | "azurefile" | "azuredatalakegen1" | "azuredatalakegen2" | "onelake" => {
            Some(SpecKind::Datastore)
        }
        _ => None,
    }
}

fn kind_of_content(document: &SpecDocument) -> Option<SpecKind> {
    let root = document.root();
    let has = |field: &str| root.get(field).is_some();
    let kind = root.get("type").and_then(|node| node.as_str()).unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "amlcompute" | "computeinstance" | "kubernetes" | "virtualmachine" | "synapsespark" => {
            return Some(SpecKind::Compute);
        }
        "uri_file" | "uri_folder" | "mltable" => return Some(SpecKind::Data),
        "custom_model" | "mlflow_model" | "triton_model" => return Some(SpecKind::Model),
        "azure_blob" | "azure_file" | "azure_data_lake_gen1" | "azure_data_lake_gen2" | "one_lake" => {
            return Some(SpecKind::Datastore);
        }
        _ => {}
    }
    let kinds: [(SpecKind, &[&str]); 6] = [
        (
            SpecKind::BatchDeployment,
            &["endpoint_name", "code_configuration", "job_definition", "scoring_script"],
        ),
        (SpecKind::Datastore, &["account_name", "store_name", "one_lake_workspace_name"]),
        (SpecKind::Environment, &["image", "conda_file", "build", "inference_config"]),
        (SpecKind::Model, &["flavors", "stage"]),
        (SpecKind::BatchEndpoint, &["auth_mode", "defaults", "scoring_uri"]),
        (SpecKind::Compute, &["min_instances", "max_instances", "size"]),
    ];
    kinds.into_iter().find(|(_, fields)| fields.iter().any(|field| has(field))).map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_are_known_by_schema_first_and_content_second() {
        let host = "https://host/latest";
        for (value, kind) in [
            (
                json!({ "$schema": format!("{host}/batchEndpoint.schema.json") }),
                Some(SpecKind::BatchEndpoint),
            ),
            (
                json!({ "$schema": format!("{host}/modelBatchDeployment.schema.json") }),
                Some(SpecKind::BatchDeployment),
            ),
            (json!({ "$schema": format!("{host}/amlCompute.schema.json") }), Some(SpecKind::Compute)),
            (json!({ "type": "mlflow_model", "path": "x" }), Some(SpecKind::Model)),
            (json!({ "endpoint_name": "e", "name": "d" }), Some(SpecKind::BatchDeployment)),
            (json!({ "image": "i" }), Some(SpecKind::Environment)),
            (
                json!({ "$schema": "http://azureml/sdk-2-0/BatchDeployment.json" }),
                Some(SpecKind::BatchDeployment),
            ),
            (json!({ "$schema": format!("{host}/azureBlob.schema.json ") }), Some(SpecKind::Datastore)),
            (json!({ "type": "azure_file" }), Some(SpecKind::Datastore)),
            (json!({ "type": "pipeline", "endpoint_name": "e" }), Some(SpecKind::BatchDeployment)),
            (json!({ "name": "n" }), None),
        ] {
            assert_eq!(guess_kind(&SpecDocument::from_json(&value)), kind, "{value}");
        }
    }
}
