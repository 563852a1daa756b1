//! Data asset specs.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::asset_path::{self, AssetPath};
use super::check::{self, Report};
use super::document::SpecDocument;
use super::fields::Fields;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use super::tables::data::DATA;
use crate::wire::JsonMap;
use crate::wire::asset::{DataProperties, DataVersion};
use crate::yaml::load;

/// The type of a table.
const MLTABLE: &str = "mltable";
/// The file in a table's folder that describes it.
const MLTABLE_FILE: &str = "MLTable";

/// A data asset as a person describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSpec {
    /// Name; a random one where none is given.
    pub name: String,
    /// Whether no name was given.
    pub is_anonymous: bool,
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
    /// When the service deletes the data.
    pub auto_delete_setting: Option<AutoDelete>,
    /// What a local MLTable refers to.
    pub referenced_uris: Option<Vec<Value>>,
    /// Datastore that a local path is uploaded to, as written.
    pub datastore: Option<String>,
}

/// When the service deletes data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoDelete {
    /// What is measured: `created_greater_than` or `last_accessed_greater_than`.
    pub condition: Option<String>,
    /// How long.
    pub value: Option<String>,
}

impl DataSpec {
    /// Reads and checks a document.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        check(document).finish(|fields| Self::read(document, Fields(fields)))
    }

    /// As [`Self::from_document`], and checks the files the spec names.
    pub fn from_document_and_files(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        let make = |fields| Self::read(document, Fields(fields));
        check(document).finish_with(make, |spec| spec.check_files(document))
    }

    fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        let written_path = fields.text("path").unwrap_or_default();
        let path = AssetPath::read(document, &written_path);
        let data_type = fields.text("type").unwrap_or_else(|| "uri_folder".to_owned());
        let table = path.local().filter(|_| data_type == MLTABLE);
        let name = fields.text("name");
        let is_anonymous = name.is_none();
        Self {
            name: name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            version: fields
                .text("version")
                .filter(|version| !version.is_empty())
                .or_else(|| is_anonymous.then(|| "1".to_owned())),
            is_anonymous,
            referenced_uris: table.and_then(|folder| referenced_uris(&folder.join(MLTABLE_FILE)).ok()),
            written_path,
            path,
            data_type,
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            auto_delete_setting: fields.object("auto_delete_setting").map(AutoDelete::read),
            datastore: fields.text("datastore"),
        }
    }

    /// Problems with the files the spec names: a missing one, or a folder where a file is meant.
    fn check_files(&self, document: &SpecDocument) -> Vec<Problem> {
        // One that is missing or no text was told before.
        if self.written_path.is_empty() {
            return Vec::new();
        }
        let field = FieldPath::default().key("path");
        if let Some(problem) = asset_path::refuse_missing(document, &field, &self.path) {
            return vec![problem];
        }
        let Some(path) = self.path.local() else {
            return self.refuse_unreadable_table(document).into_iter().collect();
        };
        let (found, wanted) = match self.data_type.as_str() {
            "uri_file" if path.is_dir() => ("folder", "uri_folder"),
            "uri_folder" if path.is_file() => ("file", "uri_file"),
            MLTABLE => {
                let problem = referenced_uris(&path.join(MLTABLE_FILE)).err();
                let place = |message| document.place(Problem::error("path", message));
                return problem.map(place).into_iter().collect();
            }
            _ => return Vec::new(),
        };
        let message = format!("`{}` is a {found}, but the type is `{}`", path.display(), self.data_type);
        vec![document.place(Problem::error("path", message).help(format!("write `type: {wanted}`")))]
    }

    /// The description of a table is read before it is registered, which the client can at some addresses only
    /// (measured on azure-ai-ml 1.35.2).
    fn refuse_unreadable_table(&self, document: &SpecDocument) -> Option<Problem> {
        let is_readable = ["https:", "azureml:"].iter().any(|scheme| self.written_path.starts_with(scheme));
        let message = format!(
            "the `paths` of the table cannot be read, its `{MLTABLE_FILE}` file is at `{}`",
            self.written_path
        );
        let help = "write the address as `azureml://datastores/...` or `https://...`";
        (self.data_type == MLTABLE && !is_readable)
            .then(|| document.place(Problem::error("path", message).help(help)))
    }

    /// The body that creates a version whose bytes are at `uri`.
    pub fn into_wire(self, uri: String) -> DataVersion {
        DataVersion {
            properties: DataProperties {
                description: self.description,
                tags: Some(self.tags.unwrap_or_default()),
                properties: Some(JsonMap::new()),
                data_type: self.data_type,
                data_uri: uri,
                referenced_uris: self.referenced_uris,
                auto_delete_setting: self.auto_delete_setting.map(AutoDelete::into_wire),
                is_anonymous: Some(self.is_anonymous),
                is_archived: Some(false),
            },
        }
    }
}

impl AutoDelete {
    fn read(mut fields: Fields) -> Self {
        Self { condition: fields.text("condition"), value: fields.text("value") }
    }

    fn into_wire(self) -> JsonMap {
        let condition = match self.condition.as_deref() {
            Some("last_accessed_greater_than") => "lastAccessedGreaterThan",
            _ => "createdGreaterThan",
        };
        let members = [("condition", condition.into()), ("value", self.value.into())];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What an MLTable file refers to, in its order; the error says what is wrong with the file.
fn referenced_uris(file: &Path) -> Result<Vec<Value>, String> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
    let table = load::load(&text).map_err(|error| {
        format!("`{shown}` is not YAML: line {}, column {}: {error}", error.span.line, error.span.column)
    })?;
    let table = table.map_or(Value::Null, |node| node.to_json());
    let Some(paths) = table["paths"].as_array() else {
        return Err(format!("`{shown}` lists no `paths`"));
    };
    // A path is given as one of three, and in this order the last one counts.
    let uri = |path: &Value| {
        let of = |key: &str| path.get(key).filter(|value| value.as_str().is_some_and(|uri| !uri.is_empty()));
        ["folder", "file", "pattern"].into_iter().find_map(of).cloned().unwrap_or(Value::Null)
    };
    Ok(paths.iter().map(uri).collect())
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    let mut report = check::check(document, &DATA);
    let has = |report: &Report<'_>, field: &str| report.node(field).is_some();
    if !has(&report, "name") {
        if has(&report, "version") {
            report.add(Problem::error("version", "a data asset with a `version` needs a `name`"));
        } else if !document.is_service_form() {
            let problem = Problem::warning("name", "without a `name` the data asset is anonymous");
            report.add(problem.help("add `name:` to the file or give `--name`"));
        }
    }
    if has(&report, "properties") && !document.is_service_form() {
        let message = "`properties` is not sent, Microsoft's client drops it for data assets";
        report.add(Problem::warning("properties", message).help("use `tags`"));
    }
    report
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use serde_json::json;

    fn document(folder: &Path, text: &str) -> SpecDocument {
        let path = folder.join("data.yml");
        fs::write(&path, text).unwrap();
        SpecDocument::load(&path).unwrap()
    }

    #[test]
    fn a_local_table_says_what_it_refers_to() {
        let folder = tempfile::tempdir().unwrap();
        let document = document(folder.path(), "name: d\ntype: mltable\npath: ./t\n");
        let read = || DataSpec::from_document(&document).unwrap().spec;
        assert_eq!(read().check_files(&document)[0].field, "path");
        fs::create_dir(folder.path().join("t")).unwrap();
        fs::write(folder.path().join("t/MLTable"), "paths:\n  - file: ./a.csv\n  - folder: ./b\n").unwrap();
        assert_eq!(read().check_files(&document), []);
        let body = serde_json::to_value(read().into_wire("uri".to_owned())).unwrap();
        assert_eq!(body["properties"]["referencedUris"], json!(["./a.csv", "./b"]));
    }

    #[test]
    fn data_without_a_name_is_anonymous() {
        let folder = tempfile::tempdir().unwrap();
        let checked = DataSpec::from_document(&document(folder.path(), "path: https://h/x\n")).unwrap();
        assert_eq!(checked.warnings.len(), 1);
        let spec = checked.spec;
        assert_eq!((spec.version.as_deref(), spec.is_anonymous), (Some("1"), true));
        assert!(DataSpec::from_document(&document(folder.path(), "path: p\nversion: 1\n")).is_err());
    }

    #[test]
    fn the_kind_of_path_has_to_be_the_type() {
        let folder = tempfile::tempdir().unwrap();
        let document = document(folder.path(), "name: d\npath: data.yml\n");
        let problems = DataSpec::from_document(&document).unwrap().spec.check_files(&document);
        assert_eq!(problems[0].help.as_deref(), Some("write `type: uri_file`"));
    }
}
