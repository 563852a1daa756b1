//! Kinds of specs, and which one a document is.

use super::document::SpecDocument;
use super::schema::Schema;
use super::tables;

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

/// One of the forms a kind of spec has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    /// Its fields.
    pub(super) table: &'static Schema,
    /// What in a file chooses it.
    pub(super) chosen_by: ChosenBy,
}

/// What in a file chooses a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChosenBy {
    /// What the table itself has to say of `type`, if anything.
    Table,
    /// This word after `type`, though the table takes others, which `--set` may give.
    Type(&'static str),
    /// That there is no `type`.
    NoType,
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

    /// The variants of the kind.
    pub(super) fn variants(self) -> Vec<Variant> {
        let of = |tables: &[&'static Schema]| {
            tables.iter().map(|table| Variant { table, chosen_by: ChosenBy::Table }).collect()
        };
        match self {
            Self::BatchEndpoint => of(&[&tables::endpoint::ENDPOINT]),
            Self::BatchDeployment => vec![
                Variant { table: &tables::deployment::NESTED, chosen_by: ChosenBy::Type("model") },
                Variant { table: &tables::deployment::FLAT, chosen_by: ChosenBy::NoType },
                Variant { table: &tables::pipeline::PIPELINE, chosen_by: ChosenBy::Type("pipeline") },
            ],
            Self::Compute => of(&[
                &tables::compute::CLUSTER,
                &tables::instance::INSTANCE,
                &tables::compute::VIRTUAL_MACHINE,
                &tables::compute::KUBERNETES,
                &tables::compute::SYNAPSE_SPARK,
            ]),
            Self::Model => of(&[&tables::model::MODEL]),
            Self::Environment => of(&[&tables::environment::ENVIRONMENT]),
            Self::Data => of(&[&tables::data::DATA]),
            Self::Datastore => of(&[
                &tables::datastore::BLOB,
                &tables::datastore::FILE,
                &tables::datastore::DATA_LAKE_GEN1,
                &tables::datastore::DATA_LAKE_GEN2,
                &tables::datastore::ONE_LAKE,
            ]),
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

/// The kind that a document's `$schema` names or, where it has none, its content suggests. A schema of something else
/// is believed.
pub fn guess_kind(document: &SpecDocument) -> Option<SpecKind> {
    let schema = document.root().get("$schema").and_then(|node| node.as_str());
    match schema.map(kind_of_schema) {
        Some(Named::Kind(kind)) => Some(kind),
        Some(Named::Other) => None,
        Some(Named::Nothing) | None => kind_of_content(document),
    }
}

/// Whether a text that is no YAML was probably meant to be a spec: its `$schema` or `type` says so, or it has a field
/// that little else has.
pub fn looks_like_spec(text: &str) -> bool {
    let fields = || {
        let lines = text.lines().map(|line| line.trim_start_matches('\u{feff}'));
        lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim_matches(['"', '\'']), value.trim().trim_matches(['"', '\''])))
    };
    let schema = fields().find(|(name, _)| *name == "$schema").map(|(_, address)| kind_of_schema(address));
    match schema {
        Some(Named::Kind(_)) => true,
        Some(Named::Other) => false,
        Some(Named::Nothing) | None => fields().any(|(name, value)| {
            TELLING.contains(&name.trim_start()) || name == "type" && kind_of_type(value).is_some()
        }),
    }
}

/// Fields by which a broken text is known. Those that files of other tools have as well, such as `image`, are left out.
const TELLING: [&str; 9] = [
    "endpoint_name",
    "code_configuration",
    "scoring_script",
    "mini_batch_size",
    "job_definition",
    "auth_mode",
    "conda_file",
    "min_instances",
    "max_instances",
];

/// What a `$schema` says.
enum Named {
    Kind(SpecKind),
    /// Something that azml does not make, such as a job.
    Other,
    /// Nothing that is known.
    Nothing,
}

fn kind_of_schema(address: &str) -> Named {
    // `https://.../amlCompute.schema.json`, and `http://azureml/sdk-2-0/BatchDeployment.json` in older files.
    let address = address.trim().to_ascii_lowercase();
    let file = address.rsplit('/').next().unwrap_or_default();
    let Some(file) = file.strip_suffix(".json") else {
        return Named::Nothing;
    };
    Named::Kind(match file.strip_suffix(".schema").unwrap_or(file) {
        "batchendpoint" => SpecKind::BatchEndpoint,
        "batchdeployment" | "modelbatchdeployment" | "pipelinecomponentbatchdeployment" => {
            SpecKind::BatchDeployment
        }
        "amlcompute"
        | "compute"
        | "computeinstance"
        | "vmcompute"
        | "virtualmachinecompute"
        | "kubernetescompute"
        | "synapsesparkcompute" => SpecKind::Compute,
        "model" => SpecKind::Model,
        "environment" => SpecKind::Environment,
        "data" | "dataset" => SpecKind::Data,
        "azureblob" | "azurefile" | "azuredatalakegen1" | "azuredatalakegen2" | "onelake" => {
            SpecKind::Datastore
        }
        // In older files, what is registered has this one, whatever it is.
        "asset" => return Named::Nothing,
        _ => return Named::Other,
    })
}

/// The kind that has `type: word`, where only one has.
fn kind_of_type(word: &str) -> Option<SpecKind> {
    match word.to_ascii_lowercase().as_str() {
        "amlcompute" | "computeinstance" | "kubernetes" | "virtualmachine" | "synapsespark" => {
            Some(SpecKind::Compute)
        }
        "uri_file" | "uri_folder" | "mltable" => Some(SpecKind::Data),
        "custom_model" | "mlflow_model" | "triton_model" => Some(SpecKind::Model),
        "azure_blob" | "azure_file" | "azure_data_lake_gen1" | "azure_data_lake_gen2" | "one_lake" => {
            Some(SpecKind::Datastore)
        }
        _ => None,
    }
}

fn kind_of_content(document: &SpecDocument) -> Option<SpecKind> {
    let root = document.root();
    let has = |field: &str| root.get(field).is_some();
    if let Some(kind) = root.get("type").and_then(|node| kind_of_type(node.as_str()?)) {
        return Some(kind);
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
            (
                json!({ "$schema": format!("{host}/asset.schema.json"), "type": "custom_model" }),
                Some(SpecKind::Model),
            ),
            (json!({ "$schema": "here", "type": "custom_model" }), Some(SpecKind::Model)),
            (
                json!({ "$schema": format!("{host}/managedOnlineEndpoint.schema.json"), "auth_mode": "key" }),
                None,
            ),
            (
                json!({ "$schema": format!("{host}/managedOnlineDeployment.schema.json"), "endpoint_name": "e" }),
                None,
            ),
            (json!({ "$schema": format!("{host}/commandJob.schema.json"), "image": "i" }), None),
            (json!({ "$schema": format!("{host}/commandComponent.schema.json"), "build": {} }), None),
        ] {
            assert_eq!(guess_kind(&SpecDocument::from_json(&value)), kind, "{value}");
        }
    }

    #[test]
    fn broken_specs_are_told_from_broken_files_of_other_tools() {
        for text in [
            "$schema: https://host/latest/batchEndpoint.schema.json\nname: [\n",
            "\u{feff}endpoint_name: e\nname: [\n",
            "\"type\": amlcompute\n\tname: x\n",
            "settings:\n    mini_batch_size: 1\n  x\n",
        ] {
            assert!(looks_like_spec(text), "{text}");
        }
        for text in [
            "",
            "apiVersion: v1\nkind: Service\n---\napiVersion: v1\n",
            "spec:\n  type: kubernetes\n  image: {{ .Values.image }}\n",
            "theme: !!python/name:x\nimage: x\n",
            "$schema: https://host/latest/commandJob.schema.json\nendpoint_name: [\n",
        ] {
            assert!(!looks_like_spec(text), "{text}");
        }
    }
}
