//! Files and folders on their way to and from a workspace: ignore rules, content hashes, upload, download.
//!
//! Hashes and blob names equal those of Microsoft's tools, so content that is already there is recognised
//! (rules measured on azure-ai-ml 1.35.2). Nothing here writes to the terminal: progress goes through a callback.

pub mod download;
pub mod hash;
pub mod ignore_file;
mod lanes;
mod pieces;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod upload;

use std::path::PathBuf;

use crate::arm::ArmError;

/// What went wrong with files on their way.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// A file or folder cannot be read.
    #[error("cannot read `{path}`", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write `{path}`", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing is at the path.
    #[error("there is no file or folder at `{path}`", path = path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A folder without files.
    #[error("the folder `{path}` holds no files", path = path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that contains itself through a symbolic link.
    #[error("the symbolic link `{path}` leads back into a folder above it", path = path.display())]
    Loop {
        /// The link.
        path: PathBuf,
    },
    /// A file name Azure cannot hold.
    #[error("the name of `{path}` is not valid UTF-8, which blob names have to be", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A file changed or went between being looked at and being sent.
    #[error("`{path}` changed or was removed while it was uploaded", path = path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A blob whose name would lead out of the target folder.
    #[error("refusing to download `{name}`: its name leads out of the target folder")]
    Outside {
        /// Blob name.
        name: String,
    },
    /// A blob whose file would be where a folder is, or the other way round.
    #[error("cannot download `{name}`: a file and a folder would both have to be at `{path}`", path = path.display())]
    Clash {
        /// Blob name.
        name: String,
        /// Where.
        path: PathBuf,
    },
    /// Two blobs for one file.
    #[error(
        "cannot download `{name}`: another blob's name differs in upper and lower case only, and this disk takes them for one"
    )]
    SameButForCase {
        /// Blob name.
        name: String,
    },
    /// A blob that was written while it was read.
    #[error("`{name}` was changed while it was downloaded; start again to get the new content")]
    BlobChanged {
        /// Blob name.
        name: String,
    },
    /// Content that is not what the service said it has.
    #[error(
        "what was downloaded of `{name}` is damaged: its size or MD5 is not what the service says; start again"
    )]
    Corrupt {
        /// Blob name.
        name: String,
    },
    /// No blob at an address.
    #[error("there is nothing to download at `{address}`")]
    NothingThere {
        /// The address, without its signature.
        address: String,
    },
    /// The service.
    #[error(transparent)]
    Arm(#[from] ArmError),
}

/// Runs what would keep the async thread from its requests.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AssetError> + Send + 'static,
) -> Result<T, AssetError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        // It is never cancelled, so all it can have done is panic.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
