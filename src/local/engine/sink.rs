//! The output file: the committed rows of every mini-batch, in mini-batch order, put together when all are
//! settled.
//!
//! Rows are moved from the workers' segments, never interpreted. The file is made in the job's own folder and
//! appears under its name only when it is complete and on the device: another job may be told to write the same
//! file, and then it is whole and of one of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crc32fast::Hasher;

use super::file_error::FileError;
use super::journal::{JournalReader, Settled, Settlement};
use crate::local::place::place_new;

/// Rows of one mini-batch up to this size go through memory; larger ones are copied by the kernel.
const BUFFER: usize = 1 << 20;
/// Segments held open at once; there is one for every worker process the job ever had.
const OPEN_SEGMENTS: usize = 64;

/// Why the output file could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum SinkError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the output file `{0}` exists already; name another output file or output location")]
    Exists(PathBuf),
    #[error("output file name `{0}` is not a plain file name")]
    BadName(String),
    #[error("the record of mini-batch {0} is missing or damaged in the job's journal")]
    Unsettled(u64),
}

/// The path of the output file, which must not exist yet.
pub(super) fn target(output_dir: &Path, file_name: &str) -> Result<PathBuf, SinkError> {
    if Path::new(file_name).file_name() != Some(file_name.as_ref()) {
        return Err(SinkError::BadName(file_name.to_owned()));
    }
    let target = output_dir.join(file_name);
    match fs::symlink_metadata(&target) {
        Ok(_) => Err(SinkError::Exists(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(target),
        Err(error) => Err(FileError::on("read", &target)(error).into()),
    }
}

/// Where the worker with this sequence number puts its rows.
pub(super) fn segment_path(job_dir: &Path, segment: u32) -> PathBuf {
    segments_path(job_dir).join(segment.to_string())
}

/// Folder of all segments.
pub(super) fn segments_path(job_dir: &Path) -> PathBuf {
    job_dir.join("segments")
}

/// Whether the output file may be there already, made by a supervisor that died before it could say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeBefore {
    Never,
    Perhaps,
}

/// Puts the rows of `mini_batches` mini-batches together in `output_dir/file_name`; answers its size. Blocks.
pub(super) fn assemble(
    job_dir: &Path,
    mini_batches: u64,
    output_dir: &Path,
    file_name: &str,
    made_before: MadeBefore,
) -> Result<u64, SinkError> {
    let target = match target(output_dir, file_name) {
        Err(SinkError::Exists(target)) if made_before == MadeBefore::Perhaps => target,
        other => other?,
    };
    let unfinished = unfinished_path(job_dir);
    let result = write_rows(job_dir, mini_batches, &unfinished).and_then(|bytes| {
        // The script, or another job, may have made a file of this name in the meantime.
        match place_new(&unfinished, &target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let is_ours = made_before == MadeBefore::Perhaps && is_same_file(&unfinished, &target);
                if is_ours { Ok(bytes) } else { Err(SinkError::Exists(target)) }
            }
            Err(error) => Err(FileError::on("create", &target)(error).into()),
            Ok(()) => Ok(bytes),
        }
    });
    // A second name after success, no use to anybody after a failure, whose error is the one to tell.
    let _second_error = fs::remove_file(&unfinished);
    result
}

/// Whether two files hold the same bytes.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let is_file = fs::symlink_metadata(other).is_ok_and(|metadata| metadata.is_file());
    let same = || -> io::Result<bool> {
        let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
        loop {
            let (left, right) = (one.fill_buf()?, other.fill_buf()?);
            let length = left.len().min(right.len());
            if length == 0 {
                return Ok(left.len() == right.len());
            }
            if left[..length] != right[..length] {
                return Ok(false);
            }
            one.consume(length);
            other.consume(length);
        }
    };
    is_file && same().unwrap_or(false)
}

/// Where the output file is until it is complete.
pub(super) fn unfinished_path(job_dir: &Path) -> PathBuf {
    job_dir.join("output.unfinished")
}

fn write_rows(job_dir: &Path, mini_batches: u64, path: &Path) -> Result<u64, SinkError> {
    let file = File::create(path).map_err(FileError::on("create", path))?;
    let mut output = Output { writer: BufWriter::with_capacity(BUFFER, file), path };
    let mut segments = Segments::of(job_dir);
    let mut journal = JournalReader::open(job_dir)?;
    let mut bytes = 0;
    for number in 0..mini_batches {
        let settlement = journal.next()?.flatten().ok_or(SinkError::Unsettled(number))?;
        if settlement.settled == Settled::Committed && settlement.length > 0 {
            segments.copy(&settlement, &mut output)?;
            bytes += settlement.length;
        }
    }
    output.finish()?;
    Ok(bytes)
}

struct Output<'a> {
    writer: BufWriter<File>,
    path: &'a Path,
}

impl Output<'_> {
    fn finish(mut self) -> Result<(), FileError> {
        self.writer.flush().map_err(FileError::on("write", self.path))?;
        self.writer.get_ref().sync_all().map_err(FileError::on("write", self.path))
    }
}

/// The segments of a job, being read.
pub(super) struct Segments<'a> {
    place: Place<'a>,
    open: HashMap<u32, File>,
    buffer: Vec<u8>,
}

/// Where segments are.
enum Place<'a> {
    Job(&'a Path),
    OneFile(&'a Path),
}

impl<'a> Segments<'a> {
    pub(super) fn of(job_dir: &'a Path) -> Self {
        Self { place: Place::Job(job_dir), open: HashMap::new(), buffer: Vec::new() }
    }

    /// Reads everything from this file, whichever segment it is said to be in.
    pub(super) fn in_one_file(path: &'a Path) -> Self {
        Self { place: Place::OneFile(path), ..Self::of(path) }
    }

    /// Whether the rows are there, unchanged since they were committed.
    pub(super) fn hold(&mut self, rows: &Settlement) -> bool {
        self.read(rows, |_piece| Ok(())).unwrap_or(false)
    }

    /// Reads the rows piece by piece; false if they are not there, or not what was committed.
    pub(super) fn read(
        &mut self,
        rows: &Settlement,
        mut take: impl FnMut(&[u8]) -> Result<(), FileError>,
    ) -> Result<bool, FileError> {
        let (mut hasher, mut at, end) = (Hasher::new(), rows.offset, rows.offset.saturating_add(rows.length));
        while at < end {
            let length = (end - at).min(BUFFER as u64);
            self.buffer.resize(length as usize, 0);
            let segment = open_segment(&self.place, &mut self.open, rows.segment);
            if !segment.is_ok_and(|segment| segment.read_exact_at(&mut self.buffer, at).is_ok()) {
                return Ok(false);
            }
            hasher.update(&self.buffer);
            take(&self.buffer)?;
            at += length;
        }
        Ok(hasher.finalize() == rows.checksum)
    }

    fn copy(&mut self, rows: &Settlement, output: &mut Output<'_>) -> Result<(), FileError> {
        let path = self.place.path(rows.segment);
        let segment = open_segment(&self.place, &mut self.open, rows.segment)?;
        if rows.length > BUFFER as u64 {
            return copy_large(segment, rows, &path, output);
        }
        self.buffer.resize(rows.length as usize, 0);
        segment.read_exact_at(&mut self.buffer, rows.offset).map_err(FileError::on("read", &path))?;
        output.writer.write_all(&self.buffer).map_err(FileError::on("write", output.path))
    }
}

impl Place<'_> {
    fn path(&self, segment: u32) -> PathBuf {
        match self {
            Self::Job(job_dir) => segment_path(job_dir, segment),
            Self::OneFile(path) => path.to_path_buf(),
        }
    }
}

/// The segment, opened unless it is.
fn open_segment<'o>(
    place: &Place<'_>,
    open: &'o mut HashMap<u32, File>,
    segment: u32,
) -> Result<&'o mut File, FileError> {
    if open.len() >= OPEN_SEGMENTS && !open.contains_key(&segment) {
        open.clear();
    }
    match open.entry(segment) {
        Entry::Occupied(opened) => Ok(opened.into_mut()),
        Entry::Vacant(vacant) => {
            let path = place.path(segment);
            Ok(vacant.insert(File::open(&path).map_err(FileError::on("open", &path))?))
        }
    }
}

fn copy_large(
    segment: &mut File,
    rows: &Settlement,
    path: &Path,
    output: &mut Output<'_>,
) -> Result<(), FileError> {
    output.writer.flush().map_err(FileError::on("write", output.path))?;
    segment.seek(SeekFrom::Start(rows.offset)).map_err(FileError::on("read", path))?;
    let copied = io::copy(&mut segment.take(rows.length), output.writer.get_mut());
    if copied.map_err(FileError::on("write", output.path))? == rows.length {
        return Ok(());
    }
    Err(FileError::on("read", path)(io::ErrorKind::UnexpectedEof.into()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::journal::Journal;
    use super::*;

    fn commit(journal: &Journal, number: u64, segment: u32, offset: u64, length: u64) {
        let settlement = Settlement {
            settled: Settled::Committed,
            attempts: 1,
            segment,
            offset,
            length,
            succeeded_items: 1,
            failed_items: 0,
            rows: 1,
            checksum: 0,
        };
        journal.settle(number, &settlement).unwrap();
    }

    #[test]
    fn rows_come_out_in_mini_batch_order_without_uncommitted_ones() {
        let job = tempfile::tempdir().unwrap();
        let output = tempfile::tempdir().unwrap();
        fs::create_dir(job.path().join("segments")).unwrap();
        fs::write(segment_path(job.path(), 0), "garbage-third\n").unwrap();
        let large = vec![b'x'; BUFFER + 17];
        fs::write(segment_path(job.path(), 1), [b"first\n".as_slice(), &large, b"torn"].concat()).unwrap();
        let journal = Journal::create(job.path()).unwrap();
        commit(&journal, 3, 0, 8, 6);
        commit(&journal, 0, 1, 0, 6);
        commit(&journal, 2, 1, 6, large.len() as u64);
        journal
            .settle(
                1,
                &Settlement {
                    settled: Settled::GivenUp,
                    attempts: 4,
                    segment: 9,
                    offset: 0,
                    length: 0,
                    succeeded_items: 0,
                    failed_items: 1,
                    rows: 0,
                    checksum: 0,
                },
            )
            .unwrap();
        let bytes = assemble(job.path(), 4, output.path(), "out.csv", MadeBefore::Never).unwrap();
        let expected = [b"first\n".as_slice(), &large, b"third\n"].concat();
        assert_eq!(bytes, expected.len() as u64);
        assert!(fs::read(output.path().join("out.csv")).unwrap() == expected);
        assert_eq!(fs::read_dir(output.path()).unwrap().count(), 1);
    }

    #[test]
    fn nothing_appears_when_a_mini_batch_or_its_rows_are_missing() {
        let job = tempfile::tempdir().unwrap();
        let output = tempfile::tempdir().unwrap();
        fs::create_dir(job.path().join("segments")).unwrap();
        fs::write(segment_path(job.path(), 0), "short").unwrap();
        let journal = Journal::create(job.path()).unwrap();
        commit(&journal, 0, 0, 0, 50);
        assert!(matches!(
            assemble(job.path(), 1, output.path(), "out", MadeBefore::Never),
            Err(SinkError::File(_))
        ));
        commit(&journal, 0, 0, 0, 5);
        assert!(matches!(
            assemble(job.path(), 2, output.path(), "out", MadeBefore::Never),
            Err(SinkError::Unsettled(1))
        ));
        assert_eq!(fs::read_dir(output.path()).unwrap().count(), 0);
    }

    #[test]
    fn of_two_jobs_with_one_output_file_the_first_has_it_whole_and_the_other_hears_of_it() {
        let output = tempfile::tempdir().unwrap();
        let jobs = ["1", "2"].map(|digit| {
            let job = tempfile::tempdir().unwrap();
            let rows = digit.repeat(3 * BUFFER);
            fs::create_dir(job.path().join("segments")).unwrap();
            fs::write(segment_path(job.path(), 0), &rows).unwrap();
            commit(&Journal::create(job.path()).unwrap(), 0, 0, 0, rows.len() as u64);
            (job, rows)
        });
        for round in 0..20 {
            let name = format!("out-{round}");
            let both_are_there = std::sync::Barrier::new(2);
            let results = std::thread::scope(|scope| {
                let started = jobs.each_ref().map(|(job, _)| {
                    scope.spawn(|| {
                        both_are_there.wait();
                        assemble(job.path(), 1, output.path(), &name, MadeBefore::Never)
                    })
                });
                started.map(|thread| thread.join().unwrap())
            });
            let winner = results.iter().position(Result::is_ok).unwrap();
            assert!(matches!(&results[1 - winner], Err(SinkError::Exists(path)) if path.ends_with(&name)));
            assert!(fs::read_to_string(output.path().join(&name)).unwrap() == jobs[winner].1, "mixed rows");
            assert!(jobs.iter().all(|(job, _)| !unfinished_path(job.path()).exists()));
        }
        assert_eq!(fs::read_dir(output.path()).unwrap().count(), 20, "something else was left behind");
    }

    #[test]
    fn an_existing_file_and_a_path_are_refused() {
        let output = tempfile::tempdir().unwrap();
        fs::write(output.path().join("out"), "mine").unwrap();
        assert!(matches!(target(output.path(), "out"), Err(SinkError::Exists(_))));
        for name in ["", "..", "a/b", "/etc/passwd"] {
            assert!(matches!(target(output.path(), name), Err(SinkError::BadName(_))), "{name}");
        }
    }
}
