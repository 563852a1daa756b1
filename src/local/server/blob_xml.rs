//! The XML of the blob service: listings and block lists, and the dates that go with them.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use quick_xml::events::{BytesText, Event};
use quick_xml::{Reader, Writer};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::url::{BLOB_ACCOUNT, Origin};
use crate::local::blobs::{BlobProperties, ListEntry, ListQuery, Listing};

/// Content type of blobs that were given none.
pub(super) const USUAL_TYPE: &str = "application/octet-stream";

type Xml = Writer<Vec<u8>>;

/// A moment as HTTP headers have it.
pub(super) fn http_date(moment: SystemTime) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    // A file may bear any time at all; one before the epoch or after the calendar is shown as the epoch.
    let seconds =
        moment.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok());
    let moment = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    moment.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(FORMAT).unwrap_or_default()
}

/// The block ids of a block list, in its order. None: it is not one.
pub(super) fn block_ids(list: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(list).ok()?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let (mut ids, mut open) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                open.push(element.name().as_ref().to_vec());
                if open.len() == 2 {
                    ids.push(String::new());
                }
            }
            Event::Text(text) if open.len() == 2 => ids.last_mut()?.push_str(text.decode().ok()?.trim()),
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => return open.is_empty().then_some(ids),
            _ => {}
        }
    }
}

/// One page of a container.
pub(super) fn listing(
    origin: &Origin,
    container: &str,
    query: &ListQuery<'_>,
    listing: &Listing,
    with_metadata: bool,
) -> Vec<u8> {
    let mut xml = Writer::new(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_vec());
    let endpoint = origin.url(&format!("/{BLOB_ACCOUNT}/"));
    let root = xml
        .create_element("EnumerationResults")
        .with_attributes([("ServiceEndpoint", endpoint.as_str()), ("ContainerName", container)]);
    let written = root.write_inner_content(|xml| {
        leaf(xml, "Prefix", query.prefix)?;
        if query.is_hierarchical {
            leaf(xml, "Delimiter", "/")?;
        }
        xml.create_element("Blobs").write_inner_content(|xml| {
            listing.entries.iter().try_for_each(|entry| self::entry(xml, entry, with_metadata))
        })?;
        leaf(xml, "NextMarker", listing.next_marker.as_deref().unwrap_or_default())
    });
    // A vector takes everything that is written to it.
    written.map(|xml| std::mem::take(xml.get_mut())).unwrap_or_default()
}

fn entry(xml: &mut Xml, entry: &ListEntry, with_metadata: bool) -> io::Result<()> {
    match entry {
        ListEntry::Prefix(name) => {
            xml.create_element("BlobPrefix").write_inner_content(|xml| leaf(xml, "Name", name))?;
        }
        ListEntry::Blob(name, properties) => {
            xml.create_element("Blob").write_inner_content(|xml| {
                leaf(xml, "Name", name)?;
                xml.create_element("Properties")
                    .write_inner_content(|xml| blob_properties(xml, properties))?;
                if with_metadata {
                    xml.create_element("Metadata").write_inner_content(|xml| {
                        properties.metadata.iter().try_for_each(|(key, value)| leaf(xml, key, value))
                    })?;
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn blob_properties(xml: &mut Xml, properties: &BlobProperties) -> io::Result<()> {
    let modified = http_date(properties.modified);
    leaf(xml, "Creation-Time", &modified)?;
    leaf(xml, "Last-Modified", &modified)?;
    leaf(xml, "Etag", &properties.etag)?;
    leaf(xml, "Content-Length", &properties.size.to_string())?;
    leaf(xml, "Content-Type", properties.content_type.as_deref().unwrap_or(USUAL_TYPE))?;
    leaf(xml, "BlobType", "BlockBlob")?;
    leaf(xml, "LeaseStatus", "unlocked")?;
    leaf(xml, "LeaseState", "available")?;
    leaf(xml, "ServerEncrypted", "true")
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    let element = xml.create_element(name);
    match text.is_empty() {
        true => element.write_empty().map(drop),
        false => element.write_text_content(BytesText::new(text)).map(drop),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::time::Duration;

    use super::*;

    #[test]
    fn block_lists_keep_their_order() {
        let list = b"<?xml version='1.0' encoding='utf-8'?>\n<BlockList><Latest>Yg==</Latest><Uncommitted>YQ==</Uncommitted></BlockList>";
        assert_eq!(block_ids(list).unwrap(), ["Yg==", "YQ=="]);
        assert_eq!(block_ids(b"<BlockList></BlockList>").unwrap(), [""; 0]);
        assert_eq!(block_ids(b"<BlockList><Latest>x"), None);
    }

    #[test]
    fn dates_are_those_of_http() {
        assert_eq!(
            http_date(UNIX_EPOCH + Duration::from_secs(1_667_597_768)),
            "Fri, 04 Nov 2022 21:36:08 GMT"
        );
        let far = UNIX_EPOCH + Duration::from_secs(1 << 50);
        assert_eq!(http_date(far), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
