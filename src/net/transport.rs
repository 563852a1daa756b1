//! Requests over the network, for `arm::Client`.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{Request, Response};
use reqwest::redirect::Policy;

use crate::arm::transport::{Exchange, Transport, TransportError};

/// Sends requests to wherever their address says. The connection pool is made with the first of them.
#[derive(Debug)]
pub struct HttpTransport {
    client: OnceLock<reqwest::Client>,
    proxies: Proxies,
}

/// Whether requests go through the proxies that the system's variables name.
#[derive(Debug, Clone, Copy)]
pub struct Proxies {
    /// They do.
    pub used: bool,
}

impl HttpTransport {
    /// A transport that has sent nothing yet.
    pub fn new(proxies: Proxies) -> Self {
        Self { client: OnceLock::new(), proxies }
    }

    fn client(&self) -> Result<&reqwest::Client, TransportError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Azure's API redirects nobody. Followed, a redirect would hand a body with its secrets to whom it names.
        let client = super::client().redirect(Policy::none());
        let client = if self.proxies.used { client } else { client.no_proxy() };
        let client = client.build().map_err(failed)?;
        Ok(self.client.get_or_init(|| client))
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request: reqwest::Request = request.map(reqwest::Body::from).try_into().map_err(failed)?;
        let response: Response<reqwest::Body> = self.client()?.execute(request).await.map_err(failed)?.into();
        let (parts, body) = response.into_parts();
        let body = http_body_util::BodyExt::collect(body).await.map_err(failed)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(self.exchange(request))
    }
}

/// Addresses may carry signatures, so they are left out of errors; the caller names the request.
fn failed(error: reqwest::Error) -> TransportError {
    TransportError(Box::new(error.without_url()))
}
