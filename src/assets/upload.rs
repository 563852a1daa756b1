//! Uploading an asset once: ask for the first file, send what is missing, confirm in its metadata.
//!
//! The first file by path is the indicator (measured on azure-ai-ml 1.35.2): it is asked for first, and it carries
//! `upload_status: completed` once everything is there, so an upload that broke off is never taken for a whole one.
//! It is also sent first, alone: where it is missing, nothing else is there either, and where it is there unconfirmed,
//! one listing tells what need not be sent again, to us as to Microsoft's tools.
//!
//! Those also ask for the indicator below `az-ml-artifacts/`, where their first releases put uploads, whenever it is
//! there below `LocalUpload/`. That would be one more request for every asset that is there already, and its answer
//! changes nothing here: what is confirmed below `LocalUpload/` is whole, wherever else it may be.

use std::collections::HashMap;

use futures_util::stream::{self, TryStreamExt as _};
use http::StatusCode;

use super::AssetError;
use super::lanes::{self, Lanes};
use super::pieces::Pieces;
use super::tree::{Asset, AssetFile};
use crate::arm::blobs::{Block, Container, Put};
use crate::arm::{ArmError, Client};

/// Largest file sent in one request; larger ones go in blocks, several at once.
const SINGLE_PUT_LIMIT: u64 = 16 << 20;
/// Size of one block, unless the file is too large for as many blocks as a blob may have.
const BLOCK_SIZE: u64 = 8 << 20;
/// Blocks a blob may have.
const MOST_BLOCKS: u64 = 50_000;
/// Blocks of one file under way at once, before memory sets the limit.
const BLOCKS_AT_ONCE: usize = 32;

/// What is told of a transfer while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// So many bytes will be moved in all.
    Total(u64),
    /// So many more bytes have been moved, or need not be.
    Moved(u64),
}

/// Is told how a transfer goes.
pub type OnTransfer<'a> = &'a (dyn Fn(Transfer) + Sync);

/// Name and version an upload belongs to, kept in the metadata of its first file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetName {
    /// Asset name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// What an upload found or left behind.
#[derive(Debug, PartialEq, Eq)]
pub enum Uploaded {
    /// The files are new, or what was missing of them is.
    New,
    /// Everything was there already, put there under this name.
    Known(AssetName),
}

/// Where an upload goes.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The container.
    pub container: &'a Container,
    /// Folder of the files in it; blobs are called `{prefix}/{relative path}`.
    pub prefix: &'a str,
    /// Whether the prefix holds the content's hash, so that what is there under it is this content or a part of it.
    pub is_named_by_content: bool,
}

impl Destination<'_> {
    fn blob(&self, file: &AssetFile) -> String {
        format!("{}/{}", self.prefix, file.relative)
    }
}

/// Uploads what is not there yet of `asset`, unless an earlier upload of it finished.
pub async fn upload(
    client: &Client,
    to: Destination<'_>,
    asset: &Asset,
    owner: &AssetName,
    told: OnTransfer<'_>,
) -> Result<Uploaded, AssetError> {
    let mut files: Vec<&AssetFile> = asset.files().collect();
    files.sort_unstable_by(|a, b| a.relative.cmp(&b.relative));
    let first = *files.first().ok_or_else(|| AssetError::Empty { path: asset.path().to_path_buf() })?;
    let total = files.iter().map(|file| file.size).sum();
    if client.plan_upload(to.container, to.prefix, files.len(), total) {
        return Ok(Uploaded::New);
    }
    let indicator = to.blob(first);
    let properties = client.blob_properties(to.container, &indicator).await?;
    let metadata = |name| properties.as_ref().and_then(|found| found.metadata(name));
    let is_confirmed = metadata("upload_status").as_deref() == Some("completed");
    let found = match &properties {
        Some(_) => survey(client, to, &files).await,
        None => Ok(vec![Found::Nothing; files.len()]),
    };
    let found = match found {
        // Whoever may write but not list takes the word of the earlier upload for it, as Microsoft's tools always do.
        Err(error) if error.status() == Some(StatusCode::FORBIDDEN) => match is_confirmed {
            true => vec![Found::Same; files.len()],
            false => vec![Found::Unknown; files.len()],
        },
        other => other?,
    };
    if is_confirmed && !found.iter().any(|found| matches!(found, Found::Nothing | Found::Unknown)) {
        let text = |name| metadata(name).unwrap_or_default();
        return Ok(Uploaded::Known(AssetName { name: text("name"), version: text("version") }));
    }
    told(Transfer::Total(total));
    let upload = Upload {
        client,
        to,
        asset,
        told,
        is_new: properties.is_none(),
        lanes: Lanes::new(client.pushbacks()),
        pieces: Pieces::new(),
    };
    let mut work = files.into_iter().zip(found).map(Ok);
    if let Some(Ok((file, found))) = work.next() {
        upload.send(file, found).await?;
    }
    stream::iter(work).try_for_each_concurrent(lanes::MOST, |(file, found)| upload.send(file, found)).await?;
    let metadata = [
        ("x-ms-meta-upload_status", "completed".to_owned()),
        ("x-ms-meta-name", owner.name.clone()),
        ("x-ms-meta-version", owner.version.clone()),
    ];
    client.set_blob_metadata(to.container, &indicator, &metadata).await?;
    Ok(Uploaded::New)
}

/// What there is of a file already.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// Nothing, or something else.
    Nothing,
    /// A blob of the same size; its MD5 in base64 where the service has it.
    SameSize(Option<Box<str>>),
    /// The same content, on the word of an earlier upload.
    Same,
    /// Nobody knows.
    Unknown,
}

/// Lists what is there of `files`, which are sorted by their relative paths.
async fn survey(client: &Client, to: Destination<'_>, files: &[&AssetFile]) -> Result<Vec<Found>, ArmError> {
    let mut found = vec![Found::Nothing; files.len()];
    let mut marker = None;
    loop {
        let folder = format!("{}/", to.prefix);
        let (blobs, next) = client.list_blobs(to.container, &folder, marker.as_deref()).await?;
        for blob in blobs {
            let relative = blob.name.strip_prefix(&folder).unwrap_or_default();
            if let Ok(at) = files.binary_search_by(|file| (*file.relative).cmp(relative))
                && files[at].size == blob.size
            {
                found[at] = Found::SameSize(blob.md5.map(Into::into));
            }
        }
        match next {
            Some(next) => marker = Some(next),
            None => return Ok(found),
        }
    }
}

/// An upload under way.
struct Upload<'a> {
    client: &'a Client,
    to: Destination<'a>,
    asset: &'a Asset,
    told: OnTransfer<'a>,
    /// Whether nothing is there yet, so that what somebody else puts there meanwhile is left as it is.
    is_new: bool,
    lanes: Lanes,
    pieces: Pieces,
}

impl Upload<'_> {
    async fn send(&self, file: &AssetFile, found: Found) -> Result<(), AssetError> {
        match found {
            Found::Same => {}
            // Large, or put together from blocks: the name it lies under tells its content.
            Found::SameSize(md5)
                if self.to.is_named_by_content && (md5.is_none() || file.size > SINGLE_PUT_LIMIT) => {}
            _ if file.size > SINGLE_PUT_LIMIT => return self.send_blocks(file).await,
            Found::SameSize(md5) => return self.send_whole(file, md5.as_deref()).await,
            Found::Nothing | Found::Unknown => return self.send_whole(file, None).await,
        }
        (self.told)(Transfer::Moved(file.size));
        Ok(())
    }

    /// Sends a file in one request, unless the blob that is there has its digest.
    async fn send_whole(&self, file: &AssetFile, there: Option<&str>) -> Result<(), AssetError> {
        let name = self.to.blob(file);
        let lane = self.lanes.enter(file.size).await;
        let (content, md5) = self.pieces.whole(self.asset.path_of(file), file).await?;
        if there != Some(&*md5) {
            // As Microsoft's tools do: an empty file has no digest.
            let digest = (file.size > 0).then(|| md5.clone());
            let put = |only_if_new| {
                self.client.put_blob(self.to.container, &name, content.clone(), digest.clone(), only_if_new)
            };
            if put(self.is_new).await? == Put::Exists && !self.is_same(&name, file, Some(&md5)).await? {
                let _ = put(false).await?;
            }
        }
        lane.finish(file.size, self.client.pushbacks());
        (self.told)(Transfer::Moved(file.size));
        Ok(())
    }

    /// Sends a file in blocks, except for those an interrupted upload has left, and puts them together.
    async fn send_blocks(&self, file: &AssetFile) -> Result<(), AssetError> {
        let name = self.to.blob(file);
        let staged: HashMap<String, u64> = match self.to.is_named_by_content {
            true => self.client.staged_blocks(self.to.container, &name).await?.into_iter().collect(),
            false => HashMap::new(),
        };
        stream::iter(blocks(file.size).map(Ok))
            .try_for_each_concurrent(BLOCKS_AT_ONCE, |block| {
                let is_staged = staged.get(&block.id()) == Some(&block.length);
                self.send_block(file, &name, block, is_staged)
            })
            .await?;
        let commit = |only_if_new| {
            self.client.put_block_list(self.to.container, &name, blocks(file.size), only_if_new)
        };
        if commit(self.is_new).await? == Put::Exists && !self.is_same(&name, file, None).await? {
            let _ = commit(false).await?;
        }
        Ok(())
    }

    async fn send_block(
        &self,
        file: &AssetFile,
        name: &str,
        block: Block,
        is_staged: bool,
    ) -> Result<(), AssetError> {
        if !is_staged {
            let lane = self.lanes.enter(block.length).await;
            let path = self.asset.path_of(file);
            let content = self.pieces.part(path, file, block.offset, block.length).await?;
            self.client.put_block(self.to.container, name, &block, content).await?;
            lane.finish(block.length, self.client.pushbacks());
        }
        (self.told)(Transfer::Moved(block.length));
        Ok(())
    }

    /// Whether a blob that somebody else has written meanwhile is this file.
    async fn is_same(&self, name: &str, file: &AssetFile, md5: Option<&str>) -> Result<bool, AssetError> {
        let Some(properties) = self.client.blob_properties(self.to.container, name).await? else {
            return Ok(false);
        };
        let blob = properties.listed(name);
        let is_same_content = match (&blob.md5, md5) {
            (Some(there), Some(ours)) => there == ours,
            _ => self.to.is_named_by_content,
        };
        Ok(blob.size == file.size && is_same_content)
    }
}

/// The blocks of a file, in order.
fn blocks(size: u64) -> impl Iterator<Item = Block> + Clone {
    let stride = BLOCK_SIZE.max(size.div_ceil(MOST_BLOCKS).next_multiple_of(1 << 20));
    (0..size.div_ceil(stride)).map(move |number| {
        let offset = number * stride;
        Block { offset, length: stride.min(size - offset), stride }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_size_is_cut_into_as_many_blocks_as_a_blob_may_have() {
        for size in
            [1, BLOCK_SIZE, BLOCK_SIZE + 1, BLOCK_SIZE * MOST_BLOCKS, BLOCK_SIZE * MOST_BLOCKS + 1, 190 << 40]
        {
            let blocks = || blocks(size);
            assert!(blocks().count() as u64 <= MOST_BLOCKS, "{size}");
            assert_eq!(blocks().map(|block| block.length).sum::<u64>(), size);
            assert!(blocks().zip(blocks().skip(1)).all(|(a, b)| a.offset + a.length == b.offset));
            assert!(blocks().all(|block| block.stride <= 4000 << 20), "a block the service does not take");
        }
    }
}
