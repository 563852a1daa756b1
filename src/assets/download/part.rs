//! A file that is not whole yet, under a name of its own beside the one it will have.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};

use super::super::pieces::md5_text;
use super::super::{AssetError, hash};
use super::RANGE;
use crate::arm::blobs::ListedBlob;

/// The beginning of a blob. Its name is made from the blob and its entity tag, so another try finds it again, and
/// finds nothing once the blob is another one. Dropped before it is finished it stays, if it is worth it.
#[derive(Debug)]
pub(super) struct Part {
    blob: ListedBlob,
    /// Where the whole file goes.
    place: PathBuf,
    path: PathBuf,
    file: File,
    length: u64,
    digest: Option<Md5>,
    is_finished: bool,
}

impl Part {
    /// Goes on with what is there for `place`; none when the whole file is.
    pub(super) fn open(
        place: PathBuf,
        container: &str,
        blob: ListedBlob,
    ) -> Result<Option<Self>, AssetError> {
        let written = |source| AssetError::Write { path: place.clone(), source };
        if is_whole(&place, &blob).map_err(written)? {
            return Ok(None);
        }
        let (path, file) = open_own(&place, container, &blob).map_err(written)?;
        let mut part = Self { length: 0, digest: None, is_finished: false, blob, place, path, file };
        part.take_over().map_err(|source| part.failed(source))?;
        Ok(Some(part))
    }

    /// Bytes that are there.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Adds what comes next.
    pub(super) fn append(mut self, content: &[u8]) -> Result<Self, AssetError> {
        self.file.write_all(content).map_err(|source| self.failed(source))?;
        self.length += content.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(content);
        }
        Ok(self)
    }

    /// Checks the content and gives the file its name.
    pub(super) fn finish(mut self) -> Result<(), AssetError> {
        let digest = self.digest.take().map(|digest| md5_text(digest.finalize().as_slice()));
        if self.length != self.blob.size || digest != self.blob.md5 {
            // Nothing of it can be trusted.
            self.length = 0;
            return Err(AssetError::Corrupt { name: self.blob.name.clone() });
        }
        if let Some(modified) = self.blob.modified {
            // Tells another try that the file is this blob; where it cannot be set, it is downloaded again.
            let _unsupported = self.file.set_modified(modified);
        }
        fs::rename(&self.path, &self.place).map_err(|source| self.failed(source))?;
        self.is_finished = true;
        Ok(())
    }

    /// Reads what is there into the digest.
    fn take_over(&mut self) -> io::Result<()> {
        let there = self.file.metadata()?.len();
        if there > self.blob.size {
            self.file.set_len(0)?;
        } else {
            self.length = there;
        }
        self.digest = match &self.blob.md5 {
            Some(_) => Some(digest(&mut self.file)?),
            None => None,
        };
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }

    fn failed(&self, source: io::Error) -> AssetError {
        AssetError::Write { path: self.place.clone(), source }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_finished && self.length < RANGE {
            let _not_there = fs::remove_file(&self.path);
        }
    }
}

/// Whether the file at `place` is the blob: by its digest, or where the service has none by size and time.
fn is_whole(place: &Path, blob: &ListedBlob) -> io::Result<bool> {
    let facts = match fs::symlink_metadata(place) {
        Ok(facts) if facts.is_file() && facts.len() == blob.size => facts,
        _ => return Ok(false),
    };
    match &blob.md5 {
        Some(md5) => Ok(md5_text(digest(&mut File::open(place)?)?.finalize().as_slice()) == *md5),
        None => Ok(blob.modified.is_some() && facts.modified().ok() == blob.modified),
    }
}

fn digest(file: &mut File) -> io::Result<Md5> {
    let (size, mut digest) = (file.metadata()?.len(), Md5::new());
    hash::for_each_piece(file, size, |piece| digest.update(piece))?;
    Ok(digest)
}

/// Opens the blob's part for us alone. Two downloads at once into one folder must not write to one file.
fn open_own(place: &Path, container: &str, blob: &ListedBlob) -> io::Result<(PathBuf, File)> {
    let unique = uuid::Uuid::new_v4().to_string();
    if let Some(etag) = &blob.etag {
        let path = part_path(place, &[container, &blob.name, etag]);
        let file = open(&path)?;
        if !matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            return Ok((path, file));
        }
    }
    let path = part_path(place, &[&unique]);
    open(&path).map(|file| (path, file))
}

fn part_path(place: &Path, facts: &[&str]) -> PathBuf {
    let name = hash::text_hash(&facts.join("\n"));
    place.with_file_name(format!(".azml-{}.part", &name[..16]))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        // A link of that name was not made by us.
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const CONTENT: &[u8] = b"the content";

    fn blob() -> ListedBlob {
        ListedBlob {
            name: "p/x".to_owned(),
            size: CONTENT.len() as u64,
            etag: Some("\"1\"".to_owned()),
            md5: Some(md5_text(Md5::digest(CONTENT).as_slice())),
            modified: Some(UNIX_EPOCH + Duration::from_secs(1_600_000_000)),
            is_folder: false,
        }
    }

    fn open_part(folder: &Path, blob: ListedBlob) -> Option<Part> {
        Part::open(folder.join("x"), "https://h/c", blob).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_gets_its_name_when_its_digest_is_right_and_is_then_whole() {
        let folder = tempfile::tempdir().unwrap();
        let part = open_part(folder.path(), blob()).unwrap().append(CONTENT).unwrap();
        assert!(!folder.path().join("x").exists());
        part.finish().unwrap();
        assert_eq!(fs::read(folder.path().join("x")).unwrap(), CONTENT);
        assert!(open_part(folder.path(), blob()).is_none());
        assert!(open_part(folder.path(), ListedBlob { md5: None, ..blob() }).is_none(), "same size and time");
        fs::write(folder.path().join("x"), "The content").unwrap();
        assert!(open_part(folder.path(), blob()).is_some(), "another digest");
        assert!(open_part(folder.path(), ListedBlob { md5: None, ..blob() }).is_some(), "another time");
        assert_eq!(names(folder.path()), ["x"]);
    }

    #[test]
    fn wrong_content_leaves_nothing_behind() {
        for content in [&b"The content"[..], b"the", b"the content and more"] {
            let folder = tempfile::tempdir().unwrap();
            let part = open_part(folder.path(), blob()).unwrap().append(content).unwrap();
            assert!(matches!(part.finish(), Err(AssetError::Corrupt { .. })));
            assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
        }
    }

    #[test]
    fn a_part_that_was_left_is_gone_on_with_unless_the_blob_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = open_part(folder.path(), blob()).unwrap().append(&CONTENT[..4]).unwrap();
        // As if the process had been killed.
        part.is_finished = true;
        drop(part);
        let other = ListedBlob { etag: Some("\"2\"".to_owned()), ..blob() };
        assert_eq!(open_part(folder.path(), other).unwrap().length(), 0);
        let part = open_part(folder.path(), blob()).unwrap();
        assert_eq!(part.length(), 4);
        assert_eq!(open_part(folder.path(), blob()).unwrap().length(), 0, "it is ours while we have it open");
        part.append(&CONTENT[4..]).unwrap().finish().unwrap();
        assert_eq!(fs::read(folder.path().join("x")).unwrap(), CONTENT);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let part = open_part(folder.path(), blob()).unwrap().append(CONTENT).unwrap();
        fs::create_dir(folder.path().join("x")).unwrap();
        let error = part.finish().unwrap_err();
        assert!(matches!(&error, AssetError::Write { path, .. } if path.ends_with("x")), "{error}");
        assert_eq!(names(folder.path()), ["x"]);
    }
}
