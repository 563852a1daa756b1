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
/// Whether a local job fails whose environment this machine gives only in part; default: it is warned.
pub const AZML_STRICT_ENVIRONMENT: &str = "AZML_STRICT_ENVIRONMENT";
/// Origin of Azure Resource Manager, for private clouds and tests; default: the public cloud's.
pub const AZML_ARM_ENDPOINT: &str = "AZML_ARM_ENDPOINT";
/// Bearer token for Azure, used as it is.
pub const AZML_ACCESS_TOKEN: &str = "AZML_ACCESS_TOKEN";
/// How often a request to Azure, or for an input from the web, is sent again that failed for a reason that may pass;
/// default: 5.
pub const AZML_RETRIES: &str = "AZML_RETRIES";
/// Milliseconds before the first repetition of a request; doubled with each one after it; default: 800.
pub const AZML_RETRY_DELAY: &str = "AZML_RETRY_DELAY";
/// Certificates to trust besides the system's, a PEM file or a folder of them: the variables of Python's requests,
/// of curl and of OpenSSL. The first that is set counts.
pub const CERTIFICATE_BUNDLES: [&str; 3] = [REQUESTS_CA_BUNDLE, "CURL_CA_BUNDLE", "SSL_CERT_FILE"];
/// Certificates that Python trusts in the place of all others.
pub const REQUESTS_CA_BUNDLE: &str = "REQUESTS_CA_BUNDLE";
/// Name of the Azure that is meant, such as `AzureUSGovernment`; default: the Azure CLI's active one.
pub const AZURE_CLOUD: &str = "AZURE_CLOUD";
/// Origin of the token service; default: the cloud's.
pub const AZURE_AUTHORITY_HOST: &str = "AZURE_AUTHORITY_HOST";
/// Subscription where neither an option nor the Azure CLI names one.
pub const AZURE_SUBSCRIPTION_ID: &str = "AZURE_SUBSCRIPTION_ID";
/// Which ways of signing in are tried: `dev`, `prod` or the name of one.
pub const AZURE_TOKEN_CREDENTIALS: &str = "AZURE_TOKEN_CREDENTIALS";
/// Tenant of a service principal.
pub const AZURE_TENANT_ID: &str = "AZURE_TENANT_ID";
/// Client id of a service principal or of a user-assigned managed identity.
pub const AZURE_CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// Secret of a service principal.
pub const AZURE_CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
/// PEM file with the certificate and the private key of a service principal.
pub const AZURE_CLIENT_CERTIFICATE_PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
/// Password of that file; only files without one can be read.
pub const AZURE_CLIENT_CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
/// `1` or `true`: the certificate goes along, for applications that trust its subject and issuer.
pub const AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: &str = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";
/// File that Kubernetes keeps a workload identity's assertion in.
pub const AZURE_FEDERATED_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
/// Where a step of GitHub Actions asks for an assertion.
pub const ACTIONS_ID_TOKEN_REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// What it asks with.
pub const ACTIONS_ID_TOKEN_REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// Where a task of Azure Pipelines asks for an assertion.
pub const SYSTEM_OIDCREQUESTURI: &str = "SYSTEM_OIDCREQUESTURI";
/// What it asks with.
pub const SYSTEM_ACCESSTOKEN: &str = "SYSTEM_ACCESSTOKEN";
/// Client id of a pipeline's service connection.
pub const AZURESUBSCRIPTION_CLIENT_ID: &str = "AZURESUBSCRIPTION_CLIENT_ID";
/// Tenant of a pipeline's service connection.
pub const AZURESUBSCRIPTION_TENANT_ID: &str = "AZURESUBSCRIPTION_TENANT_ID";
/// Id of a pipeline's service connection.
pub const AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
/// Where App Service and Azure Functions give a managed identity's tokens.
pub const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";
/// What App Service is asked with.
pub const IDENTITY_HEADER: &str = "IDENTITY_HEADER";
/// Set by Service Fabric.
pub const IDENTITY_SERVER_THUMBPRINT: &str = "IDENTITY_SERVER_THUMBPRINT";
/// Set by Azure Arc.
pub const IMDS_ENDPOINT: &str = "IMDS_ENDPOINT";
/// Where a compute of Azure Machine Learning gives its identity's tokens.
pub const MSI_ENDPOINT: &str = "MSI_ENDPOINT";
/// What such a compute is asked with.
pub const MSI_SECRET: &str = "MSI_SECRET";
/// Client id of the identity of a compute of Azure Machine Learning.
pub const DEFAULT_IDENTITY_CLIENT_ID: &str = "DEFAULT_IDENTITY_CLIENT_ID";
/// Origin of the instance metadata service; default: `http://169.254.169.254`.
pub const AZURE_POD_IDENTITY_AUTHORITY_HOST: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
/// Folder of the Azure Developer CLI's configuration; default: `~/.azd`.
pub const AZD_CONFIG_DIR: &str = "AZD_CONFIG_DIR";
/// Folder of the Azure CLI's configuration; default: `~/.azure`.
pub const AZURE_CONFIG_DIR: &str = "AZURE_CONFIG_DIR";
/// Prefix of variables that stand for configuration values: `AZURE_<SECTION>_<KEY>`.
pub const AZURE_PREFIX: &str = "AZURE_";
/// Folders that programs are looked for in.
pub const PATH: &str = "PATH";
/// The user's home folder.
pub const HOME: &str = "HOME";
/// Proxy for https, which other programs use for this machine too.
pub const HTTPS_PROXY: &str = "HTTPS_PROXY";
/// Proxy for everything.
pub const ALL_PROXY: &str = "ALL_PROXY";
/// Hosts that are spared by proxies.
pub const NO_PROXY: &str = "NO_PROXY";
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

    /// A variable's text; empty counts as unset.
    pub fn value(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
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
