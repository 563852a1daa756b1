//! Why a blob cannot be read or written.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the blob store.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The name of a blob is too long.
    #[error(
        "a blob name has at most 1,024 characters and 254 parts between slashes; here, none of these is longer than 255 \
         bytes"
    )]
    NameTooLong,
    /// The name cannot be a blob's (or a container's): it is empty or would leave the container.
    #[error("`{name}` is not a valid blob or container name")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// There is no such blob.
    #[error("blob `{name}` does not exist in container `{container}`")]
    NotFound {
        /// The container.
        container: String,
        /// The blob.
        name: String,
    },
    /// It was to be written only if it does not exist.
    #[error("blob `{name}` already exists")]
    AlreadyExists {
        /// The blob.
        name: String,
    },
    /// Blobs are files here, so no blob can be the folder of another one.
    #[error("`{name}` is both a blob and a folder of blobs, which a local workspace cannot hold")]
    FolderConflict {
        /// The blob.
        name: String,
    },
    /// A block of the list was never uploaded.
    #[error("block `{block}` of blob `{name}` was not uploaded")]
    MissingBlock {
        /// The blob.
        name: String,
        /// The block id.
        block: String,
    },
    /// The file system refused.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl BlobError {
    /// Names the path an operation failed on.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }
}
