//! The certificate the workspace is served with: self-signed, for loopback names only, its key readable by its owner
//! alone. Clients trust it because they are told to (`REQUESTS_CA_BUNDLE`); it signs nothing else.

use std::fs::{self, File};
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
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::ServeError;
use crate::clock;

/// How long a certificate lasts: what the strictest clients take.
const LIFE: Duration = Duration::days(825);
/// A certificate that would end sooner than this is replaced at the start.
const SPARE: Duration = Duration::days(30);

/// Begins the line before the certificate that says until when it lasts; readers of PEM pass over it.
const UNTIL: &str = "# until ";

/// Where the certificate is that clients are told to trust.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("certificate.pem")
}

/// The configuration of a server that shows the certificate in `folder`. It is made if there is none, none that lasts or
/// none that can be used. Servers that start at once do this one after the other, so that all show the same.
pub(super) fn tls(folder: &Path) -> Result<RustlsConfig, ServeError> {
    let lock = folder.join("certificate.lock");
    let held = File::options().create(true).truncate(false).write(true).open(&lock);
    let held = held.and_then(|file| file.lock().map(|()| file));
    let _held_to_the_end = held.map_err(|source| ServeError::File { path: lock, source })?;
    let files = Files { certificate: path(folder), key: folder.join("key.pem") };
    if files.lasts(clock::now())
        && let Ok(tls) = files.tls()
    {
        return Ok(tls);
    }
    files.make(clock::now())?;
    files.tls()
}

/// A certificate and its key.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn tls(&self) -> Result<RustlsConfig, ServeError> {
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

    /// Whether the certificate lasts long enough, and nobody else could have read the key.
    fn lasts(&self, now: OffsetDateTime) -> bool {
        let text = fs::read_to_string(&self.certificate).unwrap_or_default();
        let until = text.lines().find_map(|line| line.strip_prefix(UNTIL));
        let until = until.and_then(|until| OffsetDateTime::parse(until, &Rfc3339).ok());
        until.is_some_and(|until| now < until - SPARE) && is_private(&self.key)
    }

    fn make(&self, now: OffsetDateTime) -> Result<(), ServeError> {
        let key = KeyPair::generate().map_err(ServeError::Certificate)?;
        let certificate = parameters(now)
            .and_then(|parameters| parameters.self_signed(&key))
            .map_err(ServeError::Certificate)?;
        // The key first: a certificate without its key would be taken for a finished pair.
        write_private(&self.key, &key.serialize_pem())?;
        let until = (now + LIFE).replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default();
        write_private(&self.certificate, &format!("{UNTIL}{until}\n{}", certificate.pem()))
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

/// Whether a file is its owner's alone, and the owner is who runs this.
#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_ours = |facts: fs::Metadata| {
        facts.is_file() && facts.mode() & 0o077 == 0 && facts.uid() == rustix::process::geteuid().as_raw()
    };
    fs::symlink_metadata(path).is_ok_and(is_ours)
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> bool {
    path.is_file()
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
        let read = || fs::read_to_string(path(temp.path())).unwrap();
        tls(temp.path()).unwrap();
        let first = read();
        tls(temp.path()).unwrap();
        assert_eq!(read(), first);
        let files = Files { certificate: path(temp.path()), key: temp.path().join("key.pem") };
        assert!(files.lasts(clock::now()) && !files.lasts(clock::now() + LIFE - SPARE));
    }

    #[test]
    fn a_pair_that_does_not_fit_or_cannot_be_read_is_replaced() {
        let (temp, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = temp.path().join("key.pem");
        tls(temp.path()).unwrap();
        tls(other.path()).unwrap();
        // As after a crash between the two files.
        fs::copy(other.path().join("key.pem"), &key).unwrap();
        tls(temp.path()).unwrap();
        for broken in [key, path(temp.path())] {
            fs::write(&broken, "").unwrap();
            tls(temp.path()).unwrap();
            assert_ne!(fs::read_to_string(&broken).unwrap(), "");
        }
    }

    #[test]
    fn servers_that_start_at_once_show_the_same_certificate() {
        for _ in 0..5 {
            let temp = tempfile::tempdir().unwrap();
            let shown = || {
                tls(temp.path()).unwrap();
                fs::read_to_string(path(temp.path())).unwrap()
            };
            let texts: Vec<String> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..6).map(|_| scope.spawn(shown)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(texts.iter().all(|text| *text == texts[0]));
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_its_owners_alone_and_one_that_others_could_read_is_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let key = temp.path().join("key.pem");
        let mode = || fs::metadata(&key).unwrap().permissions().mode() & 0o777;
        tls(temp.path()).unwrap();
        assert_eq!(mode(), 0o600);
        let first = fs::read(&key).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        tls(temp.path()).unwrap();
        assert_eq!(mode(), 0o600);
        assert_ne!(fs::read(&key).unwrap(), first);
    }
}
