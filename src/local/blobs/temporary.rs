//! Files on their way to a name.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::BlobError;
use crate::local::place::place_new;

/// A file that is being written. It is gone with this value, unless it was given a name.
pub(super) struct Temporary {
    pub(super) file: File,
    path: PathBuf,
}

impl Temporary {
    /// An empty file in `folder`, which is made if need be.
    pub(super) fn create_in(folder: &Path) -> Result<Self, BlobError> {
        fs::create_dir_all(folder).map_err(BlobError::io(folder))?;
        let path = folder.join(Uuid::new_v4().to_string());
        let file = File::create_new(&path).map_err(BlobError::io(&path))?;
        Ok(Self { file, path })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in the place of whatever has the name.
    pub(super) fn replace(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
    }

    /// Gives it a name that nothing has.
    pub(super) fn place_new(self, target: &Path) -> io::Result<()> {
        place_new(&self.path, target)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _renamed = fs::remove_file(&self.path);
    }
}
