//! `azure_identity` over our own transport: one HTTP client, one place that decides what may be sent where.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, ExponentialRetryOptions, HttpClient, RetryOptions,
    Transport as Pipe,
};
use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, header};
use serde::Deserialize;

use crate::arm::retry::{self, Attempts, Outcome, RetryPolicy};
use crate::arm::transport::{PastProxies, Transport, TransportError};
use crate::settings::Cloud;
use crate::wire::origin::{is_private, shown};

/// Longest time one way of signing in may take, with everything it tries again.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the token services are reached.
#[derive(Clone)]
pub struct Network {
    /// Carries the requests.
    pub transport: Arc<dyn Transport>,
    /// How patiently a token service that fails for a reason that may pass is asked again.
    pub retries: RetryPolicy,
    /// How long one way of signing in may take in all.
    pub patience: Duration,
}

impl Network {
    /// Token services behind `transport`, asked again as `retries` says.
    pub fn new(transport: Arc<dyn Transport>, retries: RetryPolicy) -> Self {
        Self { transport, retries, patience: PATIENCE }
    }

    /// Sends a request once. Services of the machine and of its host, which speak plain http, are reached past proxies:
    /// these neither know them nor are told their secrets.
    pub(super) async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if request.uri().scheme() != Some(&Scheme::HTTPS) {
            request.extensions_mut().insert(PastProxies);
        }
        self.transport.send(request).await
    }

    /// Sends a request that only asks, again where that may help.
    pub(super) async fn send_again(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut attempts = Attempts::default();
        loop {
            let result = self.send(request.clone()).await;
            attempts.made += 1;
            let outcome = match &result {
                Ok(response) => Some(Outcome::Answered(response.status(), response.headers())),
                Err(error) => error.may_pass().then_some(Outcome::Broken),
            };
            let pause = outcome.and_then(|outcome| self.retries.pause(attempts, outcome, retry::chance()));
            let Some(pause) = pause else { return result };
            tokio::time::sleep(pause).await;
            attempts.paused += pause;
        }
    }

    /// Options for `azure_identity`: our transport, the cloud's authority, and addresses to be exchanged.
    pub(super) fn options(&self, cloud: &Cloud, exchanged: Vec<(String, String)>) -> ClientOptions {
        let mut exchanged = exchanged;
        let mut configuration = CustomConfiguration::default();
        // azure_identity takes https authorities only; the settings also allow http on loopback.
        configuration.authority_host = match cloud.authority.strip_prefix("http://") {
            Some(host) => {
                exchanged.push((format!("https://{host}"), cloud.authority.clone()));
                format!("https://{host}")
            }
            None => cloud.authority.clone(),
        };
        ClientOptions {
            transport: Some(Pipe::new(Arc::new(Bridge { network: self.clone(), exchanged }))),
            cloud: Some(Arc::new(CloudConfiguration::Custom(configuration))),
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                initial_delay: self.retries.first_pause.try_into().unwrap_or_default(),
                max_retries: self.retries.repeats,
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}

/// Carries the requests of `azure_identity`.
struct Bridge {
    network: Network,
    /// Origins that stand for others: asked for, asked instead.
    exchanged: Vec<(String, String)>,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("exchanged", &self.exchanged).finish_non_exhaustive()
    }
}

impl Bridge {
    fn address(&self, url: &str) -> String {
        self.exchanged
            .iter()
            .find_map(|(from, to)| {
                Some(format!("{to}{}", url.strip_prefix(from).filter(|rest| rest.starts_with('/'))?))
            })
            .unwrap_or_else(|| url.to_owned())
    }
}

#[async_trait]
impl HttpClient for Bridge {
    async fn execute_request(
        &self,
        request: &azure_core::http::Request,
    ) -> azure_core::Result<AsyncRawResponse> {
        let url = self.address(request.url().as_str());
        let Body::Bytes(body) = request.body() else {
            return Err(azure_core::Error::with_message(ErrorKind::Other, "a token request with a stream"));
        };
        let mut forwarded = Request::builder().method(request.method().as_str()).uri(&url);
        for (name, value) in request.headers().iter() {
            forwarded = forwarded.header(name.as_str(), value.as_str());
        }
        let forwarded = forwarded
            .body(body.clone())
            .map_err(|error| azure_core::Error::new(ErrorKind::DataConversion, error))?;
        if forwarded.headers().contains_key(header::AUTHORIZATION) && !is_private(&url) {
            return Err(azure_core::Error::with_message(
                ErrorKind::Other,
                format!("{}: no token is sent over plain http to another machine", shown(&url)),
            ));
        }
        let response = self.network.send(forwarded).await.map_err(|error| {
            let message = format!("{}: {}", shown(&url), error.reason());
            // Only what may pass is tried again, and azure_core knows that by its kind.
            let kind = if error.may_pass() { ErrorKind::Io } else { ErrorKind::Other };
            azure_core::Error::with_error(kind, error, message)
        })?;
        if let Some(refusal) = refusal(&response) {
            return Err(refusal);
        }
        let (parts, body) = response.into_parts();
        let mut headers = Headers::new();
        for (name, value) in &parts.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        Ok(AsyncRawResponse::from_bytes(parts.status.as_u16().into(), headers, body))
    }
}

/// What a token service says when it gives no token.
#[derive(Deserialize)]
struct TokenError {
    error_description: String,
}

/// The refusal of a token service, in its own words. They are read here because `azure_identity` 1.0 cannot read them
/// where the JSON escapes a character, and Entra writes an apostrophe as `\u0027`.
fn refusal(response: &Response<Bytes>) -> Option<azure_core::Error> {
    use http::StatusCode;
    let refusals = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    if !refusals.contains(&response.status()) {
        return None;
    }
    let said: TokenError = serde_json::from_slice(response.body()).ok()?;
    let kind = ErrorKind::HttpResponse {
        status: response.status().as_u16().into(),
        error_code: None,
        raw_response: None,
    };
    Some(azure_core::Error::with_message(kind, said.error_description))
}
