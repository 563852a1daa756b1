//! Opening the state file: its settings, and bringing its schema up to date.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, with_suffix};

/// Schema changes in order; the schema version is how many of them are applied.
const MIGRATIONS: &[&str] =
    &[include_str!("migrations/0001_initial.sql"), include_str!("migrations/0002_steps.sql")];

/// How long a statement waits for other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens `path`, making it if it is missing.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let failed = |source| StoreError::from_sql(path, source);
    let _told_better_when_it_is_opened = make_private(path);
    let mut connection = Connection::open(path)
        .map_err(|error| StoreError::Open { path: path.to_owned(), source: error.into() })?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;").map_err(failed)?;
    let version = schema_version(&connection).map_err(failed)?;
    refuse_newer(path, version)?;
    if is_foreign(&connection).map_err(failed)? {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if version < known() {
        migrate(path, &mut connection)?;
    }
    Ok(connection)
}

/// Makes a new file that its owner alone can read, whatever folder the user put it in: deployments may hold secrets in
/// their variables. SQLite gives its other files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn known() -> u32 {
    version_after(MIGRATIONS)
}

fn version_after(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

fn schema_version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Whether there are tables, but no version of ours. One statement, so that no migration comes in between.
fn is_foreign(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT user_version = 0 AND EXISTS (SELECT 1 FROM sqlite_schema) FROM pragma_user_version";
    connection.query_row(sql, [], |row| row.get(0))
}

fn refuse_newer(path: &Path, found: u32) -> Result<(), StoreError> {
    match found > known() {
        true => Err(StoreError::NewerSchema { path: path.to_owned(), found, known: known() }),
        false => Ok(()),
    }
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    // Two processes that switch a new file to the write-ahead log at once are told "busy" without any waiting,
    // so the first opening of a file is done by one process at a time.
    let lock_path = with_suffix(path, ".lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let lock = lock.and_then(|file| file.lock().map(|()| file));
    let _held_to_the_end = lock.map_err(|source| StoreError::Lock { path: lock_path, source })?;
    let applied = use_write_ahead_log(connection).and_then(|()| apply(MIGRATIONS, connection));
    applied.map_err(|source| StoreError::from_sql(path, source))
}

fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    // File systems without shared memory keep their own mode; everything works there too, only slower.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_row| Ok(()))
}

/// Applies all migrations that are missing, or none.
fn apply(migrations: &[&str], connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let applied = schema_version(&transaction)?;
    for migration in migrations.iter().skip(usize::try_from(applied).unwrap_or(usize::MAX)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", version_after(migrations))?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("state.db");
        open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let message = open(&path).unwrap_err().to_string();
        assert!(message.contains("schema 99") && message.contains(path.to_str().unwrap()), "{message}");
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was_and_is_tried_again() {
        let temp = tempfile::tempdir().unwrap();
        let mut connection = open(&temp.path().join("state.db")).unwrap();
        let known = MIGRATIONS.len();
        let add = "ALTER TABLE workspaces ADD COLUMN colour TEXT;";
        let count = |connection: &Connection| {
            let sql = "SELECT count(*) FROM pragma_table_info('workspaces') WHERE name = 'colour'";
            connection.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap()
        };
        let broken: Vec<&str> =
            MIGRATIONS.iter().copied().chain([add, "ALTER TABLE nobody ADD x;"]).collect();
        assert!(apply(&broken, &mut connection).is_err());
        assert_eq!((schema_version(&connection).unwrap() as usize, count(&connection)), (known, 0));
        for _again in 0..2 {
            apply(&broken[..=known], &mut connection).unwrap();
            assert_eq!((schema_version(&connection).unwrap() as usize, count(&connection)), (known + 1, 1));
        }
    }

    #[test]
    fn a_damaged_file_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("state.db");
        std::fs::write(&path, b"this is no database, whatever its name says").unwrap();
        assert!(matches!(open(&path), Err(StoreError::Damaged { path: found, .. }) if found == path));
    }

    #[test]
    fn the_database_of_another_program_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("state.db");
        let theirs = Connection::open(&path).unwrap();
        theirs.execute_batch("CREATE TABLE resources (x)").unwrap();
        let message = open(&path).unwrap_err().to_string();
        assert!(message.contains("another program") && message.contains(path.to_str().unwrap()), "{message}");
        assert_eq!(theirs.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)), Ok(1));
    }

    #[test]
    fn a_full_disk_is_told_once_and_says_what_to_do() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("state.db");
        let connection = open(&path).unwrap();
        connection.query_row("PRAGMA max_page_count = 1", [], |_row| Ok(())).unwrap();
        let refused =
            connection.execute_batch("CREATE TABLE more (x); INSERT INTO more VALUES (zeroblob(1000000))");
        let error = StoreError::from_sql(&path, refused.unwrap_err());
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(cause.to_string(), "database or disk is full (13)");
        assert!(cause.source().is_none());
    }

    #[test]
    fn many_may_open_a_new_file_at_once() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("state.db");
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path).map(drop))).collect();
            for thread in threads {
                thread.join().unwrap().unwrap();
            }
        });
    }
}
