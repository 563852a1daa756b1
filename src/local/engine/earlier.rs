//! What an earlier supervisor of the job has done of it, and how much of that can be relied on.
//!
//! A supervisor may be killed at any instant, and the machine with it. A killed process leaves whole files that were
//! written so far. A machine that goes down may lose any part of them, in any order; what is lost is told by the
//! checksums of the manifest, the journal's records and their rows. What is not proven is done again.

use std::collections::VecDeque;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::inputs::InputError;
use super::journal::{Journal, JournalReader, Settled, Settlement, journal_path};
use super::partition::Seal;
use super::record::Progress;
use super::sink::{Segments, segments_path};

/// See the module's documentation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Earlier {
    /// The counts of all that is settled.
    pub(super) progress: Progress,
    /// The mini-batches that are not, in order. They are where workers were at work, so there are few ranges.
    pub(super) open: VecDeque<Range<u64>>,
    /// The first number that no worker process of the job has had.
    pub(super) first_worker: u32,
}

impl Earlier {
    /// Looks what is there in the job folder. Records of the journal that do not hold are taken back. `None`: there is
    /// nothing to go on from, and the job begins at its beginning. Blocks; `stop` ends it early, and as an error: what
    /// was not looked for is not missing.
    pub(super) fn find(job_dir: &Path, stop: &AtomicBool) -> Result<Option<Self>, InputError> {
        if !journal_path(job_dir).exists() {
            return Ok(None);
        }
        let Some(seal) = Seal::of(job_dir) else { return Ok(None) };
        let (journal, mut records) = (Journal::open(job_dir)?, JournalReader::open(job_dir)?);
        let mut segments = Segments::of(job_dir);
        let mut earlier = Self::of_none(seal, first_worker(job_dir));
        for number in 0..seal.mini_batches {
            if stop.load(Ordering::Relaxed) {
                return Err(InputError::Stopped);
            }
            let record = records.next()?;
            match record.flatten().filter(|settlement| segments.hold(settlement)) {
                Some(settlement) => earlier.settle(&settlement),
                None => {
                    earlier.reopen(number);
                    if record.is_some() {
                        journal.forget(number)?;
                    }
                }
            }
        }
        let is_of_this_manifest = records.next()?.is_none();
        Ok((is_of_this_manifest && earlier.settled() > 0).then_some(earlier))
    }

    /// Mini-batches that are settled.
    pub(super) fn settled(&self) -> u64 {
        self.progress.done + self.progress.failed
    }

    /// Whether all is settled.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    fn of_none(seal: Seal, first_worker: u32) -> Self {
        let progress = Progress { mini_batches: seal.mini_batches, items: seal.items, ..Progress::default() };
        Self { progress, open: VecDeque::new(), first_worker }
    }

    fn settle(&mut self, settlement: &Settlement) {
        let progress = &mut self.progress;
        match settlement.settled {
            Settled::Committed => progress.done += 1,
            Settled::GivenUp => progress.failed += 1,
        }
        progress.retried += u64::from(settlement.attempts.saturating_sub(1));
        progress.succeeded_items += settlement.succeeded_items;
        progress.failed_items += settlement.failed_items;
        progress.rows += settlement.rows;
        self.first_worker = self.first_worker.max(settlement.segment.saturating_add(1));
    }

    fn reopen(&mut self, number: u64) {
        match self.open.back_mut() {
            Some(range) if range.end == number => range.end += 1,
            _ => self.open.push_back(number..number + 1),
        }
    }
}

/// The first number without a segment, nor a higher one with one: a worker empties its segment when it starts.
fn first_worker(job_dir: &Path) -> u32 {
    let entries = fs::read_dir(segments_path(job_dir)).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.max().map_or(0, |last| last.saturating_add(1))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::partition::PartitionWriter;
    use super::super::sink::segment_path;
    use super::*;

    const ROWS: &[u8] = b"zero\none\ntwo\n";

    /// A job of five mini-batches with one file each: 0 and 1 are committed, 3 is given up.
    fn job() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PartitionWriter::create(folder.path(), 1).unwrap();
        for name in [b"a", b"b", b"c", b"d", b"e"] {
            writer.push(b"", name).unwrap();
        }
        writer.finish().unwrap();
        fs::create_dir(segments_path(folder.path())).unwrap();
        fs::write(segment_path(folder.path(), 4), ROWS).unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        journal.settle(0, &committed(0, 5)).unwrap();
        journal.settle(1, &committed(5, 4)).unwrap();
        let given_up =
            Settlement { settled: Settled::GivenUp, failed_items: 1, attempts: 3, ..committed(0, 0) };
        journal.settle(3, &Settlement { segment: 0, succeeded_items: 0, rows: 0, ..given_up }).unwrap();
        (folder, journal)
    }

    fn committed(offset: u64, length: u64) -> Settlement {
        Settlement {
            settled: Settled::Committed,
            attempts: 1,
            segment: 4,
            offset,
            length,
            succeeded_items: 1,
            failed_items: 0,
            rows: 1,
            checksum: crc32fast::hash(&ROWS[offset as usize..][..length as usize]),
        }
    }

    fn find(folder: &tempfile::TempDir) -> Option<Earlier> {
        Earlier::find(folder.path(), &AtomicBool::new(false)).unwrap()
    }

    fn open(folder: &tempfile::TempDir) -> Vec<Range<u64>> {
        find(folder).map(|earlier| earlier.open.into()).unwrap_or_default()
    }

    #[test]
    fn what_is_settled_counts_and_the_rest_is_open() {
        let (folder, _) = job();
        let earlier = find(&folder).unwrap();
        let progress = Progress {
            mini_batches: 5,
            items: 5,
            done: 2,
            failed: 1,
            retried: 2,
            succeeded_items: 2,
            failed_items: 1,
            rows: 2,
            ..Progress::default()
        };
        assert_eq!(earlier, Earlier { progress, open: [2..3, 4..5].into(), first_worker: 5 });
    }

    #[test]
    fn rows_that_are_missing_or_changed_are_made_again_and_never_believed_later() {
        let (folder, _) = job();
        let segment = segment_path(folder.path(), 4);
        fs::write(&segment, &ROWS[..8]).unwrap();
        assert_eq!(open(&folder), [1..3, 4..5], "the segment is too short");
        fs::write(&segment, ROWS).unwrap();
        assert_eq!(open(&folder), [1..3, 4..5], "what was taken back came back");

        let (folder, _) = job();
        fs::write(segment_path(folder.path(), 4), b"\0\0\0\0\0one\n").unwrap();
        assert_eq!(open(&folder), [0..1, 2..3, 4..5], "a page of zeros was believed");

        let (folder, journal) = job();
        fs::remove_file(segment_path(folder.path(), 4)).unwrap();
        journal.settle(2, &Settlement { length: 0, checksum: 0, ..committed(0, 0) }).unwrap();
        let earlier = find(&folder).unwrap();
        assert_eq!(Vec::from(earlier.open), [0..2, 4..5], "rows of a segment that is gone");
        assert_eq!(earlier.first_worker, 5, "the number of a worker is used again");
    }

    #[test]
    fn a_journal_without_its_manifest_is_nothing_to_go_on_from() {
        let (folder, _) = job();
        fs::write(folder.path().join("inputs.bin"), "a\0b\0c\0d\0x\0").unwrap();
        assert_eq!(find(&folder), None, "the manifest is damaged");

        let (folder, journal) = job();
        journal.settle(5, &committed(0, 5)).unwrap();
        assert_eq!(find(&folder), None, "the journal is of another manifest");

        let (folder, journal) = job();
        for number in [0, 1, 3] {
            journal.forget(number).unwrap();
        }
        assert_eq!(find(&folder), None, "nothing is settled");
        assert_eq!(find(&tempfile::tempdir().unwrap()), None, "nothing is there");
    }

    #[test]
    fn what_is_there_is_not_said_to_be_missing_by_who_was_stopped_looking_for_it() {
        let (folder, _) = job();
        let stopped = Earlier::find(folder.path(), &AtomicBool::new(true));
        assert!(matches!(stopped, Err(InputError::Stopped)), "{stopped:?}");
        assert_eq!(open(&folder), [2..3, 4..5]);
    }
}
