//! The state of the local workspace: the only SQL in azml. It knows neither HTTP nor where bytes are.
//!
//! Several processes use the same file at once (every command and every supervisor), so each write is one short
//! `BEGIN IMMEDIATE` transaction and readers never wait (write-ahead log).

mod error;
mod jobs;
mod migrate;
mod record;
mod resources;
mod steps;
#[cfg(test)]
mod tests;
mod workspaces;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

pub use self::error::StoreError;
pub use self::jobs::{Job, JobFilter, NewJob, Recorded, StatusCount};
pub use self::record::{StoreJobRecord, StoreStepRecord};
pub use self::resources::{AssetFilter, NewResource, Resource, ResourceKey, ResourceKind, Written};
pub use self::steps::Step;
pub(super) use self::workspaces::DEFAULT_DATASTORE;
pub use self::workspaces::Workspace;
use super::home::Home;

/// The open state. Clones share one connection.
// Handlers call it straight from async code: the runtime is single-threaded, a statement takes well under a
// millisecond, and handing each one to another thread would cost more than it takes.
#[derive(Debug, Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    home: Home,
}

impl Store {
    /// Opens the state in `home`, making or migrating it as needed.
    pub fn open(home: &Home) -> Result<Self, StoreError> {
        let connection = migrate::open(&home.database())?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), home: home.clone() })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no open transaction behind: dropping one rolls it back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, source: rusqlite::Error) -> StoreError {
        StoreError::from_sql(&self.home.database(), source)
    }

    fn encode(&self, value: &impl serde::Serialize) -> Result<String, StoreError> {
        serde_json::to_string(value)
            .map_err(|source| StoreError::Encode { path: self.home.database(), source })
    }

    /// Runs `change` in one write transaction.
    fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let run = |transaction: Transaction<'_>| {
            let value = change(&transaction)?;
            transaction.commit().map(|()| value)
        };
        transaction.and_then(run).map_err(|source| self.error(source))
    }

    /// The first row of `sql`, if there is one.
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let connection = self.connection();
        let row =
            connection.prepare_cached(sql).and_then(|mut found| found.query_row(params, read).optional());
        row.map_err(|source| self.error(source))
    }

    /// Every row of `sql`.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let connection = self.connection();
        let rows =
            connection.prepare_cached(sql).and_then(|mut found| found.query_map(params, read)?.collect());
        rows.map_err(|source| self.error(source))
    }
}

/// The files SQLite may have made for `database`, the lock of its migration included.
pub(super) fn files_of(database: &Path) -> Vec<PathBuf> {
    ["", "-wal", "-shm", "-journal", ".lock"].map(|suffix| with_suffix(database, suffix)).to_vec()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(suffix);
    text.into()
}

/// Now, the way Azure writes moments: RFC 3339 in UTC with microseconds.
fn timestamp() -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00");
    crate::clock::now().format(FORMAT).unwrap_or_default()
}

/// Reads a column that holds JSON.
fn json_column<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
