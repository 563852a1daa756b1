//! The cut of the input into mini-batches, kept on disk so that memory does not grow with the number of
//! files.
//!
//! `inputs.bin` holds the paths relative to the input's root, each ended by a NUL; `inputs.idx` one
//! fixed-width record a mini-batch. Mini-batch number n is read back with two positioned reads. `inputs.seal` is
//! written when the cut is complete, with checksums of both. Which files
//! there are is not decided here: see `inputs`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crc32fast::Hasher;

use super::file_error::FileError;

/// Offset (8 bytes), length (4) and number of files (4) of one mini-batch, little endian.
const RECORD: usize = 16;
/// Bytes of the seal: number of mini-batches (8), of files (8), checksums of names, index (4 each) and of all before (4).
const SEAL: usize = 28;

/// The files of one mini-batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MiniBatch {
    /// Paths relative to the input's root, each ended by a NUL.
    pub(super) names: Vec<u8>,
    /// Number of paths.
    pub(super) files: u64,
}

impl MiniBatch {
    /// The paths, one by one.
    pub(super) fn raw_names(&self) -> impl Iterator<Item = &[u8]> {
        let names = self.names.strip_suffix(b"\0").into_iter();
        names.flat_map(|names| names.split(|byte| *byte == 0))
    }

    /// The paths, for messages.
    pub(super) fn shown_names(&self) -> impl Iterator<Item = String> {
        self.raw_names().map(|name| String::from_utf8_lossy(name).into_owned())
    }
}

/// Writes the manifest while the input is being listed.
pub(super) struct PartitionWriter {
    names: BufWriter<File>,
    index: BufWriter<File>,
    names_path: PathBuf,
    index_path: PathBuf,
    seal_path: PathBuf,
    names_sum: Hasher,
    index_sum: Hasher,
    mini_batch_size: u64,
    mini_batches: u64,
    items: u64,
    offset: u64,
    open_length: u32,
    open_files: u32,
}

impl PartitionWriter {
    pub(super) fn create(job_dir: &Path, mini_batch_size: u64) -> Result<Self, FileError> {
        let (names_path, index_path) = manifest_paths(job_dir);
        let seal_path = seal_path(job_dir);
        let _there_was_none = fs::remove_file(&seal_path);
        Ok(Self {
            names: BufWriter::new(File::create(&names_path).map_err(FileError::on("create", &names_path))?),
            index: BufWriter::new(File::create(&index_path).map_err(FileError::on("create", &index_path))?),
            names_path,
            index_path,
            seal_path,
            names_sum: Hasher::new(),
            index_sum: Hasher::new(),
            mini_batch_size: mini_batch_size.max(1),
            mini_batches: 0,
            items: 0,
            offset: 0,
            open_length: 0,
            open_files: 0,
        })
    }

    /// Appends a file to the mini-batch that is open.
    pub(super) fn push(&mut self, folder: &[u8], name: &[u8]) -> Result<(), FileError> {
        for part in [folder, name, b"\0"] {
            self.names.write_all(part).map_err(FileError::on("write", &self.names_path))?;
            self.names_sum.update(part);
        }
        let length = u32::try_from(folder.len() + name.len() + 1).unwrap_or(u32::MAX);
        self.open_length = self.open_length.saturating_add(length);
        self.open_files += 1;
        self.items += 1;
        // A mini-batch that would outgrow its record ends early; reached only with sizes in the millions.
        if u64::from(self.open_files) >= self.mini_batch_size || self.open_length > u32::MAX / 2 {
            self.close_mini_batch()?;
        }
        Ok(())
    }

    /// Ends the open mini-batch, if it has any file: the next file belongs to another directory.
    pub(super) fn close_mini_batch(&mut self) -> Result<(), FileError> {
        if self.open_files == 0 {
            return Ok(());
        }
        let mut record = [0; RECORD];
        record[..8].copy_from_slice(&self.offset.to_le_bytes());
        record[8..12].copy_from_slice(&self.open_length.to_le_bytes());
        record[12..].copy_from_slice(&self.open_files.to_le_bytes());
        self.index.write_all(&record).map_err(FileError::on("write", &self.index_path))?;
        self.index_sum.update(&record);
        self.offset += u64::from(self.open_length);
        self.mini_batches += 1;
        (self.open_length, self.open_files) = (0, 0);
        Ok(())
    }

    /// Writes out what is buffered; answers the number of mini-batches and of files.
    pub(super) fn finish(mut self) -> Result<(u64, u64), FileError> {
        self.close_mini_batch()?;
        self.names.flush().map_err(FileError::on("write", &self.names_path))?;
        self.index.flush().map_err(FileError::on("write", &self.index_path))?;
        let seal = Seal {
            mini_batches: self.mini_batches,
            items: self.items,
            names: self.names_sum.finalize(),
            index: self.index_sum.finalize(),
        };
        fs::write(&self.seal_path, seal.encode()).map_err(FileError::on("write", &self.seal_path))?;
        Ok((self.mini_batches, self.items))
    }
}

/// What a manifest is, once it is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) mini_batches: u64,
    /// Files in all of them.
    pub(super) items: u64,
    names: u32,
    index: u32,
}

impl Seal {
    /// The seal of the manifest in `job_dir`; none unless the manifest is there, complete and undamaged.
    pub(super) fn of(job_dir: &Path) -> Option<Self> {
        let seal = Self::decode(fs::read(seal_path(job_dir)).ok()?.try_into().ok()?)?;
        let (names, index) = manifest_paths(job_dir);
        let is_whole = checksum_of(&index).is_ok_and(|sum| sum == seal.index)
            && checksum_of(&names).is_ok_and(|sum| sum == seal.names);
        is_whole.then_some(seal)
    }

    fn encode(self) -> Vec<u8> {
        let Self { mini_batches, items, names, index } = self;
        let mut bytes = [mini_batches.to_le_bytes(), items.to_le_bytes()].concat();
        bytes.extend([names.to_le_bytes(), index.to_le_bytes()].concat());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    fn decode(bytes: [u8; SEAL]) -> Option<Self> {
        let (numbers, checksum) = bytes.split_last_chunk::<4>()?;
        let (mini_batches, rest) = numbers.split_first_chunk::<8>()?;
        let (items, rest) = rest.split_first_chunk::<8>()?;
        let (names, rest) = rest.split_first_chunk::<4>()?;
        let (index, _) = rest.split_first_chunk::<4>()?;
        (u32::from_le_bytes(*checksum) == crc32fast::hash(numbers)).then(|| Self {
            mini_batches: u64::from_le_bytes(*mini_batches),
            items: u64::from_le_bytes(*items),
            names: u32::from_le_bytes(*names),
            index: u32::from_le_bytes(*index),
        })
    }
}

fn checksum_of(path: &Path) -> io::Result<u32> {
    let (mut file, mut hasher, mut buffer) = (File::open(path)?, Hasher::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// A manifest that is complete.
#[derive(Debug)]
pub(super) struct Partition {
    names: File,
    index: File,
    names_path: PathBuf,
    index_path: PathBuf,
}

impl Partition {
    pub(super) fn open(job_dir: &Path) -> Result<Self, FileError> {
        let (names_path, index_path) = manifest_paths(job_dir);
        let open =
            |path: &Path| OpenOptions::new().read(true).open(path).map_err(FileError::on("open", path));
        Ok(Self { names: open(&names_path)?, index: open(&index_path)?, names_path, index_path })
    }

    /// Mini-batch `number`, which must exist.
    pub(super) fn read(&self, number: u64) -> Result<MiniBatch, FileError> {
        let mut record = [0; RECORD];
        let read = self.index.read_exact_at(&mut record, number * RECORD as u64);
        read.map_err(FileError::on("read", &self.index_path))?;
        let [offset @ .., _, _, _, _, _, _, _, _] = record;
        let [.., l0, l1, l2, l3, f0, f1, f2, f3] = record;
        let mut names = vec![0; u32::from_le_bytes([l0, l1, l2, l3]) as usize];
        let read = self.names.read_exact_at(&mut names, u64::from_le_bytes(offset));
        read.map_err(FileError::on("read", &self.names_path))?;
        Ok(MiniBatch { names, files: u64::from(u32::from_le_bytes([f0, f1, f2, f3])) })
    }
}

/// Copies the manifest of another job, all but its seal: it counts when [`copy_seal`] has put that on it.
pub(super) fn copy_unsealed(from: &Path, to: &Path) -> Result<(), FileError> {
    let _there_was_none = fs::remove_file(seal_path(to));
    let ((names, index), (own_names, own_index)) = (manifest_paths(from), manifest_paths(to));
    copy(&names, &own_names)?;
    copy(&index, &own_index)
}

/// See [`copy_unsealed`].
pub(super) fn copy_seal(from: &Path, to: &Path) -> Result<(), FileError> {
    copy(&seal_path(from), &seal_path(to))
}

fn copy(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::copy(from, to).map(drop).map_err(FileError::on("copy the list of files to", to))
}

fn manifest_paths(job_dir: &Path) -> (PathBuf, PathBuf) {
    (job_dir.join("inputs.bin"), job_dir.join("inputs.idx"))
}

fn seal_path(job_dir: &Path) -> PathBuf {
    job_dir.join("inputs.seal")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn mini_batches_are_read_back_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PartitionWriter::create(folder.path(), 2).unwrap();
        for name in [b"a".as_slice(), b"b\nb", b"\xff"] {
            writer.push(b"", name).unwrap();
        }
        writer.close_mini_batch().unwrap();
        writer.push(b"sub/", b"d").unwrap();
        assert_eq!(writer.finish().unwrap(), (3, 4));

        let partition = Partition::open(folder.path()).unwrap();
        let batch = |number| partition.read(number).unwrap();
        assert_eq!(batch(2), MiniBatch { names: b"sub/d\0".to_vec(), files: 1 });
        assert_eq!(batch(0), MiniBatch { names: b"a\0b\nb\0".to_vec(), files: 2 });
        assert_eq!(batch(1), MiniBatch { names: b"\xff\0".to_vec(), files: 1 });
        assert!(batch(0).shown_names().eq(["a", "b\nb"]));
        assert!(partition.read(3).is_err());
    }

    #[test]
    fn only_a_manifest_that_is_whole_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PartitionWriter::create(folder.path(), 1).unwrap();
        writer.push(b"", b"a").unwrap();
        writer.push(b"", b"b").unwrap();
        assert_eq!(Seal::of(folder.path()), None, "it was not finished");
        writer.finish().unwrap();
        let seal = Seal::of(folder.path()).unwrap();
        assert_eq!((seal.mini_batches, seal.items), (2, 2));
        let (names, index) = manifest_paths(folder.path());
        for path in [names, index, seal_path(folder.path())] {
            let whole = fs::read(&path).unwrap();
            for damaged in [vec![0; whole.len()], whole[..whole.len() - 1].to_vec(), Vec::new()] {
                fs::write(&path, damaged).unwrap();
                assert_eq!(Seal::of(folder.path()), None, "{}", path.display());
            }
            fs::remove_file(&path).unwrap();
            assert_eq!(Seal::of(folder.path()), None, "{}", path.display());
            fs::write(&path, whole).unwrap();
        }
        assert_eq!(Seal::of(folder.path()), Some(seal));
        drop(PartitionWriter::create(folder.path(), 1).unwrap());
        assert_eq!(Seal::of(folder.path()), None, "the seal is of an older listing");
    }
}
