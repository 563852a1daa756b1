//! One request and its answer: address, api-version, headers, status, decoding.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::credential::{AccessToken, Audience, Credential};
use super::error::{ArmError, ArmErrorKind};
use super::plan::Plan;
use super::transport::Transport;
use crate::wire::ids::WorkspaceId;
use crate::wire::origin::{is_private, shown};
use crate::wire::{Page, paths};

/// Talks to one workspace.
pub struct Client {
    transport: Box<dyn Transport>,
    origin: String,
    workspace: WorkspaceId,
    /// In whose name requests are sent; the local workspace asks for no name.
    credential: Option<Arc<dyn Credential>>,
    /// Whether to wait until the service has carried out what it accepted.
    waits: bool,
    /// Tenant of the first token.
    tenant: OnceLock<Option<String>>,
    /// Where requests are written down instead of being sent.
    plan: Option<Plan>,
}

/// A request before it is sent.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) body: Bytes,
    /// Whose token the request carries. None where the address is signed or public: the token is nobody else's business.
    pub(super) audience: Option<Audience>,
}

impl Call<'_> {
    /// What is told of this request when it fails.
    pub(super) fn failed(&self, kind: ArmErrorKind) -> ArmError {
        ArmError { method: self.method.clone(), url: shown(self.url), request_id: None, kind }
    }
}

impl Client {
    /// A client for `workspace`, served at `origin` (scheme and host) through `transport`.
    pub fn new(transport: Box<dyn Transport>, origin: impl Into<String>, workspace: WorkspaceId) -> Self {
        Self {
            transport,
            origin: origin.into(),
            workspace,
            credential: None,
            waits: true,
            tenant: OnceLock::new(),
            plan: None,
        }
    }

    /// The same client, sending the tokens of `credential`.
    #[must_use]
    pub fn with_credential(mut self, credential: Arc<dyn Credential>) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Tenant of the token that was sent, where the token says.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.get()?.as_deref()
    }

    /// The same client; with `waits` false, it returns as soon as a request is accepted.
    #[must_use]
    pub fn waiting(mut self, waits: bool) -> Self {
        self.waits = waits;
        self
    }

    /// The same client; on a dry run it only looks things up, and writes down what it would have sent.
    #[must_use]
    pub fn dry(mut self, dry_run: bool) -> Self {
        self.plan = dry_run.then(Plan::default);
        self
    }

    /// Whether this is a dry run.
    pub fn is_dry(&self) -> bool {
        self.plan.is_some()
    }

    /// On a dry run: the requests that would have been sent, in order.
    pub fn planned(&self) -> Option<Vec<Value>> {
        self.plan.as_ref().map(Plan::requests)
    }

    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Sends a request that changes something, or on a dry run writes it down.
    pub(super) async fn change(
        &self,
        audience: Audience,
        method: Method,
        url: &str,
        body: Option<&Value>,
        headers: &[(&'static str, String)],
    ) -> Result<(Value, HeaderMap), ArmError> {
        match &self.plan {
            Some(plan) => Ok((plan.add(&self.origin, &method, url, body), HeaderMap::new())),
            None => self.json(audience, method, url, body, headers).await,
        }
    }

    /// The workspace this client talks to.
    pub fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// Address of something inside the workspace.
    pub(super) fn url(&self, template: &str, values: &[&str], query: &str) -> String {
        let path = paths::in_workspace(&self.workspace, template, values);
        format!("{}{path}?{query}", self.origin)
    }

    /// An address the service gave, which may leave out the host it answers on.
    pub(super) fn absolute(&self, address: String) -> String {
        if address.starts_with('/') { format!("{}{address}", self.origin) } else { address }
    }

    /// Address behind a data-plane prefix, on the host the workspace's discovery names.
    pub(super) fn data_plane_url(&self, api: &str, prefix: &str, template: &str, values: &[&str]) -> String {
        format!("{api}{prefix}{}", paths::in_workspace(&self.workspace, template, values))
    }

    /// Sends a request and returns the answer, whatever its status.
    pub(super) async fn exchange(&self, call: Call<'_>) -> Result<Response<Bytes>, ArmError> {
        let (Some(credential), Some(audience)) = (&self.credential, call.audience) else {
            return self.attempt(&call, None).await;
        };
        // The address may come from an answer, and who gave it need not have the user's good in mind.
        if !is_private(call.url) {
            return Err(call.failed(ArmErrorKind::TokenInTheOpen));
        }
        let token = self.token(&**credential, audience, &call).await?;
        let response = self.attempt(&call, Some(&token)).await?;
        // A token can be withdrawn or run out on its way; a new one is tried once.
        if response.status() != StatusCode::UNAUTHORIZED || !credential.refused(audience, &token) {
            return Ok(response);
        }
        let token = self.token(&**credential, audience, &call).await?;
        self.attempt(&call, Some(&token)).await
    }

    async fn token(
        &self,
        credential: &dyn Credential,
        audience: Audience,
        call: &Call<'_>,
    ) -> Result<AccessToken, ArmError> {
        let token = credential.token(audience).await;
        let token = token.map_err(|error| call.failed(ArmErrorKind::Credential(error)))?;
        self.tenant.get_or_init(|| token.tenant());
        Ok(token)
    }

    /// Sends a request once.
    async fn attempt(
        &self,
        call: &Call<'_>,
        token: Option<&AccessToken>,
    ) -> Result<Response<Bytes>, ArmError> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.url)
            .header(header::HOST, host_of(call.url))
            .header(header::CONTENT_LENGTH, call.body.len());
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, token.authorization());
        }
        let request = request.body(call.body.clone()).map_err(|error| {
            call.failed(ArmErrorKind::Transport(super::transport::TransportError(Box::new(error))))
        })?;
        self.transport.send(request).await.map_err(|error| call.failed(ArmErrorKind::Transport(error)))
    }

    /// Sends a request and refuses every answer that is not 2xx.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Response<Bytes>, ArmError> {
        let (method, url) = (call.method.clone(), call.url.to_owned());
        let response = self.exchange(call).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(ArmError {
            method,
            url: shown(&url),
            request_id: header_text(response.headers(), "x-ms-request-id"),
            kind: ArmError::status_kind(response.status(), response.body()),
        })
    }

    /// Sends JSON and reads JSON; an empty answer reads as null.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        audience: Audience,
        method: Method,
        url: &str,
        body: Option<&Value>,
        headers: &[(&'static str, String)],
    ) -> Result<(T, HeaderMap), ArmError> {
        let mut headers = headers.to_vec();
        headers.push(("accept", "application/json".to_owned()));
        let body = match body {
            Some(value) => {
                headers.push(("content-type", "application/json".to_owned()));
                Bytes::from(value.to_string())
            }
            None => Bytes::new(),
        };
        let response = self
            .send(Call { method: method.clone(), url, headers: &headers, body, audience: Some(audience) })
            .await?;
        let (parts, bytes) = response.into_parts();
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        match serde_json::from_slice(text) {
            Ok(value) => Ok((value, parts.headers)),
            Err(error) => Err(ArmError {
                method,
                url: shown(url),
                request_id: header_text(&parts.headers, "x-ms-request-id"),
                kind: ArmErrorKind::Decode(error),
            }),
        }
    }

    /// GETs one object.
    pub(super) async fn get(&self, url: &str) -> Result<Value, ArmError> {
        Ok(self.json(Audience::ResourceManager, Method::GET, url, None, &[]).await?.0)
    }

    /// GETs one object that needs no token.
    pub(super) async fn get_public(&self, url: &str) -> Result<Value, ArmError> {
        let headers = [("accept", "application/json".to_owned())];
        let call = Call { method: Method::GET, url, headers: &headers, body: Bytes::new(), audience: None };
        let response = self.send(call).await?;
        serde_json::from_slice(response.body()).map_err(|error| ArmError {
            method: Method::GET,
            url: shown(url),
            request_id: header_text(response.headers(), "x-ms-request-id"),
            kind: ArmErrorKind::Decode(error),
        })
    }

    /// GETs one object; `None` when it does not exist.
    pub(super) async fn get_optional(&self, url: &str) -> Result<Option<Value>, ArmError> {
        match self.get(url).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads every page of a list, stopping once `limit` items are there.
    pub(super) async fn list(&self, url: &str, limit: Option<usize>) -> Result<Vec<Value>, ArmError> {
        self.list_from(Audience::ResourceManager, url, limit).await
    }

    /// As [`Self::list`], from whoever accepts tokens for `audience`.
    pub(super) async fn list_from(
        &self,
        audience: Audience,
        url: &str,
        limit: Option<usize>,
    ) -> Result<Vec<Value>, ArmError> {
        let (mut items, mut next) = (Vec::new(), Some(url.to_owned()));
        while let Some(url) = next.take() {
            let (page, _): (Page<Value>, _) = self.json(audience, Method::GET, &url, None, &[]).await?;
            items.extend(page.value);
            if limit.is_some_and(|limit| items.len() >= limit) {
                break;
            }
            next = page.next_link.filter(|link| !link.is_empty()).map(|link| match link.starts_with('/') {
                true => format!("{}{link}", self.origin),
                false => link,
            });
        }
        items.truncate(limit.unwrap_or(usize::MAX));
        Ok(items)
    }
}

/// How long the service asks to wait before the next poll.
pub(super) fn poll_delay(headers: &HeaderMap) -> Option<Duration> {
    let millis = header_text(headers, "x-ms-retry-after-ms").and_then(|text| text.parse().ok());
    let seconds = || header_text(headers, "retry-after").and_then(|text| text.parse().ok());
    millis.map(Duration::from_millis).or_else(|| seconds().map(Duration::from_secs))
}

/// A header's text.
pub(super) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}
