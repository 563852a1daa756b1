//! What a job is to score: turning the input of an invocation into a file, a folder or a URL.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::error::ServiceError;
use super::plan;
use super::references::{self, BlobPlace};
use super::scope::Scope;
use crate::local::engine::JobInput;
use crate::wire::JsonMap;
use crate::wire::asset::AssetKind;
use crate::wire::origin::shown;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputKind {
    File,
    Folder,
}

/// The one data input of an invocation.
pub(super) fn resolve(scope: &Scope, inputs: Option<&JsonMap>) -> Result<JobInput, ServiceError> {
    let inputs: Vec<_> = inputs.into_iter().flatten().collect();
    let [(name, input)] = inputs.as_slice() else {
        return Err(ServiceError::Invalid(format!(
            "A model deployment takes exactly one data input; the request has {}.",
            inputs.len()
        )));
    };
    let not_data = || {
        ServiceError::Invalid(format!(
            "Input {name} is not data: a model deployment takes an input of type uri_folder or uri_file, not {}.",
            input["jobInputType"].as_str().unwrap_or("a literal value")
        ))
    };
    let kind = match input["jobInputType"].as_str() {
        Some(kind) if kind.eq_ignore_ascii_case("UriFolder") => InputKind::Folder,
        Some(kind) if kind.eq_ignore_ascii_case("UriFile") => InputKind::File,
        _ => return Err(not_data()),
    };
    let uri = input["uri"].as_str().filter(|uri| !uri.is_empty());
    resolve_uri(scope, kind, uri.ok_or_else(not_data)?)
}

/// Data or a model for an input of a type in any spelling: `uri_folder`, `UriFolder`, `custom_model`.
pub(super) fn data(scope: &Scope, kind: &str, uri: &str) -> Result<JobInput, ServiceError> {
    let kind = kind.replace('_', "").to_ascii_lowercase();
    if kind.ends_with("model") && references::asset(scope, AssetKind::Model, uri).is_ok() {
        let path = plan::model(scope, uri)?;
        return Ok(if path.is_file() { JobInput::File(path) } else { JobInput::Folder(path) });
    }
    let kind = if kind == "urifile" { InputKind::File } else { InputKind::Folder };
    resolve_uri(scope, kind, uri)
}

fn resolve_uri(scope: &Scope, kind: InputKind, uri: &str) -> Result<JobInput, ServiceError> {
    match references::asset(scope, AssetKind::Data, uri) {
        Ok(found) => {
            let given = &found.asset.body["properties"];
            let kind = if given["dataType"] == "uri_file" { InputKind::File } else { kind };
            address(scope, kind, given["dataUri"].as_str().unwrap_or_default())
        }
        // No reference to an asset: an address.
        Err(ServiceError::Invalid(_)) => address(scope, kind, uri),
        Err(error) => Err(error.in_body()),
    }
}

fn address(scope: &Scope, kind: InputKind, uri: &str) -> Result<JobInput, ServiceError> {
    if let Some(place) = references::place(scope, uri)? {
        return on_disk(scope, kind, uri, &place);
    }
    let scheme = uri.split("://").next().unwrap_or_default();
    match scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        true => Ok(JobInput::Url(uri.to_owned())),
        false => Err(ServiceError::Invalid(format!(
            "The input {} cannot be read here; give an https address, an azureml datastore address or a data asset.",
            shown(uri)
        ))),
    }
}

fn on_disk(scope: &Scope, kind: InputKind, uri: &str, place: &BlobPlace) -> Result<JobInput, ServiceError> {
    let invalid = |what: &str| ServiceError::Invalid(format!("The input {} {what}.", shown(uri)));
    let path = place.local_path(scope)?;
    if path.is_file() {
        // The SDK calls every input a folder unless told otherwise.
        return Ok(JobInput::File(path));
    }
    match kind {
        InputKind::File if path.is_dir() => Err(invalid("is a folder; give its type as uri_folder")),
        InputKind::Folder if path.is_dir() && !is_empty(&path)? => Ok(JobInput::Folder(path)),
        InputKind::Folder if path.is_dir() => Err(invalid("is an empty folder")),
        _ => Err(invalid("does not exist")),
    }
}

fn is_empty(folder: &PathBuf) -> Result<bool, ServiceError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(source) => Err(ServiceError::Io { path: folder.clone(), source }),
    }
}

/// The shape of an input as it is answered: as it was sent, mounted read-only.
pub(super) fn answered(inputs: Option<&JsonMap>) -> Value {
    let mut inputs = inputs.cloned().unwrap_or_default();
    for input in inputs.values_mut().filter(|input| input.is_object()) {
        if input["mode"].is_null() {
            input["mode"] = "ReadOnlyMount".into();
        }
    }
    inputs.into()
}
