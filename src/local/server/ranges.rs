//! Answering with a file or a part of it, a piece at a time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body::{Frame, SizeHint};

/// Bytes read at once.
const PIECE: u64 = 1 << 20;

/// The part of a file a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// All of it.
    Whole,
    /// From the first to the last byte, both included.
    Part(u64, u64),
    /// Something that is not there.
    Unsatisfiable,
}

/// Reads `x-ms-range` or `Range` for a file of `size` bytes.
pub(super) fn requested(headers: &HeaderMap, size: u64) -> ByteRange {
    let value = headers.get("x-ms-range").or_else(|| headers.get(header::RANGE));
    match value.and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("bytes=")) {
        Some(range) => parse(range, size),
        None => ByteRange::Whole,
    }
}

fn parse(range: &str, size: u64) -> ByteRange {
    // A range that cannot be read counts as none, as HTTP says.
    let Some((first, last)) = range.split_once('-') else {
        return ByteRange::Whole;
    };
    let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last),
        (Ok(first), Err(_)) if last.trim().is_empty() => (first, u64::MAX),
        (Err(_), Ok(suffix)) if first.trim().is_empty() => (size.saturating_sub(suffix), u64::MAX),
        _ => return ByteRange::Whole,
    };
    match part {
        (first, _) if first >= size => ByteRange::Unsatisfiable,
        (first, last) => ByteRange::Part(first, last.min(size - 1)),
    }
}

/// 200 with the first `size` bytes of a file, or 206 with a part of them. A range that is not there answers nothing.
pub(super) fn file_response(mut file: File, size: u64, range: ByteRange) -> io::Result<Response> {
    let (status, first, length) = match range {
        ByteRange::Whole => (StatusCode::OK, 0, size),
        ByteRange::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        ByteRange::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    file.seek(SeekFrom::Start(first))?;
    let mut response = Response::new(Body::new(FilePart { file, left: length }));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    if let ByteRange::Part(first, last) = range {
        let place =
            HeaderValue::try_from(format!("bytes {first}-{last}/{size}")).map_err(io::Error::other)?;
        response.headers_mut().insert(header::CONTENT_RANGE, place);
    }
    Ok(response)
}

/// A body read from a file only as fast as it is taken.
struct FilePart {
    file: File,
    left: u64,
}

impl HttpBody for FilePart {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // Reading blocks for the time of one piece from a local disk, which no other request here has to wait for.
        match self.left {
            0 => Poll::Ready(None),
            left => Poll::Ready(Some(self.read_piece(left.min(PIECE)).map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl FilePart {
    fn read_piece(&mut self, length: u64) -> io::Result<Bytes> {
        let mut piece = Vec::new();
        let read = self.file.by_ref().take(length).read_to_end(&mut piece)?;
        self.left -= length;
        match u64::try_from(read) {
            Ok(read) if read == length => Ok(piece.into()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let cases = [
            ("0-33554431", 10, ByteRange::Part(0, 9)),
            ("3-4", 10, ByteRange::Part(3, 4)),
            ("9-", 10, ByteRange::Part(9, 9)),
            ("-3", 10, ByteRange::Part(7, 9)),
            ("10-", 10, ByteRange::Unsatisfiable),
            ("0-5", 0, ByteRange::Unsatisfiable),
            ("5-3", 10, ByteRange::Whole),
            ("x", 10, ByteRange::Whole),
        ];
        for (range, size, expected) in cases {
            assert_eq!(parse(range, size), expected, "{range} of {size}");
        }
    }
}
