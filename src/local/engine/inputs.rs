//! Which files a job scores, and in which order.
//!
//! Regular files, in byte order of their names, the files of a folder before its sub-folders; hidden and
//! empty files count. Symbolic links are followed unless they are broken or lead back to a folder above. A
//! mini-batch never spans two folders. The order is fixed so that two runs over one input cut it alike.

use std::fs::{self, DirEntry, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::file_error::FileError;
use super::partition::PartitionWriter;
use super::sorted_names::{NameSorter, SortedNames};

/// Names of one folder that are held in memory at once.
const CHUNK: usize = 65_536;
/// Skipped entries that are named one by one.
const NAMED_SKIPS: usize = 20;

/// First byte of a sorted entry; files sort before folders.
const FILE: u8 = 0;
const FOLDER: u8 = 1;

/// Where the files of a job are.
#[derive(Debug, Clone)]
pub(super) enum InputRoot {
    /// Every file below this folder.
    Folder(PathBuf),
    /// Just this file.
    File(PathBuf),
}

impl InputRoot {
    /// The folder that paths in the manifest are relative to.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Folder(path) => path,
            Self::File(path) => path.parent().unwrap_or(Path::new("/")),
        }
    }
}

/// Why an input cannot be scored.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("input file `{0}` does not exist or is not a regular file")]
    NotAFile(PathBuf),
    #[error("input folder `{0}` does not exist or is not a folder")]
    NotAFolder(PathBuf),
    #[error("input folder `{0}` contains no files: there is nothing to score")]
    Empty(PathBuf),
    #[error(
        "files or rows of job `{0}`, which this one retries, are gone or have changed; invoke the endpoint again"
    )]
    Gone(String),
    #[error("listing the input was stopped")]
    Stopped,
}

/// What listing found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) mini_batches: u64,
    pub(super) items: u64,
    /// The first sub-folder that holds files.
    pub(super) nested: Option<String>,
    /// Why entries were left out, for the first of them.
    pub(super) skipped: Vec<String>,
    pub(super) skipped_count: u64,
}

/// Lists the input into the job folder's manifest. Blocks; `stop` ends it early.
pub(super) fn list(
    root: &InputRoot,
    job_dir: &Path,
    mini_batch_size: u64,
    stop: &AtomicBool,
) -> Result<Listing, InputError> {
    let mut walk = Walk {
        manifest: PartitionWriter::create(job_dir, mini_batch_size)?,
        spill: job_dir.join("inputs.spill"),
        chunk: CHUNK,
        listing: Listing::default(),
        stop,
    };
    match root {
        InputRoot::File(path) => walk.single_file(path)?,
        InputRoot::Folder(path) => walk.folder(path)?,
    }
    let Walk { manifest, mut listing, .. } = walk;
    (listing.mini_batches, listing.items) = manifest.finish()?;
    match root {
        InputRoot::Folder(path) if listing.items == 0 => Err(InputError::Empty(path.clone())),
        _ => Ok(listing),
    }
}

struct Walk<'a> {
    manifest: PartitionWriter,
    spill: PathBuf,
    chunk: usize,
    listing: Listing,
    stop: &'a AtomicBool,
}

/// A folder on the way from the root to where the walk is.
struct Level {
    /// Relative to the root, ended by `/` unless it is the root.
    prefix: Vec<u8>,
    identity: (u64, u64),
    entries: SortedNames,
}

impl Walk<'_> {
    fn single_file(&mut self, path: &Path) -> Result<(), InputError> {
        let name = path.file_name().filter(|_| path.is_file());
        let name = name.ok_or_else(|| InputError::NotAFile(path.to_owned()))?;
        Ok(self.manifest.push(b"", name.as_bytes())?)
    }

    fn folder(&mut self, root: &Path) -> Result<(), InputError> {
        let metadata = fs::metadata(root).ok().filter(Metadata::is_dir);
        let metadata = metadata.ok_or_else(|| InputError::NotAFolder(root.to_owned()))?;
        let mut levels = vec![self.open_level(root, Vec::new(), &metadata)?];
        while let Some(level) = levels.last_mut() {
            let Some(mut entry) = level.entries.next()? else {
                self.manifest.close_mini_batch()?;
                levels.pop();
                continue;
            };
            let kind = entry.remove(0);
            if kind == FILE {
                self.push_file(&level.prefix, &entry)?;
            } else {
                self.manifest.close_mini_batch()?;
                let prefix = [level.prefix.as_slice(), &entry, b"/"].concat();
                levels.extend(self.enter(root, prefix, &levels)?);
            }
        }
        Ok(())
    }

    fn push_file(&mut self, prefix: &[u8], name: &[u8]) -> Result<(), InputError> {
        if !prefix.is_empty() && self.listing.nested.is_none() {
            self.listing.nested = Some(String::from_utf8_lossy(prefix).into_owned());
        }
        Ok(self.manifest.push(prefix, name)?)
    }

    /// Opens the sub-folder `prefix`, unless a link in it leads back up.
    fn enter(&mut self, root: &Path, prefix: Vec<u8>, above: &[Level]) -> Result<Option<Level>, InputError> {
        let path = root.join(std::ffi::OsStr::from_bytes(&prefix));
        let metadata = fs::metadata(&path).map_err(FileError::on("read", &path))?;
        if above.iter().any(|level| level.identity == identity(&metadata)) {
            self.skip(&path, "the link leads back to a folder above it");
            return Ok(None);
        }
        self.open_level(&path, prefix, &metadata).map(Some)
    }

    fn open_level(&mut self, path: &Path, prefix: Vec<u8>, metadata: &Metadata) -> Result<Level, InputError> {
        let mut sorter = NameSorter::new(&self.spill, self.chunk);
        for entry in fs::read_dir(path).map_err(FileError::on("list", path))? {
            if self.stop.load(Ordering::Relaxed) {
                return Err(InputError::Stopped);
            }
            let entry = entry.map_err(FileError::on("list", path))?;
            if let Some(kind) = self.classify(&entry)? {
                let mut sortable = vec![kind];
                sortable.append(&mut entry.file_name().into_vec());
                sorter.push(sortable)?;
            }
        }
        Ok(Level { prefix, identity: identity(metadata), entries: sorter.finish()? })
    }

    fn classify(&mut self, entry: &DirEntry) -> Result<Option<u8>, InputError> {
        let path = entry.path();
        let mut file_type = entry.file_type().map_err(FileError::on("read", &path))?;
        if file_type.is_symlink() {
            let Ok(target) = fs::metadata(&path) else {
                self.skip(&path, "the link is broken");
                return Ok(None);
            };
            file_type = target.file_type();
        }
        if file_type.is_file() {
            return Ok(Some(FILE));
        }
        if file_type.is_dir() {
            return Ok(Some(FOLDER));
        }
        self.skip(&path, "it is neither a file nor a folder");
        Ok(None)
    }

    fn skip(&mut self, path: &Path, reason: &str) {
        self.listing.skipped_count += 1;
        if self.listing.skipped.len() < NAMED_SKIPS {
            self.listing.skipped.push(format!("`{}`: {reason}", path.display()));
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::os::unix::fs::symlink;

    use super::super::partition::Partition;
    use super::*;

    fn walk_in_chunks(root: &Path, job_dir: &Path, chunk: usize) -> (Vec<String>, Listing) {
        let mut walk = Walk {
            manifest: PartitionWriter::create(job_dir, 2).unwrap(),
            spill: job_dir.join("spill"),
            chunk,
            listing: Listing::default(),
            stop: &AtomicBool::new(false),
        };
        walk.folder(root).unwrap();
        let Walk { manifest, listing, .. } = walk;
        let (mini_batches, _) = manifest.finish().unwrap();
        let partition = Partition::open(job_dir).unwrap();
        let batches = (0..mini_batches)
            .map(|number| {
                String::from_utf8(partition.read(number).unwrap().names).unwrap().replace('\0', " ")
            })
            .collect();
        (batches, listing)
    }

    #[test]
    fn folders_are_walked_in_order_and_never_share_a_mini_batch() {
        let input = tempfile::tempdir().unwrap();
        let job = tempfile::tempdir().unwrap();
        let root = input.path();
        fs::create_dir_all(root.join("a/deep")).unwrap();
        fs::create_dir_all(root.join("empty")).unwrap();
        for name in ["c", ".hidden", "b", "a/y", "a/x", "a/z", "a/deep/q"] {
            fs::write(root.join(name), "").unwrap();
        }
        for chunk in [1, 2, 100] {
            let (batches, listing) = walk_in_chunks(root, job.path(), chunk);
            assert_eq!(batches, [".hidden b ", "c ", "a/x a/y ", "a/z ", "a/deep/q "], "chunk of {chunk}");
            assert_eq!(listing.nested.as_deref(), Some("a/"));
        }
    }

    #[test]
    fn links_are_followed_unless_broken_or_looping() {
        let input = tempfile::tempdir().unwrap();
        let job = tempfile::tempdir().unwrap();
        let root = input.path();
        fs::create_dir(root.join("sub")).unwrap();
        fs::write(root.join("sub/file"), "").unwrap();
        symlink("sub/file", root.join("good")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        symlink("self", root.join("self")).unwrap();
        symlink("..", root.join("sub/up")).unwrap();
        symlink("sub", root.join("twin")).unwrap();
        let (batches, listing) = walk_in_chunks(root, job.path(), 100);
        assert_eq!(batches, ["good ", "sub/file ", "twin/file "]);
        assert_eq!(listing.skipped_count, 4);
    }

    #[test]
    fn an_empty_folder_is_refused_by_name() {
        let input = tempfile::tempdir().unwrap();
        let job = tempfile::tempdir().unwrap();
        let root = InputRoot::Folder(input.path().to_owned());
        let error = list(&root, job.path(), 10, &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().contains(&input.path().display().to_string()), "{error}");
    }

    #[test]
    fn listing_stops_when_told() {
        let input = tempfile::tempdir().unwrap();
        let job = tempfile::tempdir().unwrap();
        fs::write(input.path().join("file"), "").unwrap();
        let root = InputRoot::Folder(input.path().to_owned());
        let error = list(&root, job.path(), 10, &AtomicBool::new(true)).unwrap_err();
        assert!(matches!(error, InputError::Stopped), "{error}");
    }
}
