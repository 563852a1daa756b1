//! Reading pieces of files that are on their way, off the async thread.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use md5::{Digest, Md5};
use tokio::sync::Semaphore;

use super::AssetError;
use super::tree::AssetFile;

/// Pieces read at once: enough to keep a disk busy and every core hashing.
const READERS: usize = 8;

/// Reads pieces of files, a few at a time.
#[derive(Debug)]
pub(super) struct Pieces {
    readers: Semaphore,
    buffers: Buffers,
}

/// Buffers that are free again. Large ones given back to the allocator would be asked of the system anew for each
/// piece, which costs more than reading it, and twice the memory.
#[derive(Debug, Clone, Default)]
struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// A piece of a file, in a buffer that is free again when the piece is dropped.
struct Piece {
    content: Vec<u8>,
    buffers: Buffers,
}

impl Buffers {
    fn free(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.buffers.free().push(std::mem::take(&mut self.content));
    }
}

impl Pieces {
    pub(super) fn new() -> Self {
        Self { readers: Semaphore::new(READERS), buffers: Buffers::default() }
    }

    /// A whole file and the digest of its content in base64.
    pub(super) async fn whole(&self, path: PathBuf, file: &AssetFile) -> Result<(Bytes, String), AssetError> {
        let file = file.clone();
        self.off_thread(move || {
            let content = read(&path, &file, 0, file.size, Vec::new())?;
            let digest = md5_text(Md5::digest(&content).as_slice());
            Ok((content.into(), digest))
        })
        .await
    }

    /// `length` bytes of a file from `offset`.
    pub(super) async fn part(
        &self,
        path: PathBuf,
        file: &AssetFile,
        offset: u64,
        length: u64,
    ) -> Result<Bytes, AssetError> {
        let (file, buffers) = (file.clone(), self.buffers.clone());
        self.off_thread(move || {
            let buffer = buffers.free().pop().unwrap_or_default();
            let content = read(&path, &file, offset, length, buffer)?;
            Ok(Bytes::from_owner(Piece { content, buffers }))
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AssetError> + Send + 'static,
    ) -> Result<T, AssetError> {
        let _reader = self.readers.acquire().await;
        super::off_thread(work).await
    }
}

/// An MD5 digest as headers have it.
pub(super) fn md5_text(digest: &[u8]) -> String {
    BASE64.encode(digest)
}

/// Reads exactly what was there when the asset was looked at. Something else must not be confirmed under the name of
/// the old content.
fn read(
    path: &Path,
    file: &AssetFile,
    offset: u64,
    length: u64,
    mut content: Vec<u8>,
) -> Result<Vec<u8>, AssetError> {
    let changed = || AssetError::Changed { path: path.to_path_buf() };
    let exact = move || -> io::Result<Option<Vec<u8>>> {
        let mut source = File::open(path)?;
        let facts = source.metadata()?;
        if facts.len() != file.size || facts.modified().ok() != file.modified {
            return Ok(None);
        }
        if offset > 0 {
            source.seek(SeekFrom::Start(offset))?;
        }
        content.clear();
        content.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
        source.take(length).read_to_end(&mut content)?;
        Ok(Some(content).filter(|content| content.len() as u64 == length))
    };
    match exact() {
        Ok(content) => content.ok_or_else(changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(changed()),
        Err(source) => Err(AssetError::Read { path: path.to_path_buf(), source }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::super::tree::Asset;
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn a_file_that_changes_after_it_was_looked_at_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "old content").unwrap();
        let asset = Asset::load(&path).unwrap();
        let file = asset.files().next().unwrap();
        let pieces = Pieces::new();
        let (content, digest) = pieces.whole(path.clone(), file).await.unwrap();
        assert_eq!((&content[..], digest.as_str()), (&b"old content"[..], "D18TzwsUyIvUMe8WO2PWjQ=="));
        assert_eq!(&pieces.part(path.clone(), file, 4, 3).await.unwrap()[..], b"con");
        let touched = file.modified.unwrap() + std::time::Duration::from_secs(1);
        let changes: [&dyn Fn(); 3] = [
            &|| std::fs::write(&path, "new").unwrap(),
            &|| {
                std::fs::write(&path, "new content").unwrap();
                File::options().write(true).open(&path).unwrap().set_modified(touched).unwrap();
            },
            &|| std::fs::remove_file(&path).unwrap(),
        ];
        for change in changes {
            change();
            let error = pieces.whole(path.clone(), file).await.unwrap_err();
            assert!(matches!(error, AssetError::Changed { .. }), "{error}");
        }
    }
}
