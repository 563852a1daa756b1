//! One thin method for each REST call. Bodies stay JSON, so members this version does not know survive a
//! read-edit-write.

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::api_version;
use super::client::{Answer, Call, Client};
use super::credential::Audience;
use super::error::{ArmError, ArmErrorKind};
use crate::wire::asset::{AssetKind, BlobReference, PendingUpload};
use crate::wire::component;
use crate::wire::paths;

/// Version of a code asset's content hash.
const CODE_HASH_VERSION: u32 = 202_208;

/// Which versions or containers a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListView {
    /// Those in use.
    #[default]
    ActiveOnly,
    /// Those put away.
    ArchivedOnly,
    /// Both.
    All,
}

impl ListView {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ActiveOnly => "ActiveOnly",
            Self::ArchivedOnly => "ArchivedOnly",
            Self::All => "All",
        }
    }
}

/// What a dry run uses where only the service could say which container code goes to.
fn unknown_container() -> PendingUpload {
    PendingUpload {
        pending_upload_id: String::new(),
        pending_upload_type: "TemporaryBlobReference".to_owned(),
        blob_reference_for_consumption: BlobReference {
            blob_uri: "<container of startPendingUpload>".to_owned(),
            storage_account_arm_id: String::new(),
            credential: Value::Null,
        },
    }
}

pub(super) fn to_json(body: &impl Serialize) -> Value {
    serde_json::to_value(body).expect("wire bodies have string keys and finite numbers")
}

impl Client {
    /// Gets the workspace.
    pub async fn workspace_body(&self) -> Result<Value, ArmError> {
        self.get(&self.url("", &[], api_version::WORKSPACE)).await
    }

    /// The workspace's region.
    pub async fn location(&self) -> Result<String, ArmError> {
        let body = self.workspace_body().await?;
        body["location"].as_str().map(str::to_owned).ok_or_else(|| self.incomplete("location"))
    }

    /// Origin of run history and the other data planes, through the workspace's discovery document.
    pub async fn data_plane(&self) -> Result<String, ArmError> {
        let body = self.workspace_body().await?;
        let url = body["properties"]["discoveryUrl"]
            .as_str()
            .ok_or_else(|| self.incomplete("properties.discoveryUrl"))?;
        // It carries no token itself, but says where tokens are sent.
        self.hosts
            .check(Audience::ResourceManager, url)
            .map_err(|kind| ArmError::new(Method::GET, url, kind))?;
        let discovery = self.get_public(url).await?;
        let api = discovery["api"].as_str().ok_or_else(|| self.incomplete("api"))?;
        Ok(api.trim_end_matches('/').to_owned())
    }

    fn incomplete(&self, what: &'static str) -> ArmError {
        let url = paths::in_workspace(self.workspace(), "", &[]);
        ArmError::new(Method::GET, &url, ArmErrorKind::Incomplete(what))
    }

    /// Gets an endpoint.
    pub async fn endpoint(&self, name: &str) -> Result<Value, ArmError> {
        self.get(&self.url(paths::ENDPOINT, &[name], api_version::ENDPOINT)).await
    }

    /// Lists endpoints.
    pub async fn endpoints(&self) -> Result<Vec<Value>, ArmError> {
        self.list(&self.url(paths::ENDPOINTS, &[], api_version::ENDPOINT), None).await
    }

    /// Creates or replaces an endpoint.
    pub async fn put_endpoint(&self, name: &str, body: &impl Serialize) -> Result<Value, ArmError> {
        self.put(&self.url(paths::ENDPOINT, &[name], api_version::ENDPOINT), &to_json(body)).await
    }

    /// Deletes an endpoint with its deployments.
    pub async fn delete_endpoint(&self, name: &str) -> Result<(), ArmError> {
        self.delete(&self.url(paths::ENDPOINT, &[name], api_version::ENDPOINT)).await
    }

    /// Gets a deployment.
    pub async fn deployment(&self, endpoint: &str, name: &str) -> Result<Value, ArmError> {
        self.get(&self.url(paths::DEPLOYMENT, &[endpoint, name], api_version::DEPLOYMENT)).await
    }

    /// Lists the deployments of an endpoint.
    pub async fn deployments(&self, endpoint: &str) -> Result<Vec<Value>, ArmError> {
        self.list(&self.url(paths::DEPLOYMENTS, &[endpoint], api_version::DEPLOYMENT), None).await
    }

    /// Creates or replaces a deployment.
    pub async fn put_deployment(
        &self,
        endpoint: &str,
        name: &str,
        body: &impl Serialize,
    ) -> Result<Value, ArmError> {
        self.put(&self.url(paths::DEPLOYMENT, &[endpoint, name], api_version::DEPLOYMENT), &to_json(body))
            .await
    }

    /// Deletes a deployment.
    pub async fn delete_deployment(&self, endpoint: &str, name: &str) -> Result<(), ArmError> {
        self.delete(&self.url(paths::DEPLOYMENT, &[endpoint, name], api_version::DEPLOYMENT)).await
    }

    /// Gets a compute.
    pub async fn compute(&self, name: &str) -> Result<Value, ArmError> {
        self.get(&self.url(paths::COMPUTE, &[name], api_version::COMPUTE)).await
    }

    /// Lists computes.
    pub async fn computes(&self) -> Result<Vec<Value>, ArmError> {
        self.list(&self.url(paths::COMPUTES, &[], api_version::COMPUTE), None).await
    }

    /// Creates or replaces a compute.
    pub async fn put_compute(&self, name: &str, body: &impl Serialize) -> Result<Value, ArmError> {
        self.put(&self.url(paths::COMPUTE, &[name], api_version::COMPUTE), &to_json(body)).await
    }

    /// Deletes a compute.
    pub async fn delete_compute(&self, name: &str) -> Result<(), ArmError> {
        let query = format!("{}&underlyingResourceAction=Delete", api_version::COMPUTE);
        self.delete(&self.url(paths::COMPUTE, &[name], &query)).await
    }

    /// Lists the containers of an asset kind.
    pub async fn assets(
        &self,
        kind: AssetKind,
        view: ListView,
        limit: Option<usize>,
    ) -> Result<Vec<Value>, ArmError> {
        let query = format!("{}&listViewType={}", asset_version(kind), view.as_str());
        self.list(&self.url(paths::ASSETS, &[kind.segment()], &query), limit).await
    }

    /// Gets an asset's container, with `latestVersion` and `nextVersion`.
    pub async fn asset(&self, kind: AssetKind, name: &str) -> Result<Option<Value>, ArmError> {
        self.get_optional(&self.url(paths::ASSET, &[kind.segment(), name], asset_version(kind))).await
    }

    /// Lists the versions of an asset.
    pub async fn asset_versions(
        &self,
        kind: AssetKind,
        name: &str,
        view: ListView,
        limit: Option<usize>,
    ) -> Result<Vec<Value>, ArmError> {
        let query = format!("{}&listViewType={}", asset_version(kind), view.as_str());
        self.list(&self.url(paths::ASSET_VERSIONS, &[kind.segment(), name], &query), limit).await
    }

    /// The newest version of an asset; `None` when there is none.
    pub async fn newest_asset_version(&self, kind: AssetKind, name: &str) -> Result<Option<Value>, ArmError> {
        let query = format!("{}&$orderBy=createdtime%20desc&$top=1", asset_version(kind));
        match self.list(&self.url(paths::ASSET_VERSIONS, &[kind.segment(), name], &query), Some(1)).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gets one version of an asset.
    pub async fn asset_version(&self, kind: AssetKind, name: &str, version: &str) -> Result<Value, ArmError> {
        self.get(&self.url(paths::ASSET_VERSION, &[kind.segment(), name, version], asset_version(kind))).await
    }

    /// Registers one version of an asset.
    pub async fn put_asset_version(
        &self,
        kind: AssetKind,
        name: &str,
        version: &str,
        body: &impl Serialize,
    ) -> Result<Value, ArmError> {
        let url = self.url(paths::ASSET_VERSION, &[kind.segment(), name, version], asset_version(kind));
        self.put_at_once(&url, &to_json(body)).await
    }

    /// Makes one version of a component.
    pub async fn put_component_version(
        &self,
        name: &str,
        version: &str,
        body: &impl Serialize,
    ) -> Result<Value, ArmError> {
        let url =
            self.url(paths::ASSET_VERSION, &[component::SEGMENT, name, version], api_version::COMPONENT);
        self.put_at_once(&url, &to_json(body)).await
    }

    /// The newest version of a component; `None` when there is none.
    pub async fn newest_component_version(&self, name: &str) -> Result<Option<Value>, ArmError> {
        let query = format!("{}&$orderBy=createdtime%20desc&$top=1", api_version::COMPONENT);
        let url = self.url(paths::ASSET_VERSIONS, &[component::SEGMENT, name], &query);
        match self.list(&url, Some(1)).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Looks a code asset up by its content hash, among all of the workspace.
    pub async fn code_by_hash(&self, name: &str, hash: &str) -> Result<Option<Value>, ArmError> {
        let query = format!("{}&hash={hash}&hashVersion={CODE_HASH_VERSION}", api_version::CODE);
        let url = self.url(paths::ASSET_VERSIONS, &[AssetKind::Code.segment(), name], &query);
        Ok(self.list(&url, Some(1)).await?.into_iter().next())
    }

    /// Asks where code is to be uploaded.
    pub async fn start_pending_upload(&self, name: &str, version: &str) -> Result<PendingUpload, ArmError> {
        if self.plan().is_some() {
            return Ok(unknown_container());
        }
        let url = self.url(paths::START_PENDING_UPLOAD, &[name, version], api_version::CODE);
        let body = json!({"pendingUploadType": "TemporaryBlobReference"});
        self.ask(&url, &body).await
    }

    /// Gets a datastore.
    pub async fn datastore(&self, name: &str) -> Result<Value, ArmError> {
        self.get(&self.url(paths::DATASTORE, &[name], api_version::DATASTORE)).await
    }

    /// The default datastore.
    pub async fn default_datastore(&self) -> Result<Value, ArmError> {
        let query = format!("{}&count=30&isDefault=true&orderByAsc=false", api_version::DATASTORE);
        let found = self.list(&self.url(paths::DATASTORES, &[], &query), Some(1)).await?;
        found.into_iter().next().ok_or_else(|| self.incomplete("default datastore"))
    }

    /// Creates or replaces a datastore.
    pub async fn put_datastore(&self, name: &str, body: &impl Serialize) -> Result<Value, ArmError> {
        self.put_at_once(&self.url(paths::DATASTORE, &[name], api_version::DATASTORE), &to_json(body)).await
    }

    /// Lists datastores.
    pub async fn datastores(&self) -> Result<Vec<Value>, ArmError> {
        self.list(&self.url(paths::DATASTORES, &[], api_version::DATASTORE), None).await
    }

    /// Gets the credentials of a datastore. A dry run neither needs nor asks for any.
    pub async fn datastore_secrets(&self, name: &str) -> Result<Value, ArmError> {
        if self.plan().is_some() {
            return Ok(Value::Null);
        }
        let url = self.url(paths::DATASTORE_SECRETS, &[name], api_version::DATASTORE);
        let body = json!({"expirableSecret": true, "expireAfterHours": 1});
        self.ask(&url, &body).await
    }

    async fn put(&self, url: &str, body: &Value) -> Result<Value, ArmError> {
        let accepted = self.send_put(url, body).await?;
        self.finished(Method::PUT, url, accepted).await
    }

    /// Puts what Azure makes while we wait, as it does versions of assets and datastores, unless it says otherwise.
    async fn put_at_once(&self, url: &str, body: &Value) -> Result<Value, ArmError> {
        let accepted = self.send_put(url, body).await?;
        match accepted.status == StatusCode::CREATED
            && accepted.body["properties"]["provisioningState"].is_null()
        {
            true => Ok(accepted.body),
            false => self.finished(Method::PUT, url, accepted).await,
        }
    }

    async fn send_put(&self, url: &str, body: &Value) -> Result<Answer<Value>, ArmError> {
        match self.change(Call::new(Method::PUT, url), Some(body)).await {
            // The attempt before this one may have made it, its answer lost; then it is there as we want it.
            Err(refused) if refused.was_repeated() && refused.is_conflict() => {
                match self.json::<Value>(Call::get(url)).await {
                    Ok(there) if holds(&there.body["properties"], &body["properties"]) => Ok(there),
                    _ => Err(refused),
                }
            }
            other => other,
        }
    }

    async fn delete(&self, url: &str) -> Result<(), ArmError> {
        let accepted = self.change(Call::new(Method::DELETE, url), None).await?;
        self.finished(Method::DELETE, url, accepted).await.map(drop)
    }
}

/// Whether what is there has everything that was sent. Services add members, leave out empty ones, and spell fixed
/// words and ids their own way.
fn holds(there: &Value, sent: &Value) -> bool {
    match (there, sent) {
        (Value::Object(_) | Value::Null, Value::Object(sent)) => {
            sent.iter().all(|(name, value)| holds(&there[name], value))
        }
        (Value::String(there), Value::String(sent)) => there.eq_ignore_ascii_case(sent),
        _ => there == sent,
    }
}

fn asset_version(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Code => api_version::CODE,
        AssetKind::Model => api_version::MODEL,
        AssetKind::Environment | AssetKind::Data => api_version::ASSET,
        AssetKind::Component => api_version::COMPONENT,
    }
}
