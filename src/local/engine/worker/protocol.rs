//! The frames between the engine and a worker process.
//!
//! A frame is its length (4 bytes, little endian, of what follows), its kind (1 byte) and its payload.
//! Numbers are little endian. Only the first frame to a worker and the two failure reports are JSON; what is
//! sent for every mini-batch is binary. `worker.py` is the other end.

use std::path::Path;

use serde::{Deserialize, Serialize};

const START: u8 = 1;
const RUN: u8 = 2;
const SHUTDOWN: u8 = 3;
const RETIRE: u8 = 4;

const READY: u8 = 1;
const INIT_FAILED: u8 = 2;
const DONE: u8 = 3;
const FAILED: u8 = 4;
const UNWRITABLE: u8 = 5;

/// Longer frames are not believed: a worker sends a few hundred bytes, or one traceback of limited length.
const LONGEST_FRAME: usize = 1 << 20;

/// What a worker is told before anything else.
#[derive(Debug, Serialize)]
pub(in super::super) struct Start<'a> {
    pub(in super::super) code_dir: &'a Path,
    pub(in super::super) scoring_script: &'a str,
    pub(in super::super) working_dir: &'a Path,
    pub(in super::super) output_dir: &'a Path,
    pub(in super::super) entry_script_log_dir: &'a Path,
    pub(in super::super) agent_name: String,
    pub(in super::super) input_root: &'a Path,
    pub(in super::super) segment: &'a Path,
    pub(in super::super) append_rows: bool,
    pub(in super::super) logging_level: &'a str,
    pub(in super::super) arguments: &'a [String],
    /// How long the interpreter may take to end by itself after `shutdown()`.
    pub(in super::super) exit_patience_seconds: f64,
}

impl Start<'_> {
    pub(super) fn frame(&self) -> serde_json::Result<Vec<u8>> {
        Ok(frame(START, &[&serde_json::to_vec(self)?]))
    }
}

/// The order to score one mini-batch.
pub(in super::super) fn run_frame(mini_batch: u64, attempt: u32, names: &[u8]) -> Vec<u8> {
    frame(RUN, &[&mini_batch.to_le_bytes(), &attempt.to_le_bytes(), names])
}

/// The order to call `shutdown()` and end.
pub(in super::super) fn shutdown_frame() -> Vec<u8> {
    frame(SHUTDOWN, &[])
}

/// The order to end without `shutdown()`: another worker takes over.
pub(in super::super) fn retire_frame() -> Vec<u8> {
    frame(RETIRE, &[])
}

fn frame(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut frame = Vec::with_capacity(4 + length);
    frame.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    frame.push(kind);
    for part in parts {
        frame.extend_from_slice(part);
    }
    frame
}

/// What a worker says.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Answer {
    /// The script is imported and initialised, under this version of Python.
    Ready { python: String },
    /// The script could not be imported or initialised; the process is ending.
    InitFailed(ScriptReport),
    /// `run()` returned, its rows are in the worker's segment.
    Done(Returned),
    /// `run()` raised or returned the wrong thing.
    Failed { mini_batch: u64, report: ScriptReport },
    /// The segment could not be written, which is nobody's fault but this machine's; the process is ending.
    Unwritable { reason: String },
}

/// What `run()` returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Returned {
    pub(in super::super) mini_batch: u64,
    /// Length of the result.
    pub(in super::super) rows: u64,
    pub(in super::super) offset: u64,
    pub(in super::super) length: u64,
    /// Time spent in `run()`.
    pub(in super::super) nanoseconds: u64,
    /// CRC-32 of the rows.
    pub(in super::super) checksum: u32,
}

/// An error of the scoring script, as Python tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in super::super) struct ScriptReport {
    pub(in super::super) phase: ScriptPhase,
    /// Class of the exception, with its module unless that is Python's own; `ScriptError` for a broken contract.
    pub(in super::super) class: String,
    /// Class and message.
    pub(in super::super) error: String,
    /// The traceback from the user's first frame on; empty when no user code was involved.
    pub(in super::super) traceback: String,
    /// The user's innermost frame.
    pub(in super::super) location: Option<ScriptLocation>,
}

/// What the worker was doing with the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum ScriptPhase {
    Import,
    Init,
    Run,
}

/// A line of the user's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct ScriptLocation {
    pub(in super::super) file: String,
    pub(in super::super) line: u64,
    pub(in super::super) code: String,
}

/// A worker that says something it cannot mean.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum ProtocolError {
    #[error("frame of {0} bytes")]
    Length(usize),
    #[error("frame of unknown kind {0}")]
    Kind(u8),
    #[error("frame with {0} bytes too few")]
    Short(usize),
    #[error("{0} is no checksum of 32 bits")]
    Checksum(u64),
    #[error("unreadable report")]
    Report(#[from] serde_json::Error),
}

/// Takes the first complete frame off `buffer`.
pub(super) fn take_answer(buffer: &mut Vec<u8>) -> Result<Option<Answer>, ProtocolError> {
    let Some((length, rest)) = buffer.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*length) as usize;
    if length == 0 || length > LONGEST_FRAME {
        return Err(ProtocolError::Length(length));
    }
    if rest.len() < length {
        return Ok(None);
    }
    let answer = parse(rest[0], &rest[1..length])?;
    buffer.drain(..4 + length);
    Ok(Some(answer))
}

fn parse(kind: u8, payload: &[u8]) -> Result<Answer, ProtocolError> {
    match kind {
        READY => Ok(Answer::Ready { python: String::from_utf8_lossy(payload).into_owned() }),
        INIT_FAILED => Ok(Answer::InitFailed(serde_json::from_slice(payload)?)),
        DONE => {
            let (mini_batch, payload) = take_number(payload)?;
            let (rows, payload) = take_number(payload)?;
            let (offset, payload) = take_number(payload)?;
            let (length, payload) = take_number(payload)?;
            let (nanoseconds, payload) = take_number(payload)?;
            let (checksum, _) = take_number(payload)?;
            let checksum = u32::try_from(checksum).map_err(|_| ProtocolError::Checksum(checksum))?;
            Ok(Answer::Done(Returned { mini_batch, rows, offset, length, nanoseconds, checksum }))
        }
        FAILED => {
            let (mini_batch, payload) = take_number(payload)?;
            Ok(Answer::Failed { mini_batch, report: serde_json::from_slice(payload)? })
        }
        UNWRITABLE => Ok(Answer::Unwritable { reason: String::from_utf8_lossy(payload).into_owned() }),
        unknown => Err(ProtocolError::Kind(unknown)),
    }
}

fn take_number(payload: &[u8]) -> Result<(u64, &[u8]), ProtocolError> {
    let (number, rest) =
        payload.split_first_chunk::<8>().ok_or_else(|| ProtocolError::Short(8 - payload.len()))?;
    Ok((u64::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn done_frame() -> Vec<u8> {
        let numbers = [3_u64, 2, 100, 10, 77, 5];
        frame(
            DONE,
            &numbers.each_ref().map(|number| number.to_le_bytes()).each_ref().map(<[u8; 8]>::as_slice),
        )
    }

    #[test]
    fn frames_are_taken_one_by_one_however_they_are_cut() {
        let bytes = [done_frame(), frame(READY, &[b"3.11.7"]), done_frame()].concat();
        for cut in 1..bytes.len() {
            let (mut buffer, mut answers) = (Vec::new(), Vec::new());
            for piece in bytes.chunks(cut) {
                buffer.extend_from_slice(piece);
                while let Some(answer) = take_answer(&mut buffer).unwrap() {
                    answers.push(answer);
                }
            }
            let done = Answer::Done(Returned {
                mini_batch: 3,
                rows: 2,
                offset: 100,
                length: 10,
                nanoseconds: 77,
                checksum: 5,
            });
            assert_eq!(answers.len(), 3);
            assert_eq!(answers[0], done);
            assert_eq!(answers[1], Answer::Ready { python: "3.11.7".to_owned() });
            assert_eq!(buffer, b"");
        }
    }

    #[test]
    fn nonsense_is_an_error_and_not_a_wait_for_more() {
        for bytes in [
            vec![0, 0, 0, 0],
            vec![255; 9],
            frame(9, &[]),
            frame(DONE, &[b"short"]),
            frame(FAILED, &[&[0; 9]]),
        ] {
            assert!(take_answer(&mut bytes.clone()).is_err(), "{bytes:?}");
        }
    }
}
