//! The record of settled mini-batches: which rows of which segment belong to the output.
//!
//! One fixed-width record a mini-batch, at its number times the record's size, so memory stays constant and a
//! record is replaced by one positioned write. A record is on disk before the job reports the mini-batch as
//! done. Nothing is synced to the device: the death of any process loses nothing, and of what the death of the machine
//! loses, every record and all its rows have a checksum that tells (see `earlier`).

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::file_error::FileError;

/// Bytes of one record.
const RECORD: usize = 64;

/// What became of a mini-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Its rows belong to the output.
    Committed,
    /// Every try failed; it has no rows.
    GivenUp,
}

/// The end of one mini-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settlement {
    pub(super) settled: Settled,
    /// How often it was tried.
    pub(super) attempts: u32,
    /// The worker whose segment holds the rows.
    pub(super) segment: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) succeeded_items: u64,
    pub(super) failed_items: u64,
    pub(super) rows: u64,
    /// CRC-32 of the rows' bytes.
    pub(super) checksum: u32,
}

/// The journal of one job, being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Starts an empty journal.
    pub(super) fn create(job_dir: &Path) -> Result<Self, FileError> {
        let path = journal_path(job_dir);
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path);
        Ok(Self { file: file.map_err(FileError::on("create", &path))?, path })
    }

    /// Goes on with the journal of an earlier supervisor. A record at the end that is only half there is cut off.
    pub(super) fn open(job_dir: &Path) -> Result<Self, FileError> {
        let path = journal_path(job_dir);
        let file = OpenOptions::new().write(true).open(&path).map_err(FileError::on("open", &path))?;
        let length = file.metadata().map_err(FileError::on("read", &path))?.len();
        file.set_len(length - length % RECORD as u64).map_err(FileError::on("cut", &path))?;
        Ok(Self { file, path })
    }

    /// Settles mini-batch `number`.
    pub(super) fn settle(&self, number: u64, settlement: &Settlement) -> Result<(), FileError> {
        self.write(number, &encode(number, settlement))
    }

    /// Takes back what is recorded of mini-batch `number`: it is not settled.
    pub(super) fn forget(&self, number: u64) -> Result<(), FileError> {
        self.write(number, &[0; RECORD])
    }

    fn write(&self, number: u64, record: &[u8; RECORD]) -> Result<(), FileError> {
        let written = self.file.write_all_at(record, number * RECORD as u64);
        written.map_err(FileError::on("write", &self.path))
    }
}

/// Reads a journal from its first mini-batch to its last.
pub(super) struct JournalReader {
    reader: BufReader<File>,
    path: PathBuf,
    number: u64,
}

impl JournalReader {
    pub(super) fn open(job_dir: &Path) -> Result<Self, FileError> {
        let path = journal_path(job_dir);
        let file = File::open(&path).map_err(FileError::on("open", &path))?;
        Ok(Self { reader: BufReader::with_capacity(RECORD * 1024, file), path, number: 0 })
    }

    /// `None` if the job never had a journal.
    pub(super) fn open_if_there(job_dir: &Path) -> Result<Option<Self>, FileError> {
        if journal_path(job_dir).exists() { Self::open(job_dir).map(Some) } else { Ok(None) }
    }

    /// How the next mini-batch ended: `None` in the inner option when it did not, or its record is damaged.
    pub(super) fn next(&mut self) -> Result<Option<Option<Settlement>>, FileError> {
        let mut record = [0; RECORD];
        match self.reader.read_exact(&mut record) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(FileError::on("read", &self.path)(error)),
        }
        let settlement = decode(self.number, &record);
        self.number += 1;
        Ok(Some(settlement))
    }
}

fn encode(number: u64, settlement: &Settlement) -> [u8; RECORD] {
    let state = match settlement.settled {
        Settled::Committed => 1_u32,
        Settled::GivenUp => 2,
    };
    let mut record = [0; RECORD];
    put(&mut record, 0, &state.to_le_bytes());
    put(&mut record, 4, &settlement.attempts.to_le_bytes());
    put(&mut record, 8, &settlement.segment.to_le_bytes());
    put(&mut record, 12, &settlement.checksum.to_le_bytes());
    put(&mut record, 16, &settlement.offset.to_le_bytes());
    put(&mut record, 24, &settlement.length.to_le_bytes());
    put(&mut record, 32, &settlement.succeeded_items.to_le_bytes());
    put(&mut record, 40, &settlement.failed_items.to_le_bytes());
    put(&mut record, 48, &settlement.rows.to_le_bytes());
    let checksum = checksum(number, &record[..56]);
    put(&mut record, 56, &checksum.to_le_bytes());
    record
}

fn decode(number: u64, record: &[u8; RECORD]) -> Option<Settlement> {
    let settled = match u32_at(record, 0) {
        1 => Settled::Committed,
        2 => Settled::GivenUp,
        _ => return None,
    };
    (u32_at(record, 56) == checksum(number, &record[..56])).then(|| Settlement {
        settled,
        attempts: u32_at(record, 4),
        segment: u32_at(record, 8),
        offset: u64_at(record, 16),
        length: u64_at(record, 24),
        succeeded_items: u64_at(record, 32),
        failed_items: u64_at(record, 40),
        rows: u64_at(record, 48),
        checksum: u32_at(record, 12),
    })
}

fn put(record: &mut [u8; RECORD], at: usize, bytes: &[u8]) {
    record[at..at + bytes.len()].copy_from_slice(bytes);
}

fn u32_at(record: &[u8; RECORD], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&record[at..at + 4]);
    u32::from_le_bytes(bytes)
}

fn u64_at(record: &[u8; RECORD], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&record[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// Over the record and its number, so that neither a torn nor a misplaced record is believed.
fn checksum(number: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// Where the journal of a job is.
pub(super) fn journal_path(job_dir: &Path) -> PathBuf {
    job_dir.join("journal.bin")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn settlement(offset: u64) -> Settlement {
        Settlement {
            settled: Settled::Committed,
            attempts: 2,
            segment: 7,
            offset,
            length: 5,
            succeeded_items: 3,
            failed_items: 1,
            rows: 9,
            checksum: 4,
        }
    }

    fn read_all(job_dir: &Path) -> Vec<Option<Settlement>> {
        let mut reader = JournalReader::open(job_dir).unwrap();
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    #[test]
    fn records_written_in_any_order_are_read_in_order_with_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let given_up = Settlement { settled: Settled::GivenUp, ..settlement(0) };
        journal.settle(3, &settlement(30)).unwrap();
        journal.settle(0, &given_up).unwrap();
        journal.settle(2, &settlement(20)).unwrap();
        assert_eq!(
            read_all(folder.path()),
            [Some(given_up), None, Some(settlement(20)), Some(settlement(30))]
        );
    }

    #[test]
    fn a_journal_is_gone_on_with_but_for_half_a_record_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        journal.settle(0, &settlement(0)).unwrap();
        journal.settle(1, &settlement(10)).unwrap();
        let path = journal_path(folder.path());
        for cut in 0..RECORD as u64 {
            let journal = Journal::open(folder.path()).unwrap();
            journal.settle(1, &settlement(10)).unwrap();
            OpenOptions::new().write(true).open(&path).unwrap().set_len(RECORD as u64 + cut).unwrap();
            let journal = Journal::open(folder.path()).unwrap();
            assert_eq!(read_all(folder.path()), [Some(settlement(0))], "{cut} bytes of the second record");
            journal.settle(2, &settlement(20)).unwrap();
            assert_eq!(read_all(folder.path()), [Some(settlement(0)), None, Some(settlement(20))]);
            journal.forget(2).unwrap();
        }
    }

    #[test]
    fn damaged_and_misplaced_records_are_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        journal.settle(0, &settlement(0)).unwrap();
        let mut bytes = std::fs::read(journal_path(folder.path())).unwrap();
        let copy = bytes.clone();
        bytes.extend(copy);
        bytes[20] ^= 1;
        std::fs::write(journal_path(folder.path()), bytes).unwrap();
        assert_eq!(read_all(folder.path()), [None, None]);
    }
}
