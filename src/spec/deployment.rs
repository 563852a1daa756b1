//! Batch deployment specs: from either layout to one form, and from there to the body that is sent.

use std::path::PathBuf;

use serde_json::Value;

use super::component::{self, ComponentSpec};
use super::deployment_rules;
use super::document::SpecDocument;
use super::environment::EnvironmentSpec;
use super::fields::Fields;
use super::model::ModelSpec;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use crate::wire;
use crate::wire::JsonMap;
use crate::wire::component::ComponentVersion;
use crate::wire::deployment::{
    BatchDeployment, BatchDeploymentProperties, IdReference, OutputAction, PipelineConfiguration,
};
use crate::wire::duration::format_seconds;
use crate::wire::ids::ArmId;
use crate::wire::reference::AssetReference;

/// A batch deployment as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentSpec {
    /// Name, in lower case as the service keeps it.
    pub name: String,
    /// Endpoint that it belongs to, in lower case.
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

/// A pipeline that is deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineDeployment {
    /// Where the pipeline comes from.
    pub source: PipelineSource,
    /// How its jobs run, as written.
    pub settings: Option<JsonMap>,
}

/// Where a pipeline comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PipelineSource {
    /// A registered component.
    Registered(AssetReference),
    /// A component that is made along with the deployment.
    New(Box<ComponentSpec>),
    /// A job that has run, by name.
    Job(String),
}

impl PipelineSource {
    /// The component that stands for the pipeline of a job. It is put under the name for components without one,
    /// version 1.
    pub fn component_of_job(job: &str) -> ComponentVersion {
        component::of_job(job)
    }
}

/// An asset that exists, or one described on the spot.
#[derive(Debug, Clone, PartialEq)]
pub enum AssetSource<T> {
    /// It exists.
    Reference(AssetReference),
    /// It is to be made.
    Inline(T),
}

/// Where the scoring script is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeConfiguration {
    /// What is uploaded with the script.
    pub code: Option<CodeSource>,
    /// The script inside the code folder.
    pub scoring_script: String,
}

/// Code on this machine or already in the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// A folder, from where the command runs.
    Folder(PathBuf),
    /// A code asset, as written.
    Asset(String),
}

/// `resources` of a deployment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resources {
    /// Nodes of each job.
    pub instance_count: Option<i64>,
    /// VM size.
    pub instance_type: Option<String>,
    /// Free properties.
    pub properties: Option<JsonMap>,
    /// Arguments for Docker: text or a list.
    pub docker_args: Option<Value>,
    /// Size of the shared memory.
    pub shm_size: Option<String>,
    /// Regions.
    pub locations: Option<Vec<String>>,
    /// Most nodes of each job.
    pub max_instance_count: Option<i64>,
}

/// How a job of a deployment runs. What is not given is left to the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeploymentSettings {
    /// Files handed to one `run()`.
    pub mini_batch_size: Option<i64>,
    /// Worker processes on each node.
    pub max_concurrency_per_instance: Option<i64>,
    /// What happens with the results.
    pub output_action: Option<OutputAction>,
    /// File that the results go to.
    pub output_file_name: Option<String>,
    /// What happens when a mini-batch fails.
    pub retry: Option<RetrySettings>,
    /// Failed files that are tolerated.
    pub error_threshold: Option<i64>,
    /// How much is logged, as written.
    pub logging_level: Option<String>,
    /// Environment variables of the script.
    pub environment_variables: Option<JsonMap>,
}

/// What happens when a mini-batch fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetrySettings {
    /// Further tries after the first.
    pub max_retries: Option<i64>,
    /// Seconds that one `run()` may take.
    pub timeout: Option<i64>,
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
        if deployment_rules::is_pipeline(document) {
            let (report, source) = deployment_rules::check_pipeline(document);
            return report.finish(|fields| Self::read_pipeline(document, Fields(fields), source));
        }
        deployment_rules::check_model(document).finish(|fields| Self::read(document, Fields(fields)))
    }

    fn read_pipeline(document: &SpecDocument, mut fields: Fields, source: Option<PipelineSource>) -> Self {
        Self {
            name: fields.text("name").unwrap_or_default().to_lowercase(),
            endpoint_name: endpoint_name(document, &mut fields),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: None,
            model: None,
            code: None,
            environment: None,
            compute: None,
            resources: None,
            settings: DeploymentSettings::default(),
            pipeline: source
                .map(|source| PipelineDeployment { source, settings: fields.mapping("settings") }),
        }
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
                if !deployment_rules::is_model_type(document) {
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
            environment: environment_source(
                document,
                fields.value("environment"),
                FieldPath::parse("environment"),
            ),
            compute: fields.text("compute"),
            resources,
            settings,
            pipeline: None,
        }
    }

    /// Problems with the files the spec names.
    pub fn check_files(&self, document: &SpecDocument) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(AssetSource::Inline(model)) = &self.model {
            problems.extend(model.check_files(document));
        }
        if let Some(code) = &self.code {
            problems.extend(code.check_files(document));
        }
        if let Some(AssetSource::Inline(environment)) = &self.environment {
            problems.extend(environment.check_files(document));
        }
        problems
    }

    /// The body that creates a deployment of a pipeline, from the id of its component.
    pub fn into_pipeline_wire(self, component_id: String, location: &str) -> BatchDeployment {
        let (settings, summary) = match self.pipeline {
            Some(PipelineDeployment { source: PipelineSource::New(component), settings }) => {
                (settings, Some(component.summary()))
            }
            Some(pipeline) => (pipeline.settings, None),
            None => (None, None),
        };
        let (tags, description) = summary.map_or((None, None), |(tags, text)| (Some(tags), text));
        let configuration = PipelineConfiguration {
            deployment_configuration_type: "PipelineComponent".to_owned(),
            component_id: IdReference::new(component_id),
            settings,
            tags,
            description,
        };
        BatchDeployment {
            location: Some(location.to_owned()),
            tags: Some(self.tags.unwrap_or_default()),
            identity: None,
            properties: BatchDeploymentProperties {
                description: self.description,
                deployment_configuration: serde_json::to_value(configuration).ok(),
                // A pipeline has no mini-batches, but the SDK always sends these four.
                error_threshold: Some(-1),
                max_concurrency_per_instance: Some(1),
                mini_batch_size: Some(10),
                output_file_name: Some("predictions.csv".to_owned()),
                ..BatchDeploymentProperties::default()
            },
        }
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

/// An environment that stands at `place`: a reference, or checked fields of one to be made.
pub(super) fn environment_source(
    document: &SpecDocument,
    value: Option<Value>,
    place: FieldPath,
) -> Option<AssetSource<EnvironmentSpec>> {
    source(value, |inline| EnvironmentSpec::read(document, inline, place))
}

fn source<T>(value: Option<Value>, read: impl FnOnce(Fields) -> T) -> Option<AssetSource<T>> {
    match value? {
        Value::String(text) => AssetReference::parse_marked(&text).map(AssetSource::Reference),
        Value::Object(fields) => Some(AssetSource::Inline(read(Fields(fields)))),
        _ => None,
    }
}

impl CodeSource {
    /// Code as written in `document`.
    pub(super) fn read(document: &SpecDocument, written: &str) -> Self {
        if written.starts_with("azureml:") || ArmId::parse(written).is_some() {
            Self::Asset(written.to_owned())
        } else {
            Self::Folder(document.resolve(written))
        }
    }

    /// Whether it is a folder that does not exist.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Folder(folder) if !folder.exists())
    }
}

impl CodeConfiguration {
    fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        Self {
            code: fields.text("code").map(|written| CodeSource::read(document, &written)),
            scoring_script: fields.text("scoring_script").unwrap_or_default(),
        }
    }

    fn check_files(&self, document: &SpecDocument) -> Option<Problem> {
        const SCRIPT: &str = "code_configuration.scoring_script";
        if !self.scoring_script.ends_with(".py") {
            let message = format!("the scoring script `{}` is not a `.py` file", self.scoring_script);
            return Some(document.place(Problem::error(SCRIPT, message)));
        }
        let Some(CodeSource::Folder(folder)) = &self.code else {
            return None;
        };
        if !folder.exists() {
            let message = format!("the code folder `{}` does not exist", folder.display());
            return Some(document.place(Problem::error("code_configuration.code", message)));
        }
        let script = folder.join(&self.scoring_script);
        let message = if leaves_folder(&self.scoring_script) {
            format!("`{}` is outside the code folder, so it would not be uploaded", self.scoring_script)
        } else if folder.is_dir() && !script.is_file() {
            format!("the scoring script `{}` does not exist", script.display())
        } else {
            return None;
        };
        Some(document.place(Problem::error(SCRIPT, message)))
    }
}

/// Whether a relative path climbs out of the folder it starts in.
fn leaves_folder(path: &str) -> bool {
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

impl Resources {
    fn read(mut fields: Fields) -> Self {
        let texts = |items: Vec<Value>| items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Self {
            instance_count: fields.integer("instance_count"),
            instance_type: fields.text("instance_type"),
            properties: fields.mapping("properties"),
            docker_args: fields.value("docker_args"),
            shm_size: fields.text("shm_size"),
            locations: fields.list("locations").map(texts),
            max_instance_count: fields.integer("max_instance_count"),
        }
    }

    fn into_wire(self) -> wire::deployment::DeploymentResources {
        let (docker_args, docker_args_list) = match self.docker_args {
            Some(Value::Array(arguments)) if !arguments.is_empty() => {
                let arguments = arguments.into_iter().filter_map(|item| item.as_str().map(str::to_owned));
                (None, Some(arguments.collect()))
            }
            Some(Value::String(arguments)) => (Some(arguments), None),
            _ => (None, None),
        };
        // With a list of arguments the SDK forgets these two.
        let has_list = docker_args_list.is_some();
        wire::deployment::DeploymentResources {
            instance_count: self.instance_count,
            instance_type: self.instance_type,
            properties: Some(resource_properties(self.properties.unwrap_or_default())),
            docker_args,
            docker_args_list,
            shm_size: self.shm_size,
            locations: self.locations.filter(|_| !has_list),
            max_instance_count: self.max_instance_count.filter(|_| !has_list),
        }
    }
}

/// Some properties have names in the service's own spelling; what has no value is left out.
fn resource_properties(properties: JsonMap) -> JsonMap {
    let spelled = |name: String| match name.to_lowercase().as_str() {
        "aisupercomputer" | "singularity" => "AISuperComputer".to_owned(),
        "itp" => "itp".to_owned(),
        "target_selector" => "target_selector".to_owned(),
        _ => name,
    };
    properties
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (spelled(name), value))
        .collect()
}

impl DeploymentSettings {
    fn read(mut fields: Fields) -> Self {
        let output_action = fields.text("output_action").map(|action| match action.as_str() {
            "summary_only" => OutputAction::SummaryOnly,
            _ => OutputAction::AppendRow,
        });
        Self {
            mini_batch_size: fields.integer("mini_batch_size"),
            max_concurrency_per_instance: fields.integer("max_concurrency_per_instance"),
            // The service prints a file name even where no file is written; sent back, it would be refused.
            output_file_name: fields
                .text("output_file_name")
                .filter(|_| output_action != Some(OutputAction::SummaryOnly)),
            output_action,
            retry: fields.object("retry_settings").map(|mut retry| RetrySettings {
                max_retries: retry.integer("max_retries"),
                timeout: retry.integer("timeout"),
            }),
            error_threshold: fields.integer("error_threshold"),
            logging_level: fields.text("logging_level"),
            environment_variables: fields.mapping("environment_variables"),
        }
    }
}

impl RetrySettings {
    fn into_wire(self) -> wire::deployment::RetrySettings {
        wire::deployment::RetrySettings {
            max_retries: self.max_retries,
            timeout: self.timeout.and_then(|seconds| u64::try_from(seconds).ok()).map(format_seconds),
        }
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
