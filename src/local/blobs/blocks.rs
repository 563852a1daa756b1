//! Blobs uploaded in blocks: staging each block, then putting them together in the order of a list.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{BlobError, BlobProperties, BlobStore, Incoming, PutOptions, name, sidecar};

impl BlobStore {
    /// Stages one block of a blob; the id is any text.
    pub fn put_block(
        &self,
        container: &str,
        name: &str,
        block_id: &str,
        content: Incoming,
    ) -> Result<(), BlobError> {
        name::check_container(container)?;
        name::relative_path(name)?;
        let folder = self.block_folder(container, name);
        fs::create_dir_all(&folder).map_err(BlobError::io(&folder))?;
        let path = folder.join(block_file(block_id));
        content.0.replace(&path).map_err(BlobError::io(&path))
    }

    /// Makes the blob out of staged blocks.
    pub fn commit_blocks(
        &self,
        container: &str,
        name: &str,
        block_ids: &[String],
        options: &PutOptions,
    ) -> Result<BlobProperties, BlobError> {
        let folder = self.block_folder(container, name);
        let mut joined = self.receive(container)?;
        join_blocks(&mut joined.0.file, &folder, name, block_ids)?;
        let properties = self.put(container, name, joined, options)?;
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BlobError::io(&folder)(error)),
            _ => Ok(properties),
        }
    }

    /// Ids and sizes of the blocks staged for a blob, by id.
    pub fn staged_blocks(&self, container: &str, name: &str) -> Result<Vec<(String, u64)>, BlobError> {
        name::check_container(container)?;
        name::relative_path(name)?;
        let folder = self.block_folder(container, name);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(BlobError::io(&folder))?,
        };
        let mut blocks = Vec::new();
        for entry in entries {
            let entry = entry.map_err(BlobError::io(&folder))?;
            let size = entry.metadata().map_err(BlobError::io(&entry.path()))?.len();
            // What has any other name is no block.
            blocks.extend(entry.file_name().to_str().and_then(block_id).map(|id| (id, size)));
        }
        blocks.sort_unstable();
        Ok(blocks)
    }

    pub(super) fn block_folder(&self, container: &str, name: &str) -> PathBuf {
        self.container(container).join("blocks").join(sidecar::digest(name))
    }
}

/// File of a block: its id in hexadecimal, since ids are arbitrary text.
fn block_file(block_id: &str) -> String {
    block_id.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn block_id(file: &str) -> Option<String> {
    let digits = file.as_bytes().chunks(2).map(|digits| std::str::from_utf8(digits).ok());
    let bytes = digits.map(|digits| u8::from_str_radix(digits?, 16).ok()).collect::<Option<_>>()?;
    String::from_utf8(bytes).ok()
}

fn join_blocks(file: &mut File, folder: &Path, name: &str, block_ids: &[String]) -> Result<(), BlobError> {
    for block in block_ids {
        let path = folder.join(block_file(block));
        let mut staged = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => {
                BlobError::MissingBlock { name: name.to_owned(), block: block.clone() }
            }
            _ => BlobError::Io { path: path.clone(), source },
        })?;
        io::copy(&mut staged, file).map_err(BlobError::io(&path))?;
    }
    Ok(())
}
