//! An input/output error that says what was done to which file.

use std::io;
use std::path::{Path, PathBuf};

/// Something could not be done to a file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{path}`")]
pub(super) struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    /// For `map_err`: `action` completes the sentence "cannot ... `path`".
    pub(super) fn on<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self { action, path: path.to_owned(), source }
    }
}
