//! Why a mini-batch, a worker or a whole job failed.
//!
//! The types say what is known; `outcome` turns a job's failure into what its user reads.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::time::Duration;

use super::download::DownloadError;
use super::environment::EnvironmentError;
use super::file_error::FileError;
use super::inputs::InputError;
use super::mlflow::MlflowError;
use super::record::RecordError;
use super::sink::SinkError;
use super::worker::{ScriptPhase, ScriptReport, StartError, WorkerIdentity};

/// What went wrong in one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WorkerFailure {
    /// The scoring script raised, or broke its contract.
    Script(ScriptReport),
    /// `init()` or `run()` took longer than this.
    TimeLimit { phase: ScriptPhase, limit: Duration },
    /// The process is gone, and this is the end of what it wrote to stderr.
    Died { how: String, last_words: String },
}

impl WorkerFailure {
    /// Whether the script could not even be imported.
    pub(super) fn is_import(&self) -> bool {
        matches!(self, Self::Script(report) if report.phase == ScriptPhase::Import)
    }

    /// Class of the exception, or a word for what is none.
    pub(super) fn class(&self) -> &str {
        match self {
            Self::Script(report) => &report.class,
            Self::TimeLimit { .. } => "TimeLimit",
            Self::Died { .. } => "ProcessExit",
        }
    }

    /// What the exception says, without its class.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Script(ScriptReport { class, error, .. }) => match error.strip_prefix(class.as_str()) {
                Some(rest) => rest.strip_prefix(": ").unwrap_or(rest).to_owned(),
                None => error.clone(),
            },
            Self::TimeLimit { .. } | Self::Died { .. } => self.to_string(),
        }
    }

    /// Everything known, for the worker's error log.
    pub(super) fn details(&self) -> String {
        match self {
            Self::Script(report) if report.traceback.is_empty() => format!("{}\n", report.error),
            Self::Script(report) => report.traceback.clone(),
            Self::TimeLimit { .. } => format!("{self}\n"),
            Self::Died { last_words, .. } => format!("{self}\n{last_words}"),
        }
    }
}

/// One line.
impl fmt::Display for WorkerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script(report) => f.write_str(report.error.lines().next().unwrap_or_default()),
            Self::TimeLimit { phase: ScriptPhase::Run, limit } => {
                write!(f, "run() did not return within its time limit of {} seconds", limit.as_secs_f64())
            }
            Self::TimeLimit { limit, .. } => write!(
                f,
                "importing the script and init() did not finish within their time limit of {} seconds",
                limit.as_secs_f64()
            ),
            Self::Died { how, .. } => f.write_str(how),
        }
    }
}

/// Why files of a mini-batch count as failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    Failed(WorkerFailure),
    /// `run()` returned fewer results than it got files.
    ShortResult {
        rows: u64,
        files: u64,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::ShortResult { rows, files } => write!(f, "run() returned {rows} results for {files} files"),
        }
    }
}

/// A flaw, where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) worker: WorkerIdentity,
    pub(super) mini_batch: u64,
    pub(super) flaw: Flaw,
}

/// Why the dispatcher ended a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScoringFailure {
    CannotImport { worker: WorkerIdentity, failure: WorkerFailure },
    CannotInit { worker: WorkerIdentity, workers: usize, tries: u32, failure: WorkerFailure },
    ThresholdExceeded { failed: u64, threshold: i64, first: Option<Witness> },
    NothingSucceeded { first: Option<Witness> },
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Model(#[from] MlflowError),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("cannot fetch the input `{url}`")]
    Download { url: String, source: DownloadError },
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{0}")]
    Scoring(String),
    /// The command of a step, in a pipeline.
    #[error("{0}")]
    Command(String),
    /// What was done before is not known.
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("a background task of the engine broke off")]
    Task(#[from] tokio::task::JoinError),
}

impl Failure {
    /// Whether the deployment or its data is at fault, and not this machine.
    pub(super) fn is_users(&self) -> bool {
        match self {
            Self::Environment(error) => error.is_users(),
            Self::Model(_) | Self::Scoring(_) | Self::Command(_) => true,
            Self::Input(error) => !matches!(error, InputError::File(_)),
            Self::Download { source, .. } => !is_for_want_of_room(source),
            Self::Sink(error) => matches!(error, SinkError::Exists(_) | SinkError::BadName(_)),
            Self::Start(error) => matches!(error, StartError::NoPython(_)),
            Self::File(_) | Self::Record(_) | Self::Task(_) => false,
        }
    }
}

/// Whether a disk that is full, or a limit like it, is behind an error.
fn is_for_want_of_room(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if let Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) = kind {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_fault_of_the_deployment_wherever_it_is_met_and_neither_is_a_state_that_cannot_be_read()
     {
        let full = || io::Error::from(ErrorKind::StorageFull);
        let file = || FileError::on("write", std::path::Path::new("f"))(full());
        let download =
            |error: io::Error| Failure::Download { url: "u".to_owned(), source: DownloadError::new(error) };
        for failure in [
            Failure::File(file()),
            Failure::Input(file().into()),
            Failure::Sink(file().into()),
            Failure::Start(file().into()),
            download(full()),
            Failure::Record(RecordError::new("nobody answers")),
        ] {
            assert!(!failure.is_users(), "{failure:?}");
        }
        let users =
            [Failure::Input(InputError::Empty("i".into())), download(ErrorKind::ConnectionRefused.into())];
        assert!(users.iter().all(Failure::is_users));
    }
}
