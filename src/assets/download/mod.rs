//! Downloading the blobs below a path into a folder: several at once, large ones in ranges, and never outside of it.
//!
//! A file appears under its name only when it is whole: its size is checked, and its MD5 where the service has one.
//! What an interrupted download left is used again, as long as the blob is still the same.

mod part;
mod target;

use std::cell::Cell;
use std::path::Path;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::StatusCode;

use self::part::Part;
pub use self::target::{NewFile, Target};
use super::AssetError;
use super::lanes::{self, Lanes};
use super::upload::{OnTransfer, Transfer};
use crate::arm::Client;
use crate::arm::blobs::{Container, ListedBlob};

/// Bytes asked for at once.
const RANGE: u64 = 8 << 20;
/// Ranges of one blob under way at once, before memory sets the limit.
const RANGES_AT_ONCE: usize = 16;

/// Downloads what lies below `path` of a container to its relative paths below `target`, or the one blob of that
/// name; returns how many files there were. Nothing at all is an error.
pub async fn download(
    client: &Client,
    container: &Container,
    path: &str,
    target: &Path,
    told: OnTransfer<'_>,
) -> Result<u64, AssetError> {
    let folder = if path.is_empty() || path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
    let download = Download {
        client,
        container,
        told,
        target: Target::new(target),
        lanes: Lanes::new(client.pushbacks()),
        total: Cell::new(0),
        count: Cell::new(0),
    };
    download
        .blobs_below(&folder)
        .try_for_each_concurrent(lanes::MOST, |blob| {
            let relative = blob.name.strip_prefix(&folder).unwrap_or_default().to_owned();
            download.fetch(blob, relative)
        })
        .await?;
    if download.count.get() == 0 && path == path.trim_end_matches('/') && !path.is_empty() {
        // No folder; a single blob has a name like any other path.
        if let Some(found) = client.blob_properties(container, path).await? {
            let blob = found.listed(path);
            told(Transfer::Total(blob.size));
            download.fetch(blob, path.rsplit('/').next().unwrap_or_default().to_owned()).await?;
        }
    }
    match download.count.get() {
        0 => Err(AssetError::NothingThere { address: format!("{}/{path}", container.url()) }),
        count => Ok(count),
    }
}

/// A download under way.
struct Download<'a> {
    client: &'a Client,
    container: &'a Container,
    told: OnTransfer<'a>,
    target: Target,
    lanes: Lanes,
    total: Cell<u64>,
    count: Cell<u64>,
}

impl Download<'_> {
    /// Lists page by page, and no further than blobs are fetched.
    fn blobs_below(&self, folder: &str) -> impl stream::Stream<Item = Result<ListedBlob, AssetError>> {
        let first: Option<Option<String>> = Some(None);
        stream::try_unfold(first, async move |page| {
            let Some(marker) = page else { return Ok::<_, AssetError>(None) };
            let (blobs, next) = self.client.list_blobs(self.container, folder, marker.as_deref()).await?;
            self.total.set(self.total.get() + blobs.iter().map(|blob| blob.size).sum::<u64>());
            (self.told)(Transfer::Total(self.total.get()));
            Ok(Some((stream::iter(blobs.into_iter().map(Ok)), next.map(Some))))
        })
        .try_flatten()
    }

    async fn fetch(&self, blob: ListedBlob, relative: String) -> Result<(), AssetError> {
        if blob.is_folder || relative.ends_with('/') {
            return self.target.make_folder(relative.trim_end_matches('/'), &blob.name);
        }
        let path = self.target.place(&relative, &blob.name)?;
        self.count.set(self.count.get() + 1);
        let (url, known) = (self.container.url().to_owned(), blob.clone());
        let Some(mut part) = super::off_thread(move || Part::open(path, &url, known)).await? else {
            (self.told)(Transfer::Moved(blob.size));
            return Ok(());
        };
        (self.told)(Transfer::Moved(part.length()));
        let mut ranges = std::pin::pin!(
            stream::iter(ranges(part.length(), blob.size))
                // Lanes are taken in order, so the range that is written next is never the one that waits for memory.
                .then(async |(offset, length)| (offset, length, self.lanes.enter(length).await))
                .map(async |(offset, length, lane)| {
                    Ok::<_, AssetError>((self.range(&blob, offset, length).await?, lane))
                })
                .buffered(RANGES_AT_ONCE)
        );
        while let Some((content, lane)) = ranges.try_next().await? {
            let length = content.len() as u64;
            part = super::off_thread(move || part.append(&content)).await?;
            lane.finish(length, self.client.pushbacks());
            (self.told)(Transfer::Moved(length));
        }
        super::off_thread(move || part.finish()).await
    }

    async fn range(&self, blob: &ListedBlob, offset: u64, length: u64) -> Result<bytes::Bytes, AssetError> {
        let etag = blob.etag.as_deref();
        match self.client.get_blob_range(self.container, &blob.name, offset, length, etag).await {
            Err(error) if error.status() == Some(StatusCode::PRECONDITION_FAILED) => {
                Err(AssetError::BlobChanged { name: blob.name.clone() })
            }
            other => Ok(other?),
        }
    }
}

/// Offsets and lengths of what is to be asked for, in order.
fn ranges(from: u64, size: u64) -> impl Iterator<Item = (u64, u64)> {
    (from..size).step_by(RANGE as usize).map(move |offset| (offset, RANGE.min(size - offset)))
}
