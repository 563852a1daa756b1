//! Retrying a job: what it has left undone, and taking over what it has done.
//!
//! The job that is retried has ended for good, so nothing in its folder changes any more. Mini-batches are done again
//! as they were cut, and whole: which file of one with too few results is without one, nobody knows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::earlier::Earlier;
use super::file_error::FileError;
use super::inputs::{InputError, Listing};
use super::journal::{Journal, JournalReader, Settled, Settlement};
use super::partition::{self, Partition, PartitionWriter, Seal};
use super::plan::RetryPlan;
use super::sink::{Segments, segment_path, segments_path};

/// The segment of the rows that are taken over; workers have higher numbers.
const TAKEN_OVER: u32 = 0;

/// What is left to do of a job that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// All that it was to do: its mini-batches were never listed.
    Everything,
    /// So many files: those of mini-batches that failed, had fewer results than files, or were never tried.
    Files {
        /// How many.
        files: u64,
        /// Bytes of all rows it has committed.
        row_bytes: u64,
    },
    /// Nobody knows: its lists are gone or damaged.
    Unknown,
}

/// Finds out what the job in `job_dir` has left undone; `retry` is the part of its plan that says which job it retried
/// itself, if any.
pub fn rest(job_dir: &Path, retry: Option<&RetryPlan>) -> Rest {
    let Some(seal) = Seal::of(job_dir) else {
        let takes_over = retry.is_some_and(|retry| retry.merge);
        let settled = Records::open(job_dir).and_then(|mut records| records.has_settled(takes_over));
        let is_unlisted = job_dir.is_dir() && matches!(settled, Ok(false));
        return if is_unlisted { Rest::Everything } else { Rest::Unknown };
    };
    count(job_dir, seal).unwrap_or(Rest::Unknown)
}

fn count(job_dir: &Path, seal: Seal) -> Result<Rest, FileError> {
    let (partition, mut records) = (Partition::open(job_dir)?, Records::open(job_dir)?);
    let (mut files, mut row_bytes) = (0, 0);
    for number in 0..seal.mini_batches {
        let record = records.next()?;
        row_bytes += record.map_or(0, |record| record.length);
        if !is_done(record.as_ref()) {
            files += partition.read(number)?.files;
        }
    }
    Ok(Rest::Files { files, row_bytes })
}

/// Lists the mini-batches that were left undone as those of a new job. Blocks; `stop` ends it early.
pub(super) fn list(
    retry: &RetryPlan,
    job_dir: &Path,
    mini_batch_size: u64,
    stop: &AtomicBool,
) -> Result<Listing, InputError> {
    let (from, seal) = sealed(retry)?;
    let (partition, mut records) = (Partition::open(from)?, Records::open(from)?);
    let mut manifest = PartitionWriter::create(job_dir, mini_batch_size)?;
    for number in 0..seal.mini_batches {
        if stop.load(Ordering::Relaxed) {
            return Err(InputError::Stopped);
        }
        if !is_done(records.next()?.as_ref()) {
            for name in partition.read(number)?.raw_names() {
                manifest.push(b"", name)?;
            }
            manifest.close_mini_batch()?;
        }
    }
    let (mini_batches, items) = manifest.finish()?;
    Ok(Listing { mini_batches, items, ..Listing::default() })
}

/// Whose work a job goes on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// That of its own earlier supervisor.
    Own,
    /// That of the job it retries.
    TakenOver,
}

/// What a job has to go on from that begins with what another one has done. That is taken over here, unless the job has
/// got further already. Blocks; `stop` ends it early.
pub(super) fn own_or_taken_over(
    retry: &RetryPlan,
    job_dir: &Path,
    stop: &AtomicBool,
) -> Result<(Option<Earlier>, Whose), InputError> {
    if let Some(own) = Earlier::find(job_dir, stop)? {
        return Ok((Some(own), Whose::Own));
    }
    take_over(retry, job_dir, stop)?;
    Ok((Earlier::find(job_dir, stop)?, Whose::TakenOver))
}

/// Gives a new job all mini-batches of the job it retries, and the rows of those that are done, as if an earlier
/// supervisor had made them: they count from when the manifest is sealed, which comes last. Blocks; `stop` ends it early.
fn take_over(retry: &RetryPlan, job_dir: &Path, stop: &AtomicBool) -> Result<(), InputError> {
    if retry.job_dir.is_none() {
        return Ok(());
    }
    let (from, seal) = sealed(retry)?;
    partition::copy_unsealed(from, job_dir)?;
    let segments = segments_path(job_dir);
    match fs::remove_dir_all(&segments) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(FileError::on("remove", &segments)(error).into());
        }
        _ => fs::create_dir_all(&segments).map_err(FileError::on("create", &segments))?,
    }
    let (journal, mut records) = (Journal::create(job_dir)?, Records::open(from)?);
    let mut source = match &retry.output {
        Some(output) => Rows { segments: Segments::in_one_file(output), next: Some(0) },
        None => Rows { segments: Segments::of(from), next: None },
    };
    let mut target = Target::create(job_dir)?;
    for number in 0..seal.mini_batches {
        if stop.load(Ordering::Relaxed) {
            return Err(InputError::Stopped);
        }
        let Some(record) = records.next()?.map(|record| source.locate(record)) else { continue };
        if is_done(Some(&record)) {
            let offset = target.length;
            if !source.segments.read(&record, |piece| target.write(piece))? {
                return Err(InputError::Gone(retry.job.clone()));
            }
            journal.settle(number, &Settlement { segment: TAKEN_OVER, offset, ..record })?;
        }
    }
    target.finish()?;
    Ok(partition::copy_seal(from, job_dir)?)
}

/// The folder of the job that is retried, and the seal of its manifest.
fn sealed(retry: &RetryPlan) -> Result<(&Path, Seal), InputError> {
    let sealed = retry.job_dir.as_deref().and_then(|from| Some((from, Seal::of(from)?)));
    sealed.ok_or_else(|| InputError::Gone(retry.job.clone()))
}

/// Whether every file of a mini-batch has a result.
fn is_done(record: Option<&Settlement>) -> bool {
    record.is_some_and(|record| record.settled == Settled::Committed && record.failed_items == 0)
}

/// Where the rows of a job are: in the segments of its workers, or one after the other in its output file.
struct Rows<'a> {
    segments: Segments<'a>,
    /// Where the next rows of the output file begin.
    next: Option<u64>,
}

impl Rows<'_> {
    fn locate(&mut self, record: Settlement) -> Settlement {
        match &mut self.next {
            Some(next) => {
                let offset = *next;
                *next += record.length;
                Settlement { offset, ..record }
            }
            None => record,
        }
    }
}

/// The file the rows are brought to.
struct Target {
    writer: BufWriter<File>,
    path: PathBuf,
    length: u64,
}

impl Target {
    fn create(job_dir: &Path) -> Result<Self, FileError> {
        let path = segment_path(job_dir, TAKEN_OVER);
        let file = File::create(&path).map_err(FileError::on("create", &path))?;
        Ok(Self { writer: BufWriter::new(file), path, length: 0 })
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), FileError> {
        self.length += piece.len() as u64;
        self.writer.write_all(piece).map_err(FileError::on("write", &self.path))
    }

    fn finish(mut self) -> Result<(), FileError> {
        self.writer.flush().map_err(FileError::on("write", &self.path))
    }
}

/// The records of a journal, as many as are asked for; a job that settled nothing need not have one.
struct Records(Option<JournalReader>);

impl Records {
    fn open(job_dir: &Path) -> Result<Self, FileError> {
        JournalReader::open_if_there(job_dir).map(Self)
    }

    fn next(&mut self) -> Result<Option<Settlement>, FileError> {
        let Some(reader) = &mut self.0 else { return Ok(None) };
        Ok(reader.next()?.flatten())
    }

    /// Whether any of those that are left tells of something that the job has done itself, which is not so while it
    /// `takes_over` what another one has done.
    fn has_settled(&mut self, takes_over: bool) -> Result<bool, FileError> {
        let Some(reader) = &mut self.0 else { return Ok(false) };
        while let Some(record) = reader.next()? {
            let is_taken_over =
                |record: &Settlement| takes_over && record.segment == TAKEN_OVER && is_done(Some(record));
            if record.is_some_and(|record| !is_taken_over(&record)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tempfile::TempDir;

    use super::*;

    static GO_ON: AtomicBool = AtomicBool::new(false);

    /// A job of five mini-batches of up to two files: 0 is done, 1 was given up, 2 has a result too few, and 3 and 4 were
    /// never tried.
    fn job() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PartitionWriter::create(folder.path(), 2).unwrap();
        for name in [b"a", b"b", b"c"] {
            writer.push(b"", name).unwrap();
        }
        writer.close_mini_batch().unwrap();
        for name in [b"d".as_slice(), b"e", b"f", b"g", b"\xff\n", b"h"] {
            writer.push(b"sub/", name).unwrap();
        }
        writer.finish().unwrap();
        fs::create_dir(segments_path(folder.path())).unwrap();
        fs::write(segment_path(folder.path(), 4), "torn.a\nb\n").unwrap();
        fs::write(segment_path(folder.path(), 7), "d\n").unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let done = |segment, offset, rows: &str, items| Settlement {
            settled: Settled::Committed,
            attempts: 1,
            segment,
            offset,
            length: rows.len() as u64,
            succeeded_items: items,
            failed_items: 0,
            rows: items,
            checksum: crc32fast::hash(rows.as_bytes()),
        };
        journal.settle(0, &done(4, 5, "a\nb\n", 2)).unwrap();
        let given_up = Settlement { settled: Settled::GivenUp, failed_items: 1, ..done(0, 0, "", 0) };
        journal.settle(1, &given_up).unwrap();
        journal.settle(2, &Settlement { failed_items: 1, ..done(7, 0, "d\n", 1) }).unwrap();
        folder
    }

    fn plan(job: &TempDir, output: Option<PathBuf>) -> RetryPlan {
        RetryPlan { job: "j".to_owned(), job_dir: Some(job.path().to_owned()), output, merge: true }
    }

    fn names(job_dir: &Path, mini_batches: u64) -> Vec<Vec<u8>> {
        let partition = Partition::open(job_dir).unwrap();
        (0..mini_batches).map(|number| partition.read(number).unwrap().names).collect()
    }

    #[test]
    fn mini_batches_without_a_result_for_every_file_are_left_to_do_as_they_were_cut() {
        let old = job();
        assert_eq!(rest(old.path(), None), Rest::Files { files: 1 + 2 + 2 + 2, row_bytes: 6 });
        let new = tempfile::tempdir().unwrap();
        let listing = list(&plan(&old, None), new.path(), 2, &GO_ON).unwrap();
        assert_eq!((listing.mini_batches, listing.items), (4, 7));
        let expected = ["c\0", "sub/d\0sub/e\0", "sub/f\0sub/g\0"].map(|names| names.as_bytes().to_vec());
        assert_eq!(names(new.path(), 4)[..3], expected);
        assert_eq!(names(new.path(), 4)[3], b"sub/\xff\n\0sub/h\0");
    }

    #[test]
    fn what_is_done_is_taken_over_from_segments_or_from_the_output() {
        let old = job();
        let output = old.path().join("out.csv");
        fs::write(&output, "a\nb\nd\n").unwrap();
        for output in [None, Some(output)] {
            let new = tempfile::tempdir().unwrap();
            take_over(&plan(&old, output), new.path(), &GO_ON).unwrap();
            assert_eq!(names(new.path(), 5), names(old.path(), 5));
            assert_eq!(fs::read(segment_path(new.path(), TAKEN_OVER)).unwrap(), b"a\nb\n");
            let earlier = Earlier::find(new.path(), &GO_ON).unwrap().unwrap();
            assert_eq!((earlier.open.len(), earlier.open.front()), (1, Some(&(1..5))));
            assert_eq!(
                (earlier.progress.done, earlier.progress.failed_items, earlier.progress.rows),
                (1, 0, 2)
            );
            assert_eq!(earlier.first_worker, 1, "a worker would write over what was taken over");
        }
    }

    #[test]
    fn what_was_not_taken_over_to_its_end_does_not_count_and_is_begun_anew() {
        let old = job();
        let new = tempfile::tempdir().unwrap();
        take_over(&plan(&old, None), new.path(), &GO_ON).unwrap();
        assert_eq!(
            rest(new.path(), Some(&plan(&old, None))),
            Rest::Files { files: 1 + 2 + 2 + 2, row_bytes: 4 }
        );
        fs::remove_file(new.path().join("inputs.seal")).unwrap();
        assert_eq!(rest(new.path(), Some(&plan(&old, None))), Rest::Everything, "it was about to begin");
        assert_eq!(rest(new.path(), None), Rest::Unknown, "it has done something, but what?");
        let stopped = take_over(&plan(&old, None), new.path(), &AtomicBool::new(true));
        assert!(matches!(stopped, Err(InputError::Stopped)));
        assert_eq!(Earlier::find(new.path(), &GO_ON).unwrap(), None);
        fs::write(segment_path(new.path(), 3), "of nobody").unwrap();
        take_over(&plan(&old, None), new.path(), &GO_ON).unwrap();
        assert_eq!(Earlier::find(new.path(), &GO_ON).unwrap().unwrap().first_worker, 1);
    }

    #[test]
    fn who_is_stopped_before_it_knows_what_it_has_done_itself_keeps_that() {
        let (old, new) = (job(), tempfile::tempdir().unwrap());
        let retry = plan(&old, None);
        let (taken_over, whose) = own_or_taken_over(&retry, new.path(), &GO_ON).unwrap();
        assert_eq!((taken_over.unwrap().settled(), whose), (1, Whose::TakenOver));
        fs::write(segment_path(new.path(), 1), "c\n").unwrap();
        let own = Settlement {
            settled: Settled::Committed,
            attempts: 1,
            segment: 1,
            offset: 0,
            length: 2,
            succeeded_items: 1,
            failed_items: 0,
            rows: 1,
            checksum: crc32fast::hash(b"c\n"),
        };
        Journal::open(new.path()).unwrap().settle(1, &own).unwrap();
        let stopped = own_or_taken_over(&retry, new.path(), &AtomicBool::new(true));
        assert!(matches!(stopped, Err(InputError::Stopped)), "{stopped:?}");
        assert_eq!(rest(new.path(), Some(&retry)), Rest::Files { files: 2 + 2 + 2, row_bytes: 6 });
        let (own, whose) = own_or_taken_over(&retry, new.path(), &GO_ON).unwrap();
        assert_eq!((own.unwrap().settled(), whose), (2, Whose::Own));
    }

    #[test]
    fn rows_and_lists_that_are_gone_or_changed_are_noticed() {
        let old = job();
        let new = tempfile::tempdir().unwrap();
        let is_gone = |result| matches!(result, Err(InputError::Gone(job)) if job == "j");
        fs::write(segment_path(old.path(), 4), "torn.x\nb\n").unwrap();
        assert!(is_gone(take_over(&plan(&old, None), new.path(), &GO_ON)));
        assert!(is_gone(take_over(&plan(&old, Some(old.path().join("none"))), new.path(), &GO_ON)));
        assert_eq!(Earlier::find(new.path(), &GO_ON).unwrap(), None);
        fs::remove_file(old.path().join("inputs.bin")).unwrap();
        assert!(is_gone(take_over(&plan(&old, None), new.path(), &GO_ON)));
        assert!(is_gone(list(&plan(&old, None), new.path(), 2, &GO_ON).map(drop)));
        assert_eq!(rest(old.path(), None), Rest::Unknown);
    }

    #[test]
    fn of_a_job_that_never_listed_its_input_everything_is_left() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(rest(folder.path(), None), Rest::Everything);
        Journal::create(folder.path()).unwrap();
        drop(PartitionWriter::create(folder.path(), 1).unwrap());
        assert_eq!(rest(folder.path(), None), Rest::Everything);
        assert_eq!(rest(&folder.path().join("gone"), None), Rest::Unknown);
    }
}
