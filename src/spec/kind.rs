//! Kinds of specs: which one a document is, and checking it without making anything of it.

use super::document::SpecDocument;
use super::problem::Problem;
use super::{compute, data, deployment_rules, endpoint, environment, model};

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
}

impl SpecKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::BatchEndpoint,
        Self::BatchDeployment,
        Self::Compute,
        Self::Model,
        Self::Environment,
        Self::Data,
    ];

    /// What a person calls one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Self::BatchEndpoint => "batch endpoint",
            Self::BatchDeployment => "batch deployment",
            Self::Compute => "compute",
            Self::Model => "model",
            Self::Environment => "environment",
            Self::Data => "data asset",
        }
    }
}

/// All problems of a document as a spec of that kind, in the order of the file.
pub fn check(document: &SpecDocument, kind: SpecKind) -> Vec<Problem> {
    match kind {
        SpecKind::BatchEndpoint => endpoint::check(document).problems(),
        SpecKind::BatchDeployment => deployment_rules::check(document),
        SpecKind::Compute => compute::check(document),
        SpecKind::Model => model::check(document).problems(),
        SpecKind::Environment => environment::check(document).problems(),
        SpecKind::Data => data::check(document).problems(),
    }
}

/// The kind that a document's `$schema` names or, failing that, its content suggests.
pub fn guess_kind(document: &SpecDocument) -> Option<SpecKind> {
    let schema = document.root().get("$schema").and_then(|node| node.as_str());
    schema.and_then(kind_of_schema).or_else(|| kind_of_content(document))
}

fn kind_of_schema(address: &str) -> Option<SpecKind> {
    let file = address.rsplit('/').next()?.strip_suffix(".schema.json")?.to_ascii_lowercase();
    match file.as_str() {
        "batchendpoint" => Some(SpecKind::BatchEndpoint),
        "batchdeployment" | "modelbatchdeployment" | "pipelinecomponentbatchdeployment" => {
            Some(SpecKind::BatchDeployment)
        }
        "amlcompute" | "compute" | "computeinstance" | "vmcompute" | "kubernetescompute" => {
            Some(SpecKind::Compute)
        }
        "model" => Some(SpecKind::Model),
        "environment" => Some(SpecKind::Environment),
        "data" => Some(SpecKind::Data),
        _ => None,
    }
}

fn kind_of_content(document: &SpecDocument) -> Option<SpecKind> {
    let root = document.root();
    let has = |field: &str| root.get(field).is_some();
    let kind = root.get("type").and_then(|node| node.as_str()).unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "amlcompute" | "computeinstance" | "kubernetes" | "virtualmachine" => return Some(SpecKind::Compute),
        "uri_file" | "uri_folder" | "mltable" => return Some(SpecKind::Data),
        "custom_model" | "mlflow_model" | "triton_model" => return Some(SpecKind::Model),
        _ => {}
    }
    if has("endpoint_name") || has("code_configuration") {
        Some(SpecKind::BatchDeployment)
    } else if has("image") || has("conda_file") || has("build") {
        Some(SpecKind::Environment)
    } else if has("flavors") {
        Some(SpecKind::Model)
    } else if has("auth_mode") || has("defaults") {
        Some(SpecKind::BatchEndpoint)
    } else {
        None
    }
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
            (json!({ "name": "n" }), None),
        ] {
            assert_eq!(guess_kind(&SpecDocument::from_json(&value)), kind, "{value}");
        }
    }
}
