//! Requests over the network, for `arm::Client`: pooled connections, HTTP/2 and gzip where offered, time limits.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout_at};

use super::{Way, certificates};
use crate::arm::transport::{Exchange, PastProxies, Transport, TransportError};

/// How requests travel.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Certificates to trust besides the system's: a PEM file, or a folder of them.
    pub roots: Option<PathBuf>,
    /// How long they may take.
    pub limits: Limits,
}

/// How long a request may take, which counts as a broken connection when exceeded, and how large its answer may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the answer begins, and between two parts of it.
    pub silence: Duration,
    /// For the whole of it, with what `slowest` adds for its body.
    pub total: Duration,
    /// Bytes a second that a body moves at least.
    pub slowest: u32,
    /// Most bytes of an answer, unpacked: it is held in memory.
    pub largest: usize,
}

impl Default for Limits {
    /// Two minutes of silence, ten in all, time for every body that moves 32 KiB a second, and 256 MiB: pages and
    /// parts of blobs have a few, logs seldom more.
    fn default() -> Self {
        Self {
            silence: super::READ_TIMEOUT,
            total: Duration::from_secs(600),
            slowest: 32 << 10,
            largest: 256 << 20,
        }
    }
}

impl Limits {
    /// The time that sending `bytes` may take.
    fn for_body(&self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Duration::from_secs(1).mul_f64(f64::from(bytes) / f64::from(self.slowest.max(1)))
    }
}

/// Sends requests to wherever their address says. Each connection pool is made with the first request it is for.
#[derive(Debug)]
pub struct HttpTransport {
    options: HttpOptions,
    outward: Pools,
    /// For this machine and what is marked [`PastProxies`].
    direct: Pools,
}

/// The connections of one way.
#[derive(Debug, Default)]
struct Pools {
    /// For JSON, which may come compressed.
    documents: OnceLock<reqwest::Client>,
    /// For blobs, whose bytes are taken as they are, also where they are stored compressed.
    bytes: OnceLock<reqwest::Client>,
}

#[derive(Debug, thiserror::Error)]
#[error("its certificate is not trusted; if you do, name its PEM file in REQUESTS_CA_BUNDLE")]
struct Untrusted(#[source] reqwest::Error);

#[derive(Debug, thiserror::Error)]
enum TimeUp {
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silence(Duration),
    #[error("it took longer than {} s", .0.as_secs_f64())]
    Total(Duration),
}

#[derive(Debug, thiserror::Error)]
#[error("the answer has more than {0} bytes, which no service sends")]
struct TooLarge(usize);

impl HttpTransport {
    /// A transport that has sent nothing yet.
    pub fn new(options: HttpOptions) -> Self {
        Self { options, outward: Pools::default(), direct: Pools::default() }
    }

    /// The client for a request, by where it goes and what it asks for.
    fn client(&self, request: &Request<Bytes>) -> Result<&reqwest::Client, TransportError> {
        let way = match request.extensions().get::<PastProxies>() {
            Some(PastProxies) => Way::Direct,
            None => Way::to(&request.uri().to_string()),
        };
        let is_document =
            request.headers().get(header::ACCEPT).is_some_and(|kind| kind == "application/json");
        let pools = if way == Way::Direct { &self.direct } else { &self.outward };
        let pool = if is_document { &pools.documents } else { &pools.bytes };
        if let Some(client) = pool.get() {
            return Ok(client);
        }
        // Azure's API redirects nobody. Followed, a redirect would hand a body with its secrets to whom it names.
        let client = super::client(&self.options, way)?.redirect(Policy::none()).gzip(is_document);
        let client = client.build().map_err(failed)?;
        Ok(pool.get_or_init(|| client))
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let Limits { silence, total, .. } = self.options.limits;
        let client = self.client(&request)?;
        let sending = self.options.limits.for_body(request.body().len());
        let (begun, total) = (Instant::now(), total + sending);
        let request: reqwest::Request = request.map(reqwest::Body::from).try_into().map_err(failed)?;
        let response = timeout_at(begun + (silence + sending).min(total), client.execute(request)).await;
        let response = response.map_err(|_| late(TimeUp::Silence(silence + sending)))?.map_err(failed)?;
        let (parts, body) = Response::<reqwest::Body>::from(response).into_parts();
        let announced = announced(&parts.headers).min(self.options.limits.largest);
        let receiving = self.options.limits.for_body(announced);
        let body = self.collect(body, begun + total + receiving, total + receiving).await?;
        Ok(Response::from_parts(parts, body))
    }

    /// Reads a body part by part, none of which may keep us waiting too long.
    async fn collect(
        &self,
        mut body: reqwest::Body,
        end: Instant,
        total: Duration,
    ) -> Result<Bytes, TransportError> {
        let Limits { silence, largest, .. } = self.options.limits;
        let (mut parts, mut length): (Vec<Bytes>, usize) = (Vec::new(), 0);
        loop {
            let next = Instant::now() + silence;
            let up = if next < end { TimeUp::Silence(silence) } else { TimeUp::Total(total) };
            match timeout_at(next.min(end), body.frame()).await.map_err(|_| late(up))? {
                Some(frame) => {
                    let data = frame.map_err(failed)?.into_data().ok();
                    length += data.as_ref().map_or(0, Bytes::len);
                    parts.extend(data);
                }
                None => break,
            }
            if length > largest {
                return Err(TransportError::lasting(TooLarge(largest)));
            }
        }
        match parts.len() {
            1 => Ok(parts.remove(0)),
            _ => Ok(parts.concat().into()),
        }
    }
}

/// Length the answer says its body has.
fn announced(headers: &http::HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or_default()
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Bytes>) -> Exchange<'_> {
        Box::pin(self.exchange(request))
    }
}

fn late(up: TimeUp) -> TransportError {
    TransportError::passing(up)
}

/// Addresses may carry signatures, so they are left out of errors; the caller names the request.
pub(super) fn failed(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    match () {
        () if certificates::is_untrusted(&error) => TransportError::lasting(Untrusted(error)),
        () if error.is_builder() => TransportError::lasting(error),
        () => TransportError::passing(error),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// `{"a":1}`, compressed.
    const COMPRESSED: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x54, 0xb2, 0x32, 0xac,
        0x05, 0x00, 0xaf, 0xac, 0x1b, 0x56, 0x07, 0x00, 0x00, 0x00,
    ];

    /// Answers one request with these parts, some time apart, and then says nothing more.
    async fn answering(parts: Vec<Vec<u8>>, apart: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            for part in parts {
                tokio::time::sleep(apart).await;
                if stream.write_all(&part).await.is_err() {
                    return;
                }
            }
            // Until the other side has had enough.
            let _ = stream.read(&mut request).await;
        });
        origin
    }

    async fn get(origin: &str, accept: &str, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let transport = HttpTransport::new(HttpOptions { roots: None, limits });
        let request = Request::get(format!("{origin}/x?sig=secret")).header("accept", accept);
        transport.send(request.body(Bytes::new()).unwrap()).await
    }

    fn limits(silence: u64, total: u64) -> Limits {
        let limits = Limits::default();
        Limits { silence: Duration::from_millis(silence), total: Duration::from_millis(total), ..limits }
    }

    fn head(more: &str, length: usize) -> Vec<u8> {
        format!("HTTP/1.1 200 OK\r\n{more}content-length: {length}\r\n\r\n").into_bytes()
    }

    #[tokio::test]
    async fn silence_is_not_waited_for_without_end() {
        for parts in [vec![], vec![head("", 10)]] {
            let origin = answering(parts, Duration::ZERO).await;
            let error = get(&origin, "*/*", limits(50, 60_000)).await.unwrap_err();
            assert!(error.may_pass() && error.reason() == "nothing came for 0.05 s", "{error:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_trickles_is_not_waited_for_without_end() {
        let mut parts = vec![b"x".to_vec(); 200];
        parts.insert(0, head("", 1000));
        let origin = answering(parts, Duration::from_millis(5)).await;
        let slowest = Limits { slowest: u32::MAX, ..limits(60_000, 60) };
        let error = get(&origin, "*/*", slowest).await.unwrap_err();
        assert!(error.may_pass() && error.reason().starts_with("it took longer than 0.06"), "{error:?}");
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_held_in_memory() {
        let mut parts = vec![b"xxxx".to_vec(); 1000];
        parts.insert(0, b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec());
        let origin = answering(parts, Duration::ZERO).await;
        let small = Limits { largest: 16, ..Limits::default() };
        let error = get(&origin, "application/json", small).await.unwrap_err();
        assert!(!error.may_pass() && error.reason().contains("more than 16 bytes"), "{error:?}");
        // Unpacked it has seven bytes, packed more.
        let packed = || [head("content-encoding: gzip\r\n", COMPRESSED.len()), COMPRESSED.to_vec()].concat();
        for (largest, is_taken) in [(7, true), (6, false)] {
            let origin = answering(vec![packed()], Duration::ZERO).await;
            let limits = Limits { largest, ..Limits::default() };
            assert_eq!(get(&origin, "application/json", limits).await.is_ok(), is_taken, "{largest}");
        }
    }

    #[test]
    fn large_bodies_get_more_time() {
        let limits = Limits { slowest: 1000, ..Limits::default() };
        assert_eq!(limits.for_body(64_000), Duration::from_secs(64));
        assert_eq!(limits.for_body(0), Duration::ZERO);
    }

    #[tokio::test]
    async fn documents_are_unpacked_and_blobs_are_taken_as_they_are() {
        let answer = || [head("content-encoding: gzip\r\n", COMPRESSED.len()), COMPRESSED.to_vec()].concat();
        for (accept, body) in [("application/json", &b"{\"a\":1}"[..]), ("*/*", COMPRESSED)] {
            let origin = answering(vec![answer()], Duration::ZERO).await;
            let response = get(&origin, accept, Limits::default()).await.unwrap();
            assert_eq!(response.body(), body, "{accept}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_and_a_redirect_are_no_answers_to_build_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            stream.write_all(&[head("", 10), b"half".to_vec()].concat()).await.unwrap();
        });
        let error = get(&origin, "*/*", Limits::default()).await.unwrap_err();
        assert!(error.may_pass() && !error.reason().contains("secret"), "{}", error.reason());
        let redirect =
            b"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
        let origin = answering(vec![redirect], Duration::ZERO).await;
        assert_eq!(get(&origin, "*/*", Limits::default()).await.unwrap().status(), 302);
    }

    #[tokio::test]
    async fn certificates_that_cannot_be_read_are_named_and_not_asked_for_again() {
        let roots = Some("/nowhere/bundle.pem".into());
        let transport = HttpTransport::new(HttpOptions { roots, limits: Limits::default() });
        let request = Request::get("https://127.0.0.1:1/").body(Bytes::new()).unwrap();
        let error = transport.send(request).await.unwrap_err();
        assert!(!error.may_pass() && error.reason().contains("`/nowhere/bundle.pem`"), "{}", error.reason());
    }
}
