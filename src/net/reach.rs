//! How this program reaches other machines: what the user has set, in one place for all who send.

use std::path::PathBuf;

use super::transport::{HttpOptions, Limits};
use crate::arm::retry::RetryPolicy;
use crate::settings::{Settings, SettingsError};

/// Certificates and patience, as the user has set them.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Certificates to trust besides the system's: a PEM file, or a folder of them.
    pub roots: Option<PathBuf>,
    /// How requests are repeated.
    pub retries: RetryPolicy,
}

impl Reach {
    /// `REQUESTS_CA_BUNDLE` and its like, `AZML_RETRIES` and `AZML_RETRY_DELAY`.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let usual = RetryPolicy::default();
        let retries = RetryPolicy {
            repeats: settings.retries()?.unwrap_or(usual.repeats),
            first_pause: settings.retry_delay()?.unwrap_or(usual.first_pause),
        };
        Ok(Self { roots: settings.certificates(), retries })
    }

    /// Options of a transport.
    pub fn options(&self) -> HttpOptions {
        HttpOptions { roots: self.roots.clone(), limits: Limits::default() }
    }
}
