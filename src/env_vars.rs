//! Every environment variable azml reads, and the one place that reads them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Folder of the local workspace's state; default: the platform's data folder, `azml` inside it.
pub const AZML_HOME: &str = "AZML_HOME";
/// Most worker processes of one local job; default: the machine's cores.
pub const AZML_MAX_WORKERS: &str = "AZML_MAX_WORKERS";
/// Python interpreter local environments are built on; default: `python3` on `PATH`.
pub const AZML_PYTHON: &str = "AZML_PYTHON";
/// Origin of Azure Resource Manager, for private clouds and tests; default: the public cloud's.
pub const AZML_ARM_ENDPOINT: &str = "AZML_ARM_ENDPOINT";
/// Bearer token for Azure, used as it is.
pub const AZML_ACCESS_TOKEN: &str = "AZML_ACCESS_TOKEN";
/// How often a request to Azure is sent again that failed for a reason that may pass; default: 5.
pub const AZML_RETRIES: &str = "AZML_RETRIES";
/// Milliseconds before the first repetition of a request; doubled with each one after it; default: 800.
pub const AZML_RETRY_DELAY: &str = "AZML_RETRY_DELAY";
/// Certificates to trust besides the system's, a PEM file or a folder of them: the variables of Python's requests,
/// of curl and of OpenSSL. The first that is set counts.
pub const CERTIFICATE_BUNDLES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];
/// Folder of the Azure CLI's configuration; default: `~/.azure`.
pub const AZURE_CONFIG_DIR: &str = "AZURE_CONFIG_DIR";
/// Prefix of variables that stand for configuration values: `AZURE_<SECTION>_<KEY>`.
pub const AZURE_PREFIX: &str = "AZURE_";
/// The user's home folder.
pub const HOME: &str = "HOME";
/// Base of the user's data folder (XDG base directory specification).
pub const XDG_DATA_HOME: &str = "XDG_DATA_HOME";

/// A snapshot of the process environment, taken once at start.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: HashMap<String, OsString>,
}

impl Environment {
    /// Takes the snapshot; variables whose name is not UTF-8 cannot be ours and are left out.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn capture() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| name.into_string().ok().map(|name| (name, value)))
                .collect(),
        }
    }

    /// A variable's text; `Some("")` when it is set and empty.
    pub fn text(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// A variable that names a path; empty counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self {
            variables: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
                .collect(),
        }
    }
}
