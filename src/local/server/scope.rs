//! What a handler is given: the service, the workspace its path names, and the path's other names.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::LocalService;
use super::error::ServiceError;
use super::names;
use super::url::Origin;
use crate::local::store::{Store, Workspace};
use crate::wire::asset::AssetKind;
use crate::wire::ids::WorkspaceId;

/// Largest JSON body that is read; a conda file is part of one.
const MAX_BODY: usize = 16 << 20;

/// One request inside a workspace.
pub(super) struct Scope {
    pub(super) service: Arc<LocalService>,
    pub(super) workspace: Workspace,
    pub(super) origin: Origin,
    names: HashMap<String, String>,
}

impl Scope {
    /// The name a path template calls `parameter`.
    pub(super) fn name(&self, parameter: &str) -> &str {
        self.names.get(parameter).map_or("", String::as_str)
    }

    pub(super) fn store(&self) -> &Store {
        self.service.store()
    }

    /// The ARM id of something in the workspace.
    pub(super) fn id(&self, tail: &str) -> String {
        self.workspace.id.child(tail)
    }

    /// The asset kind the path names.
    pub(super) fn asset_kind(&self) -> Result<AssetKind, ServiceError> {
        let segment = self.name("kind");
        AssetKind::from_segment(segment).ok_or_else(|| ServiceError::RouteNotFound(segment.to_owned()))
    }
}

impl FromRequestParts<Arc<LocalService>> for Scope {
    type Rejection = ServiceError;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<LocalService>,
    ) -> Result<Self, ServiceError> {
        let path = parts.uri.path().to_owned();
        let params = RawPathParams::from_request_parts(parts, service).await;
        let params = params.map_err(|_not_utf8| ServiceError::RouteNotFound(path))?;
        let names: HashMap<_, _> =
            params.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let name = |parameter: &str| names.get(parameter).cloned().unwrap_or_default();
        let id = WorkspaceId {
            subscription: name("subscription"),
            resource_group: name("group"),
            name: name("workspace"),
        };
        names::check_workspace(&id)?;
        let workspace = service.store().workspace(&id)?;
        let Ok(origin) = Origin::from_request_parts(parts, service).await;
        Ok(Self { service: Arc::clone(service), workspace, origin, names })
    }
}

/// A JSON body.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ServiceError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ServiceError> {
        let bytes = to_bytes(request.into_body(), MAX_BODY).await.map_err(ServiceError::UnreadableBody)?;
        serde_json::from_slice(&bytes).map(Self).map_err(ServiceError::MalformedBody)
    }
}
