//! Every error of a job's workers as one line of JSON, for programs: `logs/errors.jsonl`.
//!
//! A line is handed to the system whole and at once, so that what a killed job has told is there. On a full disk
//! lines are left out and counted, never cut. Nothing is kept in memory.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

use serde::Serialize;

use super::worker::{ScriptLocation, ScriptPhase};

/// Below the log root.
pub(super) const ERROR_LIST: &str = "logs/errors.jsonl";
/// Files of a mini-batch that are named, and characters of a message; the rest is in the worker's error log.
pub(super) const NAMED_FILES: usize = 100;
pub(super) const LONGEST_MESSAGE: usize = 2000;

/// One line. What failed before the first mini-batch has none.
#[derive(Debug, Serialize)]
pub(super) struct ErrorLine {
    /// RFC 3339, UTC.
    pub(super) time: String,
    pub(super) phase: ScriptPhase,
    pub(super) mini_batch: Option<u64>,
    /// Counts from 1.
    pub(super) attempt: Option<u32>,
    /// The first files of the mini-batch, relative to the input, and how many it has.
    pub(super) files: Vec<String>,
    pub(super) file_count: u64,
    /// Files that count as failed from now on: none while there are tries left. The sum over all lines is the job's.
    pub(super) failed_files: u64,
    pub(super) worker: String,
    pub(super) class: String,
    pub(super) message: String,
    /// The innermost line of the user's own code.
    pub(super) location: Option<ScriptLocation>,
    /// The log that tells more.
    pub(super) log: Option<String>,
}

/// How many lines there are, and how many could not be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ErrorCount {
    pub(super) told: u64,
    pub(super) lost: u64,
}

/// See the module's documentation.
pub(super) struct ErrorList {
    file: Option<File>,
    /// Where the last whole line ends.
    end: Cell<u64>,
    count: Cell<ErrorCount>,
}

impl ErrorList {
    /// On a file that is opened for reading and appending; without one, every line is lost. The lines that are there,
    /// of a job that was resumed, count. Half a line, which a machine that went down may leave, is cut off.
    pub(super) fn new(file: Option<File>) -> Self {
        let (told, end) = file.as_ref().and_then(|file| whole_lines(file).ok()).unwrap_or_default();
        if let Some(file) = &file
            && file.metadata().is_ok_and(|file| file.len() > end)
        {
            let _stays_cut = file.set_len(end);
        }
        Self { file, end: Cell::new(end), count: Cell::new(ErrorCount { told, lost: 0 }) }
    }

    pub(super) fn add(&self, line: &ErrorLine) {
        let ErrorCount { told, lost } = self.count.get();
        let lost = lost + u64::from(!self.write(line));
        self.count.set(ErrorCount { told: told + 1, lost });
    }

    pub(super) fn count(&self) -> ErrorCount {
        self.count.get()
    }

    /// Whether it could be written.
    fn write(&self, line: &ErrorLine) -> bool {
        let (Some(mut file), Ok(mut bytes)) = (self.file.as_ref(), serde_json::to_vec(line)) else {
            return false;
        };
        bytes.push(b'\n');
        let written = file.write_all(&bytes).is_ok();
        if written {
            self.end.set(self.end.get() + bytes.len() as u64);
        } else {
            let _stays_cut = file.set_len(self.end.get());
        }
        written
    }
}

/// How many lines are whole, and where the last of them ends.
fn whole_lines(file: &File) -> io::Result<(u64, u64)> {
    let (mut reader, mut line, mut lines, mut end) = (BufReader::new(file), Vec::new(), 0, 0);
    while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        (lines, end) = (lines + 1, end + line.len() as u64);
        line.clear();
    }
    Ok((lines, end))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs;

    use super::*;

    fn line(message: &str) -> ErrorLine {
        ErrorLine {
            time: String::new(),
            phase: ScriptPhase::Run,
            mini_batch: Some(0),
            attempt: Some(1),
            files: Vec::new(),
            file_count: 0,
            failed_files: 0,
            worker: String::new(),
            class: String::new(),
            message: message.to_owned(),
            location: None,
            log: None,
        }
    }

    #[test]
    fn a_line_is_there_as_soon_as_it_is_told_and_one_that_cannot_be_written_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.jsonl");
        fs::write(&path, "earlier\nhalf a li").unwrap();
        let list = ErrorList::new(Some(File::options().read(true).append(true).open(&path).unwrap()));
        list.add(&line("two\nlines"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("earlier\n{") && text.ends_with("}\n") && text.lines().count() == 2,
            "{text}"
        );
        assert_eq!(list.count(), ErrorCount { told: 2, lost: 0 });

        // Fails like a full disk.
        let list = ErrorList::new(Some(File::open(&path).unwrap()));
        list.add(&line("lost"));
        assert_eq!(list.count(), ErrorCount { told: 3, lost: 1 });
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
