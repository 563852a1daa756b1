//! What a file cannot hold: content type and metadata of a blob.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BlobError;
use super::temporary::Temporary;

/// Content of a sidecar file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    /// The blob, for people who look into the folder.
    pub(super) name: String,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
}

impl Sidecar {
    pub(super) fn is_empty(&self) -> bool {
        self.content_type.is_none() && self.metadata.is_empty()
    }
}

/// A file name of fixed length: names that hold blob names would clash (`a` and `a.json/b`) or grow too long.
pub(super) fn file_name(blob: &str) -> String {
    format!("{}.json", digest(blob))
}

/// SHA-256 of a text such as a blob name, in hexadecimal.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a sidecar; a missing one is empty.
pub(super) fn read(path: &Path) -> Result<Sidecar, BlobError> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(io::Error::from).map_err(BlobError::io(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sidecar::default()),
        Err(error) => Err(BlobError::io(path)(error)),
    }
}

/// Writes a sidecar through a temporary file.
pub(super) fn write(mut temporary: Temporary, path: &Path, sidecar: &Sidecar) -> Result<(), BlobError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(BlobError::io(folder))?;
    let text = serde_json::to_vec(sidecar).map_err(io::Error::from).map_err(BlobError::io(path))?;
    temporary.file.write_all(&text).map_err(BlobError::io(temporary.path()))?;
    temporary.replace(path).map_err(BlobError::io(path))
}

/// Removes a sidecar that may be missing.
pub(super) fn remove(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BlobError::io(path)(error)),
        _ => Ok(()),
    }
}
