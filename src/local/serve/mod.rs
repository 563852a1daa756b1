//! The local workspace on a socket, for SDKs, curl and browsers: its router behind a gate, over TLS, on loopback.
//!
//! TLS because Azure's SDKs send tokens over nothing else; loopback because what is served runs code of whoever
//! deploys it.

mod access;
mod certificate;
mod claim;

use std::fs;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

pub use self::access::{Access, running};
pub use self::claim::Claim;
use super::home::{HomeError, ensure_private_folder};
use super::server::{Gate, LocalService, Tokens, gated_router};

/// Where the workspace is served if nobody says otherwise.
pub const DEFAULT_PORT: u16 = 8443;
/// How long requests that are under way get to end after a stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a client may take for the head of a request, and between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the local workspace cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The state folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Somebody else listens there.
    #[error("port {0} is in use; choose another one with --port, or any free one with --port 0")]
    PortInUse(u16),
    /// The port cannot be had for another reason.
    #[error("cannot listen on port {port} of 127.0.0.1")]
    Listen {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the server cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The workspace is served, so it cannot be removed.
    #[error("the workspace is being served by `azml local serve`; stop that first")]
    Served,
    /// The workspace is being removed, so it cannot be served.
    #[error("the workspace is being removed by `azml local reset`")]
    BeingReset,
    /// Somebody else made the folder of the server.
    #[error("`{path}` belongs to another user; remove it or set AZML_HOME to another folder")]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate")]
    Certificate(#[source] rcgen::Error),
    /// The certificate cannot be used for TLS.
    #[error("the certificate `{path}` cannot be used; remove it, and the next start makes another one")]
    Tls {
        /// The certificate.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// The socket failed while it was served.
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

/// A server that has its port and its certificate, and answers nobody yet.
pub struct Server {
    listener: TcpListener,
    tls: RustlsConfig,
    service: LocalService,
    gate: Gate,
    access: Access,
    claim: Claim,
}

impl Server {
    /// Takes the port (0: any free one) and the certificate, made at first use, and lets other processes know.
    pub fn bind(claim: Claim, service: LocalService, port: u16, tokens: Tokens) -> Result<Self, ServeError> {
        let folder = service.home().serve_dir();
        ensure_own_folder(&folder)?;
        let tls = certificate::tls(&folder)?;
        let listener = listen(port)?;
        let address = listener.local_addr().map_err(|source| ServeError::Listen { port, source })?;
        let gate = Gate::new(tokens);
        let access = Access::publish(&folder, address.port(), gate.identity_header())?;
        Ok(Self { listener, tls, service, gate, access, claim })
    }

    /// What clients have to know.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Answers until `stopped` comes, then lets requests that are under way end.
    pub async fn run(self, stopped: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { listener, tls, service, gate, access, claim } = self;
        let handle = Handle::<SocketAddr>::new();
        let router = gated_router(Arc::new(service), Arc::new(gate));
        let mut server = axum_server::from_tcp_rustls(listener, tls).map_err(ServeError::Serve)?;
        server.http_builder().http1().header_read_timeout(HEADER_TIMEOUT);
        let serving = server.handle(handle.clone()).serve(router.into_make_service());
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = stopped => {
                // New clients go elsewhere; those that are here may finish.
                drop(access);
                handle.graceful_shutdown(Some(PATIENCE));
                serving.await
            }
        };
        drop(claim);
        ended.map_err(ServeError::Serve)
    }
}

/// The folder that only its owner may look into or change: secrets lie there.
fn ensure_own_folder(folder: &Path) -> Result<(), ServeError> {
    ensure_private_folder(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let failed = |source| ServeError::File { path: folder.to_owned(), source };
        let facts = fs::symlink_metadata(folder).map_err(failed)?;
        if !facts.is_dir() || facts.uid() != rustix::process::geteuid().as_raw() {
            return Err(ServeError::NotOurs { path: folder.to_owned() });
        }
        if facts.mode() & 0o077 != 0 {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
    }
    Ok(())
}

fn listen(port: u16) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| {
        // The runtime polls it.
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortInUse(port),
        _ => ServeError::Listen { port, source },
    })
}
