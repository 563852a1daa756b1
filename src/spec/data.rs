//! Data asset specs.

use super::asset_path::{self, AssetPath};
use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use super::tables::data::DATA;
use crate::wire::JsonMap;
use crate::wire::asset::{DataProperties, DataVersion};

/// A data asset as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSpec {
    /// Name.
    pub name: String,
    /// Version; the next one where there is none.
    pub version: Option<String>,
    /// The path as written.
    pub written_path: String,
    /// Where the data is.
    pub path: AssetPath,
    /// `uri_file`, `uri_folder` or `mltable`.
    pub data_type: String,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Free properties.
    pub properties: Option<JsonMap>,
    /// Datastore that a local path is uploaded to, as written.
    pub datastore: Option<String>,
}

impl DataSpec {
    /// Reads and checks a document.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        check(document).finish(|fields| Self::read(document, Fields(fields)))
    }

    fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        let written_path = fields.text("path").unwrap_or_default();
        Self {
            name: fields.text("name").unwrap_or_default(),
            version: fields.text("version"),
            path: AssetPath::read(document, &written_path),
            written_path,
            data_type: fields.text("type").unwrap_or_else(|| "uri_folder".to_owned()),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: fields.mapping("properties"),
            datastore: fields.text("datastore"),
        }
    }

    /// Problems with the files the spec names: a missing one, or a folder where a file is meant.
    pub fn check_files(&self, document: &SpecDocument) -> Vec<Problem> {
        let field = FieldPath::default().key("path");
        if let Some(problem) = asset_path::refuse_missing(document, &field, &self.path) {
            return vec![problem];
        }
        let Some(path) = self.path.local() else {
            return Vec::new();
        };
        let (found, wanted) = match self.data_type.as_str() {
            "uri_file" if path.is_dir() => ("folder", "uri_folder"),
            "uri_folder" if path.is_file() => ("file", "uri_file"),
            "mltable" if !path.join("MLTable").is_file() => {
                let message = format!("`{}` has no file `MLTable` in it", path.display());
                return vec![document.place(Problem::error("path", message))];
            }
            _ => return Vec::new(),
        };
        let message = format!("`{}` is a {found}, but the type is `{}`", path.display(), self.data_type);
        vec![document.place(Problem::error("path", message).help(format!("write `type: {wanted}`")))]
    }

    /// The body that creates a version whose bytes are at `uri`.
    pub fn into_wire(self, uri: String) -> DataVersion {
        DataVersion {
            properties: DataProperties {
                description: self.description,
                tags: Some(self.tags.unwrap_or_default()),
                properties: Some(self.properties.unwrap_or_default()),
                data_type: self.data_type,
                data_uri: uri,
                is_anonymous: Some(false),
                is_archived: Some(false),
            },
        }
    }
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    check::check(document, &DATA)
}
