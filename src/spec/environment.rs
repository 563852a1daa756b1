//! Environment specs.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::asset_path::{self, AssetPath};
use super::check::{self, Report};
use super::conda_lines;
use super::document::SpecDocument;
use super::fields::Fields;
use super::path::FieldPath;
use super::problem::{Checked, Problem, SpecError};
use super::tables::environment::ENVIRONMENT;
use crate::wire::JsonMap;
use crate::wire::asset::{EnvironmentProperties, EnvironmentVersion};
use crate::wire::conda_line::CondaLine;
use crate::wire::requirement;
use crate::yaml::dump::dump_node_ascii;
use crate::yaml::load::{self, Node, Yaml};

/// Name under which environments without one are kept.
pub const ANONYMOUS_NAME: &str = "CliV2AnonymousEnvironment";

/// An environment as a person describes it, by itself or inside a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentSpec {
    /// Name; an environment inside a deployment may have none.
    pub name: Option<String>,
    /// Version; the latest is overwritten where there is none.
    pub version: Option<String>,
    /// Container image.
    pub image: Option<String>,
    /// Content of the conda file as it is sent: written anew with sorted keys.
    pub conda_file: Option<String>,
    /// Where the entries of the conda file were written, as far as a file of this machine says them.
    pub conda_lines: Vec<CondaLine>,
    /// Docker build.
    pub build: Option<BuildSpec>,
    /// `linux` or `windows`.
    pub os_type: Option<String>,
    /// Routes of an image that serves by itself, as written.
    pub inference_config: Option<JsonMap>,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub tags: Option<JsonMap>,
    /// Datastore that a build context is uploaded to, as written.
    pub datastore: Option<String>,
}

/// A Docker build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSpec {
    /// The path as written.
    pub written_path: String,
    /// Folder of the build context.
    pub path: AssetPath,
    /// Dockerfile inside it.
    pub dockerfile_path: Option<String>,
}

impl EnvironmentSpec {
    /// Reads and checks a document, and the conda file it names.
    pub fn from_document(document: &SpecDocument) -> Result<Checked<Self>, SpecError> {
        check(document).finish(|fields| Self::read(document, Fields(fields)))
    }

    /// Reads checked fields of `document`. The conda file was read by [`inspect`].
    pub(super) fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        Self {
            name: fields.text("name"),
            version: fields.text("version").filter(|version| !version.is_empty()),
            image: fields.text("image").filter(|image| !image.is_empty()),
            conda_file: fields.text("conda_file"),
            conda_lines: fields
                .value("conda_lines")
                .and_then(|lines| serde_json::from_value(lines).ok())
                .unwrap_or_default(),
            build: fields.object("build").map(|mut build| {
                let written_path = build.text("path").unwrap_or_default();
                BuildSpec {
                    path: AssetPath::read(document, &written_path),
                    written_path,
                    dockerfile_path: build.text("dockerfile_path"),
                }
            }),
            os_type: fields.text("os_type"),
            inference_config: fields.mapping("inference_config"),
            description: fields.text("description").filter(|text| !text.is_empty()),
            tags: fields.mapping("tags").filter(|tags| !tags.is_empty()),
            datastore: fields.text("datastore"),
        }
    }

    /// Whether the environment has no name of its own.
    pub fn is_anonymous(&self) -> bool {
        self.name.is_none()
    }

    /// The version of an environment without a name, a hash of its image, routes and conda file.
    pub fn anonymous_version(&self) -> String {
        let image = self.image.as_deref().map(sha256_hex);
        let inference = self.inference_config.clone().map(|config| sha256_hex(&python_dump(config)));
        let conda = self.conda_file.as_deref().map(sha256_hex);
        let image = join_hashes(image.as_deref(), inference.as_deref());
        sha256_hex(&join_hashes(Some(&image), conda.as_deref()))
    }

    /// As [`Self::anonymous_version`] for a Docker build, from the hash of its uploaded context.
    pub fn anonymous_version_of_build(&self, context_hash: &str) -> String {
        let dockerfile =
            self.build.as_ref().and_then(|build| build.dockerfile_path.as_deref()).map(sha256_hex);
        sha256_hex(&join_hashes(Some(&sha256_hex(context_hash)), dockerfile.as_deref()))
    }

    /// The body that creates it. A local build context has to be uploaded before, and its path replaced by the address.
    pub fn into_wire(self) -> EnvironmentVersion {
        let is_anonymous = self.is_anonymous();
        EnvironmentVersion {
            properties: EnvironmentProperties {
                conda_file: self.conda_file,
                image: self.image,
                build: self.build.map(BuildSpec::into_wire),
                os_type: self.os_type,
                inference_config: self.inference_config.map(|config| camel_keys(Value::Object(config))),
                description: self.description,
                tags: self.tags,
                properties: None,
                is_anonymous: Some(is_anonymous),
                is_archived: Some(false),
            },
        }
    }
}

impl BuildSpec {
    fn into_wire(self) -> Value {
        let context_uri = match self.path {
            AssetPath::Remote(uri) => uri,
            AssetPath::Local(_) => self.written_path,
        };
        let mut build = Map::new();
        build.insert("contextUri".to_owned(), context_uri.into());
        if let Some(dockerfile) = self.dockerfile_path {
            build.insert("dockerfilePath".to_owned(), dockerfile.into());
        }
        Value::Object(build)
    }
}

fn sha256_hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SDK calls Python's `first.join(second)`, which puts `first` between every two characters of `second`.
/// Surely not what was meant, but the hashes in every workspace are made that way.
fn join_hashes(first: Option<&str>, second: Option<&str>) -> String {
    match (first, second) {
        (Some(first), Some(second)) => {
            let characters: Vec<String> = second.chars().map(String::from).collect();
            characters.join(first)
        }
        (only, None) | (None, only) => only.unwrap_or_default().to_owned(),
    }
}

/// The routes as PyYAML dumps the objects the SDK has made of them (measured on azure-ai-ml 1.35.2).
fn python_dump(routes: JsonMap) -> String {
    let tag = |class: &str| {
        format!("!!python/object:azure.ai.ml._restclient.arm_ml_service.models._models.{class}\n")
    };
    let mut text = format!("{}_data:\n", tag("InferenceContainerProperties"));
    let mut routes: Vec<(String, Value)> = routes.into_iter().collect();
    routes.sort_by(|(first, _), (second, _)| first.cmp(second));
    for (name, route) in routes {
        let members = dump_node_ascii(&Rc::new(Node::from_json(&route)));
        text += &format!("  {}: {}    _data:\n", camel(&name), tag("Route"));
        members.lines().for_each(|line| text += &format!("      {line}\n"));
    }
    text
}

fn camel_keys(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (camel(&key), camel_keys(value))).collect())
        }
        other => other,
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_uppercase() + rest
    })
}

pub(super) fn check(document: &SpecDocument) -> Report<'_> {
    let mut report = check::check(document, &ENVIRONMENT);
    let mut fields = std::mem::take(&mut report.fields);
    for problem in inspect(document, &mut fields, &FieldPath::default()) {
        report.add(problem);
    }
    report.fields = fields;
    report
}

/// Rules beyond the table for an environment at `place`; a conda file that is named is replaced by its content, with
/// the places of its entries beside it as `conda_lines`.
pub(super) fn inspect(document: &SpecDocument, fields: &mut JsonMap, place: &FieldPath) -> Vec<Problem> {
    let mut problems = Vec::new();
    if document.find(place).is_none_or(|node| node.get("image").is_none() && node.get("build").is_none()) {
        let message = "an environment needs an `image` or a `build`";
        problems.push(Problem::error(place.to_string(), message));
    }
    if fields.contains_key("image") && fields.contains_key("build") {
        let message = "`image` and `build` exclude each other, a build makes its own image";
        problems.push(Problem::error(place.key("build").to_string(), message));
    }
    if let Some(Value::String(written)) = fields.get("build").and_then(|build| build.get("path")) {
        let field = place.key("build").key("path");
        problems.extend(asset_path::refuse_missing(document, &field, &AssetPath::read(document, written)));
    }
    problems.extend(inspect_conda(document, fields, &place.key("conda_file")));
    problems
}

/// Replaces what `conda_file` says by the text that is sent.
fn inspect_conda(document: &SpecDocument, fields: &mut JsonMap, place: &FieldPath) -> Vec<Problem> {
    // What is empty is no conda file to the SDK, just as if it were not there.
    let Some(written) = fields.remove("conda_file").filter(|conda| !is_empty(conda)) else {
        return Vec::new();
    };
    let read = match &written {
        Value::String(written) => read_conda(document, written),
        _ => Ok((
            document.path().map(Path::to_owned),
            document.find(place).map_or_else(|| Rc::new(Node::from_json(&written)), Rc::clone),
        )),
    };
    let (file, conda) = match read {
        Ok(read) => read,
        Err(message) => return vec![Problem::error(place.to_string(), message)],
    };
    fields.insert("conda_file".to_owned(), dump_node_ascii(&conda).into());
    let lines = file.map(|file| conda_lines::of(&file, &conda)).unwrap_or_default();
    fields.insert("conda_lines".to_owned(), json!(lines));
    let lists = matches!(conda.get("dependencies").map(|found| &found.value), Some(Yaml::Seq(_)));
    let message = "the conda file lists no `dependencies`";
    let no_list = (!lists).then(|| Problem::warning(place.to_string(), message));
    no_list.into_iter().chain(refuse_relative_paths(&conda, place)).collect()
}

/// A workspace gets the text of the conda file alone, so a build there would not find such a path.
fn refuse_relative_paths(conda: &Node, place: &FieldPath) -> Vec<Problem> {
    let warning = |entry: &Rc<Node>| {
        let (text, line) = (entry.as_str()?, entry.span.line);
        let path = requirement::relative_path(text)?;
        let at = if entry.span.is_known() { format!(" (line {line})") } else { String::new() };
        let message = format!("`{text}` in the conda file{at} leads nowhere in a workspace");
        let help = format!("the text of the conda file is sent and no other file: there will be no `{path}`");
        Some(Problem::warning(place.to_string(), message).help(help))
    };
    conda_lines::pips(conda).filter_map(warning).collect()
}

fn is_empty(conda: &Value) -> bool {
    match conda {
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// The conda file, and its path where it is a file of its own.
fn read_conda(document: &SpecDocument, written: &str) -> Result<(Option<PathBuf>, Rc<Node>), String> {
    // What the service prints is the file's text, not its path.
    let (text, shown, path) = if document.is_service_form() || written.contains('\n') {
        (written.to_owned(), "the conda file".to_owned(), None)
    } else {
        let path = document.resolve(written);
        let shown = format!("`{}`", path.display());
        let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {shown}: {error}"))?;
        (text, shown, Some(path))
    };
    let node = load::load(&text).map_err(|error| {
        format!("{shown} is not YAML: line {}, column {}: {error}", error.span.line, error.span.column)
    })?;
    match node {
        Some(conda) if matches!(conda.value, Yaml::Map(_)) => Ok((path, conda)),
        _ => Err(format!("{shown} is not a conda file, expected a mapping")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn inline(conda: Option<Value>) -> EnvironmentSpec {
        let mut value = json!({ "name": "e", "image": "img:1" });
        if let Some(conda) = conda {
            value["conda_file"] = conda;
        }
        EnvironmentSpec::from_document(&SpecDocument::from_json(&value)).unwrap().spec
    }

    #[test]
    fn the_anonymous_version_is_the_hash_the_sdk_makes() {
        let conda = json!({
            "name": "batch-env",
            "channels": ["conda-forge"],
            "dependencies": ["python=3.11", "pip", { "pip": ["pandas"] }],
        });
        let expected = "ee7a7eaf0aa63f49abf966304853d2f66f4795825605f485f3421142c002dea6";
        assert_eq!(inline(Some(conda)).anonymous_version(), expected);
        assert_eq!(inline(None).anonymous_version(), sha256_hex(&sha256_hex("img:1")));
        let route = |path: &str, port: u16| json!({ "path": path, "port": port });
        let served = EnvironmentSpec {
            inference_config: json!({
                "liveness_route": route("/score", 80),
                "readiness_route": route("/a", 8080),
                "scoring_route": route("/a", 8080),
            })
            .as_object()
            .cloned(),
            ..inline(None)
        };
        let expected = "1ea53377256fc34cde068c46bd7cfaafa20968908bb477f52b0ce1e184a126e8";
        assert_eq!(served.anonymous_version(), expected);
    }

    #[test]
    fn an_environment_without_an_image_is_refused() {
        let document = SpecDocument::from_json(&json!({ "name": "e", "conda_file": {} }));
        let error = EnvironmentSpec::from_document(&document).unwrap_err();
        assert!(error.to_string().contains("`image`"), "{error}");
    }

    #[test]
    fn what_is_not_sent_with_a_conda_file_is_warned_of() {
        let dependencies = json!(["a/b::python", { "pip": ["six", "-r requirements.txt", "-e ."] }]);
        let value = json!({ "name": "e", "image": "i", "conda_file": { "dependencies": dependencies } });
        let checked = EnvironmentSpec::from_document(&SpecDocument::from_json(&value)).unwrap();
        let warned: Vec<&str> = checked.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(warned.len(), 2, "{warned:?}");
        assert!(warned[0].contains("`-r requirements.txt`") && warned[1].contains("`-e .`"), "{warned:?}");
    }

    #[test]
    fn a_missing_conda_file_is_a_problem_of_its_field() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env.yml");
        fs::write(&path, "name: e\nimage: i\nconda_file: nope.yml\n").unwrap();
        let document = SpecDocument::load(&path).unwrap();
        let error = EnvironmentSpec::from_document(&document).unwrap_err();
        let problem = &error.problems[0];
        assert_eq!((problem.field.as_str(), problem.span.unwrap().line), ("conda_file", 3));
    }
}
