//! Certificates the user trusts besides the system's, and what an untrusted one looks like.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use reqwest::Certificate;

/// Why a bundle of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertificateError {
    #[error("cannot read the certificates in `{path}`", path = path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{path}` holds no certificates in PEM form", path = path.display())]
    NotPem { path: PathBuf },
}

/// Reads a PEM file, or every PEM file of a folder (OpenSSL's other form of a bundle).
pub(super) fn read(path: &Path) -> Result<Vec<Certificate>, CertificateError> {
    let unreadable = |source| CertificateError::Unreadable { path: path.to_owned(), source };
    let not_pem = || CertificateError::NotPem { path: path.to_owned() };
    let mut found = Vec::new();
    match fs::metadata(path).map_err(unreadable)?.is_dir() {
        true => {
            for entry in fs::read_dir(path).map_err(unreadable)? {
                let file = entry.map_err(unreadable)?.path();
                // Folders of certificates hold other files too.
                found.extend(fs::read(file).ok().and_then(|text| Certificate::from_pem_bundle(&text).ok()));
            }
        }
        false => {
            let text = fs::read(path).map_err(unreadable)?;
            found.push(Certificate::from_pem_bundle(&text).map_err(|_| not_pem())?);
        }
    }
    let found: Vec<Certificate> = found.into_iter().flatten().collect();
    if found.is_empty() { Err(not_pem()) } else { Ok(found) }
}

/// Whether a request failed because the other side could not prove who it is; asking again does not help.
pub(super) fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // An error that wraps another one names only what is behind it as its source.
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("empty.pem");
        fs::write(&file, "nothing here").unwrap();
        for path in [&file, &dir.path().join("missing.pem"), &dir.path().to_path_buf()] {
            let message = read(path).err().unwrap().to_string();
            assert!(message.contains(&path.display().to_string()), "{message}");
        }
    }

    #[test]
    fn an_untrusted_certificate_is_told_from_a_broken_connection() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(is_untrusted(&io::Error::other(io::Error::other(tls))));
        assert!(!is_untrusted(&io::Error::from(io::ErrorKind::ConnectionReset)));
        assert!(!is_untrusted(&io::Error::other(rustls::Error::DecryptError)));
    }
}
