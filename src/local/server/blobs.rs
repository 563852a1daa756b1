//! The subset of the blob service's REST API that uploads, downloads and lists block blobs.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use serde::Deserialize;

use super::LocalService;
use super::blob_xml::{Asked, BlockLists, ListedBlock};
use super::error::{BlobServiceError, quoted};
use super::ranges::{self, ByteRange};
use super::url::Origin;
use super::{assets, blob_xml, conditions};
use crate::local::blobs::{BlobError, BlobProperties, BlobStore, Incoming, ListQuery, OpenBlob, PutOptions};

/// Largest block list: the ids of the 50,000 blocks a blob can have.
const MAX_BLOCK_LIST: usize = 16 << 20;
/// Entries of one page of a listing, as in Azure.
const PAGE: usize = 5000;

const META_PREFIX: &str = "x-ms-meta-";
const BLOB_TYPE: HeaderName = HeaderName::from_static("x-ms-blob-type");
/// Headers that change what a request means, to something that is not done here: content from elsewhere, conditions on
/// tags, leases.
const UNSUPPORTED: [&str; 3] = ["x-ms-copy-source", "x-ms-if-tags", "x-ms-lease-id"];

#[derive(Deserialize)]
pub(super) struct BlobOptions {
    comp: Option<String>,
    blockid: Option<String>,
    #[serde(default)]
    blocklisttype: BlockLists,
    snapshot: Option<String>,
    versionid: Option<String>,
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
    path: Result<Path<(String, String)>, PathRejection>,
    options: Result<Query<BlobOptions>, QueryRejection>,
    origin: Origin,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, BlobServiceError> {
    let (Path((container, name)), Query(options)) = (path?, options?);
    let request =
        BlobRequest { blobs: service.blobs(), container: &container, name: &name, headers: &headers };
    request.check_supported(&options)?;
    let receive = async |content| {
        let digest = headers.get("content-md5").filter(|_| origin.is_on_a_socket());
        receive(service.blobs().receive(&container)?, content, digest).await
    };
    match (method, options.comp.as_deref()) {
        (Method::HEAD, None) => request.head(),
        (Method::GET, None) => request.get(),
        (Method::GET, Some("blocklist")) => request.blocks(options.blocklisttype),
        (Method::PUT, None) => {
            request.check_type()?;
            request.put(receive(content).await?)
        }
        (Method::PUT, Some("block")) => {
            request.put_block(options.blockid.as_deref(), receive(content).await?)
        }
        (Method::PUT, Some("blocklist")) => {
            let list = to_bytes(content, MAX_BLOCK_LIST).await.map_err(BlobServiceError::Unreadable)?;
            request.commit_blocks(&list)
        }
        (Method::PUT, Some("metadata")) => request.set_metadata(),
        (Method::DELETE, None) => request.delete(),
        (Method::HEAD | Method::GET | Method::PUT | Method::DELETE, _) => Err(BlobServiceError::Unsupported),
        _ => Err(BlobServiceError::UnsupportedVerb),
    }
}

/// Everything that is asked of a container: listing it.
pub(super) async fn container(
    State(service): State<Arc<LocalService>>,
    origin: Origin,
    method: Method,
    path: Result<Path<String>, PathRejection>,
    options: Result<Query<ContainerOptions>, QueryRejection>,
) -> Result<Response, BlobServiceError> {
    let (Path(container), Query(options)) = (path?, options?);
    match method {
        Method::GET if options.comp.as_deref() == Some("list") => {}
        Method::HEAD | Method::GET | Method::PUT | Method::DELETE => {
            return Err(BlobServiceError::Unsupported);
        }
        _ => return Err(BlobServiceError::UnsupportedVerb),
    }
    let delimiter = options.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let limit = match options.maxresults {
        Some(0) => return Err(BlobServiceError::ParameterOutOfRange("maxresults")),
        Some(limit) => limit.min(PAGE),
        None => PAGE,
    };
    let marker = options.marker.filter(|marker| !marker.is_empty());
    let marker = marker.map(|marker| blob_xml::name_of_marker(&marker)).transpose()?;
    let query = ListQuery { prefix: &options.prefix, delimiter, marker: marker.as_deref(), limit };
    let listing = service.blobs().list(&container, &query)?;
    let with_metadata =
        options.include.is_some_and(|include| include.split(',').any(|part| part == "metadata"));
    let asked = Asked { limit: options.maxresults, with_metadata };
    let text = blob_xml::listing(&origin, &container, &query, &listing, &asked);
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
        conditions::check_read(self.headers, &properties)?;
        let mut response = Response::new(Body::empty());
        describe(response.headers_mut(), &properties);
        response.headers_mut().insert(header::CONTENT_LENGTH, properties.size.into());
        Ok(response)
    }

    fn get(&self) -> Result<Response, BlobServiceError> {
        let OpenBlob { file, properties } = self.blobs.open(self.container, self.name)?;
        conditions::check_read(self.headers, &properties)?;
        let range = ranges::requested(self.headers, properties.size);
        if matches!(range, ByteRange::Unsatisfiable) {
            return Err(BlobServiceError::InvalidRange);
        }
        let response = ranges::file_response(file, properties.size, range);
        let mut response = response.map_err(|source| BlobError::Io { path: self.name.into(), source })?;
        describe(response.headers_mut(), &properties);
        Ok(response)
    }

    fn put(&self, content: Incoming) -> Result<Response, BlobServiceError> {
        let options = self.put_options()?;
        self.check_write()?;
        let properties = self.blobs.put(self.container, self.name, content, &options)?;
        let mut response = written(StatusCode::CREATED, &properties);
        if let Some(digest) = self.headers.get("content-md5") {
            response.headers_mut().insert("content-md5", digest.clone());
        }
        Ok(response)
    }

    fn put_block(&self, id: Option<&str>, content: Incoming) -> Result<Response, BlobServiceError> {
        let id = id.filter(|id| !id.is_empty() && id.len() <= 88);
        let id = id.ok_or(BlobServiceError::InvalidParameter("blockid"))?;
        self.blobs.put_block(self.container, self.name, id, content)?;
        let encrypted = [("x-ms-request-server-encrypted", "true")];
        Ok((StatusCode::CREATED, encrypted).into_response())
    }

    fn blocks(&self, lists: BlockLists) -> Result<Response, BlobServiceError> {
        let blocks = self.blobs.staged_blocks(self.container, self.name)?;
        if blocks.is_empty() {
            // A blob that is neither there nor on its way.
            self.blobs.head(self.container, self.name)?;
        }
        let text = blob_xml::staged_blocks(&blocks, lists);
        Ok(([(header::CONTENT_TYPE, "application/xml")], text).into_response())
    }

    fn commit_blocks(&self, list: &[u8]) -> Result<Response, BlobServiceError> {
        let blocks = blob_xml::block_list(list).ok_or(BlobServiceError::InvalidXml)?;
        let ids: Vec<_> = blocks.into_iter().map(|block| self.uploaded(block)).collect::<Result<_, _>>()?;
        let options = self.put_options()?;
        self.check_write()?;
        let properties = self.blobs.commit_blocks(self.container, self.name, &ids, &options)?;
        Ok(written(StatusCode::CREATED, &properties))
    }

    /// The id of a block that was uploaded; which blocks a finished blob was made of is not kept.
    fn uploaded(&self, block: ListedBlock) -> Result<String, BlobError> {
        match block.is_committed {
            true => Err(BlobError::MissingBlock { name: self.name.to_owned(), block: block.id }),
            false => Ok(block.id),
        }
    }

    fn set_metadata(&self) -> Result<Response, BlobServiceError> {
        let metadata = self.metadata()?;
        self.check_existing()?;
        let properties = self.blobs.set_metadata(self.container, self.name, metadata)?;
        if properties.metadata.get("upload_status").is_some_and(|status| status == "completed")
            && let Some(folder) = uploaded_folder(self.container, self.name)
        {
            self.blobs.seal(self.container, folder)?;
        }
        Ok(written(StatusCode::OK, &properties))
    }

    fn delete(&self) -> Result<Response, BlobServiceError> {
        self.check_existing()?;
        self.blobs.delete(self.container, self.name)?;
        Ok((StatusCode::ACCEPTED, [("x-ms-delete-type-permanent", "true")]).into_response())
    }

    /// Refuses what would be done to something else than the blob as it is, or with something else than the body.
    fn check_supported(&self, options: &BlobOptions) -> Result<(), BlobServiceError> {
        let is_about_the_past = options.snapshot.is_some() || options.versionid.is_some();
        let only_snapshots = self.headers.get("x-ms-delete-snapshots").is_some_and(|what| what == "only");
        let is_elsewhere = UNSUPPORTED.iter().any(|name| self.headers.contains_key(*name));
        match is_about_the_past || only_snapshots || is_elsewhere {
            true => Err(BlobServiceError::Unsupported),
            false => Ok(()),
        }
    }

    /// Every blob here is a block blob.
    fn check_type(&self) -> Result<(), BlobServiceError> {
        match self.headers.get(BLOB_TYPE).map(HeaderValue::as_bytes) {
            None | Some(b"BlockBlob") => Ok(()),
            Some(b"PageBlob" | b"AppendBlob") => Err(BlobServiceError::UnsupportedType),
            Some(_) => Err(BlobServiceError::InvalidHeader(BLOB_TYPE)),
        }
    }

    /// The conditions of writing a blob that may be new.
    fn check_write(&self) -> Result<(), BlobServiceError> {
        let found = match self.blobs.head(self.container, self.name) {
            Ok(found) => Some(found),
            Err(BlobError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        conditions::check_write(self.headers, self.name, found.as_ref())
    }

    /// The conditions of changing a blob that has to be there.
    fn check_existing(&self) -> Result<(), BlobServiceError> {
        let found = self.blobs.head(self.container, self.name)?;
        conditions::check_write(self.headers, self.name, Some(&found))
    }

    fn put_options(&self) -> Result<PutOptions, BlobServiceError> {
        let content_type = self.headers.get("x-ms-blob-content-type").and_then(|value| value.to_str().ok());
        Ok(PutOptions {
            only_if_missing: self.headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*"),
            content_type: content_type.filter(|kind| *kind != blob_xml::USUAL_TYPE).map(str::to_owned),
            metadata: self.metadata()?,
        })
    }

    fn metadata(&self) -> Result<BTreeMap<String, String>, BlobServiceError> {
        let entry = |(name, value): (&HeaderName, &HeaderValue)| {
            let name = name.as_str().strip_prefix(META_PREFIX)?;
            let value = value.to_str().ok().filter(|_| is_metadata_name(name));
            let invalid = || BlobServiceError::InvalidMetadata(name.to_owned());
            Some(value.map(|value| (name.to_owned(), value.to_owned())).ok_or_else(invalid))
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

/// Names are identifiers, as Azure wants them, and so can be elements of a listing.
fn is_metadata_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The folder of the upload whose first file is `name`: `LocalUpload/<hash>`, or the folder of code. Anything else, such
/// as the output of a job, is nobody's finished upload, whatever its metadata says.
fn uploaded_folder<'a>(container: &str, name: &'a str) -> Option<&'a str> {
    let parts = match name.split_once('/') {
        Some(("LocalUpload", _)) => 2,
        _ if assets::is_code_container(container) => 1,
        _ => return None,
    };
    name.match_indices('/').nth(parts - 1).map(|(at, _)| &name[..at])
}

/// Answer to something that was written.
fn written(status: StatusCode, properties: &BlobProperties) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.extend(quoted(&properties.etag).map(|etag| (header::ETAG, etag)));
    set(headers, header::LAST_MODIFIED.as_str(), &blob_xml::http_date(properties.modified));
    set(headers, "x-ms-request-server-encrypted", "true");
    response
}

/// The headers that tell what a blob is.
fn describe(headers: &mut HeaderMap, properties: &BlobProperties) {
    headers.extend(quoted(&properties.etag).map(|etag| (header::ETAG, etag)));
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
