//! How a request reaches a server. In process there is no socket: the router itself is called.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use tower::{Service, ServiceExt};

/// The answer to come, or why there is none.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Why no answer came, or not the whole of it.
#[derive(Debug, thiserror::Error)]
#[error("no answer from the server")]
pub struct TransportError {
    source: Box<dyn std::error::Error + Send + Sync>,
    may_pass: bool,
}

impl TransportError {
    /// Another attempt may well get an answer.
    pub fn passing(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: source.into(), may_pass: true }
    }

    /// Another attempt would end the same way.
    pub fn lasting(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: source.into(), may_pass: false }
    }

    /// Whether another attempt may get an answer.
    pub fn may_pass(&self) -> bool {
        self.may_pass
    }

    /// Everything that led to it, in one line.
    pub fn reason(&self) -> String {
        let mut text = self.source.to_string();
        let mut cause = self.source.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// Marks a request (among its extensions) that no proxy may see, whatever the system's variables say.
#[derive(Debug, Clone, Copy)]
pub struct PastProxies;

/// Carries requests to a server and answers back, bodies whole.
pub trait Transport: Send + Sync {
    /// Sends one request.
    fn send(&self, request: Request<Bytes>) -> Exchange<'_>;

    /// Whether somebody else answers, who keeps a record of requests under their ids.
    fn is_remote(&self) -> bool {
        true
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request<Bytes>) -> Exchange<'_> {
        (**self).send(request)
    }

    fn is_remote(&self) -> bool {
        (**self).is_remote()
    }
}

/// Calls a service of this process, such as the local workspace's router.
#[derive(Debug, Clone)]
pub struct InProcess<S>(S);

impl<S> InProcess<S> {
    /// A transport into `service`.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}

impl<S, B> Transport for InProcess<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn send(&self, mut request: Request<Bytes>) -> Exchange<'_> {
        add_connection_headers(&mut request);
        let service = self.0.clone();
        Box::pin(async move {
            let response = match service.oneshot(request.map(Full::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(TransportError::lasting)?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        })
    }

    fn is_remote(&self) -> bool {
        false
    }
}

/// What a connection would add: services build addresses from `Host` and limit bodies by `Content-Length`.
fn add_connection_headers(request: &mut Request<Bytes>) {
    let host = request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok());
    let length = HeaderValue::from(request.body().len());
    request.headers_mut().insert(header::CONTENT_LENGTH, length);
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
}
