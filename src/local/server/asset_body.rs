//! Bodies of assets: what of a request is kept, when two contents are the same, and how both are answered.

use serde_json::{Map, Value, json};

use super::body::{frame, set_missing, system_data};
use super::error::ServiceError;
use super::references::place;
use super::scope::Scope;
use super::url;
use crate::local::store::Resource;
use crate::wire::asset::{
    AssetKind, CodeVersion, DataVersion, EnvironmentVersion, ModelVersion, is_same_environment,
};
use crate::wire::component::ComponentVersion;
use crate::wire::origin::shown;

/// Reads the properties of a new version, keeping what the wire types know.
pub(super) fn properties_of(scope: &Scope, kind: AssetKind, body: Value) -> Result<Value, ServiceError> {
    let mut properties = match kind {
        AssetKind::Code => typed::<CodeVersion>(body),
        AssetKind::Environment => typed::<EnvironmentVersion>(body),
        AssetKind::Model => typed::<ModelVersion>(body),
        AssetKind::Data => typed::<DataVersion>(body),
        AssetKind::Component => typed::<ComponentVersion>(body),
    }?;
    match kind {
        AssetKind::Code => keep_code(scope, &mut properties)?,
        AssetKind::Environment => check_environment(&properties)?,
        AssetKind::Model if properties["modelUri"].as_str().is_none_or(str::is_empty) => {
            return Err(ServiceError::Invalid("A model needs modelUri.".to_owned()));
        }
        AssetKind::Data => check_data(&properties)?,
        AssetKind::Component if properties["componentSpec"].as_object().is_none_or(Map::is_empty) => {
            return Err(ServiceError::Invalid("A component needs componentSpec.".to_owned()));
        }
        AssetKind::Model | AssetKind::Component => {}
    }
    Ok(properties)
}

fn typed<T: serde::de::DeserializeOwned + serde::Serialize>(body: Value) -> Result<Value, ServiceError> {
    let typed: T = serde_json::from_value(body).map_err(ServiceError::MalformedBody)?;
    let mut body = serde_json::to_value(typed).map_err(ServiceError::MalformedBody)?;
    Ok(body["properties"].take())
}

/// Code is kept without the host it was uploaded to, and with text for its hash version, as Azure has it.
fn keep_code(scope: &Scope, properties: &mut Value) -> Result<(), ServiceError> {
    let uri = properties["codeUri"].as_str().unwrap_or_default();
    let place = place(scope, uri)?;
    let place = place.ok_or_else(|| {
        ServiceError::Invalid(format!(
            "codeUri {} is not where startPendingUpload said code goes.",
            shown(uri)
        ))
    })?;
    let name = crate::wire::paths::encode_path(&place.name);
    properties["codeUri"] = format!("/{}/{}/{name}", url::BLOB_ACCOUNT, place.container).into();
    if let Some(version) =
        properties.pointer_mut("/properties/hash_version").filter(|version| version.is_number())
    {
        *version = version.to_string().into();
    }
    properties["isAnonymous"] = true.into();
    Ok(())
}

fn check_environment(properties: &Value) -> Result<(), ServiceError> {
    let has = |member: &str| properties.get(member).is_some_and(|value| !value.is_null());
    match has("image") || has("build") || has("condaFile") {
        true => Ok(()),
        false => Err(ServiceError::Invalid(
            "An environment needs an image, a build context or a conda file.".to_owned(),
        )),
    }
}

fn check_data(properties: &Value) -> Result<(), ServiceError> {
    let kind = properties["dataType"].as_str().unwrap_or_default();
    if !["uri_file", "uri_folder", "mltable"].contains(&kind) {
        return Err(ServiceError::Invalid(format!(
            "dataType must be uri_file, uri_folder or mltable, not {kind:?}."
        )));
    }
    match properties["dataUri"].as_str().is_none_or(str::is_empty) {
        true => Err(ServiceError::Invalid("A data asset needs dataUri.".to_owned())),
        false => Ok(()),
    }
}

/// Whether two versions hold the same thing.
pub(super) fn same_content(
    scope: &Scope,
    kind: AssetKind,
    old: &Value,
    new: &Value,
) -> Result<bool, ServiceError> {
    let member = match kind {
        AssetKind::Environment => return Ok(is_same_environment(old, new)),
        AssetKind::Code => "codeUri",
        AssetKind::Model => "modelUri",
        AssetKind::Data => "dataUri",
        AssetKind::Component => return Ok(is_same_component(old, new)),
    };
    let text =
        |properties: &Value| properties[member].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
    let (old, new) = (text(old), text(new));
    // The short and the long form of a datastore address are the same place.
    Ok(old == new
        || matches!((place(scope, &old)?, place(scope, &new)?), (Some(old), Some(new)) if old == new))
}

/// A component that stands for the pipeline of a job is kept under one name for all jobs: it is looked into when it is
/// deployed, and may be another one from then on.
fn is_same_component(old: &Value, new: &Value) -> bool {
    new["componentSpec"]["sourceJobId"].is_string() || old["componentSpec"] == new["componentSpec"]
}

/// Answer for one version.
pub(super) fn version_body(scope: &Scope, kind: AssetKind, version: &Resource) -> Value {
    let mut properties = version.body["properties"].clone();
    let common = [
        ("description", Value::Null),
        ("tags", json!({})),
        ("properties", json!({})),
        ("isArchived", false.into()),
        ("isAnonymous", false.into()),
    ];
    set_missing(&mut properties, &common);
    match kind {
        AssetKind::Code => {
            let path = properties["codeUri"].as_str().unwrap_or_default();
            properties["codeUri"] = scope.origin.url(path).into();
            properties["provisioningState"] = "Succeeded".into();
        }
        AssetKind::Environment => {
            let facts = [
                ("environmentType", "UserCreated".into()),
                ("osType", "Linux".into()),
                ("autoRebuild", "Disabled".into()),
            ];
            set_missing(&mut properties, &facts);
        }
        AssetKind::Model => {
            let facts = [
                ("flavors", json!({})),
                ("modelType", "custom_model".into()),
                ("jobName", Value::Null),
                ("stage", Value::Null),
            ];
            set_missing(&mut properties, &facts);
        }
        AssetKind::Data | AssetKind::Component => {}
    }
    let segment = kind.segment();
    let tail = format!("{segment}/{}/versions/{}", version.name, version.version);
    let mut body = frame(scope, &tail, &version.version, &format!("{segment}/versions"), properties);
    body.insert("systemData".to_owned(), system_data(&version.created_at, &version.modified_at));
    body.into()
}

/// Answer for a container: what was written to it itself, its newest version, and what tells its age.
pub(super) fn container_body(
    scope: &Scope,
    kind: AssetKind,
    name: &str,
    (own, newest, oldest): (Option<&Resource>, Option<&Resource>, Option<&Resource>),
    next_version: u64,
    is_archived: bool,
) -> Value {
    let given =
        |member: &str| own.and_then(|own| own.body.pointer(&format!("/properties/{member}"))).cloned();
    let mut properties = json!({
        "description": given("description"),
        "tags": given("tags"),
        "properties": given("properties"),
        "isArchived": is_archived,
        "latestVersion": newest.map(|newest| &newest.version),
        "nextVersion": next_version.to_string(),
    });
    set_missing(&mut properties, &[("tags", json!({})), ("properties", json!({}))]);
    if let (AssetKind::Data, Some(newest)) = (kind, newest) {
        properties["dataType"] = newest.body["properties"]["dataType"].clone();
    }
    let segment = kind.segment();
    let mut body = frame(scope, &format!("{segment}/{name}"), name, segment, properties);
    if let Some(oldest) = oldest {
        let modified_at = newest.map_or(&oldest.modified_at, |newest| &newest.modified_at);
        body.insert("systemData".to_owned(), system_data(&oldest.created_at, modified_at));
    }
    body.into()
}
