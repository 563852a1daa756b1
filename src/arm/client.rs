//! One request and its answer: address, headers, status, decoding.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::response::Parts;
use http::{Extensions, HeaderMap, Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;

use super::credential::{Audience, Credential, claims_challenge};
use super::error::{ArmError, ArmErrorKind};
use super::hosts::{TokenDomains, TokenHosts};
use super::plan::Plan;
use super::retry::RetryPolicy;
use super::trace::Trace;
use super::transport::Transport;
use crate::wire::ids::WorkspaceId;
use crate::wire::invoke::REPEATABILITY_HEADER;
use crate::wire::paths;

/// Talks to one workspace.
pub struct Client {
    pub(super) transport: Arc<dyn Transport>,
    origin: String,
    workspace: WorkspaceId,
    /// In whose name requests are sent; the local workspace asks for no name.
    pub(super) credential: Option<Arc<dyn Credential>>,
    /// Who may be told its tokens.
    pub(super) hosts: TokenHosts,
    /// Whether to wait until the service has carried out what it accepted.
    waits: bool,
    /// Tenant of the first token.
    pub(super) tenant: OnceLock<Option<String>>,
    /// Where requests are written down instead of being sent.
    plan: Option<Plan>,
    pub(super) retries: RetryPolicy,
    pub(super) trace: Option<Trace>,
    /// Whether Ctrl-C has come. It is ours to answer from the first wait for an operation on.
    pub(super) interrupts: OnceLock<watch::Receiver<bool>>,
    /// How often a request had to be sent again.
    pub(super) pushbacks: AtomicU64,
}

/// A request before it is sent.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) body: Bytes,
    /// Whose token the request carries. None where the address is signed or public: the token is nobody else's
    /// business.
    pub(super) audience: Option<Audience>,
    /// Whether a POST may be sent twice, because it changes nothing or nothing more.
    pub(super) is_repeatable: bool,
}

impl<'a> Call<'a> {
    /// A request with a token for Resource Manager and nothing else.
    pub(super) fn new(method: Method, url: &'a str) -> Self {
        let audience = Some(Audience::ResourceManager);
        Self { method, url, headers: &[], body: Bytes::new(), audience, is_repeatable: false }
    }

    pub(super) fn get(url: &'a str) -> Self {
        Self::new(Method::GET, url)
    }

    /// The same request, sending JSON.
    pub(super) fn with_json(self, body: &Value) -> Self {
        Self { body: Bytes::from(body.to_string()), ..self }
    }

    pub(super) fn may_be_repeated(&self) -> bool {
        let has_mark = self.headers.iter().any(|(name, _)| *name == REPEATABILITY_HEADER);
        self.method.is_idempotent() || self.is_repeatable || has_mark
    }
}

/// A decoded answer.
pub(super) struct Answer<T> {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// How the request was sent.
    pub(super) extensions: Extensions,
    pub(super) body: T,
}

impl Client {
    /// A client for `workspace`, served at `origin` (scheme and host) through `transport`.
    pub fn new(transport: Box<dyn Transport>, origin: impl Into<String>, workspace: WorkspaceId) -> Self {
        let origin = origin.into();
        Self {
            transport: Arc::from(transport),
            hosts: TokenHosts::new(&origin, TokenDomains::default()),
            origin,
            workspace,
            credential: None,
            waits: true,
            tenant: OnceLock::new(),
            plan: None,
            retries: RetryPolicy::NEVER,
            trace: None,
            interrupts: OnceLock::new(),
            pushbacks: AtomicU64::new(0),
        }
    }

    /// A client for another workspace of the same Azure, in the same name.
    pub fn beside(&self, workspace: WorkspaceId) -> Self {
        let same_way = Self::new(Box::new(Arc::clone(&self.transport)), self.origin.clone(), workspace);
        let (credential, hosts) = (self.credential.clone(), self.hosts.clone());
        Self { credential, hosts, waits: self.waits, ..same_way }
            .dry(self.is_dry())
            .repeating(self.retries)
            .traced(self.trace.clone())
    }

    /// How often a request had to be sent again so far, because a service was too busy for it or gave no answer.
    /// Transfers slow down by it.
    pub fn pushbacks(&self) -> u64 {
        self.pushbacks.load(Ordering::Relaxed)
    }

    /// The same client, sending the tokens of `credential` to its own origin and to hosts in `domains`.
    #[must_use]
    pub fn with_credential(mut self, credential: Arc<dyn Credential>, domains: TokenDomains) -> Self {
        self.credential = Some(credential);
        self.hosts = TokenHosts::new(&self.origin, domains);
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

    /// The same client, sending requests again that failed for a reason that may pass.
    #[must_use]
    pub fn repeating(mut self, retries: RetryPolicy) -> Self {
        self.retries = retries;
        self
    }

    /// The same client, telling what it sends and what is answered.
    #[must_use]
    pub fn traced(mut self, trace: Option<Trace>) -> Self {
        self.trace = trace;
        self
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
        call: Call<'_>,
        body: Option<&Value>,
    ) -> Result<Answer<Value>, ArmError> {
        if let Some(plan) = &self.plan {
            let body = plan.add(&self.origin, &call.method, call.url, body);
            return Ok(Answer {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                extensions: Extensions::new(),
                body,
            });
        }
        match body {
            Some(body) => self.json(call.with_json(body)).await,
            None => self.json(call).await,
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

    /// Address behind a data-plane prefix, on the host the workspace's discovery names.
    pub(super) fn data_plane_url(&self, api: &str, prefix: &str, template: &str, values: &[&str]) -> String {
        format!("{api}{prefix}{}", paths::in_workspace(&self.workspace, template, values))
    }

    /// Sends a request and refuses every answer that is not 2xx.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Response<Bytes>, ArmError> {
        let (method, url) = (call.method.clone(), call.url);
        let response = self.exchange(call).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let kind = match claims_challenge(response.headers()) {
            Some(claims) => ArmErrorKind::ClaimsChallenge(claims),
            None => ArmError::status_kind(response.status(), response.body()),
        };
        Err(ArmError::new(method, url, kind).answered(response.headers(), response.extensions()))
    }

    /// Sends JSON and reads JSON; an empty answer reads as null.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<Answer<T>, ArmError> {
        let (method, url) = (call.method.clone(), call.url);
        let mut headers = call.headers.to_vec();
        headers.push(("accept", "application/json".to_owned()));
        if !call.body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let (parts, bytes) = self.send(Call { headers: &headers, ..call }).await?.into_parts();
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        match serde_json::from_slice(text) {
            Ok(body) => {
                let Parts { status, headers, extensions, .. } = parts;
                Ok(Answer { status, headers, extensions, body })
            }
            Err(error) => Err(ArmError::new(method, url, ArmErrorKind::Decode(error))
                .answered(&parts.headers, &parts.extensions)),
        }
    }

    /// GETs one object.
    pub(super) async fn get(&self, url: &str) -> Result<Value, ArmError> {
        Ok(self.json(Call::get(url)).await?.body)
    }

    /// GETs one object that needs no token.
    pub(super) async fn get_public(&self, url: &str) -> Result<Value, ArmError> {
        Ok(self.json(Call { audience: None, ..Call::get(url) }).await?.body)
    }

    /// Asks by POST for something that can be asked for again and again.
    pub(super) async fn ask<T: DeserializeOwned>(&self, url: &str, body: &Value) -> Result<T, ArmError> {
        let call = Call { is_repeatable: true, ..Call::new(Method::POST, url) };
        Ok(self.json(call.with_json(body)).await?.body)
    }

    /// GETs one object; `None` when it does not exist.
    pub(super) async fn get_optional(&self, url: &str) -> Result<Option<Value>, ArmError> {
        match self.get(url).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A header's text.
pub(super) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
