//! The XML of the Blob service: listings, block lists and errors.

use std::time::SystemTime;

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::wire::error::ErrorDetail;

/// One blob of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedBlob {
    /// Full name in the container.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Changes whenever the blob is written; as headers have it, with quotes.
    pub etag: Option<String>,
    /// MD5 of the content in base64; blobs put together from blocks have none unless whoever did it gave one.
    pub md5: Option<String>,
    /// When it was last written.
    pub modified: Option<SystemTime>,
    /// Whether it only stands for a folder, as accounts with a hierarchical namespace list them.
    pub is_folder: bool,
}

/// One element with its text, as it ends.
struct Element<'a> {
    name: &'a str,
    parent: &'a str,
    text: String,
    is_encoded: bool,
}

/// Takes blobs and the next marker out of an `EnumerationResults` document; none when it is not a whole one.
pub(super) fn read_listing(xml: &str) -> Option<(Vec<ListedBlob>, Option<String>)> {
    let (mut blobs, mut marker, mut blob) = (Vec::new(), None, ListedBlob::default());
    read_elements(xml, "EnumerationResults", |element| {
        let text = element.text;
        match (element.parent, element.name) {
            ("Blob", "Name") if element.is_encoded => {
                blob.name = percent_decode_str(&text).decode_utf8_lossy().into_owned();
            }
            ("Blob", "Name") => blob.name = text,
            ("Properties", "Content-Length") => blob.size = text.parse().unwrap_or(0),
            ("Properties", "Etag") => blob.etag = quoted(&text),
            ("Properties", "Content-MD5") => blob.md5 = Some(text).filter(|text| !text.is_empty()),
            ("Properties", "Last-Modified") => {
                blob.modified = read_date(&text);
            }
            ("Properties", "ResourceType") => blob.is_folder |= text == "directory",
            ("Metadata", name) => {
                blob.is_folder |= name.eq_ignore_ascii_case("hdi_isfolder") && text == "true";
            }
            (_, "Blob") => blobs.push(std::mem::take(&mut blob)),
            (_, "NextMarker") => marker = Some(text).filter(|text| !text.is_empty()),
            _ => {}
        }
    })?;
    Some((blobs, marker))
}

/// Ids and sizes of the blocks of a `BlockList` document; none when it is not a whole one.
pub(super) fn read_blocks(xml: &str) -> Option<Vec<(String, u64)>> {
    let (mut blocks, mut id) = (Vec::new(), String::new());
    read_elements(xml, "BlockList", |element| match (element.parent, element.name) {
        ("Block", "Name") => id = element.text,
        ("Block", "Size") => blocks.push((std::mem::take(&mut id), element.text.parse().unwrap_or(0))),
        _ => {}
    })?;
    Some(blocks)
}

/// Calls `visit` at the end of every element below `root`. None: the document breaks off or is another one.
fn read_elements(xml: &str, root: &str, mut visit: impl FnMut(Element<'_>)) -> Option<()> {
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    let (mut open, mut text, mut is_encoded) = (Vec::<String>::new(), String::new(), false);
    let mut is_whole = false;
    let mut end = |open: &mut Vec<String>, text: &mut String, is_encoded: bool| {
        let name = open.pop()?;
        match open.last() {
            Some(parent) => {
                visit(Element { name: &name, parent, text: std::mem::take(text), is_encoded });
            }
            None => is_whole = name == root,
        }
        Some(())
    };
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                is_encoded = says_encoded(&tag);
                open.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                text.clear();
            }
            Event::Empty(tag) => {
                text.clear();
                open.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                end(&mut open, &mut text, false)?;
            }
            Event::Text(part) => text.push_str(&part.decode().ok()?),
            Event::CData(part) => text.push_str(&part.decode().ok()?),
            Event::GeneralRef(reference) => text.push_str(&resolve_entity(&reference)),
            Event::End(_) => end(&mut open, &mut text, is_encoded)?,
            Event::Eof => return (is_whole && open.is_empty()).then_some(()),
            _ => {}
        }
    }
}

/// A moment as HTTP has it.
pub(super) fn read_date(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc2822).ok().map(SystemTime::from)
}

/// Names that XML cannot hold are percent-encoded, and marked.
fn says_encoded(tag: &BytesStart<'_>) -> bool {
    tag.attributes()
        .flatten()
        .any(|attribute| attribute.key.as_ref() == b"Encoded" && attribute.value.as_ref() == b"true")
}

/// An entity tag with its quotes, which listings leave out.
fn quoted(etag: &str) -> Option<String> {
    match etag {
        "" => None,
        etag if etag.ends_with('"') => Some(etag.to_owned()),
        etag => Some(format!("\"{etag}\"")),
    }
}

fn resolve_entity(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default().to_owned()
}

/// Reads the Blob service's error body, `<Error><Code>..</Code><Message>..</Message></Error>`.
pub(in crate::arm) fn read_error(body: &[u8]) -> Option<ErrorDetail> {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_listing_is_read_with_its_odd_names_and_next_page() {
        let xml = "\u{feff}<?xml version=\"1.0\"?><EnumerationResults><Prefix>p</Prefix><Blobs><Blob><Name>p/a&amp;b &#233;.csv</Name>\
            <Properties><Last-Modified>Fri, 04 Nov 2022 21:36:08 GMT</Last-Modified><Etag>0x8D</Etag>\
            <Content-Length>26</Content-Length><Content-MD5>bWQ1</Content-MD5></Properties><Metadata><Name>x</Name></Metadata></Blob>\
            <Blob><Name Encoded=\"true\">p/%EF%BF%BE</Name><Properties><Content-Length>0</Content-Length><Content-MD5 /></Properties>\
            <Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>\
            <BlobPrefix><Name>p/sub/</Name></BlobPrefix></Blobs><NextMarker>m</NextMarker></EnumerationResults>";
        let (blobs, marker) = read_listing(xml).unwrap();
        let first = ListedBlob {
            name: "p/a&b é.csv".to_owned(),
            size: 26,
            etag: Some("\"0x8D\"".to_owned()),
            md5: Some("bWQ1".to_owned()),
            modified: Some(UNIX_EPOCH + Duration::from_secs(1_667_597_768)),
            is_folder: false,
        };
        let second = ListedBlob { name: "p/\u{fffe}".to_owned(), is_folder: true, ..ListedBlob::default() };
        assert_eq!(blobs, [first, second]);
        assert_eq!(marker.as_deref(), Some("m"));
    }

    #[test]
    fn a_listing_that_breaks_off_is_none_rather_than_a_short_one() {
        for xml in [
            "<EnumerationResults><Blobs><Blob><Name>a</Name></Blob>",
            "<html>sign in</html>",
            "",
            "<EnumerationResults><Blobs></EnumerationResults>",
        ] {
            assert_eq!(read_listing(xml), None, "{xml}");
        }
        assert_eq!(
            read_listing("<EnumerationResults><NextMarker/></EnumerationResults>"),
            Some((vec![], None))
        );
    }

    #[test]
    fn staged_blocks_are_read_with_their_sizes() {
        let xml = "<?xml version=\"1.0\"?><BlockList><UncommittedBlocks><Block><Name>YQ==</Name><Size>4</Size></Block>\
            <Block><Name>Yg==</Name><Size>7</Size></Block></UncommittedBlocks></BlockList>";
        assert_eq!(read_blocks(xml).unwrap(), [("YQ==".to_owned(), 4), ("Yg==".to_owned(), 7)]);
    }
}
