//! Names in byte order, however many there are: an external merge sort.
//!
//! Knows nothing of folders. A directory's names are pushed in whatever order the file system lists them;
//! what does not fit one chunk in memory is spilled to unnamed temporary files, so memory does not grow with
//! their number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::file_error::FileError;

/// Collects names, then hands them out in order.
pub(super) struct NameSorter {
    /// Where spills are made; only used when a chunk is full.
    spill: PathBuf,
    chunk_size: usize,
    chunk: Vec<Vec<u8>>,
    spilled: Vec<Spill>,
}

impl NameSorter {
    /// A sorter that holds `chunk_size` names in memory and spills the rest to `spill`.
    pub(super) fn new(spill: &Path, chunk_size: usize) -> Self {
        Self { spill: spill.to_owned(), chunk_size, chunk: Vec::new(), spilled: Vec::new() }
    }

    pub(super) fn push(&mut self, name: Vec<u8>) -> Result<(), FileError> {
        if self.chunk.len() >= self.chunk_size {
            self.chunk.sort_unstable();
            let spill = Spill::write(&self.spill, &self.chunk)?;
            self.spilled.push(spill);
            self.chunk.clear();
        }
        self.chunk.push(name);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<SortedNames, FileError> {
        self.chunk.sort_unstable();
        let mut names =
            SortedNames { chunk: self.chunk.into_iter(), spilled: self.spilled, heads: BinaryHeap::new() };
        for source in 0..=names.spilled.len() {
            names.refill(source)?;
        }
        Ok(names)
    }
}

/// Names in byte order.
pub(super) struct SortedNames {
    chunk: std::vec::IntoIter<Vec<u8>>,
    spilled: Vec<Spill>,
    /// The next name of every source that has one; the chunk in memory is the last source.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

impl SortedNames {
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        let Some(Reverse((name, source))) = self.heads.pop() else {
            return Ok(None);
        };
        self.refill(source)?;
        Ok(Some(name))
    }

    fn refill(&mut self, source: usize) -> Result<(), FileError> {
        let next = match self.spilled.get_mut(source) {
            Some(spill) => spill.next()?,
            None => self.chunk.next(),
        };
        if let Some(name) = next {
            self.heads.push(Reverse((name, source)));
        }
        Ok(())
    }
}

/// One sorted run of names on disk: each as its length and its bytes.
struct Spill {
    reader: BufReader<File>,
    path: PathBuf,
    left: usize,
}

impl Spill {
    fn write(path: &Path, names: &[Vec<u8>]) -> Result<Self, FileError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).open(path);
        let file = file.map_err(FileError::on("create", path))?;
        // Without a name the file goes away with its last reader, even when this process is killed.
        fs::remove_file(path).map_err(FileError::on("remove", path))?;
        let mut writer = BufWriter::new(file);
        for name in names {
            let length = name.len() as u64;
            let written = writer.write_all(&length.to_le_bytes()).and_then(|()| writer.write_all(name));
            written.map_err(FileError::on("write", path))?;
        }
        let mut file =
            writer.into_inner().map_err(|error| FileError::on("write", path)(error.into_error()))?;
        file.rewind().map_err(FileError::on("read", path))?;
        Ok(Self { reader: BufReader::new(file), path: path.to_owned(), left: names.len() })
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut length = [0; 8];
        self.reader.read_exact(&mut length).map_err(FileError::on("read", &self.path))?;
        let mut name = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX)];
        self.reader.read_exact(&mut name).map_err(FileError::on("read", &self.path))?;
        Ok(Some(name))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn sorted(names: &[Vec<u8>], chunk_size: usize) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = NameSorter::new(&folder.path().join("spill"), chunk_size);
        for name in names {
            sorter.push(name.clone()).unwrap();
        }
        let mut sorted = sorter.finish().unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn many_spills_merge_into_one_order() {
        let names: Vec<Vec<u8>> =
            (0_u32..1000).map(|n| (n.wrapping_mul(2_654_435_761) % 997).to_string().into_bytes()).collect();
        let mut expected = names.clone();
        expected.sort();
        for chunk_size in [1, 7, 999, 1000, 5000] {
            assert_eq!(sorted(&names, chunk_size), expected, "chunk of {chunk_size}");
        }
    }

    #[test]
    fn no_names_are_no_names() {
        assert!(sorted(&[], 4).is_empty());
    }
}
