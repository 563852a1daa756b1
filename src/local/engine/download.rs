//! Fetching an input that lies behind a URL; the engine only asks for it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// A download that is under way.
pub type Download<'a> = Pin<Box<dyn Future<Output = Result<PathBuf, DownloadError>> + 'a>>;

/// Fetches the file or folder of an input.
pub trait Downloader {
    /// Stores the file or folder behind `url` in `target_dir` under its own name and answers its path.
    ///
    /// A file of that name is complete: implementations check its size and rename it into place.
    fn download<'a>(&'a self, url: &'a str, target_dir: &'a Path) -> Download<'a>;
}

/// The input could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("cannot download the input")]
pub struct DownloadError(#[source] Box<dyn Error + Send + Sync>);

impl DownloadError {
    /// Wraps the transport's own error.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
