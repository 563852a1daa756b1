//! Versioned assets: codes, environments, models and data.

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::asset_body::{container_body, properties_of, same_content, version_body};
use super::computes::status;
use super::error::ServiceError;
use super::names;
use super::paging::Paging;
use super::scope::{JsonBody, Scope};
use crate::local::store::{AssetFilter, NewResource, Resource, ResourceKey, Written};
use crate::wire::asset::{AssetKind, BlobReference, PendingUpload};

/// How the containers of code begin; the rest is a digest.
const CODE_CONTAINER: &str = "code-";

#[derive(Deserialize)]
pub(super) struct ListOptions {
    #[serde(rename = "listViewType")]
    view: Option<String>,
    #[serde(rename = "$orderBy")]
    order: Option<String>,
    /// Content hash of code.
    hash: Option<String>,
}

impl ListOptions {
    fn filter(&self) -> AssetFilter {
        match self.view.as_deref() {
            Some(view) if view.eq_ignore_ascii_case("ArchivedOnly") => AssetFilter::Archived,
            Some(view) if view.eq_ignore_ascii_case("All") => AssetFilter::All,
            _ => AssetFilter::Active,
        }
    }
}

pub(super) async fn list_containers(
    scope: Scope,
    paging: Paging,
    Query(options): Query<ListOptions>,
) -> Result<Json<Value>, ServiceError> {
    let kind = scope.asset_kind()?;
    let mut bodies = Vec::new();
    for name in scope.store().asset_names(&scope.workspace, kind)? {
        let container = Container::find(&scope, kind, &name)?;
        let is_shown = match options.filter() {
            AssetFilter::Active => !container.is_archived(),
            AssetFilter::Archived => container.is_archived(),
            AssetFilter::All => true,
        };
        if is_shown {
            bodies.push(container.body(&scope, kind)?);
        }
    }
    Ok(paging.of(bodies, |body| body))
}

pub(super) async fn get_container(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let kind = scope.asset_kind()?;
    Container::find(&scope, kind, scope.name("name"))?.body(&scope, kind).map(Json)
}

/// Changes a container: archives or restores all of an asset.
pub(super) async fn put_container(
    scope: Scope,
    JsonBody(body): JsonBody<Value>,
) -> Result<(StatusCode, Json<Value>), ServiceError> {
    let (kind, name) = (scope.asset_kind()?, scope.name("name"));
    names::check_asset(kind.noun(), name)?;
    let is_archived = body.pointer("/properties/isArchived") == Some(&Value::Bool(true));
    let new = NewResource { is_archived, ..NewResource::visible(body) };
    let written = scope.store().put_resource(&scope.workspace, ResourceKey::asset(kind, name, ""), &new)?;
    Ok((status(written), Json(Container::find(&scope, kind, name)?.body(&scope, kind)?)))
}

pub(super) async fn list_versions(
    scope: Scope,
    paging: Paging,
    Query(options): Query<ListOptions>,
) -> Result<Json<Value>, ServiceError> {
    let (kind, name) = (scope.asset_kind()?, scope.name("name"));
    if let (AssetKind::Code, Some(hash)) = (kind, &options.hash) {
        // Code is looked up by content among all code, whatever name the path has.
        let found = scope.store().find_code_by_hash(&scope.workspace, hash)?;
        return Ok(paging.of(&found, |code| version_body(&scope, kind, code)));
    }
    let mut versions = scope.store().versions(&scope.workspace, kind, name, options.filter())?;
    if versions.is_empty() {
        Container::find(&scope, kind, name)?;
    }
    if options.order.as_deref().is_some_and(|order| order.to_ascii_lowercase().ends_with("asc")) {
        versions.reverse();
    }
    Ok(paging.of(&versions, |version| version_body(&scope, kind, version)))
}

pub(super) async fn get_version(scope: Scope) -> Result<Json<Value>, ServiceError> {
    let kind = scope.asset_kind()?;
    let (name, version) = (scope.name("name").to_owned(), scope.name("version").to_owned());
    let found = scope.store().resource(&scope.workspace, ResourceKey::asset(kind, &name, &version))?;
    let found = found.ok_or(ServiceError::AssetNotFound { kind, name, version })?;
    Ok(Json(version_body(&scope, kind, &found)))
}

pub(super) async fn put_version(
    scope: Scope,
    JsonBody(body): JsonBody<Value>,
) -> Result<(StatusCode, Json<Value>), ServiceError> {
    let (kind, name, version) = (scope.asset_kind()?, scope.name("name"), scope.name("version"));
    names::check_asset(kind.noun(), name)?;
    names::check_asset("version", version)?;
    let key = ResourceKey::asset(kind, name, version);
    let new = new_version(properties_of(&scope, kind, body)?);
    // Added or not in one step: of two processes that took the same next version, the slower one is told.
    let written = match scope.store().add_resource(&scope.workspace, key, &new)? {
        true => Written::Created,
        false => {
            if let Some(existing) = scope.store().resource(&scope.workspace, key)? {
                check_unchanged(&scope, kind, &existing, &new.body)?;
            }
            scope.store().put_resource(&scope.workspace, key, &new)?
        }
    };
    let found = scope.store().resource(&scope.workspace, key)?;
    let missing = || ServiceError::AssetNotFound { kind, name: name.to_owned(), version: version.to_owned() };
    Ok((status(written), Json(version_body(&scope, kind, &found.ok_or_else(missing)?))))
}

/// Says where code is to be uploaded: always the same container for the same name and version.
pub(super) async fn start_pending_upload(scope: Scope) -> Result<Json<PendingUpload>, ServiceError> {
    let (name, version) = (scope.name("name"), scope.name("version"));
    let key = format!("{}:{}:{}", scope.workspace.uuid, name.to_lowercase(), version.to_lowercase());
    let digest: String = Sha256::digest(key).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{CODE_CONTAINER}{digest}");
    let (container, query) = (scope.origin.container(&name), scope.origin.container_query(&name));
    Ok(Json(PendingUpload {
        pending_upload_id: uuid::Uuid::new_v4().to_string(),
        pending_upload_type: "TemporaryBlobReference".to_owned(),
        blob_reference_for_consumption: BlobReference {
            credential: json!({ "credentialType": "SAS", "sasUri": format!("{container}?{query}") }),
            blob_uri: container,
            storage_account_arm_id: String::new(),
        },
    }))
}

/// Whether a container was made for the code of one version.
pub(super) fn is_code_container(name: &str) -> bool {
    let digest = name.strip_prefix(CODE_CONTAINER);
    digest.is_some_and(|digest| digest.len() == 24 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn new_version(properties: Value) -> NewResource {
    let flag = |member: &str| properties[member] == Value::Bool(true);
    let hash = properties.pointer("/properties/hash_sha256").and_then(Value::as_str);
    NewResource {
        content_hash: hash.map(str::to_owned),
        is_anonymous: flag("isAnonymous"),
        is_archived: flag("isArchived"),
        body: json!({ "properties": properties }),
    }
}

/// A version is its content: only labels around it may change.
fn check_unchanged(
    scope: &Scope,
    kind: AssetKind,
    existing: &Resource,
    new: &Value,
) -> Result<(), ServiceError> {
    if same_content(scope, kind, &existing.body["properties"], &new["properties"])? {
        return Ok(());
    }
    Err(match kind {
        AssetKind::Environment => ServiceError::EnvironmentChanged {
            name: existing.name.clone(),
            version: existing.version.clone(),
        },
        _ => ServiceError::AssetPathChanged,
    })
}

/// All versions of an asset together.
struct Container {
    name: String,
    /// What was written to the container itself, if anything was.
    own: Option<Resource>,
    newest: Option<Resource>,
    oldest: Option<Resource>,
}

impl Container {
    fn find(scope: &Scope, kind: AssetKind, name: &str) -> Result<Self, ServiceError> {
        let (store, workspace) = (scope.store(), &scope.workspace);
        let mut versions = store.versions(workspace, kind, name, AssetFilter::All)?;
        let oldest = versions.pop();
        let newest = store.latest_version(workspace, kind, name)?.or_else(|| versions.into_iter().next());
        let own = store.resource(workspace, ResourceKey::asset(kind, name, ""))?;
        let known = own.as_ref().or(oldest.as_ref()).or(newest.as_ref());
        let name = known.map(|known| known.name.clone());
        let name = name
            .ok_or_else(|| ServiceError::ContainerNotFound { kind, name: scope.name("name").to_owned() })?;
        Ok(Self { name, own, newest, oldest })
    }

    /// Archived as a whole, or in every version.
    fn is_archived(&self) -> bool {
        let newest = self.newest.as_ref().or(self.oldest.as_ref());
        self.own.as_ref().is_some_and(|own| own.is_archived)
            || newest.is_some_and(|newest| newest.is_archived)
    }

    fn body(&self, scope: &Scope, kind: AssetKind) -> Result<Value, ServiceError> {
        let next = scope.store().next_version(&scope.workspace, kind, &self.name)?;
        let newest = self.newest.as_ref().or(self.oldest.as_ref());
        let times = self.oldest.as_ref().or(self.own.as_ref());
        Ok(container_body(
            scope,
            kind,
            &self.name,
            (self.own.as_ref(), newest, times),
            next,
            self.is_archived(),
        ))
    }
}
