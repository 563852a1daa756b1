//! A blob service in memory, with faults to order.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use md5::{Digest as _, Md5};

use crate::arm::Client;
use crate::arm::blobs::Container;
use crate::arm::transport::InProcess;
use crate::wire::ids::WorkspaceId;

/// A blob and what is known of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Blob {
    pub(super) content: Vec<u8>,
    pub(super) md5: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) etag: u32,
}

impl Blob {
    pub(super) fn new(content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        Self { md5: Some(md5_of(&content)), content, ..Self::default() }
    }
}

/// Says which status a request is refused with, if it is.
type Refuse = Box<dyn Fn(&str) -> Option<u16> + Send>;
/// Is told of a request before it is carried out.
type Before = Box<dyn FnMut(&str, &mut BTreeMap<String, Blob>) + Send>;

/// What the service holds, and how it misbehaves.
#[derive(Default)]
pub(super) struct State {
    pub(super) blobs: BTreeMap<String, Blob>,
    pub(super) staged: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// `METHOD name?query range` of every request, in order.
    pub(super) asked: Vec<String>,
    /// Requests under way now, and most at any time.
    pub(super) at_once: (usize, usize),
    /// Blobs of one page of a listing.
    pub(super) page: usize,
    /// The answer to a request, where it is not to be carried out.
    pub(super) refuse: Option<Refuse>,
    /// May change what is there.
    pub(super) before: Option<Before>,
}

/// A service and clients of it.
#[derive(Clone, Default)]
pub(super) struct Service {
    state: Arc<Mutex<State>>,
}

impl Service {
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    pub(super) fn put(&self, name: &str, blob: Blob) {
        self.with(|state| state.blobs.insert(name.to_owned(), blob));
    }

    pub(super) fn refuse(&self, refuse: impl Fn(&str) -> Option<u16> + Send + 'static) {
        self.with(|state| state.refuse = Some(Box::new(refuse)));
    }

    pub(super) fn obey(&self) {
        self.with(|state| state.refuse = None);
    }

    /// Requests since the last look that begin with `start`.
    pub(super) fn asked(&self, start: &str) -> Vec<String> {
        self.with(|state| state.asked.iter().filter(|asked| asked.starts_with(start)).cloned().collect())
    }

    pub(super) fn forget(&self) {
        self.with(|state| state.asked.clear());
    }

    pub(super) fn client(&self) -> Client {
        let state = Arc::clone(&self.state);
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let state = Arc::clone(&state);
            async move {
                let (parts, body) = request.into_parts();
                let content = body.collect().await.unwrap().to_bytes();
                let path = parts.uri.path().strip_prefix("/c").unwrap_or_default().trim_start_matches('/');
                let name = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
                let query = parts.uri.query().unwrap_or_default().to_owned();
                {
                    let mut state = state.lock().unwrap();
                    state.at_once.0 += 1;
                    state.at_once.1 = state.at_once.1.max(state.at_once.0);
                }
                tokio::task::yield_now().await;
                let mut state = state.lock().unwrap();
                state.at_once.0 -= 1;
                let range = parts.headers.get("x-ms-range").map_or("", |range| range.to_str().unwrap());
                let asked = format!("{} {name}?{query} {range}", parts.method);
                state.asked.push(asked.clone());
                if let Some(mut before) = state.before.take() {
                    before(&asked, &mut state.blobs);
                    state.before = Some(before);
                }
                let refused = state.refuse.as_ref().and_then(|refuse| refuse(&asked));
                Ok::<_, Infallible>(match refused {
                    Some(status) => answer(status),
                    None => state.answer(&parts.method, &name, &query, &parts.headers, &content),
                })
            }
        });
        Client::new(Box::new(InProcess::new(service)), "https://host", WorkspaceId::local())
    }
}

pub(super) fn container() -> Container {
    Container::from_sas_uri("https://host/c?sig=x")
}

pub(super) fn md5_of(content: &[u8]) -> String {
    BASE64.encode(Md5::digest(content))
}

fn answer(status: u16) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::default()).unwrap()
}

impl State {
    fn answer(
        &mut self,
        method: &Method,
        name: &str,
        query: &str,
        headers: &HeaderMap,
        content: &[u8],
    ) -> Response<Full<Bytes>> {
        let value = |key: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{key}=")));
            percent_encoding::percent_decode_str(pair.unwrap_or_default()).decode_utf8_lossy().into_owned()
        };
        match (method, value("comp").as_str()) {
            (&Method::GET, "list") => self.list(&value("prefix"), &value("marker")),
            (&Method::GET, "blocklist") => self.staged_list(name),
            (&Method::PUT, "block") => {
                let staged = self.staged.entry(name.to_owned()).or_default();
                staged.insert(value("blockid"), content.to_vec());
                answer(201)
            }
            (&Method::PUT, "blocklist") => self.commit(name, headers, &String::from_utf8_lossy(content)),
            (&Method::PUT, "metadata") => {
                let Some(blob) = self.blobs.get_mut(name) else { return answer(404) };
                blob.metadata = metadata(headers);
                answer(200)
            }
            (&Method::PUT, _) => {
                let md5 = md5_of(content);
                if headers.get("content-md5").is_some_and(|given| *given != *md5) {
                    return answer(400);
                }
                self.write(name, headers, Blob::new(content))
            }
            (&Method::HEAD, _) => {
                self.blobs.get(name).map_or_else(|| answer(404), |blob| described(blob, &[], 200))
            }
            _ => self.read(name, headers),
        }
    }

    fn write(&mut self, name: &str, headers: &HeaderMap, blob: Blob) -> Response<Full<Bytes>> {
        if headers.contains_key("if-none-match") && self.blobs.contains_key(name) {
            return answer(409);
        }
        let etag = self.blobs.get(name).map_or(1, |old| old.etag + 1);
        self.blobs.insert(name.to_owned(), Blob { etag, metadata: metadata(headers), ..blob });
        answer(201)
    }

    fn commit(&mut self, name: &str, headers: &HeaderMap, list: &str) -> Response<Full<Bytes>> {
        let staged = self.staged.remove(name).unwrap_or_default();
        let ids = list.split("<Latest>").skip(1).filter_map(|part| part.split("</Latest>").next());
        let blocks: Option<Vec<&[u8]>> = ids.map(|id| staged.get(id).map(Vec::as_slice)).collect();
        match blocks {
            Some(blocks) => self.write(name, headers, Blob { md5: None, ..Blob::new(blocks.concat()) }),
            None => answer(400),
        }
    }

    fn read(&self, name: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let Some(blob) = self.blobs.get(name) else { return answer(404) };
        if headers.get("if-match").is_some_and(|expected| *expected != *format!("\"{}\"", blob.etag)) {
            return answer(412);
        }
        let range = headers["x-ms-range"].to_str().unwrap().strip_prefix("bytes=").unwrap();
        let (first, last) = range.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        described(blob, &blob.content[first..(last + 1).min(blob.content.len())], 206)
    }

    fn list(&self, prefix: &str, marker: &str) -> Response<Full<Bytes>> {
        let page = if self.page == 0 { usize::MAX } else { self.page };
        let mut names =
            self.blobs.iter().filter(|(name, _)| name.starts_with(prefix) && name.as_str() >= marker);
        let blobs: String = names.by_ref().take(page).map(|(name, blob)| listed(name, blob)).collect();
        let next = names.next().map(|(name, _)| name.as_str()).unwrap_or_default();
        let xml = format!(
            "<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"
        );
        Response::new(Full::from(xml))
    }

    fn staged_list(&self, name: &str) -> Response<Full<Bytes>> {
        let Some(staged) = self.staged.get(name) else { return answer(404) };
        let block = |(id, content): (&String, &Vec<u8>)| {
            format!("<Block><Name>{id}</Name><Size>{}</Size></Block>", content.len())
        };
        let blocks: String = staged.iter().map(block).collect();
        Response::new(Full::from(format!(
            "<BlockList><UncommittedBlocks>{blocks}</UncommittedBlocks></BlockList>"
        )))
    }
}

fn listed(name: &str, blob: &Blob) -> String {
    let md5 = blob.md5.as_deref().unwrap_or_default();
    let metadata: String =
        blob.metadata.iter().map(|(key, value)| format!("<{key}>{value}</{key}>")).collect();
    format!(
        "<Blob><Name>{}</Name><Properties><Content-Length>{}</Content-Length><Etag>{}</Etag>\
         <Content-MD5>{md5}</Content-MD5></Properties><Metadata>{metadata}</Metadata></Blob>",
        quick_xml::escape::escape(name),
        blob.content.len(),
        blob.etag
    )
}

fn described(blob: &Blob, body: &[u8], status: u16) -> Response<Full<Bytes>> {
    let mut answer = Response::builder().status(status).header("etag", format!("\"{}\"", blob.etag));
    if status == 200 {
        answer = answer.header("content-length", blob.content.len());
    }
    for (key, value) in &blob.metadata {
        answer = answer.header(format!("x-ms-meta-{key}"), value);
    }
    if let Some(md5) = &blob.md5 {
        answer = answer.header("content-md5", md5);
    }
    answer.body(Full::from(body.to_vec())).unwrap()
}

fn metadata(headers: &HeaderMap) -> BTreeMap<String, String> {
    let entry = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let name = name.as_str().strip_prefix("x-ms-meta-")?;
        Some((name.to_owned(), value.to_str().unwrap().to_owned()))
    };
    headers.iter().filter_map(entry).collect()
}
