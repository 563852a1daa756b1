//! The conditions a request for a blob may set: `If-Match` and its kin.

use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderName, header};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::blob_xml::whole_seconds;
use super::error::BlobServiceError;
use crate::local::blobs::{BlobError, BlobProperties};

/// How a condition is not met.
enum Unmet {
    /// The blob is not the one that was expected.
    Other,
    /// There is one, and there was to be none.
    Exists,
    /// The blob is still the one that is known.
    Unchanged,
}

/// Whether a blob may be read.
pub(super) fn check_read(headers: &HeaderMap, found: &BlobProperties) -> Result<(), BlobServiceError> {
    match unmet(headers, Some(found))? {
        None => Ok(()),
        Some(Unmet::Other) => Err(BlobServiceError::ConditionNotMet),
        Some(Unmet::Exists | Unmet::Unchanged) => {
            Err(BlobServiceError::NotModified { etag: found.etag.clone() })
        }
    }
}

/// Whether a blob, which may not be there yet, may be written or removed.
///
/// One thread serves requests and does not stop between this and the write, so clients of one server cannot overtake
/// each other here.
pub(super) fn check_write(
    headers: &HeaderMap,
    name: &str,
    found: Option<&BlobProperties>,
) -> Result<(), BlobServiceError> {
    match unmet(headers, found)? {
        None => Ok(()),
        Some(Unmet::Exists) => Err(BlobError::AlreadyExists { name: name.to_owned() }.into()),
        Some(Unmet::Other | Unmet::Unchanged) => Err(BlobServiceError::ConditionNotMet),
    }
}

/// The order is that of RFC 9110, 13.2.2: entity tags go before dates.
fn unmet(headers: &HeaderMap, found: Option<&BlobProperties>) -> Result<Option<Unmet>, BlobServiceError> {
    let modified = found.map(|blob| whole_seconds(blob.modified));
    let is_expected = match tags(headers, header::IF_MATCH)? {
        Some(tags) => found.is_some_and(|blob| names(tags, &blob.etag)),
        None => match date(headers, header::IF_UNMODIFIED_SINCE)? {
            Some(limit) => modified.is_none_or(|modified| modified <= limit),
            None => true,
        },
    };
    if !is_expected {
        return Ok(Some(Unmet::Other));
    }
    Ok(match tags(headers, header::IF_NONE_MATCH)? {
        Some("*") => found.map(|_| Unmet::Exists),
        Some(tags) => found.filter(|blob| names(tags, &blob.etag)).map(|_| Unmet::Unchanged),
        None => match date(headers, header::IF_MODIFIED_SINCE)? {
            Some(known) => modified.filter(|modified| *modified <= known).map(|_| Unmet::Unchanged),
            None => None,
        },
    })
}

/// Whether a list of entity tags, or `*`, has this one in it. Azure takes tags without quotes too.
fn names(tags: &str, etag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"') == etag;
    tags == "*" || tags.split(',').any(plain)
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, BlobServiceError> {
    let Some(value) = headers.get(&name) else {
        return Ok(None);
    };
    value.to_str().map(|tags| Some(tags.trim())).map_err(|_not_text| BlobServiceError::InvalidHeader(name))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Result<Option<SystemTime>, BlobServiceError> {
    let Some(value) = headers.get(&name) else {
        return Ok(None);
    };
    let moment = value.to_str().ok().and_then(|text| OffsetDateTime::parse(text, &Rfc2822).ok());
    moment.map(|moment| Some(moment.into())).ok_or(BlobServiceError::InvalidHeader(name))
}
