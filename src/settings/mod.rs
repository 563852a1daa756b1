//! Configuration, resolved once per run: options over variables over files over defaults.

pub mod az_config;
mod az_profile;
mod cloud;
pub mod ini;
mod secret;
pub mod target;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::env_vars::{self, Environment};
use az_config::AzConfig;
pub use az_profile::AzProfile;
pub use cloud::Cloud;
pub use secret::Secret;
pub use target::{Target, TargetOptions};

/// The interpreter that is meant where none is named.
const PYTHON: &str = "python3";

/// What went wrong while reading configuration.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A configuration file is there but cannot be read.
    #[error("cannot read `{path}`", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A configuration file cannot be written.
    #[error("cannot write `{path}`", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A configuration file is not INI.
    #[error("`{path}` is not a valid configuration file", path = path.display())]
    NotIni {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: ini::IniError,
    },
    /// A workspace `config.json` is not what the Python SDK writes.
    #[error("`{path}` is not a workspace configuration: {message}", path = path.display())]
    NotWorkspaceConfig {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// Options that are required once a workspace other than the local one is meant.
    #[error("the following arguments are required: {0}")]
    Required(&'static str),
    /// A variable or key with a value outside its domain.
    #[error("`{name}` is `{value}`, expected {expected}")]
    BadValue {
        /// Variable or key.
        name: &'static str,
        /// What was found.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// The active cloud is neither known nor registered.
    #[error(
        "the cloud `{name}` is not known; accepted are AzureCloud, AzureUSGovernment, AzureChinaCloud and those of \
         `az cloud register`"
    )]
    UnknownCloud {
        /// The name found.
        name: String,
    },
    /// There is nowhere to keep state.
    #[error("no home folder: set `AZML_HOME` to the folder that is to hold the local workspace")]
    NoHome,
}

/// Everything azml takes from its surroundings.
#[derive(Debug, Clone)]
pub struct Settings {
    environment: Environment,
    config: AzConfig,
    current_dir: PathBuf,
}

impl Settings {
    /// Reads the configuration files that `environment` points at.
    pub fn load(environment: Environment, current_dir: PathBuf) -> Result<Self, SettingsError> {
        let config = AzConfig::load(&environment, &current_dir)?;
        Ok(Self { environment, config, current_dir })
    }

    /// The Azure CLI's configuration.
    pub fn config(&self) -> &AzConfig {
        &self.config
    }

    /// The folder the command was started in.
    pub fn current_dir(&self) -> &PathBuf {
        &self.current_dir
    }

    /// Which workspace the command acts on.
    pub fn target(&self, options: &TargetOptions) -> Result<Target, SettingsError> {
        target::resolve(options, &self.config, &self.current_dir)
    }

    /// The variables, for those who sign in.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The Azure that is meant.
    pub fn cloud(&self) -> Result<Cloud, SettingsError> {
        Cloud::active(&self.environment, &self.config)
    }

    /// Origin of Azure Resource Manager in `cloud`.
    pub fn arm_endpoint(&self, cloud: &Cloud) -> Result<String, SettingsError> {
        cloud::arm_endpoint(&self.environment, cloud)
    }

    /// A bearer token for Azure, if the user gave one.
    pub fn access_token(&self) -> Option<Secret> {
        secret::access_token(&self.environment)
    }

    /// The Azure CLI's subscriptions in `cloud`.
    pub fn az_profile(&self, cloud: &Cloud) -> AzProfile {
        AzProfile::read(self.config.directory(), &cloud.name)
    }

    /// The subscription id: the named one, by name or id, or the Azure CLI's active one, or `AZURE_SUBSCRIPTION_ID`.
    /// A name the Azure CLI does not know is taken for an id, as `az` takes it.
    pub fn subscription(&self, named: Option<&str>, profile: &AzProfile) -> Option<String> {
        match named {
            Some(named) => Some(profile.find(named).map_or_else(|| named.to_owned(), |one| one.id.clone())),
            None => profile
                .active()
                .map(|one| one.id.clone())
                .or_else(|| self.environment.text(env_vars::AZURE_SUBSCRIPTION_ID))
                .filter(|id| !id.is_empty()),
        }
    }

    /// `AZML_HOME`, by default `azml` in the user's data folder.
    pub fn home(&self) -> Result<PathBuf, SettingsError> {
        if let Some(home) = self.environment.path(env_vars::AZML_HOME) {
            return Ok(self.current_dir.join(home));
        }
        self.data_dir().map(|data| data.join("azml")).ok_or(SettingsError::NoHome)
    }

    fn data_dir(&self) -> Option<PathBuf> {
        let home = self.environment.path(env_vars::HOME);
        match cfg!(target_os = "macos") {
            true => home.map(|home| home.join("Library/Application Support")),
            false => self
                .environment
                .path(env_vars::XDG_DATA_HOME)
                .filter(|path| path.is_absolute())
                .or_else(|| home.map(|home| home.join(".local/share"))),
        }
    }

    /// `NO_PROXY` with this machine added, where a proxy is set and does not spare it: other programs ask their proxy
    /// even for loopback.
    pub fn no_proxy_for_loopback(&self) -> Option<String> {
        const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];
        let variable = |name: &str| {
            let given = self.environment.text(name).or_else(|| self.environment.text(&name.to_lowercase()));
            given.filter(|text| !text.trim().is_empty())
        };
        variable(env_vars::HTTPS_PROXY).or_else(|| variable(env_vars::ALL_PROXY))?;
        let spared = variable(env_vars::NO_PROXY).unwrap_or_default();
        let mut hosts: Vec<&str> = spared.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        if hosts.contains(&"*") || LOOPBACK.iter().all(|host| hosts.contains(host)) {
            return None;
        }
        let missing: Vec<&str> = LOOPBACK.into_iter().filter(|host| !hosts.contains(host)).collect();
        hosts.extend(missing);
        Some(hosts.join(","))
    }

    /// Variables a job must not inherit: the token for azml alone, and those that `azml local serve` printed, with the
    /// certificate in `serve_dir`. A scoring script has no business with that server, and the certificate in the
    /// place of all others would keep `pip` from its registry.
    pub fn variables_of_a_server(&self, serve_dir: &Path) -> Vec<&'static str> {
        let mut found = vec![env_vars::AZML_ACCESS_TOKEN];
        let bundle = self.environment.path(env_vars::REQUESTS_CA_BUNDLE);
        if bundle.is_some_and(|bundle| bundle.starts_with(serve_dir)) {
            found.extend([
                env_vars::REQUESTS_CA_BUNDLE,
                env_vars::IDENTITY_ENDPOINT,
                env_vars::IDENTITY_HEADER,
                env_vars::AZURE_TOKEN_CREDENTIALS,
            ]);
        }
        found
    }

    /// `AZML_MAX_WORKERS`: a positive count.
    pub fn max_workers(&self) -> Result<Option<usize>, SettingsError> {
        self.number(env_vars::AZML_MAX_WORKERS, "a number of worker processes, 1 or more", |count| count > 0)
    }

    /// `AZML_RETRIES`: how often a request is sent again.
    pub fn retries(&self) -> Result<Option<u32>, SettingsError> {
        self.number(env_vars::AZML_RETRIES, "a number of repetitions, 0 to 20", |count| count <= 20)
    }

    /// `AZML_RETRY_DELAY`: the pause before a request is sent again.
    pub fn retry_delay(&self) -> Result<Option<Duration>, SettingsError> {
        let expected = "a number of milliseconds, 0 to 60000";
        let millis = self.number(env_vars::AZML_RETRY_DELAY, expected, |millis: u64| millis <= 60_000)?;
        Ok(millis.map(Duration::from_millis))
    }

    /// Certificates to trust besides the system's.
    pub fn certificates(&self) -> Option<PathBuf> {
        let path = env_vars::CERTIFICATE_BUNDLES.iter().find_map(|name| self.environment.path(name))?;
        Some(self.current_dir.join(path))
    }

    /// A variable that holds a number; empty counts as unset.
    fn number<T: FromStr + Copy>(
        &self,
        name: &'static str,
        expected: &'static str,
        is_fine: impl FnOnce(T) -> bool,
    ) -> Result<Option<T>, SettingsError> {
        let Some(text) = self.environment.text(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match text.parse::<T>() {
            Ok(number) if is_fine(number) => Ok(Some(number)),
            _ => Err(SettingsError::BadValue { name, value: text, expected }),
        }
    }

    /// `AZML_STRICT_ENVIRONMENT`: whether a local job fails whose environment this machine gives only in part.
    pub fn strict_environment(&self) -> Result<bool, SettingsError> {
        let name = env_vars::AZML_STRICT_ENVIRONMENT;
        let value = self.environment.value(name).unwrap_or_default();
        match value.to_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Ok(true),
            "" | "0" | "no" | "false" | "off" => Ok(false),
            _ => Err(SettingsError::BadValue { name, value, expected: "yes or no" }),
        }
    }

    /// `AZML_PYTHON`: the interpreter local environments are built on. A bare name is looked for on the PATH, and stays
    /// one unless it is found among shims; a relative path is meant from where the command was
    /// started.
    pub fn python(&self) -> Option<PathBuf> {
        let Some(python) = self.environment.path(env_vars::AZML_PYTHON) else {
            return self.shim(Path::new(PYTHON));
        };
        let is_bare_name = python.file_name() == Some(python.as_os_str());
        Some(match is_bare_name {
            true => self.shim(&python).unwrap_or(python),
            false => self.current_dir.join(python),
        })
    }

    /// The shim that a program is found as: version managers keep one for every name in a folder of that name.
    fn shim(&self, name: &Path) -> Option<PathBuf> {
        let folders = self.environment.path(env_vars::PATH)?;
        let mut programs = std::env::split_paths(&folders).map(|folder| folder.join(name));
        programs.find(|program| program.is_file()).filter(|program| {
            program.parent().is_some_and(|folder| folder.is_absolute() && folder.ends_with("shims"))
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn settings<const N: usize>(pairs: [(&str, &str); N]) -> Settings {
        let dir = tempfile::tempdir().unwrap();
        Settings::load(Environment::from(pairs), dir.path().to_path_buf()).unwrap()
    }

    #[test]
    fn home_is_the_variable_or_the_data_folder() {
        assert_eq!(settings([("AZML_HOME", "/x"), ("HOME", "/h")]).home().unwrap(), PathBuf::from("/x"));
        assert!(settings([("HOME", "/h")]).home().unwrap().starts_with("/h"));
        assert!(matches!(settings([]).home(), Err(SettingsError::NoHome)));
    }

    #[test]
    fn a_subscription_the_azure_cli_does_not_know_is_an_id() {
        let settings = settings([("AZURE_SUBSCRIPTION_ID", "fallback")]);
        let none = AzProfile::default();
        assert_eq!(settings.subscription(Some("other"), &none).as_deref(), Some("other"));
        assert_eq!(settings.subscription(None, &none).as_deref(), Some("fallback"));
    }

    #[test]
    fn a_relative_interpreter_is_found_from_the_current_folder() {
        for (given, meant) in
            [("python3.12", None), ("/usr/bin/python3", None), ("venv/bin/python", Some(()))]
        {
            let settings = settings([("AZML_PYTHON", given)]);
            let expected = meant.map_or(PathBuf::from(given), |()| settings.current_dir().join(given));
            assert_eq!(settings.python(), Some(expected), "{given}");
        }
        let settings = settings([("AZML_PYTHON", "./python")]);
        assert_eq!(settings.python(), Some(settings.current_dir().join("./python")));
    }

    #[test]
    fn an_interpreter_that_is_a_shim_is_known_by_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let [bin, shims] = ["bin", "shims"].map(|name| folder.path().join(name));
        for (folder, name) in [(&bin, "python3.12"), (&shims, "python3"), (&shims, "python3.12")] {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(name), "").unwrap();
        }
        let path = std::env::join_paths([&bin, &shims]).unwrap().into_string().unwrap();
        let python = |given| settings([("PATH", path.as_str()), ("AZML_PYTHON", given)]).python();
        assert_eq!(python(""), Some(shims.join("python3")));
        assert_eq!(python("python3"), Some(shims.join("python3")));
        assert_eq!(python("python3.12"), Some("python3.12".into()), "found before the shim");
        assert_eq!(python("python3.9"), Some("python3.9".into()));
        assert_eq!(settings([]).python(), None);
    }

    #[test]
    fn a_proxy_is_told_to_spare_this_machine() {
        let proxy = ("https_proxy", "http://proxy:3128");
        assert_eq!(settings([]).no_proxy_for_loopback(), None);
        let added = settings([proxy]).no_proxy_for_loopback();
        assert_eq!(added.as_deref(), Some("127.0.0.1,localhost"));
        let joined = settings([proxy, ("NO_PROXY", "a.b, localhost")]).no_proxy_for_loopback();
        assert_eq!(joined.as_deref(), Some("a.b,localhost,127.0.0.1"));
        let alike =
            settings([proxy, ("NO_PROXY", "localhost.corp.example,127.0.0.10")]).no_proxy_for_loopback();
        assert_eq!(alike.as_deref(), Some("localhost.corp.example,127.0.0.10,127.0.0.1,localhost"));
        assert_eq!(settings([proxy, ("no_proxy", "*")]).no_proxy_for_loopback(), None);
    }

    #[test]
    fn what_points_at_a_server_is_not_for_jobs() {
        let ours = [("REQUESTS_CA_BUNDLE", "/h/serve/certificate.pem"), ("IDENTITY_HEADER", "x")];
        let withheld = settings(ours).variables_of_a_server(Path::new("/h/serve"));
        assert!(withheld.contains(&"REQUESTS_CA_BUNDLE") && withheld.contains(&"IDENTITY_HEADER"));
        let others = [("REQUESTS_CA_BUNDLE", "/etc/ssl/corp.pem"), ("IDENTITY_HEADER", "x")];
        assert_eq!(settings(others).variables_of_a_server(Path::new("/h/serve")), ["AZML_ACCESS_TOKEN"]);
    }

    #[test]
    fn worker_limits_are_positive_numbers() {
        assert_eq!(settings([("AZML_MAX_WORKERS", "3")]).max_workers().unwrap(), Some(3));
        assert_eq!(settings([("AZML_MAX_WORKERS", "")]).max_workers().unwrap(), None);
        assert!(settings([("AZML_MAX_WORKERS", "0")]).max_workers().is_err());
        assert!(settings([("AZML_MAX_WORKERS", "many")]).max_workers().is_err());
    }

    #[test]
    fn strictness_is_said_as_the_azure_cli_s_flags_are() {
        for (value, strict) in [("", false), ("No", false), ("0", false), ("TRUE", true), ("1", true)] {
            let settings = settings([("AZML_STRICT_ENVIRONMENT", value)]);
            assert_eq!(settings.strict_environment().unwrap(), strict, "{value}");
        }
        assert!(!settings([]).strict_environment().unwrap());
        assert!(settings([("AZML_STRICT_ENVIRONMENT", "maybe")]).strict_environment().is_err());
    }

    #[test]
    fn repetitions_may_be_none_and_certificates_come_from_the_variables_of_other_tools() {
        assert_eq!(settings([("AZML_RETRIES", "0")]).retries().unwrap(), Some(0));
        assert!(settings([("AZML_RETRIES", "-1")]).retries().is_err());
        assert_eq!(
            settings([("AZML_RETRY_DELAY", "5")]).retry_delay().unwrap(),
            Some(Duration::from_millis(5))
        );
        let settings = settings([("SSL_CERT_FILE", "/ssl.pem"), ("CURL_CA_BUNDLE", "curl.pem")]);
        assert_eq!(settings.certificates(), Some(settings.current_dir().join("curl.pem")));
    }
}
