//! One request and its answer: address, api-version, headers, status, decoding, and another attempt where one helps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::response::Parts;
use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use super::credential::{AccessToken, Audience, Credential, claims_challenge};
use super::error::{ArmError, ArmErrorKind, Sent};
use super::plan::Plan;
use super::retry::{self, Attempts, Outcome, RetryPolicy};
use super::trace::Trace;
use super::transport::{Transport, TransportError};
use crate::wire::ids::WorkspaceId;
use crate::wire::invoke::REPEATABILITY_HEADER;
use crate::wire::origin::{is_private, shown};
use crate::wire::paths;

/// Our name for a request, the same for all attempts at it.
const CLIENT_REQUEST_ID: &str = "x-ms-client-request-id";

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
    retries: RetryPolicy,
    trace: Option<Trace>,
    /// Whether Ctrl-C has come. It is ours to answer from the first wait for an operation on.
    interrupts: OnceLock<watch::Receiver<bool>>,
    /// How often a request had to be sent again.
    pushbacks: AtomicU64,
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

    fn may_be_repeated(&self) -> bool {
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
        Self {
            transport,
            origin: origin.into(),
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

    /// How often a request had to be sent again so far, because a service was too busy for it or gave no answer.
    /// Transfers slow down by it.
    pub fn pushbacks(&self) -> u64 {
        self.pushbacks.load(Ordering::Relaxed)
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

    /// Sends a request, again where that may help, and returns the answer, whatever its status.
    pub(super) async fn exchange(&self, call: Call<'_>) -> Result<Response<Bytes>, ArmError> {
        let id = Uuid::new_v4();
        let (mut attempts, mut may_have_worked) = (Attempts::default(), false);
        loop {
            let result = self.attempt(&call, &id).await;
            attempts.made += 1;
            let sent = Sent { tries: attempts.made, client_id: self.transport.is_remote().then_some(id) };
            let again = outcome(&result).filter(|_| call.may_be_repeated()).and_then(|outcome| {
                let pause = self.retries.pause(attempts, outcome, chance())?;
                Some((pause, retry::is_unsure(outcome)))
            });
            let Some((pause, is_unsure)) = again else {
                return match result {
                    Ok(response) if may_have_worked && is_done_before(&call, response.status()) => {
                        Ok(nothing())
                    }
                    Ok(response) => Ok(with_account(response, sent)),
                    Err(kind) => Err(ArmError { sent, ..ArmError::new(call.method, call.url, kind) }),
                };
            };
            self.pushbacks.fetch_add(1, Ordering::Relaxed);
            self.note(|| pause_note(&call, &result, attempts.made, pause));
            let waited = self.unless_interrupted(tokio::time::sleep(pause)).await;
            waited.map_err(|kind| ArmError::new(call.method.clone(), call.url, kind))?;
            attempts.paused += pause;
            may_have_worked |= is_unsure;
        }
    }

    /// Sends a request once; twice where the service does not take the token and there is another one.
    async fn attempt(&self, call: &Call<'_>, id: &Uuid) -> Result<Response<Bytes>, ArmErrorKind> {
        let (Some(credential), Some(audience)) = (&self.credential, call.audience) else {
            return self.send_once(call, id, None).await;
        };
        // The address may come from an answer, and who gave it need not have the user's good in mind.
        if !is_private(call.url) {
            return Err(ArmErrorKind::TokenInTheOpen);
        }
        let token = self.token(&**credential, audience).await?;
        let response = self.send_once(call, id, Some(&token)).await?;
        // A token can be withdrawn or run out on its way; a new one is tried once.
        if response.status() != StatusCode::UNAUTHORIZED || !credential.refused(audience, &token) {
            return Ok(response);
        }
        let token = self.token(&**credential, audience).await?;
        self.send_once(call, id, Some(&token)).await
    }

    async fn token(
        &self,
        credential: &dyn Credential,
        audience: Audience,
    ) -> Result<AccessToken, ArmErrorKind> {
        let token = self.unless_interrupted(credential.token(audience)).await?;
        let token = token.map_err(ArmErrorKind::Credential)?;
        self.tenant.get_or_init(|| token.tenant());
        Ok(token)
    }

    async fn send_once(
        &self,
        call: &Call<'_>,
        id: &Uuid,
        token: Option<&AccessToken>,
    ) -> Result<Response<Bytes>, ArmErrorKind> {
        let request = self.prepare(call, id, token)?;
        if let Some(trace) = &self.trace {
            trace.request(&request);
        }
        let begun = Instant::now();
        let answer = self.unless_interrupted(self.transport.send(request)).await?;
        match (&self.trace, &answer) {
            (Some(trace), Ok(response)) => trace.answer(response, begun.elapsed()),
            (Some(trace), Err(error)) => trace.broken(error, begun.elapsed()),
            (None, _) => {}
        }
        answer.map_err(ArmErrorKind::Transport)
    }

    fn prepare(
        &self,
        call: &Call<'_>,
        id: &Uuid,
        token: Option<&AccessToken>,
    ) -> Result<Request<Bytes>, ArmErrorKind> {
        let mut request = Request::builder().method(call.method.clone()).uri(call.url);
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, token.authorization());
        }
        if self.transport.is_remote() {
            request = request.header(CLIENT_REQUEST_ID, id.to_string());
        }
        let malformed = |error: http::Error| ArmErrorKind::Transport(TransportError::lasting(error));
        request.body(call.body.clone()).map_err(malformed)
    }

    /// Waits for `work`, or for Ctrl-C once this client answers to that.
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, ArmErrorKind> {
        let Some(mut interrupts) = self.interrupts.get().cloned() else {
            return Ok(work.await);
        };
        tokio::select! {
            biased;
            Ok(_) = interrupts.wait_for(|has_come| *has_come) => Err(ArmErrorKind::Interrupted),
            done = work => Ok(done),
        }
    }

    /// From here on Ctrl-C ends requests and waits with an error, so that it can be said what goes on without us.
    pub(super) fn listen_for_interrupts(&self) {
        self.interrupts.get_or_init(|| {
            let (sender, receiver) = watch::channel(false);
            // One that comes while nothing is waited for counts at the next wait.
            tokio::spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    sender.send_replace(true);
                }
            });
            receiver
        });
    }

    /// Tells whoever wants to know what is going on.
    pub(super) fn note(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.note(text);
        }
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

/// What became of an attempt, as far as another one could end otherwise.
fn outcome(result: &Result<Response<Bytes>, ArmErrorKind>) -> Option<Outcome<'_>> {
    match result {
        Ok(response) => Some(Outcome::Answered(response.status(), response.headers())),
        Err(ArmErrorKind::Transport(error)) if error.may_pass() => Some(Outcome::Broken),
        Err(_) => None,
    }
}

/// Whether an answer to a repetition says that an earlier attempt did what was asked: what is gone is deleted.
fn is_done_before(call: &Call<'_>, status: StatusCode) -> bool {
    call.method == Method::DELETE && status == StatusCode::NOT_FOUND
}

fn nothing() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn with_account(mut response: Response<Bytes>, sent: Sent) -> Response<Bytes> {
    response.extensions_mut().insert(sent);
    response
}

fn pause_note(
    call: &Call<'_>,
    result: &Result<Response<Bytes>, ArmErrorKind>,
    tries: u32,
    pause: Duration,
) -> String {
    let reason = match result {
        Ok(response) => response.status().to_string(),
        Err(ArmErrorKind::Transport(error)) => error.reason(),
        Err(_) => String::new(),
    };
    let (method, url) = (&call.method, shown(call.url));
    format!("{method} {url}: {reason}; try {} in {:.1} s", tries + 1, pause.as_secs_f64())
}

/// A number between 0 and 1 that no other process has.
fn chance() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

/// A header's text.
pub(super) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
