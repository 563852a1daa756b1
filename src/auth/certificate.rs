//! A service principal's certificate: a signed statement that its holder is who it says.
//!
//! `azure_identity` reads certificates through OpenSSL alone, which azml does without; the statement is a JSON web
//! token of three members, signed by the TLS library's own signer.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls::SignatureScheme;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::clock;

/// What a PEM file says of a private key with a password.
const ENCRYPTED: &[u8] = b"ENCRYPTED";
/// How long a statement holds; it is used at once.
const VALID_SECONDS: i64 = 600;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertificateError {
    #[error("cannot read AZURE_CLIENT_CERTIFICATE_PATH `{path}`: {source}", path = path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "AZURE_CLIENT_CERTIFICATE_PATH `{path}` has to be a PEM file with a certificate and its RSA private key; \
         `openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem` makes one of a PFX file",
        path = path.display()
    )]
    Unusable { path: PathBuf },
    #[error(
        "the private key in `{path}` has a password, which azml does not take; \
         `openssl pkey -in FILE.pem` writes it without one",
        path = path.display()
    )]
    Encrypted { path: PathBuf },
}

/// Makes a new statement for every token.
pub(super) struct CertificateAssertion {
    key: Arc<dyn SigningKey>,
    header: serde_json::Value,
    client: String,
    audience: String,
}

impl fmt::Debug for CertificateAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAssertion").field("client", &self.client).finish_non_exhaustive()
    }
}

impl CertificateAssertion {
    /// Reads certificate and key from a PEM file. `audience` is the address the token is asked of.
    pub(super) fn read(
        path: &Path,
        client: &str,
        audience: String,
        sends_chain: bool,
    ) -> Result<Self, CertificateError> {
        let pem = std::fs::read(path)
            .map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })?;
        let unusable = || match pem.windows(ENCRYPTED.len()).any(|part| part == ENCRYPTED) {
            true => CertificateError::Encrypted { path: path.to_owned() },
            false => CertificateError::Unusable { path: path.to_owned() },
        };
        let chain: Result<Vec<CertificateDer<'_>>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let mut chain = chain.map_err(|_| unusable())?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| unusable())?;
        let key = rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| unusable())?;
        key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]).ok_or_else(unusable)?;
        // Files begin with the certificate of the key, or end with it. It holds the public half as it stands.
        let public = key.public_key().ok_or_else(unusable)?;
        let is_of_key = |one: &CertificateDer<'_>| one.windows(public.len()).any(|part| part == &*public);
        let own = chain.iter().position(is_of_key).ok_or_else(unusable)?;
        chain[..=own].rotate_right(1);
        let mut header = json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": URL_SAFE_NO_PAD.encode(Sha256::digest(&chain[0])),
        });
        if sends_chain {
            header["x5c"] = chain.iter().map(|one| STANDARD.encode(one)).collect();
        }
        Ok(Self { key, header, client: client.to_owned(), audience })
    }

    fn signed(&self) -> Option<String> {
        let now = clock::now().unix_timestamp();
        let claims = json!({
            "aud": self.audience,
            "iss": self.client,
            "sub": self.client,
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": now,
            "exp": now + VALID_SECONDS,
        });
        let encoded = [&self.header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256])?;
        let signature = signer.sign(encoded.as_bytes()).ok()?;
        Some(format!("{encoded}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait]
impl ClientAssertion for CertificateAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed =
            || azure_core::Error::with_message(ErrorKind::Credential, "the private key does not sign");
        self.signed().ok_or_else(failed)
    }
}
