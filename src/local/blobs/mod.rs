//! Bytes of datastores and assets on disk, with the operations of Azure's block blobs. It knows nothing of HTTP.
//!
//! A blob is a plain file at `<container>/data/<blob name>`, so a folder of blobs can be scored where it lies and
//! what a scoring script writes beside its output is a blob too. What a file cannot hold (content type, metadata) is
//! in a sidecar under `<container>/meta/`, present only when there is something in it. Nothing leaves its container:
//! names are checked, and links that point outside are treated as absent.

mod blocks;
mod error;
mod leftovers;
mod list;
mod name;
pub mod permissions;
mod sidecar;
mod temporary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use self::error::BlobError;
pub use self::list::{ListEntry, ListQuery, Listing};
use self::sidecar::Sidecar;
use self::temporary::Temporary;

/// Every container of the local workspace.
#[derive(Debug, Clone)]
pub struct BlobStore {
    root: PathBuf,
}

/// What is known of a blob besides its content.
#[derive(Debug, Clone, PartialEq)]
pub struct BlobProperties {
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
    /// Changes whenever the content or what is known of it is written; without quotes.
    pub etag: String,
    /// Content type, if it is not the usual `application/octet-stream`.
    pub content_type: Option<String>,
    /// `x-ms-meta-*`.
    pub metadata: BTreeMap<String, String>,
}

/// A blob that was opened: its content stays what it was, whatever takes its name afterwards.
#[derive(Debug)]
pub struct OpenBlob {
    /// The content.
    pub file: File,
    /// What is known of this very content.
    pub properties: BlobProperties,
}

/// How a blob is written.
#[derive(Debug, Clone, Default)]
pub struct PutOptions {
    /// Fail if it exists.
    pub only_if_missing: bool,
    /// Content type.
    pub content_type: Option<String>,
    /// `x-ms-meta-*`.
    pub metadata: BTreeMap<String, String>,
}

/// Content on its way into a container. Nobody sees it before it is put somewhere, and nothing stays of what never is.
pub struct Incoming(Temporary);

impl Incoming {
    /// Adds a piece.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), BlobError> {
        self.0.file.write_all(piece).map_err(BlobError::io(self.0.path()))
    }
}

impl BlobStore {
    /// The containers below `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Begins to receive content for a blob or block of a container.
    pub fn receive(&self, container: &str) -> Result<Incoming, BlobError> {
        name::check_container(container)?;
        let temporary = self.temporary(container)?;
        if let Ok(now) = temporary.file.metadata().and_then(|facts| facts.modified()) {
            leftovers::remove(&self.root, now);
        }
        Ok(Incoming(temporary))
    }

    /// Makes what was received a blob; readers see the old content or the new one, never a part.
    pub fn put(
        &self,
        container: &str,
        name: &str,
        content: Incoming,
        options: &PutOptions,
    ) -> Result<BlobProperties, BlobError> {
        let target = self.writable_path(container, name)?;
        place(content.0, &target, name, options.only_if_missing)?;
        let sidecar = Sidecar {
            name: name.to_owned(),
            content_type: options.content_type.clone(),
            metadata: options.metadata.clone(),
        };
        self.write_sidecar(container, &self.sidecar_path(container, name), &sidecar)?;
        self.head(container, name)
    }

    /// What is known of a blob.
    pub fn head(&self, container: &str, name: &str) -> Result<BlobProperties, BlobError> {
        let path = self.existing_file(container, name)?;
        let facts = fs::metadata(&path).map_err(gone_or_io(container, name, &path))?;
        self.properties(container, name, &facts)
    }

    /// Opens a blob for reading.
    pub fn open(&self, container: &str, name: &str) -> Result<OpenBlob, BlobError> {
        let path = self.existing_file(container, name)?;
        let file = File::open(&path).map_err(gone_or_io(container, name, &path))?;
        let facts = file.metadata().map_err(BlobError::io(&path))?;
        Ok(OpenBlob { properties: self.properties(container, name, &facts)?, file })
    }

    /// Removes a blob and what is known of it; its folder stays.
    pub fn delete(&self, container: &str, name: &str) -> Result<(), BlobError> {
        let path = self.existing_file(container, name)?;
        if let Some(folder) = path.parent() {
            permissions::make_writable(folder)?;
        }
        // First, so that no later content of this name is taken for a finished upload.
        sidecar::remove(&self.sidecar_path(container, name))?;
        fs::remove_file(&path).map_err(gone_or_io(container, name, &path))
    }

    /// Replaces the metadata of a blob.
    pub fn set_metadata(
        &self,
        container: &str,
        name: &str,
        metadata: BTreeMap<String, String>,
    ) -> Result<BlobProperties, BlobError> {
        self.existing_file(container, name)?;
        let path = self.sidecar_path(container, name);
        let sidecar = Sidecar { metadata, name: name.to_owned(), ..sidecar::read(&path)? };
        self.write_sidecar(container, &path, &sidecar)?;
        self.head(container, name)
    }

    /// Makes a finished upload read-only, folders included, as the cloud mounts it: no scoring script can change or
    /// remove what later jobs read, or leave files beside it. Writing a blob there lifts this for its folder.
    pub fn seal(&self, container: &str, folder: &str) -> Result<(), BlobError> {
        permissions::set(&self.local_path(container, folder)?, permissions::READ_ONLY)
    }

    /// The file or folder (which may end in `/`) a name stands for, whether or not it exists; the empty name is the
    /// container itself.
    pub fn local_path(&self, container: &str, name: &str) -> Result<PathBuf, BlobError> {
        name::check_container(container)?;
        let data = self.container(container).join("data");
        match name {
            "" => Ok(data),
            name => {
                let path = data.join(name::relative_path(name.strip_suffix('/').unwrap_or(name))?);
                self.stays_inside(&data, &path, container, name).map(|()| path)
            }
        }
    }

    /// The folder a name stands for, if there is nothing in its way; it is not made.
    pub fn folder_path(&self, container: &str, name: &str) -> Result<PathBuf, BlobError> {
        let path = self.local_path(container, name)?;
        let mut inside = path.ancestors().take_while(|part| part.starts_with(&self.root));
        match inside.any(Path::is_file) {
            true => Err(BlobError::FolderConflict { name: name.to_owned() }),
            false => Ok(path),
        }
    }

    /// Makes a folder that files may be written to, such as a job's output.
    pub fn create_folder(&self, container: &str, name: &str) -> Result<PathBuf, BlobError> {
        let path = self.local_path(container, name)?;
        let mut outcome = fs::create_dir_all(&path);
        if outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
            // A finished upload that is repaired: some folder above is read-only.
            path.ancestors().take_while(|folder| folder.starts_with(&self.root)).for_each(|folder| {
                let _not_there = permissions::make_writable(folder);
            });
            outcome = fs::create_dir_all(&path);
        }
        outcome.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                BlobError::FolderConflict { name: name.to_owned() }
            }
            _ => BlobError::Io { path: path.clone(), source },
        })?;
        Ok(path)
    }

    fn properties(&self, container: &str, name: &str, facts: &Metadata) -> Result<BlobProperties, BlobError> {
        let sidecar = sidecar::read(&self.sidecar_path(container, name))?;
        let etag = etag(facts, &sidecar);
        let Sidecar { content_type, metadata, .. } = sidecar;
        let modified = facts.modified().unwrap_or(UNIX_EPOCH);
        Ok(BlobProperties { size: facts.len(), modified, etag, content_type, metadata })
    }

    fn container(&self, container: &str) -> PathBuf {
        self.root.join(container)
    }

    fn sidecar_path(&self, container: &str, name: &str) -> PathBuf {
        self.container(container).join("meta").join(sidecar::file_name(name))
    }

    /// The file of a blob that exists.
    fn existing_file(&self, container: &str, name: &str) -> Result<PathBuf, BlobError> {
        let missing = || BlobError::NotFound { container: container.to_owned(), name: name.to_owned() };
        if name.ends_with('/') || name.is_empty() {
            // A folder is never a blob.
            return Err(missing());
        }
        let path = self.local_path(container, name)?;
        if path.is_file() { Ok(path) } else { Err(missing()) }
    }

    /// The file of a blob that is to be written; its folder exists afterwards.
    fn writable_path(&self, container: &str, name: &str) -> Result<PathBuf, BlobError> {
        name::relative_path(name)?;
        let path = self.local_path(container, name)?;
        if path.is_dir() {
            return Err(BlobError::FolderConflict { name: name.to_owned() });
        }
        if let Some((folder, _)) = name.rsplit_once('/') {
            self.create_folder(container, folder)?;
        } else {
            self.create_folder(container, "")?;
        }
        if let Some(folder) = path.parent() {
            permissions::make_writable(folder)?;
        }
        Ok(path)
    }

    fn temporary(&self, container: &str) -> Result<Temporary, BlobError> {
        Temporary::create_in(&self.container(container).join("tmp"))
    }

    fn write_sidecar(&self, container: &str, path: &Path, sidecar: &Sidecar) -> Result<(), BlobError> {
        match sidecar.is_empty() {
            true => sidecar::remove(path),
            false => sidecar::write(self.temporary(container)?, path, sidecar),
        }
    }

    /// Follows what exists of `path`: a link that leads out of the container makes the blob absent.
    fn stays_inside(&self, data: &Path, path: &Path, container: &str, name: &str) -> Result<(), BlobError> {
        let Ok(real_root) = data.canonicalize() else {
            return Ok(());
        };
        let real = path.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
        match real.is_some_and(|real| real.starts_with(&real_root)) {
            true => Ok(()),
            false => Err(BlobError::NotFound { container: container.to_owned(), name: name.to_owned() }),
        }
    }
}

fn place(from: Temporary, target: &Path, name: &str, only_if_missing: bool) -> Result<(), BlobError> {
    let placed = if only_if_missing { from.place_new(target) } else { from.replace(target) };
    placed.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BlobError::AlreadyExists { name: name.to_owned() },
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory | io::ErrorKind::DirectoryNotEmpty => {
            BlobError::FolderConflict { name: name.to_owned() }
        }
        _ => BlobError::Io { path: target.to_owned(), source },
    })
}

/// What failed to be used was there a moment ago: somebody may have removed it since.
fn gone_or_io(container: &str, name: &str, path: &Path) -> impl FnOnce(io::Error) -> BlobError {
    move |source| match source.kind() {
        io::ErrorKind::NotFound => {
            BlobError::NotFound { container: container.to_owned(), name: name.to_owned() }
        }
        _ => BlobError::io(path)(source),
    }
}

/// Size and time alone do not tell two contents apart that were written in the same tick of the clock; but every
/// content is another file.
fn etag(facts: &Metadata, sidecar: &Sidecar) -> String {
    let modified = facts.modified().unwrap_or(UNIX_EPOCH);
    let nanoseconds = modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let identity = format!("{} {nanoseconds} {} {sidecar:?}", facts.len(), file_number(facts));
    format!("0x{}", sidecar::digest(&identity)[..15].to_uppercase())
}

#[cfg(unix)]
fn file_number(facts: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(facts)
}

#[cfg(not(unix))]
fn file_number(_facts: &Metadata) -> u64 {
    0
}
