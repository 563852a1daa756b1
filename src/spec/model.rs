//! Model specs.

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
    /// Datastore that a local path is uploaded to, as written.
    pub datastore: Option<String>,
    /// Where in the document the model is described.
    place: FieldPath,
}

impl ModelSpec {
    /// Reads and checks a document.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        check(document).finish(|fields| Self::read(document, Fields(fields), FieldPath::default()))
    }

    /// Reads checked fields that stand at `place` in `document`.
    pub(super) fn read(document: &SpecDocument, mut fields: Fields, place: FieldPath) -> Self {
        let written_path = fields.text("path").unwrap_or_default();
        Self {
            name: fields.text("name"),
            version: fields.text("version"),
            path: AssetPath::read(document, &written_path),
            written_path,
            model_type: fields.text("type"),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: fields.mapping("properties"),
            flavors: fields.mapping("flavors"),
            stage: fields.text("stage"),
            datastore: fields.text("datastore"),
            place,
        }
    }

    /// Whether the model has no name of its own.
    pub fn is_anonymous(&self) -> bool {
        self.name.is_none()
    }

    /// Problems with the files the spec names: a missing one, or a file where MLflow needs a folder.
    pub fn check_files(&self, document: &SpecDocument) -> Vec<Problem> {
        let field = self.place.key("path");
        if let Some(problem) = asset_path::refuse_missing(document, &field, &self.path) {
            return vec![problem];
        }
        let is_mlflow = self.model_type.as_deref() == Some("mlflow_model");
        match self.path.local().filter(|path| is_mlflow && path.is_file()) {
            Some(path) => {
                let message = format!("`{}` is a file, but an `mlflow_model` is a folder", path.display());
                vec![document.place(Problem::error(field.to_string(), message))]
            }
            None => Vec::new(),
        }
    }

    /// The body that creates a version whose bytes are at `uri`.
    pub fn into_wire(self, uri: String) -> ModelVersion {
        let is_anonymous = self.is_anonymous();
        ModelVersion {
            properties: ModelProperties {
                description: self.description,
                tags: Some(self.tags.unwrap_or_default()),
                properties: Some(self.properties.unwrap_or_default()),
                flavors: self.flavors.map(wrap_flavors),
                model_type: Some(self.model_type.unwrap_or_else(|| "custom_model".to_owned())),
                model_uri: Some(uri),
                job_name: None,
                stage: self.stage,
                is_anonymous: Some(is_anonymous),
                is_archived: Some(false),
            },
        }
    }
}

/// The service keeps the settings of each flavor under `data`.
fn wrap_flavors(flavors: JsonMap) -> Value {
    let wrap = |settings: Value| {
        if settings.get("data").is_some() { settings } else { json!({ "data": settings }) }
    };
    Value::Object(
        flavors.into_iter().map(|(flavor, settings)| (flavor, wrap(settings))).collect::<Map<_, _>>(),
    )
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    check::check(document, &MODEL)
}
