//! Read-only uploads: file modes of finished uploads, and lifting them again.

use std::fs;
use std::path::Path;

use super::error::BlobError;

/// Who may do what with an upload's folders and files.
#[derive(Debug, Clone, Copy)]
pub struct Modes {
    folder: u32,
    file: u32,
}

/// Everybody who can reach it may read it, nobody may change it.
pub const READ_ONLY: Modes = Modes { folder: 0o555, file: 0o444 };
/// The owner may change it.
pub const WRITABLE: Modes = Modes { folder: 0o755, file: 0o644 };

/// Sets the modes of everything below `path`. Links are left alone; a folder is opened before what is in it is set.
pub fn set(path: &Path, modes: Modes) -> Result<(), BlobError> {
    let facts = fs::symlink_metadata(path).map_err(BlobError::io(path))?;
    if facts.is_symlink() {
        return Ok(());
    }
    if !facts.is_dir() {
        return set_mode(path, modes.file);
    }
    set_mode(path, WRITABLE.folder)?;
    for entry in fs::read_dir(path).map_err(BlobError::io(path))? {
        set(&entry.map_err(BlobError::io(path))?.path(), modes)?;
    }
    set_mode(path, modes.folder)
}

/// Lets the owner write into a folder.
pub(super) fn make_writable(folder: &Path) -> Result<(), BlobError> {
    let facts = fs::metadata(folder).map_err(BlobError::io(folder))?;
    if facts.permissions().readonly() { set_mode(folder, WRITABLE.folder) } else { Ok(()) }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), BlobError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(BlobError::io(path))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> Result<(), BlobError> {
    Ok(())
}
