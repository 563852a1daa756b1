//! The XML of the blob service: listings and block lists, and the dates that go with them.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use quick_xml::events::{BytesText, Event};
use quick_xml::{Reader, Writer};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::error::BlobServiceError;
use super::url::{BLOB_ACCOUNT, Origin};
use crate::local::blobs::{BlobProperties, ListEntry, ListQuery, Listing};
use crate::wire::paths::encode_path;

/// Content type of blobs that were given none.
pub(super) const USUAL_TYPE: &str = "application/octet-stream";

/// Where a block may be looked for.
const BLOCK_LISTS: [&[u8]; 3] = [b"Latest", b"Uncommitted", b"Committed"];
/// What markers escape: `%`, and what XML cannot hold.
const MARKER: &AsciiSet = &CONTROLS.add(b'%');

/// Which blocks of a blob somebody asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BlockLists {
    #[default]
    Committed,
    Uncommitted,
    All,
}

/// One line of a block list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ListedBlock {
    pub(super) id: String,
    /// Whether it is to be taken from the blob as it is, and not from what was uploaded since.
    pub(super) is_committed: bool,
}

type Xml = Writer<Vec<u8>>;

/// A moment as HTTP headers have it.
pub(super) fn http_date(moment: SystemTime) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    // A file may bear any time at all; one before the epoch or after the calendar is shown as the epoch.
    let seconds = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let moment =
        i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    moment.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(FORMAT).unwrap_or_default()
}

/// A moment as exact as HTTP headers can tell it.
pub(super) fn whole_seconds(moment: SystemTime) -> SystemTime {
    let seconds = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The body of an error.
pub(super) fn error(code: &str, message: &str) -> Vec<u8> {
    let mut xml = document();
    let written = xml.create_element("Error").write_inner_content(|xml| {
        leaf(xml, "Code", code)?;
        leaf(xml, "Message", &message.replace(|c| !is_xml(c), "\u{fffd}"))
    });
    // A vector takes everything that is written to it.
    written.map(|xml| std::mem::take(xml.get_mut())).unwrap_or_default()
}

/// The blocks of a block list, in its order. None: it is not one. Nothing but a whole list of the form Azure
/// documents is taken for one, since what is not in it is gone from the blob.
pub(super) fn block_list(list: &[u8]) -> Option<Vec<ListedBlock>> {
    let text = std::str::from_utf8(list).ok()?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let (mut blocks, mut depth, mut is_list) = (Vec::<ListedBlock>::new(), 0, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => match depth {
                0 if !is_list && element.name().as_ref() == b"BlockList" => (depth, is_list) = (1, true),
                1 if BLOCK_LISTS.contains(&element.name().as_ref()) => {
                    depth = 2;
                    let is_committed = element.name().as_ref() == b"Committed";
                    blocks.push(ListedBlock { id: String::new(), is_committed });
                }
                _ => return None,
            },
            Event::Empty(element) if depth == 0 && !is_list && element.name().as_ref() == b"BlockList" => {
                is_list = true;
            }
            Event::Text(text) => match (text.decode().ok()?.trim(), depth) {
                ("", _) => {}
                (text, 2) => blocks.last_mut()?.id.push_str(text),
                _ => return None,
            },
            Event::End(_) if depth == 2 && blocks.last()?.id.is_empty() => return None,
            Event::End(_) => depth -= 1,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => return (is_list && depth == 0).then_some(blocks),
            // Nothing else has a place in a block list: entities, character data, processing instructions.
            _ => return None,
        }
    }
}

/// The blocks staged for a blob. Which blocks a finished blob was made of is not kept, as if it had come in one piece.
pub(super) fn staged_blocks(blocks: &[(String, u64)], lists: BlockLists) -> Vec<u8> {
    let mut xml = document();
    let written = xml.create_element("BlockList").write_inner_content(|xml| {
        if lists != BlockLists::Uncommitted {
            xml.create_element("CommittedBlocks").write_empty()?;
        }
        if lists == BlockLists::Committed {
            return Ok(());
        }
        let list = xml.create_element("UncommittedBlocks");
        list.write_inner_content(|xml| blocks.iter().try_for_each(|block| staged_block(xml, block))).map(drop)
    });
    // A vector takes everything that is written to it.
    written.map(|xml| std::mem::take(xml.get_mut())).unwrap_or_default()
}

fn staged_block(xml: &mut Xml, (id, size): &(String, u64)) -> io::Result<()> {
    let block = xml.create_element("Block").write_inner_content(|xml| {
        leaf(xml, "Name", id)?;
        leaf(xml, "Size", &size.to_string())
    });
    block.map(drop)
}

/// What a page of a listing is to show besides its entries.
pub(super) struct Asked {
    /// The number of entries that was asked for.
    pub(super) limit: Option<usize>,
    pub(super) with_metadata: bool,
}

/// One page of a container.
pub(super) fn listing(
    origin: &Origin,
    container: &str,
    query: &ListQuery<'_>,
    listing: &Listing,
    asked: &Asked,
) -> Vec<u8> {
    let mut xml = document();
    let endpoint = origin.url(&format!("/{BLOB_ACCOUNT}/"));
    let root = xml
        .create_element("EnumerationResults")
        .with_attributes([("ServiceEndpoint", endpoint.as_str()), ("ContainerName", container)]);
    let written = root.write_inner_content(|xml| {
        name_leaf(xml, "Prefix", query.prefix)?;
        if let Some(marker) = query.marker {
            leaf(xml, "Marker", &marker_of_name(marker))?;
        }
        if let Some(limit) = asked.limit {
            leaf(xml, "MaxResults", &limit.to_string())?;
        }
        if let Some(delimiter) = query.delimiter {
            name_leaf(xml, "Delimiter", delimiter)?;
        }
        xml.create_element("Blobs").write_inner_content(|xml| {
            listing.entries.iter().try_for_each(|entry| self::entry(xml, entry, asked.with_metadata))
        })?;
        leaf(xml, "NextMarker", &marker_of_name(listing.next_marker.as_deref().unwrap_or_default()))
    });
    // A vector takes everything that is written to it.
    written.map(|xml| std::mem::take(xml.get_mut())).unwrap_or_default()
}

fn entry(xml: &mut Xml, entry: &ListEntry, with_metadata: bool) -> io::Result<()> {
    match entry {
        ListEntry::Prefix(name) => {
            xml.create_element("BlobPrefix").write_inner_content(|xml| name_leaf(xml, "Name", name))?;
        }
        ListEntry::Blob(name, properties) => {
            xml.create_element("Blob").write_inner_content(|xml| {
                name_leaf(xml, "Name", name)?;
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

fn marker_of_name(name: &str) -> String {
    utf8_percent_encode(name, MARKER).to_string()
}

/// The name a page ended with, from the marker that was given out for it.
pub(super) fn name_of_marker(marker: &str) -> Result<String, BlobServiceError> {
    let name = percent_decode_str(marker).decode_utf8();
    name.map(Cow::into_owned).map_err(|_not_ours| BlobServiceError::InvalidParameter("marker"))
}

fn document() -> Xml {
    Writer::new(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_vec())
}

/// The name of a blob. One that XML cannot hold is percent-encoded and marked, as Azure does it.
fn name_leaf(xml: &mut Xml, element: &str, name: &str) -> io::Result<()> {
    if name.chars().all(is_xml) {
        return leaf(xml, element, name);
    }
    let element = xml.create_element(element).with_attribute(("Encoded", "true"));
    element.write_text_content(BytesText::new(&encode_path(name))).map(drop)
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    let element = xml.create_element(name);
    if text.is_empty() {
        return element.write_empty().map(drop);
    }
    // Readers take a bare carriage return for the end of a line.
    let text = quick_xml::escape::escape(text).replace('\r', "&#13;");
    element.write_text_content(BytesText::from_escaped(text)).map(drop)
}

/// Whether XML 1.0 can hold a character.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn block_lists_keep_their_order() {
        let list = b"<?xml version='1.0' encoding='utf-8'?>\n<BlockList><Latest>Yg==</Latest><Uncommitted>YQ==</Uncommitted></BlockList>";
        let ids: Vec<_> = block_list(list).unwrap().into_iter().map(|block| block.id).collect();
        assert_eq!(ids, ["Yg==", "YQ=="]);
        for empty in
            ["<BlockList></BlockList>", "<BlockList />", "\u{feff}<BlockList>\n <!-- -->\n</BlockList>\n"]
        {
            assert_eq!(block_list(empty.as_bytes()), Some(Vec::new()), "{empty}");
        }
    }

    #[test]
    fn what_is_not_wholly_a_block_list_is_none() {
        for list in [
            "",
            "hello",
            "<?xml version='1.0'?>",
            "<BlockList>",
            "<BlockList><Latest>x",
            "<BlockList><Latest>x</BlockList>",
            "<Blocks><Latest>x</Latest></Blocks>",
            "<BlockList><Newest>x</Newest></BlockList>",
            "<BlockList><Latest>&amp;</Latest></BlockList>",
            "<BlockList><Latest>&x;</Latest></BlockList>",
            "<BlockList><Latest><Latest>x</Latest></Latest></BlockList>",
            "<BlockList><Latest></Latest></BlockList>",
            "<BlockList><Latest/></BlockList>",
            "<BlockList>x</BlockList>",
            "<BlockList/><BlockList/>",
            "<BlockList/>x",
            "<!DOCTYPE x><BlockList/>",
        ] {
            assert_eq!(block_list(list.as_bytes()), None, "{list}");
        }
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
