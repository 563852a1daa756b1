//! Batch deployment specs: from either layout to one form, and from there to the body that is sent.
//!
//! `rules` checks, `settings` and `code` are parts of a deployment of a model, `pipeline` is one without.

mod code;
mod pipeline;
mod rules;
mod settings;

use serde_json::Value;

use super::document::SpecDocument;
use super::environment::EnvironmentSpec;
use super::fields::Fields;
use super::model::ModelSpec;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use crate::wire;
use crate::wire::JsonMap;
use crate::wire::deployment::{BatchDeployment, BatchDeploymentProperties, IdReference};
use crate::wire::reference::AssetReference;

pub use code::{CodeConfiguration, CodeSource, scoring_script};
pub use pipeline::{PipelineDeployment, PipelineSource};
pub use settings::{DeploymentSettings, Resources, RetrySettings};

/// A batch deployment as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentSpec {
    /// Name, in lower case as the service keeps it.
    pub name: String,
    /// Endpoint that it belongs to.
    pub endpoint_name: String,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Free properties.
    pub properties: Option<JsonMap>,
    /// The model.
    pub model: Option<AssetSource<ModelSpec>>,
    /// The scoring script.
    pub code: Option<CodeConfiguration>,
    /// What the script runs in.
    pub environment: Option<AssetSource<EnvironmentSpec>>,
    /// Compute as written: `azureml:<name>`, a bare name or an ARM id.
    pub compute: Option<String>,
    /// Nodes of each job.
    pub resources: Option<Resources>,
    /// How a job runs.
    pub settings: DeploymentSettings,
    /// What is deployed instead of a model, where the type is `pipeline`.
    pub pipeline: Option<PipelineDeployment>,
}

/// An asset that exists, or one described on the spot.
#[derive(Debug, Clone, PartialEq)]
pub enum AssetSource<T> {
    /// It exists.
    Reference(AssetReference),
    /// It is to be made.
    Inline(T),
}

/// Ids of what a deployment is made from, looked up or made before it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentAssets {
    /// Model version.
    pub model_id: Option<String>,
    /// Environment version.
    pub environment_id: Option<String>,
    /// Code version.
    pub code_id: Option<String>,
    /// Compute.
    pub compute_id: Option<String>,
}

impl DeploymentSpec {
    /// Reads and checks a document in either layout, and the conda file it names.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        Self::looking(document, |_| Vec::new())
    }

    /// As [`Self::from_document`], and checks the other files the spec names.
    pub fn from_document_and_files(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        Self::looking(document, |spec| spec.check_files(document))
    }

    fn looking(
        document: &SpecDocument,
        look: impl FnOnce(&Self) -> Vec<Problem>,
    ) -> Result<Checked<Self>, SpecError> {
        if rules::is_pipeline(document) {
            let (report, source) = rules::check_pipeline(document);
            return report.finish_with(|fields| Self::read_pipeline(document, Fields(fields), source), look);
        }
        rules::check_model(document).finish_with(|fields| Self::read(document, Fields(fields)), look)
    }

    fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        let mut resources = fields.object("resources").map(Resources::read);
        let settings = match fields.object("settings") {
            Some(mut nested) => {
                if let Some(count) = nested.integer("instance_count") {
                    resources = Some(Resources { instance_count: Some(count), ..Resources::default() });
                }
                DeploymentSettings::read(nested)
            }
            None => {
                let mut settings = DeploymentSettings::read(Fields(fields.0.clone()));
                if !rules::is_model_type(document) {
                    settings.environment_variables.get_or_insert_default();
                }
                settings
            }
        };
        Self {
            name: fields.text("name").unwrap_or_default().to_lowercase(),
            endpoint_name: endpoint_name(document, &mut fields),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: fields.mapping("properties"),
            model: source(fields.value("model"), |inline| {
                ModelSpec::read(document, inline, FieldPath::parse("model"))
            }),
            code: fields.object("code_configuration").map(|code| CodeConfiguration::read(document, code)),
            environment: environment_source(document, fields.value("environment")),
            compute: fields.text("compute"),
            resources,
            settings,
            pipeline: None,
        }
    }

    /// Problems with the files the spec names.
    fn check_files(&self, document: &SpecDocument) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(AssetSource::Inline(model)) = &self.model {
            problems.extend(model.check_files(document));
        }
        match &self.code {
            Some(code) => problems.extend(code.check_files(document)),
            None if self.pipeline.is_some() => {}
            None => problems.extend(rules::look_for_script(document, self.model.as_ref())),
        }
        problems
    }

    /// The body that creates a deployment of a model. A pipeline has [`Self::into_pipeline_wire`].
    pub fn into_wire(self, ids: DeploymentAssets, location: &str) -> BatchDeployment {
        let settings = self.settings;
        let code_id = ids.code_id;
        BatchDeployment {
            location: Some(location.to_owned()),
            tags: Some(self.tags.unwrap_or_default()),
            identity: None,
            properties: BatchDeploymentProperties {
                description: self.description,
                compute: ids.compute_id,
                resources: self.resources.map(Resources::into_wire),
                code_configuration: self.code.map(|code| wire::deployment::CodeConfiguration {
                    code_id,
                    scoring_script: code.scoring_script,
                }),
                environment_id: ids.environment_id,
                model: ids.model_id.map(IdReference::new),
                output_action: settings.output_action,
                output_file_name: settings.output_file_name,
                retry_settings: settings.retry.map(RetrySettings::into_wire),
                error_threshold: settings.error_threshold,
                logging_level: settings.logging_level,
                mini_batch_size: settings.mini_batch_size,
                max_concurrency_per_instance: settings.max_concurrency_per_instance,
                environment_variables: settings.environment_variables,
                properties: Some(self.properties.unwrap_or_default()),
                deployment_configuration: None,
            },
        }
    }
}

/// The endpoint's name: what is written stays as it is, what an option says is in lower case, as the SDK has it.
fn endpoint_name(document: &SpecDocument, fields: &mut Fields) -> String {
    let name = fields.text("endpoint_name").unwrap_or_default();
    if document.is_from_option("endpoint_name") { name.to_lowercase() } else { name }
}

/// An environment: a reference, or checked fields of one to be made.
pub(super) fn environment_source(
    document: &SpecDocument,
    value: Option<Value>,
) -> Option<AssetSource<EnvironmentSpec>> {
    source(value, |inline| EnvironmentSpec::read(document, inline))
}

fn source<T>(value: Option<Value>, read: impl FnOnce(Fields) -> T) -> Option<AssetSource<T>> {
    match value? {
        Value::String(text) => AssetReference::parse_marked(&text).map(AssetSource::Reference),
        Value::Object(fields) => Some(AssetSource::Inline(read(Fields(fields)))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;
    use std::fs;
    use std::path::Path;

    const NESTED_SPEC: &str = "\
type: model
name: Blue
endpoint_name: digits
model: azureml:m@latest
compute: azureml:c
settings:
  mini_batch_size: '20'
  output_action: append_row
  retry_settings: {max_retries: 1, timeout: 90}
";

    fn document(folder: &Path, text: &str) -> SpecDocument {
        let path = folder.join("deployment.yml");
        fs::write(&path, text).unwrap();
        SpecDocument::load(&path).unwrap()
    }

    fn read(text: &str) -> Result<Checked<DeploymentSpec>, SpecError> {
        let folder = tempfile::tempdir().unwrap();
        DeploymentSpec::from_document(&document(folder.path(), text))
    }

    #[test]
    fn both_layouts_make_the_same_settings() {
        let flat = "name: blue\nendpoint_name: digits\nmodel: azureml:m@latest\ncompute: azureml:c\n\
                    mini_batch_size: 20\noutput_action: append_row\nretry_settings: {max_retries: 1, timeout: 90}\n";
        let (flat, nested) = (read(flat).unwrap().spec, read(NESTED_SPEC).unwrap().spec);
        let with_variables =
            DeploymentSettings { environment_variables: Some(JsonMap::new()), ..nested.settings.clone() };
        assert_eq!(flat, DeploymentSpec { settings: with_variables, ..nested });
    }

    #[test]
    fn what_is_not_given_is_not_sent() {
        let ids = DeploymentAssets { compute_id: Some("/c".to_owned()), ..DeploymentAssets::default() };
        let wire = read(NESTED_SPEC).unwrap().spec.into_wire(ids, "local");
        let expected = json!({
            "location": "local",
            "tags": {},
            "properties": {
                "compute": "/c",
                "outputAction": "AppendRow",
                "retrySettings": { "maxRetries": 1, "timeout": "PT1M30S" },
                "miniBatchSize": 20,
                "properties": {},
            },
        });
        assert_eq!(serde_json::to_value(wire).unwrap(), expected);
    }

    #[test]
    fn what_the_service_prints_is_read_back() {
        let printed = json!({
            "code_configuration": { "code": "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/codes/c/versions/1", "scoring_script": "score.py" },
            "compute": "azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c",
            "creation_context": {}, "description": null, "endpoint_name": "digits", "environment_variables": {},
            "environment": "azureml:azureml://registries/azureml/environments/e/versions/1",
            "error_threshold": -1, "id": "/x", "logging_level": "Info", "mini_batch_size": 10, "name": "blue",
            "output_action": "summary_only", "output_file_name": "predictions.csv", "provisioning_state": "Succeeded",
            "resourceGroup": "g", "retry_settings": { "max_retries": 3, "timeout": 30 }, "tags": {},
        });
        let checked = DeploymentSpec::from_document(&SpecDocument::from_json(&printed)).unwrap();
        assert_eq!(checked.warnings, []);
        let spec = checked.spec;
        assert!(matches!(spec.code.unwrap().code, Some(CodeSource::Asset(_))));
        assert!(matches!(spec.environment, Some(AssetSource::Reference(AssetReference::Registry(_)))));
        assert_eq!(spec.settings.output_file_name, None);
    }

    #[test]
    fn missing_files_are_told_at_their_fields() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "{}code_configuration: {{code: src, scoring_script: score.py}}\n",
            NESTED_SPEC.replace("azureml:m@latest", "{path: ./model}")
        );
        let document = document(folder.path(), &text);
        let spec = DeploymentSpec::from_document(&document).unwrap().spec;
        let fields = |spec: &DeploymentSpec| {
            spec.check_files(&document).into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&spec), ["model.path", "code_configuration.code"]);
        fs::create_dir_all(folder.path().join("src")).unwrap();
        fs::create_dir_all(folder.path().join("model")).unwrap();
        assert_eq!(fields(&spec), ["code_configuration.scoring_script"]);
        fs::write(folder.path().join("src/score.py"), "").unwrap();
        assert_eq!(fields(&spec), Vec::<String>::new());
    }

    #[test]
    fn a_model_that_is_not_of_mlflow_without_a_scoring_script_is_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("plain")).unwrap();
        fs::create_dir_all(folder.path().join("flow")).unwrap();
        fs::write(folder.path().join("flow/MLmodel"), "").unwrap();
        for (model, expected) in [
            ("model: azureml:m@latest", None),
            ("model: {path: ./plain, type: mlflow_model}", None),
            ("model: {path: ./flow}", Some("model")),
            ("model: {path: ./plain}", Some("code_configuration")),
            ("model: {path: ./plain, type: triton_model}", Some("code_configuration")),
            ("tags: {}", Some("code_configuration")),
        ] {
            let document = document(folder.path(), &NESTED_SPEC.replace("model: azureml:m@latest", model));
            let spec = DeploymentSpec::from_document(&document).unwrap().spec;
            let found: Vec<_> = spec.check_files(&document);
            assert!(found.iter().all(|problem| !problem.is_error()), "the service decides: {model}");
            let found: Vec<_> = found.iter().map(|problem| problem.field.as_str()).collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{model}");
        }
    }
}
