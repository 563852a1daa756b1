//! Finding what bodies refer to: assets by id or `azureml:` reference, computes, and the bytes behind asset paths.

use std::path::PathBuf;

use super::error::ServiceError;
use super::scope::Scope;
use super::{computes, url};
use crate::local::store::{Resource, ResourceKey, ResourceKind, Workspace};
use crate::wire::asset::AssetKind;
use crate::wire::ids::{ArmId, WorkspaceId};
use crate::wire::reference::{AssetReference, DatastoreUri};

/// An asset some body refers to.
#[derive(Debug)]
pub(super) struct FoundAsset {
    pub(super) asset: Resource,
    /// Its id with a version, never a label.
    pub(super) id: String,
}

/// The asset `text` refers to: an ARM id (by version or label), `azureml:name:version` or `azureml:name@latest`.
pub(super) fn asset(scope: &Scope, kind: AssetKind, text: &str) -> Result<FoundAsset, ServiceError> {
    let not_one = || ServiceError::Invalid(format!("{text} does not name a {} of a workspace.", kind.noun()));
    let (workspace, name, version) = match AssetReference::parse_marked(text).ok_or_else(not_one)? {
        AssetReference::Arm(id) => arm_asset(&id, kind).ok_or_else(not_one)?,
        AssetReference::Version { name, version } => {
            (scope.workspace.id.clone(), name, Version::Exact(version))
        }
        AssetReference::Label { name, label } => (scope.workspace.id.clone(), name, Version::Label(label)),
        AssetReference::Name(_) | AssetReference::Registry(_) => return Err(not_one()),
    };
    let not_found =
        || ServiceError::AssetNotFound { kind, name: name.clone(), version: version.text().to_owned() };
    let workspace = scope.store().find_workspace(&workspace)?.ok_or_else(not_found)?;
    let found = match &version {
        Version::Exact(version) => {
            scope.store().resource(&workspace, ResourceKey::asset(kind, &name, version))?
        }
        Version::Label(label) if label == "latest" => {
            scope.store().latest_version(&workspace, kind, &name)?
        }
        Version::Label(_) => None,
    };
    let asset = found.ok_or_else(not_found)?;
    let tail = format!("{}/{}/versions/{}", kind.segment(), asset.name, asset.version);
    Ok(FoundAsset { id: workspace.id.child(&tail), asset })
}

enum Version {
    Exact(String),
    Label(String),
}

impl Version {
    fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Label(text) => text,
        }
    }
}

fn arm_asset(id: &str, kind: AssetKind) -> Option<(WorkspaceId, String, Version)> {
    let ArmId { workspace, segments } = ArmId::parse(id)?;
    let [found_kind, name, selector, version] = segments.try_into().ok()?;
    let version = match selector {
        selector if selector.eq_ignore_ascii_case("versions") => Version::Exact(version),
        selector if selector.eq_ignore_ascii_case("labels") => Version::Label(version),
        _ => return None,
    };
    (AssetKind::from_segment(&found_kind) == Some(kind)).then_some((workspace, name, version))
}

/// The ARM id of a compute given by id or by name; it must exist in the workspace.
pub(super) fn compute(scope: &Scope, text: &str) -> Result<String, ServiceError> {
    let id = ArmId::parse(text);
    let name = match &id {
        Some(id) => id.name(),
        None => text.strip_prefix("azureml:").unwrap_or(text),
    };
    let found = computes::find(scope, name).map_err(ServiceError::in_body)?;
    Ok(scope.id(&format!("computes/{}", found.name)))
}

/// A place in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlobPlace {
    pub(super) container: String,
    pub(super) name: String,
}

impl BlobPlace {
    /// The file or folder on disk; it need not exist.
    pub(super) fn local_path(&self, scope: &Scope) -> Result<PathBuf, ServiceError> {
        Ok(scope.service.blobs().local_path(&self.container, &self.name)?)
    }
}

/// Where a datastore address (short or long) or an address on the blob service here points to. None: somewhere else.
pub(super) fn place(scope: &Scope, uri: &str) -> Result<Option<BlobPlace>, ServiceError> {
    if let Some(DatastoreUri { workspace, datastore, path }) = DatastoreUri::parse(uri) {
        let workspace = match workspace {
            Some(id) => scope.store().find_workspace(&id)?,
            None => Some(scope.workspace.clone()),
        };
        let missing = || ServiceError::DatastoreNotFound(datastore.clone()).in_body();
        let container = container(scope, &workspace.ok_or_else(missing)?, &datastore)?;
        return Ok(Some(BlobPlace { container, name: path }));
    }
    // Addresses of stored assets carry no host, since the service may be reached under several.
    let found = scope.origin.blob_of(uri).or_else(|| url::blob_of_path(uri.strip_prefix('/')?));
    Ok(found.map(|(container, name)| BlobPlace { container, name }))
}

/// The container of a datastore.
pub(super) fn container(
    scope: &Scope,
    workspace: &Workspace,
    datastore: &str,
) -> Result<String, ServiceError> {
    let found = scope.store().resource(workspace, ResourceKey::named(ResourceKind::Datastore, datastore))?;
    let container = found.as_ref().and_then(|found| found.body["containerName"].as_str());
    container
        .map(str::to_owned)
        .ok_or_else(|| ServiceError::DatastoreNotFound(datastore.to_owned()).in_body())
}
