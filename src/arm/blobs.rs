//! The part of the Blob service REST API that assets and outputs need.
//!
//! Hand-written rather than `azure_storage_blob`: five requests over the transport we already have, so the local
//! workspace and a storage account are reached by the same code.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::client::{Call, Client, header_text};
use super::credential::Audience;
use super::error::ArmError;
use crate::wire::error::ErrorDetail;
use crate::wire::paths::encode_path;

/// Largest blob sent in one request; larger ones go in blocks.
pub const SINGLE_PUT_LIMIT: u64 = 64 << 20;
/// Version of the Blob service's REST API; without one, tokens are refused.
const SERVICE_VERSION: &str = "2023-11-03";
/// Size of one block.
pub const BLOCK_SIZE: usize = 4 << 20;

/// A container and the right to use it.
#[derive(Clone)]
pub struct Container {
    url: String,
    signature: String,
}

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Container {
    /// A container at `url`; `signature` is the SAS query without its `?`, or empty.
    pub fn new(url: impl Into<String>, signature: impl Into<String>) -> Self {
        Self { url: url.into(), signature: signature.into() }
    }

    /// Splits an address that carries its SAS.
    pub fn from_sas_uri(uri: &str) -> Self {
        let (url, signature) = uri.split_once('?').unwrap_or((uri, ""));
        Self::new(url.trim_end_matches('/'), signature)
    }

    /// Address of the container, without its signature.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn blob(&self, name: &str, query: &str) -> String {
        let mut url = format!("{}/{}", self.url, encode_path(name));
        self.add_query(&mut url, query);
        url
    }

    fn add_query(&self, url: &mut String, query: &str) {
        let parts: Vec<&str> = [query, &self.signature].into_iter().filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            let _ = write!(url, "?{}", parts.join("&"));
        }
    }
}

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
}

/// One blob of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedBlob {
    /// Full name in the container.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
}

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
        let audience = container.signature.is_empty().then_some(Audience::Storage);
        let mut headers = headers.to_vec();
        headers.push(("x-ms-version", SERVICE_VERSION.to_owned()));
        self.send(Call { headers: &headers, body, audience, ..Call::new(method, url) }).await
    }

    /// On a dry run writes an upload down and says so.
    pub fn plan_upload(&self, container: &Container, prefix: &str, files: usize, bytes: u64) -> bool {
        let Some(plan) = self.plan() else { return false };
        plan.add_upload(&format!("{}/{prefix}", container.url), files, bytes);
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

    /// Writes a blob in one request. With `only_if_new` an existing blob is left as it is.
    pub async fn put_blob(
        &self,
        container: &Container,
        name: &str,
        content: Bytes,
        only_if_new: bool,
    ) -> Result<(), ArmError> {
        let mut headers = vec![("x-ms-blob-type", "BlockBlob".to_owned())];
        if only_if_new {
            headers.push(("if-none-match", "*".to_owned()));
        }
        let url = container.blob(name, "");
        match self.blob_request(container, Method::PUT, &url, &headers, content).await {
            // Somebody else wrote the same content first: blob names of uploads hold the content's hash.
            Err(error) if only_if_new && error.status() == Some(StatusCode::CONFLICT) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Stages one block of a large blob.
    pub async fn put_block(
        &self,
        container: &Container,
        name: &str,
        number: usize,
        content: Bytes,
    ) -> Result<(), ArmError> {
        let id = crate::wire::paths::encode_segment(&block_id(number));
        let url = container.blob(name, &format!("comp=block&blockid={id}"));
        self.blob_request(container, Method::PUT, &url, &[], content).await.map(drop)
    }

    /// Makes the staged blocks `0..count` the blob's content.
    pub async fn put_block_list(
        &self,
        container: &Container,
        name: &str,
        count: usize,
    ) -> Result<(), ArmError> {
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for number in 0..count {
            let _ = write!(body, "<Latest>{}</Latest>", block_id(number));
        }
        body.push_str("</BlockList>");
        let url = container.blob(name, "comp=blocklist");
        let headers = [("content-type", "application/xml".to_owned())];
        self.blob_request(container, Method::PUT, &url, &headers, body.into()).await.map(drop)
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

    /// Reads `length` bytes from `offset`, or fewer at the end of the blob.
    pub async fn get_blob_range(
        &self,
        container: &Container,
        name: &str,
        offset: u64,
        length: u64,
    ) -> Result<Bytes, ArmError> {
        let headers = [("x-ms-range", format!("bytes={offset}-{}", offset + length - 1))];
        let url = container.blob(name, "");
        let response = self.blob_request(container, Method::GET, &url, &headers, Bytes::new()).await?;
        Ok(response.into_body())
    }

    /// Reads a signed address, such as a log file, from `offset` on; nothing is there yet: empty.
    pub async fn get_from(&self, url: &str, offset: u64) -> Result<Bytes, ArmError> {
        let headers = [("range", format!("bytes={offset}-"))];
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
        let encode = crate::wire::paths::encode_segment;
        let mut query = format!("restype=container&comp=list&prefix={}", encode(prefix));
        if let Some(marker) = marker {
            let _ = write!(query, "&marker={}", encode(marker));
        }
        let mut url = container.url.clone();
        container.add_query(&mut url, &query);
        let response = self.blob_request(container, Method::GET, &url, &[], Bytes::new()).await?;
        Ok(read_listing(&String::from_utf8_lossy(response.body())))
    }
}

fn block_id(number: usize) -> String {
    BASE64.encode(format!("{number:032}"))
}

/// Takes names, sizes and the next marker out of an `EnumerationResults` document.
fn read_listing(xml: &str) -> (Vec<ListedBlob>, Option<String>) {
    let mut reader = Reader::from_str(xml);
    let (mut blobs, mut marker) = (Vec::new(), None);
    let (mut open, mut name, mut size, mut text) = (Vec::new(), String::new(), 0, String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                open.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                text.clear();
            }
            Ok(Event::Text(part)) => text.push_str(&part.decode().unwrap_or_default()),
            Ok(Event::GeneralRef(reference)) => text.push_str(&resolve_entity(&reference)),
            Ok(Event::End(_)) => {
                let parent = open.len().checked_sub(2).and_then(|at| open.get(at)).map(String::as_str);
                match (open.last().map(String::as_str), parent) {
                    (Some("Name"), Some("Blob")) => name = std::mem::take(&mut text),
                    (Some("Content-Length"), _) => size = text.parse().unwrap_or(0),
                    (Some("Blob"), _) => blobs.push(ListedBlob { name: std::mem::take(&mut name), size }),
                    (Some("NextMarker"), _) => {
                        marker = Some(std::mem::take(&mut text)).filter(|text| !text.is_empty())
                    }
                    _ => {}
                }
                open.pop();
            }
            Ok(Event::Eof) | Err(_) => return (blobs, marker),
            Ok(_) => {}
        }
    }
}

/// Reads the Blob service's error body, `<Error><Code>..</Code><Message>..</Message></Error>`.
pub(super) fn read_error(body: &[u8]) -> Option<ErrorDetail> {
    let text = std::str::from_utf8(body).ok()?;
    let between = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        let (value, _) = rest.split_once(&format!("</{tag}>"))?;
        Some(quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), |value| value.into_owned()))
    };
    text.contains("<Error>").then(|| ErrorDetail {
        code: between("Code"),
        message: between("Message"),
        ..ErrorDetail::default()
    })
}

fn resolve_entity(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_with_its_odd_names_and_next_page() {
        let xml = "<?xml version=\"1.0\"?><EnumerationResults><Prefix>p</Prefix><Blobs><Blob><Name>p/a&amp;b &#233;.csv</Name>\
            <Properties><Content-Length>26</Content-Length></Properties><Metadata><Name>x</Name></Metadata></Blob>\
            <BlobPrefix><Name>p/sub/</Name></BlobPrefix></Blobs><NextMarker>m</NextMarker></EnumerationResults>";
        let (blobs, marker) = read_listing(xml);
        assert_eq!(blobs, [ListedBlob { name: "p/a&b é.csv".to_owned(), size: 26 }]);
        assert_eq!(marker.as_deref(), Some("m"));
    }

    #[test]
    fn signatures_stay_out_of_debug_output() {
        let container = Container::from_sas_uri("https://h/c?sv=1&sig=secret");
        assert!(!format!("{container:?}").contains("secret"));
        assert_eq!(container.blob("a b", "comp=block"), "https://h/c/a%20b?comp=block&sv=1&sig=secret");
    }
}
