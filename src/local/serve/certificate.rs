//! The certificate the workspace is served with: self-signed, for loopback names only, its key readable by its owner
//! alone. Clients trust it because they are told to (`REQUESTS_CA_BUNDLE`); it signs nothing else.

use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use super::ServeError;
use crate::clock;

/// How long a certificate lasts: what the strictest clients take.
const LIFE: Duration = Duration::days(825);
/// A certificate that would end sooner than this is replaced at the start.
const SPARE: Duration = Duration::days(30);

/// A certificate and its key, on disk.
pub(super) struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// The certificate in `folder`; made if there is none, or none that lasts.
    pub(super) fn of(folder: &Path) -> Result<Self, ServeError> {
        let found = Self { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        if !found.lasts(clock::now()) {
            found.make(clock::now())?;
        }
        Ok(found)
    }

    /// What clients are told to trust.
    pub(super) fn path(&self) -> &Path {
        &self.certificate
    }

    /// The configuration of a server that shows it.
    pub(super) fn tls(&self) -> Result<RustlsConfig, ServeError> {
        let unusable = |source| ServeError::Tls { path: self.certificate.clone(), source };
        let unreadable = |path: &Path, error: rustls::pki_types::pem::Error| ServeError::File {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidData, error),
        };
        let certificate = CertificateDer::from_pem_file(&self.certificate)
            .map_err(|error| unreadable(&self.certificate, error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unreadable(&self.key, error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(RustlsConfig::from_config(Arc::new(config)))
    }

    /// Whether both files are there, and the certificate is young enough. Its age is that of its file: it is written
    /// once, when it is made.
    fn lasts(&self, now: OffsetDateTime) -> bool {
        let modified = fs::metadata(&self.certificate).and_then(|facts| facts.modified());
        let made = modified.map(OffsetDateTime::from);
        self.key.is_file() && made.is_ok_and(|made| now < made + LIFE - SPARE)
    }

    fn make(&self, now: OffsetDateTime) -> Result<(), ServeError> {
        let key = KeyPair::generate().map_err(ServeError::Certificate)?;
        let certificate = parameters(now)
            .and_then(|parameters| parameters.self_signed(&key))
            .map_err(ServeError::Certificate)?;
        // The key first: a certificate without its key would be taken for a finished pair.
        write_private(&self.key, &key.serialize_pem())?;
        write_private(&self.certificate, &certificate.pem())
    }
}

fn parameters(now: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
    let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    parameters.subject_alt_names.extend(addresses.map(SanType::IpAddress));
    parameters.distinguished_name.push(DnType::CommonName, "azml local workspace");
    // Yesterday: the clocks of containers differ.
    parameters.not_before = now - Duration::days(1);
    parameters.not_after = now + LIFE;
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(parameters)
}

/// Writes a file its owner alone can read, in one step.
fn write_private(path: &Path, text: &str) -> Result<(), ServeError> {
    let failed = |source| ServeError::File { path: path.to_owned(), source };
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = super::access::private_file(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _never_made = fs::remove_file(&temporary);
    }
    written.map_err(failed)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_again_before_it_ends() {
        let temp = tempfile::tempdir().unwrap();
        let read = || fs::read_to_string(temp.path().join("certificate.pem")).unwrap();
        Certificate::of(temp.path()).unwrap().tls().unwrap();
        let first = read();
        let found = Certificate::of(temp.path()).unwrap();
        assert_eq!(read(), first);
        assert!(!found.lasts(clock::now() + LIFE - SPARE));
        fs::remove_file(&found.key).unwrap();
        Certificate::of(temp.path()).unwrap().tls().unwrap();
        assert_ne!(read(), first);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let found = Certificate::of(temp.path()).unwrap();
        assert_eq!(fs::metadata(&found.key).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
