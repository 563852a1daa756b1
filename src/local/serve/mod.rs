//! The local workspace on a socket, for SDKs, curl and browsers: its router behind a gate, over TLS, on loopback.
//!
//! TLS because Azure's SDKs send tokens over nothing else; loopback because what is served runs code of whoever
//! deploys it.

mod access;
mod certificate;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

pub use self::access::{Access, running};
use self::certificate::Certificate;
use super::home::{HomeError, ensure_private_folder};
use super::server::{Gate, LocalService, Tokens, gated_router};

/// Where the workspace is served if nobody says otherwise.
pub const DEFAULT_PORT: u16 = 8443;
/// How long requests that are under way get to end after a stop.
const PATIENCE: Duration = Duration::from_secs(10);

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
}

impl Server {
    /// Takes the port (0: any free one) and the certificate, made at first use, and lets other processes know.
    pub fn bind(service: LocalService, port: u16, tokens: Tokens) -> Result<Self, ServeError> {
        let folder = service.home().serve_dir();
        ensure_private_folder(&folder)?;
        let certificate = Certificate::of(&folder)?;
        let listener = listen(port)?;
        let address = listener.local_addr().map_err(|source| ServeError::Listen { port, source })?;
        let gate = Gate::new(tokens);
        let access = Access::publish(&folder, address.port(), certificate.path(), gate.identity_header())?;
        Ok(Self { listener, tls: certificate.tls()?, service, gate, access })
    }

    /// What clients have to know.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Answers until `stopped` comes, then lets requests that are under way end.
    pub async fn run(self, stopped: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { listener, tls, service, gate, access } = self;
        let handle = Handle::<SocketAddr>::new();
        let router = gated_router(Arc::new(service), Arc::new(gate));
        let server = axum_server::from_tcp_rustls(listener, tls).map_err(ServeError::Serve)?;
        let serving = server.handle(handle.clone()).serve(router.into_make_service());
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = stopped => {
                handle.graceful_shutdown(Some(PATIENCE));
                serving.await
            }
        };
        access.withdraw();
        ended.map_err(ServeError::Serve)
    }
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
