//! Why the state cannot be read or written, in words a user can act on.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMOPEN, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};

/// What SQLite said, once. Its own errors say it again as their cause, and quote whole statements.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Said(String);

impl From<rusqlite::Error> for Said {
    fn from(error: rusqlite::Error) -> Self {
        Self(match error {
            rusqlite::Error::SqliteFailure(code, Some(text)) => format!("{text} ({})", code.extended_code),
            rusqlite::Error::SqlInputError { msg, .. } => msg,
            other => other.to_string(),
        })
    }
}

/// A failure of the state file. Every variant names it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened.
    #[error("cannot open the state file `{path}`; check that it is readable and writable")]
    Open {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: Said,
    },
    /// The lock file beside it cannot be used.
    #[error("cannot lock `{path}`")]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no SQLite file, or a broken one.
    #[error("the state file `{path}` is damaged; restore it or move it away and start afresh")]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: Said,
    },
    /// It is an SQLite file, but not ours.
    #[error(
        "the state file `{path}` is the database of another program; move it away or set AZML_HOME to another folder"
    )]
    Foreign {
        /// The state file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("there is no room left for the state file `{path}`; free some on its disk and try again")]
    Full {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: Said,
    },
    /// Something else than a full disk keeps it from being written, such as a quota or a limit: SQLite does not tell.
    #[error(
        "cannot write the state file `{path}`; check its disk, which may be full for this user, or failing"
    )]
    Unwritable {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: Said,
    },
    /// Another program keeps it locked.
    #[error("the state file `{path}` stays locked by another process")]
    Busy {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: Said,
    },
    /// A newer azml wrote it.
    #[error(
        "the state file `{path}` was written by a newer azml (schema {found}, this one knows {known}); \
         update azml or set AZML_HOME to another folder"
    )]
    NewerSchema {
        /// The state file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version this program knows.
        known: u32,
    },
    /// A statement failed.
    #[error("cannot use the state file `{path}`")]
    Sql {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: Said,
    },
    /// A value that goes into it cannot be written as JSON.
    #[error("cannot write a record to the state file `{path}`")]
    Encode {
        /// The state file.
        path: PathBuf,
        /// What the encoder said.
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Sorts what a statement on the open file answered.
    pub(super) fn from_sql(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let is_unreadable = matches!(source, rusqlite::Error::FromSqlConversionFailure(..));
        let extended_code = source.sqlite_error().map(|error| error.extended_code);
        let code = source.sqlite_error_code();
        let source = Said::from(source);
        match code {
            _ if is_unreadable => Self::Damaged { path, source },
            Some(ErrorCode::DiskFull) => Self::Full { path, source },
            // The index of the write-ahead log, which reading needs as well.
            _ if extended_code == Some(SQLITE_IOERR_SHMSIZE) => Self::Full { path, source },
            _ if matches!(extended_code, Some(SQLITE_IOERR_SHMOPEN | SQLITE_IOERR_WRITE)) => {
                Self::Unwritable { path, source }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path, source },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                Self::Open { path, source }
            }
            _ => Self::Sql { path, source },
        }
    }
}
