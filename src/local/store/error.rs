//! Why the state cannot be read or written, in words a user can act on.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// A failure of the state file. Every variant names it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened.
    #[error("cannot open the state file `{path}`; check that it is readable and writable")]
    Open {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
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
        source: rusqlite::Error,
    },
    /// Another program keeps it locked.
    #[error("the state file `{path}` stays locked by another process")]
    Busy {
        /// The state file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
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
        source: rusqlite::Error,
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
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path, source },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                Self::Open { path, source }
            }
            _ => Self::Sql { path, source },
        }
    }
}
