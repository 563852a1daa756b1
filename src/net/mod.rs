//! Real HTTP: the only module that names the HTTP client, which is built when first used (TLS roots cost
//! milliseconds that most commands never need).

mod certificates;
mod download;
mod reach;
mod transport;

pub use download::HttpDownloader;
pub use reach::Reach;
pub use transport::{HttpOptions, HttpTransport, Limits};

use std::time::Duration;

use crate::arm::transport::TransportError;
use crate::wire::origin::is_on_this_machine;

/// Waiting for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Waiting for the next bytes of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// Which way requests travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Through the proxies that the system's variables name, where `NO_PROXY` does not name the host.
    Proxies,
    /// Past all proxies, which do not know this machine's services.
    Direct,
}

impl Way {
    /// The way to an address.
    fn to(url: &str) -> Self {
        if is_on_this_machine(url) { Self::Direct } else { Self::Proxies }
    }
}

/// An HTTP client with the system's roots and those of `options`, which takes bytes as they come. It tells no host
/// which address led to it: that may be signed.
fn client(options: &HttpOptions, way: Way) -> Result<reqwest::ClientBuilder, TransportError> {
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = reqwest::Client::builder()
        .user_agent(concat!("azml/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .no_gzip()
        .referer(false);
    if way == Way::Direct {
        client = client.no_proxy();
    }
    if let Some(path) = &options.roots {
        client = client.tls_certs_merge(certificates::read(path).map_err(TransportError::lasting)?);
    }
    Ok(client)
}
