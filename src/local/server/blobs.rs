//! The subset of the blob service's REST API that uploads, downloads and lists block blobs.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use serde::Deserialize;

use super::LocalService;
use super::blob_xml;
use super::error::BlobServiceError;
use super::ranges::{self, ByteRange};
use super::url::Origin;
use crate::local::blobs::{BlobProperties, BlobStore, Incoming, ListQuery, PutOptions};

/// Largest block list: the ids of the 50,000 blocks a blob can have.
const MAX_BLOCK_LIST: usize = 16 << 20;
/// Entries of one page of a listing, as in Azure.
const PAGE: usize = 5000;

const META_PREFIX: &str = "x-ms-meta-";

#[derive(Deserialize)]
pub(super) struct BlobOptions {
    comp: Option<String>,
    blockid: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ContainerOptions {
    comp: Option<String>,
    #[serde(default)]
    prefix: String,
    delimiter: Option<String>,
    marker: Option<String>,
    maxresults: Option<usize>,
    include: Option<String>,
}

/// Everything that is asked of one blob.
pub(super) async fn blob(
    State(service): State<Arc<LocalService>>,
    method: Method,
    Path((container, name)): Path<(String, String)>,
    Query(options): Query<BlobOptions>,
    origin: Origin,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, BlobServiceError> {
    let request =
        BlobRequest { blobs: service.blobs(), container: &container, name: &name, headers: &headers };
    let receive = async |content| {
        let digest = headers.get("content-md5").filter(|_| origin.is_on_a_socket());
        receive(service.blobs().receive(&container)?, content, digest).await
    };
    match (method, options.comp.as_deref()) {
        (Method::HEAD, None) => request.head(),
        (Method::GET, None) => request.get(),
        (Method::PUT, None) => request.put(receive(content).await?),
        (Method::PUT, Some("block")) => {
            request.put_block(options.blockid.as_deref(), receive(content).await?)
        }
        (Method::PUT, Some("blocklist")) => {
            let list = to_bytes(content, MAX_BLOCK_LIST).await.map_err(BlobServiceError::Unreadable)?;
            request.commit_blocks(&list)
        }
        (Method::PUT, Some("metadata")) => request.set_metadata(),
        _ => Err(BlobServiceError::Unsupported),
    }
}

/// Everything that is asked of a container: listing it.
pub(super) async fn container(
    State(service): State<Arc<LocalService>>,
    origin: Origin,
    method: Method,
    Path(container): Path<String>,
    Query(options): Query<ContainerOptions>,
) -> Result<Response, BlobServiceError> {
    if method != Method::GET || options.comp.as_deref() != Some("list") {
        return Err(BlobServiceError::Unsupported);
    }
    let is_hierarchical = match options.delimiter.as_deref() {
        None | Some("") => false,
        Some("/") => true,
        Some(_) => return Err(BlobServiceError::InvalidValue("delimiter")),
    };
    let query = ListQuery {
        prefix: &options.prefix,
        is_hierarchical,
        marker: options.marker.as_deref().filter(|marker| !marker.is_empty()),
        limit: options.maxresults.unwrap_or(PAGE).clamp(1, PAGE),
    };
    let listing = service.blobs().list(&container, &query)?;
    let with_metadata =
        options.include.is_some_and(|include| include.split(',').any(|part| part == "metadata"));
    let text = blob_xml::listing(&origin, &container, &query, &listing, with_metadata);
    Ok(([(header::CONTENT_TYPE, "application/xml")], text).into_response())
}

struct BlobRequest<'a> {
    blobs: &'a BlobStore,
    container: &'a str,
    name: &'a str,
    headers: &'a HeaderMap,
}

impl BlobRequest<'_> {
    fn head(&self) -> Result<Response, BlobServiceError> {
        let properties = self.blobs.head(self.container, self.name)?;
        let mut response = Response::new(Body::empty());
        describe(response.headers_mut(), &properties);
        response.headers_mut().insert(header::CONTENT_LENGTH, properties.size.into());
        Ok(response)
    }

    fn get(&self) -> Result<Response, BlobServiceError> {
        let properties = self.blobs.head(self.container, self.name)?;
        let expected = self.headers.get(header::IF_MATCH);
        if expected.is_some_and(|expected| *expected != "*" && *expected != quoted(&properties.etag)) {
            return Err(BlobServiceError::ConditionNotMet);
        }
        let path = self.blobs.local_path(self.container, self.name)?;
        let range = ranges::requested(self.headers, properties.size);
        if matches!(range, ByteRange::Unsatisfiable) {
            return Err(BlobServiceError::InvalidRange);
        }
        let response = ranges::file_response(&path, properties.size, range);
        let mut response = response.map_err(|source| crate::local::blobs::BlobError::Io { path, source })?;
        describe(response.headers_mut(), &properties);
        Ok(response)
    }

    fn put(&self, content: Incoming) -> Result<Response, BlobServiceError> {
        let properties = self.blobs.put(self.container, self.name, content, &self.put_options())?;
        let mut response = written(StatusCode::CREATED, &properties);
        if let Some(digest) = self.headers.get("content-md5") {
            response.headers_mut().insert("content-md5", digest.clone());
        }
        Ok(response)
    }

    fn put_block(&self, id: Option<&str>, content: Incoming) -> Result<Response, BlobServiceError> {
        let id = id.filter(|id| !id.is_empty() && id.len() <= 88);
        let id = id.ok_or(BlobServiceError::InvalidValue("blockid"))?;
        self.blobs.put_block(self.container, self.name, id, content)?;
        let encrypted = [("x-ms-request-server-encrypted", "true")];
        Ok((StatusCode::CREATED, encrypted).into_response())
    }

    fn commit_blocks(&self, list: &[u8]) -> Result<Response, BlobServiceError> {
        let ids = blob_xml::block_ids(list).ok_or(BlobServiceError::InvalidXml)?;
        let properties = self.blobs.commit_blocks(self.container, self.name, &ids, &self.put_options())?;
        Ok(written(StatusCode::CREATED, &properties))
    }

    fn set_metadata(&self) -> Result<Response, BlobServiceError> {
        let properties = self.blobs.set_metadata(self.container, self.name, self.metadata())?;
        if properties.metadata.get("upload_status").is_some_and(|status| status == "completed") {
            self.blobs.seal(self.container, uploaded_folder(self.name))?;
        }
        Ok(written(StatusCode::OK, &properties))
    }

    fn put_options(&self) -> PutOptions {
        let content_type = self.headers.get("x-ms-blob-content-type").and_then(|value| value.to_str().ok());
        PutOptions {
            only_if_missing: self.headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*"),
            content_type: content_type.filter(|kind| *kind != blob_xml::USUAL_TYPE).map(str::to_owned),
            metadata: self.metadata(),
        }
    }

    fn metadata(&self) -> BTreeMap<String, String> {
        let entry = |(name, value): (&HeaderName, &HeaderValue)| {
            let name = name.as_str().strip_prefix(META_PREFIX)?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        };
        self.headers.iter().filter_map(entry).collect()
    }
}

/// Takes in a body as it comes, and holds it against the MD5 digest its sender gave: over a socket bytes can be lost.
async fn receive(
    mut incoming: Incoming,
    mut content: Body,
    digest: Option<&HeaderValue>,
) -> Result<Incoming, BlobServiceError> {
    let mut seen = digest.map(|_| Md5::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut content).poll_frame(context)).await {
        let Ok(piece) = frame.map_err(BlobServiceError::Unreadable)?.into_data() else {
            // Trailers hold nothing of a blob.
            continue;
        };
        incoming.write(&piece)?;
        if let Some(seen) = &mut seen {
            seen.update(&piece);
        }
    }
    let seen = seen.map(|seen| BASE64.encode(seen.finalize()));
    match digest.map(HeaderValue::as_bytes) == seen.as_deref().map(str::as_bytes) {
        true => Ok(incoming),
        false => Err(BlobServiceError::Md5Mismatch),
    }
}

/// The folder of the upload whose first file is `name`: `LocalUpload/<hash>`, or the code folder itself.
fn uploaded_folder(name: &str) -> &str {
    let parts = if name.starts_with("LocalUpload/") { 2 } else { 1 };
    let end = name.match_indices('/').nth(parts - 1).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

fn quoted(etag: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{etag}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Answer to something that was written.
fn written(status: StatusCode, properties: &BlobProperties) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, quoted(&properties.etag));
    set(headers, header::LAST_MODIFIED.as_str(), &blob_xml::http_date(properties.modified));
    set(headers, "x-ms-request-server-encrypted", "true");
    response
}

/// The headers that tell what a blob is.
fn describe(headers: &mut HeaderMap, properties: &BlobProperties) {
    headers.insert(header::ETAG, quoted(&properties.etag));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let modified = blob_xml::http_date(properties.modified);
    set(headers, header::LAST_MODIFIED.as_str(), &modified);
    set(headers, "x-ms-creation-time", &modified);
    set(headers, "x-ms-blob-type", "BlockBlob");
    set(headers, "x-ms-server-encrypted", "true");
    set(
        headers,
        header::CONTENT_TYPE.as_str(),
        properties.content_type.as_deref().unwrap_or(blob_xml::USUAL_TYPE),
    );
    for (name, value) in &properties.metadata {
        set(headers, &format!("{META_PREFIX}{name}"), value);
    }
}

/// Sets a header; a value that cannot be one came from outside and is left out.
fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}
