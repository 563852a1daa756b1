//! The part of the Blob service REST API that assets and outputs need.
//!
//! Hand-written rather than `azure_storage_blob`: ten small requests over the transport we already have, so the local
//! workspace and a storage account are reached by the same code.

mod container;
mod xml;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};

use super::client::{Call, Client, header_text};
use super::credential::Audience;
use super::error::{ArmError, ArmErrorKind};
use crate::wire::paths::encode_segment;

pub use container::{BadKey, Container};
pub use xml::ListedBlob;
pub(super) use xml::read_error;

/// Version of the Blob service's REST API; without one, tokens are refused.
const SERVICE_VERSION: &str = "2023-11-03";

/// Content type of what is sent.
const BYTES: &str = "application/octet-stream";

/// What `HEAD` tells of a blob.
#[derive(Debug)]
pub struct BlobProperties {
    headers: HeaderMap,
}

impl BlobProperties {
    /// A metadata value.
    pub fn metadata(&self, name: &str) -> Option<String> {
        header_text(&self.headers, &format!("x-ms-meta-{name}"))
    }

    /// The blob as a listing would have it.
    pub fn listed(&self, name: &str) -> ListedBlob {
        let text = |header| header_text(&self.headers, header);
        ListedBlob {
            name: name.to_owned(),
            size: text("content-length").and_then(|text| text.parse().ok()).unwrap_or(0),
            etag: text("etag"),
            md5: text("content-md5"),
            modified: text("last-modified").as_deref().and_then(xml::read_date),
            is_folder: self.metadata("hdi_isfolder").as_deref() == Some("true"),
        }
    }
}

/// What became of a blob that was to be written only if it is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Put {
    /// It was written.
    Written,
    /// There was one already, and it was left as it is.
    Exists,
}

/// One block of a large blob: where it begins and its share of the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Where it begins.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Length of every block of the blob but the last.
    pub stride: u64,
}

impl Block {
    /// Its name among the blob's blocks. It holds what the content depends on, so that two uploads of the same file
    /// that cut it differently never mix; ids of one blob must be equally long, and those of Microsoft's tools have
    /// 32 digits, too.
    pub fn id(&self) -> String {
        BASE64.encode(format!("{:012}{:020}", self.stride, self.offset))
    }
}

/// Most bytes of a log file that are asked for at once: logs have any length.
pub const LOG_PART: u64 = 8 << 20;

impl Client {
    /// Sends a blob request: signed by the container's SAS, or else with the user's token, which needs a version.
    async fn blob_request(
        &self,
        container: &Container,
        method: Method,
        url: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Response<Bytes>, ArmError> {
        let audience = container.wants_token().then_some(Audience::Storage);
        let mut headers = headers.to_vec();
        headers.push(("x-ms-version", SERVICE_VERSION.to_owned()));
        self.send(Call { headers: &headers, body, audience, ..Call::new(method, url) }).await
    }

    /// On a dry run writes an upload down and says so.
    pub fn plan_upload(&self, container: &Container, prefix: &str, files: usize, bytes: u64) -> bool {
        let Some(plan) = self.plan() else { return false };
        plan.add_upload(&format!("{}/{prefix}", container.url()), files, bytes);
        true
    }

    /// Whether a blob exists, and what is known of it.
    pub async fn blob_properties(
        &self,
        container: &Container,
        name: &str,
    ) -> Result<Option<BlobProperties>, ArmError> {
        let url = container.blob(name, "");
        match self.blob_request(container, Method::HEAD, &url, &[], Bytes::new()).await {
            Ok(response) => Ok(Some(BlobProperties { headers: response.into_parts().0.headers })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a blob in one request; `md5` is its digest in base64, which the service checks and keeps. With
    /// `only_if_new` an existing blob is left as it is.
    pub async fn put_blob(
        &self,
        container: &Container,
        name: &str,
        content: Bytes,
        md5: Option<String>,
        only_if_new: bool,
    ) -> Result<Put, ArmError> {
        let mut headers =
            vec![("x-ms-blob-type", "BlockBlob".to_owned()), ("content-type", BYTES.to_owned())];
        headers.extend(md5.map(|md5| ("content-md5", md5)));
        headers.extend(condition(only_if_new));
        let url = container.blob(name, "");
        put_outcome(self.blob_request(container, Method::PUT, &url, &headers, content).await, only_if_new)
    }

    /// Stages one block of a large blob.
    pub async fn put_block(
        &self,
        container: &Container,
        name: &str,
        block: &Block,
        content: Bytes,
    ) -> Result<(), ArmError> {
        let url = container.blob(name, &format!("comp=block&blockid={}", encode_segment(&block.id())));
        let headers = [("content-type", BYTES.to_owned())];
        self.blob_request(container, Method::PUT, &url, &headers, content).await.map(drop)
    }

    /// Ids and sizes of the blocks that are staged for a blob and not yet part of it. A service that will not tell
    /// has none.
    pub async fn staged_blocks(
        &self,
        container: &Container,
        name: &str,
    ) -> Result<Vec<(String, u64)>, ArmError> {
        let url = container.blob(name, "comp=blocklist&blocklisttype=uncommitted");
        match self.blob_request(container, Method::GET, &url, &[], Bytes::new()).await {
            Ok(response) => xml::read_blocks(&String::from_utf8_lossy(response.body()))
                .ok_or_else(|| broken(&url, "BlockList")),
            Err(error) if error.status().is_some_and(will_not_tell) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Makes staged blocks the blob's content. With `only_if_new` an existing blob is left as it is.
    pub async fn put_block_list(
        &self,
        container: &Container,
        name: &str,
        blocks: impl Iterator<Item = Block>,
        only_if_new: bool,
    ) -> Result<Put, ArmError> {
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for block in blocks {
            let _ = write!(body, "<Latest>{}</Latest>", block.id());
        }
        body.push_str("</BlockList>");
        let url = container.blob(name, "comp=blocklist");
        let mut headers = vec![("content-type", "application/xml".to_owned())];
        headers.extend(condition(only_if_new));
        put_outcome(self.blob_request(container, Method::PUT, &url, &headers, body.into()).await, only_if_new)
    }

    /// Replaces a blob's metadata.
    pub async fn set_blob_metadata(
        &self,
        container: &Container,
        name: &str,
        metadata: &[(&'static str, String)],
    ) -> Result<(), ArmError> {
        let url = container.blob(name, "comp=metadata");
        self.blob_request(container, Method::PUT, &url, metadata, Bytes::new()).await.map(drop)
    }

    /// Reads `length` bytes from `offset` of a blob that still has the entity tag `etag`.
    pub async fn get_blob_range(
        &self,
        container: &Container,
        name: &str,
        offset: u64,
        length: u64,
        etag: Option<&str>,
    ) -> Result<Bytes, ArmError> {
        let mut headers = vec![("x-ms-range", format!("bytes={offset}-{}", offset + length - 1))];
        headers.extend(etag.map(|etag| ("if-match", etag.to_owned())));
        let url = container.blob(name, "");
        let response = self.blob_request(container, Method::GET, &url, &headers, Bytes::new()).await?;
        match response.body().len() as u64 == length {
            true => Ok(response.into_body()),
            false => Err(broken(&url, "whole range")),
        }
    }

    /// Reads a signed address, such as a log file, from `offset` on: [`LOG_PART`] bytes, or what there is. Nothing is there
    /// yet: empty.
    pub async fn get_from(&self, url: &str, offset: u64) -> Result<Bytes, ArmError> {
        let headers = [("range", format!("bytes={offset}-{}", offset + LOG_PART - 1))];
        let call = Call { headers: &headers, audience: None, ..Call::get(url) };
        match self.send(call).await {
            // A server that does not know ranges sends the whole text.
            Ok(response) if response.status() == StatusCode::OK => {
                let body = response.into_body();
                Ok(body.slice(body.len().min(usize::try_from(offset).unwrap_or(usize::MAX))..))
            }
            Ok(response) => Ok(response.into_body()),
            Err(error)
                if matches!(
                    error.status(),
                    Some(StatusCode::NOT_FOUND | StatusCode::RANGE_NOT_SATISFIABLE)
                ) =>
            {
                Ok(Bytes::new())
            }
            Err(error) => Err(error),
        }
    }

    /// Lists one page of the blobs below `prefix`; the second value is the marker of the next page.
    pub async fn list_blobs(
        &self,
        container: &Container,
        prefix: &str,
        marker: Option<&str>,
    ) -> Result<(Vec<ListedBlob>, Option<String>), ArmError> {
        let mut query =
            format!("restype=container&comp=list&include=metadata&prefix={}", encode_segment(prefix));
        if let Some(marker) = marker {
            let _ = write!(query, "&marker={}", encode_segment(marker));
        }
        let url = container.query(&query);
        let response = self.blob_request(container, Method::GET, &url, &[], Bytes::new()).await?;
        let (blobs, next) = xml::read_listing(&String::from_utf8_lossy(response.body()))
            .ok_or_else(|| broken(&url, "EnumerationResults"))?;
        match next.is_some() && next.as_deref() == marker {
            true => Err(ArmError::new(Method::GET, &url, ArmErrorKind::EndlessList)),
            false => Ok((blobs, next)),
        }
    }
}

/// Whether a service refuses to list blocks at all: it may do without that.
fn will_not_tell(status: StatusCode) -> bool {
    status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED
}

/// The condition under which an existing blob is left as it is.
fn condition(only_if_new: bool) -> Option<(&'static str, String)> {
    only_if_new.then(|| ("if-none-match", "*".to_owned()))
}

fn put_outcome(answer: Result<Response<Bytes>, ArmError>, only_if_new: bool) -> Result<Put, ArmError> {
    let exists = [StatusCode::CONFLICT, StatusCode::PRECONDITION_FAILED];
    match answer {
        Ok(_) => Ok(Put::Written),
        Err(error) if only_if_new && error.status().is_some_and(|status| exists.contains(&status)) => {
            Ok(Put::Exists)
        }
        Err(error) => Err(error),
    }
}

/// An answer that lacks something.
fn broken(url: &str, what: &'static str) -> ArmError {
    ArmError::new(Method::GET, url, ArmErrorKind::Incomplete(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_ids_tell_how_the_blob_was_cut_and_are_equally_long() {
        let id = |stride, offset| Block { offset, length: 1, stride }.id();
        assert_ne!(id(8 << 20, 8 << 20), id(4 << 20, 8 << 20));
        assert_eq!(id(8 << 20, 0).len(), id(4000 << 20, 190 << 40).len());
        assert_eq!(id(8 << 20, 0).len(), BASE64.encode(format!("{:032}", 0)).len(), "as long as the SDK's");
    }
}
