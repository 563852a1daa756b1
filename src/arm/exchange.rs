//! Sending one request: with a token, again where that helps, and no longer than Ctrl-C allows.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use tokio::sync::watch;
use uuid::Uuid;

use super::client::{Call, Client};
use super::credential::{AccessToken, Audience, Credential};
use super::error::{ArmError, ArmErrorKind, Sent};
use super::retry::{self, Attempts, LONG_WAIT, Outcome};
use super::trace::Detail;
use super::transport::TransportError;
use crate::wire::origin::shown;

/// Our name for a request, the same for all attempts at it.
const CLIENT_REQUEST_ID: &str = "x-ms-client-request-id";

impl Client {
    /// Sends a request, again where that may help, and returns the answer, whatever its status.
    pub(super) async fn exchange(&self, call: Call<'_>) -> Result<Response<Bytes>, ArmError> {
        let id = Uuid::new_v4();
        let (mut attempts, mut may_have_worked) = (Attempts::default(), false);
        loop {
            let result = self.attempt(&call, &id).await;
            attempts.made += 1;
            let sent = Sent { tries: attempts.made, client_id: self.transport.is_remote().then_some(id) };
            let again = outcome(&result).filter(|_| call.may_be_repeated()).and_then(|outcome| {
                let pause = self.retries.pause(attempts, outcome, retry::chance())?;
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
            self.tell(pause >= LONG_WAIT, || pause_note(&call, &result, attempts.made, pause));
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
        self.hosts.check(audience, call.url)?;
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
        if !call.method.is_safe() {
            // Left to the HTTP client, an empty body has no length, and Azure answers 411 to that.
            request = request.header(header::CONTENT_LENGTH, call.body.len());
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

    /// Tells what is going on: everybody where it means a long wait, else whoever wants to know.
    pub(super) fn tell(&self, is_long: bool, text: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.tell(if is_long { Detail::Waits } else { Detail::Notes }, text);
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
