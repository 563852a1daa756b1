//! What every handler works with: the state, the bytes and the way to start a job.

use std::error::Error;

use super::operations::Operations;
use crate::local::blobs::BlobStore;
use crate::local::engine::supervisor::SupervisorLock;
use crate::local::home::Home;
use crate::local::store::Store;

/// Starts the supervisor of a recorded job. Injected, so that tests need no process.
pub trait Launcher: Send + Sync {
    /// Starts the supervisor and hands it the job's lock, so that the job never looks abandoned.
    fn launch(&self, job: &str, lock: SupervisorLock) -> Result<(), LaunchError>;
}

/// Why a supervisor could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the supervisor of job `{job}`")]
pub struct LaunchError {
    job: String,
    source: Box<dyn Error + Send + Sync>,
}

impl LaunchError {
    /// The supervisor of `job` could not be started because of `source`.
    pub fn new(job: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { job: job.to_owned(), source: source.into() }
    }
}

/// The local workspace as a service; [`super::router`] gives it its REST routes.
pub struct LocalService {
    home: Home,
    store: Store,
    blobs: BlobStore,
    launcher: Box<dyn Launcher>,
    operations: Operations,
}

impl LocalService {
    /// Puts the parts together.
    pub fn new(home: Home, store: Store, blobs: BlobStore, launcher: Box<dyn Launcher>) -> Self {
        Self { home, store, blobs, launcher, operations: Operations::default() }
    }

    /// Where everything is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The state.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The bytes.
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    pub(super) fn operations(&self) -> &Operations {
        &self.operations
    }

    pub(super) fn launcher(&self) -> &dyn Launcher {
        self.launcher.as_ref()
    }
}
