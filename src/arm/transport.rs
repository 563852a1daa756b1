//! How a request reaches a server. In process there is no socket: the router itself is called.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Service, ServiceExt};

/// The answer to come, or why there is none.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
#[error("no answer from the server")]
pub struct TransportError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Carries requests to a server and answers back, bodies whole.
pub trait Transport: Send + Sync {
    /// Sends one request.
    fn send(&self, request: Request<Bytes>) -> Exchange<'_>;
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
    fn send(&self, request: Request<Bytes>) -> Exchange<'_> {
        let service = self.0.clone();
        Box::pin(async move {
            let response = match service.oneshot(request.map(Full::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| TransportError(error.into()))?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        })
    }
}
