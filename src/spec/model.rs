//! Model specs.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::asset_path::{self, AssetPath};
use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use super::tables::model::MODEL;
use crate::wire::JsonMap;
use crate::wire::asset::{ModelProperties, ModelVersion};
use crate::wire::ids::WorkspaceId;
use crate::wire::reference::DatastoreUri;

/// A model as a person describes it, by itself or inside a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// Name; a model inside a deployment may have none.
    pub name: Option<String>,
    /// Version; the next one where there is none.
    pub version: Option<String>,
    /// The path as written.
    pub written_path: String,
    /// Where the model is.
    pub path: AssetPath,
    /// `custom_model`, `mlflow_model` or `triton_model`.
    pub model_type: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Labels, all of them text.
    pub tags: Option<JsonMap>,
    /// Free properties, all of them text.
    pub properties: Option<JsonMap>,
    /// MLflow flavors.
    pub flavors: Option<JsonMap>,
    /// Stage in the model's life.
    pub stage: Option<String>,
    /// Id of the template the model is deployed with by default.
    pub default_deployment_template: Option<DeploymentTemplate>,
    /// Templates the model may be deployed with.
    pub allowed_deployment_templates: Vec<DeploymentTemplate>,
    /// Datastore that a local path is uploaded to, as written.
    pub datastore: Option<String>,
    /// Where in the document the model is described.
    place: FieldPath,
}

/// How a model is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentTemplate {
    /// Id of the template in its registry.
    pub asset_id: Option<String>,
}

impl ModelSpec {
    /// Reads and checks a document.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        check(document).finish(|fields| Self::read(document, Fields(fields), FieldPath::default()))
    }

    /// As [`Self::from_document`], and checks the files the spec names.
    pub fn from_document_and_files(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        let make = |fields| Self::read(document, Fields(fields), FieldPath::default());
        check(document).finish_with(make, |spec| spec.check_files(document))
    }

    /// Reads checked fields that stand at `place` in `document`.
    pub(super) fn read(document: &SpecDocument, mut fields: Fields, place: FieldPath) -> Self {
        let written_path = fields.text("path").unwrap_or_default();
        Self {
            name: fields.text("name"),
            version: fields.text("version").filter(|version| !version.is_empty()),
            path: AssetPath::read(document, &written_path),
            written_path,
            model_type: fields.text("type"),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: fields.mapping("properties"),
            flavors: fields.mapping("flavors"),
            stage: fields.text("stage"),
            default_deployment_template: fields
                .object("default_deployment_template")
                .map(DeploymentTemplate::read),
            allowed_deployment_templates: fields
                .objects("allowed_deployment_templates")
                .map(DeploymentTemplate::read)
                .collect(),
            datastore: fields.text("datastore"),
            place,
        }
    }

    /// Whether the model has no name of its own.
    pub fn is_anonymous(&self) -> bool {
        self.name.is_none()
    }

    /// Whether the model is registered as one of MLflow.
    pub(super) fn is_mlflow(&self) -> bool {
        self.model_type.as_deref() == Some("mlflow_model")
    }

    /// Whether a folder of this machine is a model of MLflow, whatever it is registered as.
    pub(super) fn looks_like_mlflow(&self) -> bool {
        self.path.local().is_some_and(|folder| folder.join("MLmodel").is_file())
    }

    /// Problems with the files the spec names: a missing one, or a file where MLflow needs a folder.
    pub(super) fn check_files(&self, document: &SpecDocument) -> Vec<Problem> {
        let field = self.place.key("path");
        if let Some(problem) = asset_path::refuse_missing(document, &field, &self.path) {
            return vec![problem];
        }
        if !self.is_mlflow() {
            return Vec::new();
        }
        // At an address only the name can tell, and the client goes by its extension.
        let last = self.written_path.rsplit('/').next().unwrap_or_default();
        let is_file = self.path.local().map_or(last.contains('.'), Path::is_file);
        let message = format!("`{}` is a file, but an `mlflow_model` is a folder", self.written_path);
        is_file.then(|| document.place(Problem::error(field.to_string(), message))).into_iter().collect()
    }

    /// Where the bytes of a model at an address are, as a workspace registers it; `None` for a local path.
    pub fn remote_uri(&self, workspace: &WorkspaceId) -> Option<String> {
        match &self.path {
            AssetPath::Local(_) => None,
            AssetPath::Remote(uri) => Some(
                DatastoreUri::parse(uri)
                    .map_or_else(|| uri.clone(), |place| place.in_workspace(workspace).to_string()),
            ),
        }
    }

    /// The body that creates a version whose bytes are at `uri`.
    pub fn into_wire(self, uri: String) -> ModelVersion {
        let is_anonymous = self.is_anonymous();
        let default_template = self.default_deployment_template.map(DeploymentTemplate::into_wire);
        let allowed: Vec<Value> =
            self.allowed_deployment_templates.into_iter().map(DeploymentTemplate::into_wire).collect();
        // Where there are templates, the SDK leaves the stage out.
        let stage = self.stage.filter(|_| default_template.is_none() && allowed.is_empty());
        ModelVersion {
            properties: ModelProperties {
                description: self.description,
                tags: Some(self.tags.unwrap_or_default()),
                properties: Some(self.properties.unwrap_or_default()),
                flavors: self.flavors.filter(|flavors| !flavors.is_empty()).map(wrap_flavors),
                model_type: Some(self.model_type.unwrap_or_else(|| "custom_model".to_owned())),
                model_uri: Some(uri),
                job_name: None,
                stage,
                default_deployment_template: default_template,
                allowed_deployment_templates: (!allowed.is_empty()).then_some(allowed),
                is_anonymous: Some(is_anonymous),
                is_archived: Some(false),
            },
        }
    }
}

impl DeploymentTemplate {
    fn read(mut fields: Fields) -> Self {
        Self { asset_id: fields.text("asset_id") }
    }

    fn into_wire(self) -> Value {
        json!({ "assetId": self.asset_id })
    }
}

/// The service keeps the settings of each flavor under `data`.
fn wrap_flavors(flavors: JsonMap) -> Value {
    let wrap = |(flavor, settings)| (flavor, json!({ "data": settings }));
    Value::Object(flavors.into_iter().map(wrap).collect::<Map<_, _>>())
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    let mut report = check::check(document, &MODEL);
    let problems = inspect(&report.fields, &FieldPath::default());
    problems.into_iter().for_each(|problem| report.add(problem));
    report
}

/// Rules beyond the table for a model at `place`.
pub(super) fn inspect(fields: &JsonMap, place: &FieldPath) -> Vec<Problem> {
    let mut problems = Vec::new();
    if fields.contains_key("version") && !fields.contains_key("name") && !place.0.is_empty() {
        let message = "a model with a `version` needs a `name`";
        problems.push(Problem::error(place.key("version").to_string(), message));
    }
    let path = fields.get("path").and_then(Value::as_str).unwrap_or_default();
    if !fields.contains_key("name") && !place.0.is_empty() && asset_path::is_remote(path) {
        // Without a name a model is called by the hash of its content, and nothing at an address is read for that.
        let message = format!("the model at `{path}` needs a `name`");
        problems.push(Problem::error(place.key("path").to_string(), message).help("add `name:` to `model`"));
    }
    if let Some(Value::Object(flavors)) = fields.get("flavors") {
        for (flavor, _) in flavors.iter().filter(|(_, settings)| !settings.is_object()) {
            let field = place.key("flavors").key(flavor).to_string();
            problems.push(Problem::error(
                &*field,
                format!("`{field}` is not a mapping of the flavor's settings"),
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn read(mut value: Value) -> ModelSpec {
        value["name"] = "m".into();
        ModelSpec::from_document(&SpecDocument::from_json(&value)).unwrap().spec
    }

    #[test]
    fn the_body_is_the_one_the_sdk_sends() {
        let spec = read(json!({
            "path": "p", "stage": "Production", "flavors": { "sklearn": { "code": "c" }, "x": {} },
            "tags": { "a": 1, "b": true }, "properties": {},
        }));
        let expected = json!({ "properties": {
            "tags": { "a": "1", "b": "True" }, "properties": {},
            "flavors": { "sklearn": { "data": { "code": "c" } }, "x": { "data": {} } },
            "modelType": "custom_model", "modelUri": "uri", "stage": "Production",
            "isAnonymous": false, "isArchived": false,
        } });
        assert_eq!(serde_json::to_value(spec.into_wire("uri".to_owned())).unwrap(), expected);
    }

    #[test]
    fn a_template_takes_the_place_of_the_stage() {
        let spec = read(json!({
            "path": "p", "stage": "s", "default_deployment_template": { "asset_id": "t" },
        }));
        let body = serde_json::to_value(spec.into_wire("uri".to_owned())).unwrap();
        assert_eq!(body["properties"]["defaultDeploymentTemplate"], json!({ "assetId": "t" }));
        assert_eq!(body["properties"].get("stage"), None);
    }

    #[test]
    fn addresses_in_datastores_are_registered_in_their_long_form() {
        let workspace = WorkspaceId::local();
        let long = format!("{}/datastores/d/paths/m/", workspace.long_uri());
        for (path, expected) in [
            ("azureml://datastores/d/paths/m/", Some(long.as_str())),
            ("azureml://jobs/j/outputs/o/paths/m", Some("azureml://jobs/j/outputs/o/paths/m")),
            ("runs:/r/m", Some("runs:/r/m")),
            ("./m", None),
        ] {
            assert_eq!(read(json!({ "path": path })).remote_uri(&workspace).as_deref(), expected);
        }
    }

    #[test]
    fn an_mlflow_model_is_no_file() {
        let document = SpecDocument::empty();
        for (path, problems) in [
            ("azureml://datastores/d/paths/m.pkl", 1),
            ("azureml://datastores/d/paths/m.pkl/", 0),
            ("azureml://datastores/d/paths/m", 0),
        ] {
            let spec = read(json!({ "path": path, "type": "mlflow_model" }));
            assert_eq!(spec.check_files(&document).len(), problems, "{path}");
        }
    }
}
