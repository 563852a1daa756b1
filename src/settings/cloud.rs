//! Which Azure is meant: the public cloud, a sovereign one, or one registered with `az cloud register`.

use super::SettingsError;
use super::az_config::AzConfig;
use crate::env_vars::{self, Environment};
use crate::wire::origin::{is_private, shown};

/// File of the Azure CLI that holds changed and custom clouds.
const CLOUDS_FILE: &str = "clouds.config";

/// The addresses of one Azure cloud. Origins have no slash at their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// Name as the Azure CLI knows it.
    pub name: String,
    /// Origin of Resource Manager.
    pub resource_manager: String,
    /// Audience of its tokens; not always its origin where a cloud is registered.
    pub resource_manager_audience: String,
    /// Origin of the token service.
    pub authority: String,
    /// Audience of tokens for the batch data plane.
    pub machine_learning: String,
    /// Domain of the data planes of its regions.
    pub data_plane: String,
    /// What follows `ACCOUNT.blob.` in the address of a storage account.
    pub storage_suffix: String,
    /// Audience of assertions that are exchanged for tokens.
    pub token_exchange: String,
}

/// A cloud the Azure CLI and the Python SDK know by themselves; the members are those of [`Cloud`].
struct Known {
    name: &'static str,
    resource_manager: &'static str,
    authority: &'static str,
    machine_learning: &'static str,
    data_plane: &'static str,
    storage_suffix: &'static str,
    token_exchange: &'static str,
}

const PUBLIC: Known = Known {
    name: "AzureCloud",
    resource_manager: "https://management.azure.com",
    authority: "https://login.microsoftonline.com",
    machine_learning: "https://ml.azure.com",
    data_plane: "api.azureml.ms",
    storage_suffix: "core.windows.net",
    token_exchange: "api://AzureADTokenExchange",
};
const US_GOVERNMENT: Known = Known {
    name: "AzureUSGovernment",
    resource_manager: "https://management.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
    machine_learning: "https://ml.azure.us",
    data_plane: "api.ml.azure.us",
    storage_suffix: "core.usgovcloudapi.net",
    token_exchange: "api://AzureADTokenExchangeUSGov",
};
const CHINA: Known = Known {
    name: "AzureChinaCloud",
    resource_manager: "https://management.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    machine_learning: "https://ml.azure.cn",
    data_plane: "api.ml.azure.cn",
    storage_suffix: "core.chinacloudapi.cn",
    token_exchange: "api://AzureADTokenExchangeChina",
};
const KNOWN: [&Known; 3] = [&PUBLIC, &US_GOVERNMENT, &CHINA];

/// Other names by which tools call the known clouds, in lower case and without underscores.
const ALIASES: [(&str, &str); 3] = [
    ("azurepubliccloud", PUBLIC.name),
    ("azureusgovernmentcloud", US_GOVERNMENT.name),
    ("azurechina", CHINA.name),
];

impl Cloud {
    /// The active cloud: `AZURE_CLOUD`, then what the Azure CLI uses (`AZURE_CLOUD_NAME`, its configuration), then the
    /// one whose authority `AZURE_AUTHORITY_HOST` names, then the public one. `AZURE_AUTHORITY_HOST` is the authority
    /// in any of them.
    pub(super) fn active(environment: &Environment, config: &AzConfig) -> Result<Self, SettingsError> {
        let authority = authority_host(environment)?;
        let named = environment
            .text(env_vars::AZURE_CLOUD)
            .filter(|name| !name.is_empty())
            .or_else(|| config.value("cloud", "name"));
        let mut cloud = match named {
            Some(name) => Self::named(&name, config)?,
            None => {
                let known = KNOWN.into_iter().find(|known| Some(known.authority) == authority.as_deref());
                known.unwrap_or(&PUBLIC).into()
            }
        };
        if let Some(authority) = authority {
            cloud.authority = authority;
        }
        Ok(cloud)
    }

    /// A known cloud with the changes of the Azure CLI's file, or one that is in that file alone.
    fn named(name: &str, config: &AzConfig) -> Result<Self, SettingsError> {
        let plain = |text: &str| text.replace('_', "").to_lowercase();
        let alias = ALIASES.iter().find(|(alias, _)| *alias == plain(name)).map(|(_, known)| *known);
        let known = KNOWN.into_iter().find(|known| plain(known.name) == plain(alias.unwrap_or(name)));
        let name = known.map_or(name, |known| known.name).to_owned();
        let file = config.other_file(CLOUDS_FILE)?.unwrap_or_default();
        let value = |key: &str| file.get(&name, key).filter(|value| !value.is_empty());
        let origin = |key: &'static str| value(key).map(|text| secure_origin(key, text)).transpose();
        let resource_manager = origin("endpoint_resource_manager")?;
        let authority = origin("endpoint_active_directory")?;
        let audience = value("endpoint_active_directory_resource_id").map(str::to_owned);
        let storage_suffix = value("suffix_storage_endpoint").map(str::to_owned);
        if let Some(known) = known.map(Self::from) {
            return Ok(Self {
                resource_manager: resource_manager.unwrap_or(known.resource_manager),
                resource_manager_audience: audience.unwrap_or(known.resource_manager_audience),
                authority: authority.unwrap_or(known.authority),
                storage_suffix: storage_suffix.unwrap_or(known.storage_suffix),
                ..known
            });
        }
        let unknown = || SettingsError::UnknownCloud { name: name.clone() };
        let resource_manager = resource_manager.ok_or_else(unknown)?;
        let machine_learning = machine_learning(value("endpoint_portal"), &resource_manager);
        Ok(Self {
            data_plane: format!("api.{}", host(&machine_learning)),
            machine_learning,
            authority: authority.ok_or_else(unknown)?,
            storage_suffix: storage_suffix.unwrap_or_default(),
            token_exchange: PUBLIC.token_exchange.to_owned(),
            resource_manager_audience: audience.unwrap_or_else(|| resource_manager.clone()),
            resource_manager,
            name,
        })
    }
}

impl Cloud {
    /// Domain of the scoring addresses of endpoints.
    pub fn scoring_domain(&self) -> String {
        format!("inference.{}", host(&self.machine_learning))
    }

    /// Domains of storage accounts; the second is that of accounts in DNS zones.
    pub fn storage_domains(&self) -> Vec<String> {
        let suffixes = [self.storage_suffix.as_str(), "storage.azure.net"].into_iter();
        suffixes.filter(|suffix| !suffix.is_empty()).map(str::to_owned).collect()
    }
}

/// The host of an origin.
fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

impl From<&Known> for Cloud {
    fn from(known: &Known) -> Self {
        Self {
            name: known.name.to_owned(),
            resource_manager: known.resource_manager.to_owned(),
            resource_manager_audience: known.resource_manager.to_owned(),
            authority: known.authority.to_owned(),
            machine_learning: known.machine_learning.to_owned(),
            data_plane: known.data_plane.to_owned(),
            storage_suffix: known.storage_suffix.to_owned(),
            token_exchange: known.token_exchange.to_owned(),
        }
    }
}

/// Audience of the batch data plane in a custom cloud. The Python SDK puts `ml.azure.` before what follows the second
/// dot of the portal's address; where the file names no portal, `ml.` stands for Resource Manager's `management.`.
fn machine_learning(portal: Option<&str>, resource_manager: &str) -> String {
    let suffix = portal.and_then(|portal| portal.trim_end_matches('/').splitn(3, '.').nth(2));
    match suffix {
        Some(suffix) => format!("https://ml.azure.{suffix}"),
        None => resource_manager.replacen("://management.", "://ml.", 1),
    }
}

/// `AZURE_AUTHORITY_HOST`, with or without its scheme, as the SDKs take it.
fn authority_host(environment: &Environment) -> Result<Option<String>, SettingsError> {
    let Some(text) = environment.text(env_vars::AZURE_AUTHORITY_HOST).filter(|text| !text.trim().is_empty())
    else {
        return Ok(None);
    };
    let text = text.trim();
    let origin = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    secure_origin(env_vars::AZURE_AUTHORITY_HOST, &origin).map(Some)
}

/// An origin that may be sent secrets: https, or http on loopback; no path.
fn secure_origin(name: &'static str, text: &str) -> Result<String, SettingsError> {
    let origin = text.trim_end_matches('/');
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    match is_private(origin) && !host.contains(['/', '?', '#', '@']) {
        true => Ok(origin.to_owned()),
        false => Err(SettingsError::BadValue {
            name,
            value: shown(text),
            expected: "an origin: https://HOST, or http on a loopback address",
        }),
    }
}

/// Origin of Azure Resource Manager. Plain http is for loopback only: it would show the token to everybody else.
pub(super) fn arm_endpoint(environment: &Environment, cloud: &Cloud) -> Result<String, SettingsError> {
    match environment.text(env_vars::AZML_ARM_ENDPOINT).filter(|text| !text.is_empty()) {
        Some(text) => secure_origin(env_vars::AZML_ARM_ENDPOINT, &text),
        None => Ok(cloud.resource_manager.clone()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn active<const N: usize>(files: &[(&str, &str)], variables: [(&str, &str); N]) -> Result<Cloud, String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let place = Environment::from([("AZURE_CONFIG_DIR", dir.path().to_str().unwrap())]);
        let config = AzConfig::load(&place, dir.path()).unwrap();
        Cloud::active(&Environment::from(variables), &config).map_err(|error| error.to_string())
    }

    #[test]
    fn the_variable_beats_the_file_beats_the_public_cloud() {
        let government = [("config", "[cloud]\nname = AzureUSGovernment\n")];
        assert_eq!(active(&[], []).unwrap().name, "AzureCloud");
        let cloud = active(&government, []).unwrap();
        assert_eq!(
            (cloud.resource_manager.as_str(), cloud.authority.as_str(), cloud.machine_learning.as_str()),
            (
                "https://management.usgovcloudapi.net",
                "https://login.microsoftonline.us",
                "https://ml.azure.us"
            )
        );
        for name in ["AzureChinaCloud", "azurechinacloud", "AZURE_CHINA_CLOUD"] {
            let cloud = active(&government, [("AZURE_CLOUD", name)]).unwrap();
            assert_eq!(cloud.machine_learning, "https://ml.azure.cn", "{name}");
        }
    }

    #[test]
    fn an_authority_chooses_its_cloud_where_nothing_else_does() {
        for host in ["login.microsoftonline.us", "https://login.microsoftonline.us/"] {
            let cloud = active(&[], [("AZURE_AUTHORITY_HOST", host)]).unwrap();
            assert_eq!(cloud.name, "AzureUSGovernment", "{host}");
        }
        let cloud = active(&[], [("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1")]).unwrap();
        assert_eq!((cloud.name.as_str(), cloud.authority.as_str()), ("AzureCloud", "http://127.0.0.1:1"));
        for host in ["http://login.example", "https://h/path", "https://user@h"] {
            assert!(active(&[], [("AZURE_AUTHORITY_HOST", host)]).is_err(), "{host}");
        }
    }

    #[test]
    fn a_registered_cloud_comes_from_the_files_of_az() {
        let clouds = "[Sealed]\nendpoint_resource_manager = https://management.azure.sealed/\n\
            endpoint_active_directory = https://login.sealed\n\
            endpoint_active_directory_resource_id = https://management.core.sealed/\nsuffix_storage_endpoint = core.sealed\n\
            [AzureCloud]\nendpoint_resource_manager = https://private.example/\n";
        let named = |name: &str| {
            active(&[("clouds.config", clouds), ("config", &format!("[cloud]\nname = {name}\n"))], [])
        };
        let sealed = named("Sealed").unwrap();
        assert_eq!(sealed.resource_manager, "https://management.azure.sealed");
        assert_eq!(
            (sealed.machine_learning.as_str(), sealed.storage_suffix.as_str()),
            ("https://ml.azure.sealed", "core.sealed")
        );
        assert_eq!(
            (sealed.data_plane.as_str(), &*sealed.scoring_domain()),
            ("api.ml.azure.sealed", "inference.ml.azure.sealed")
        );
        assert_eq!(sealed.resource_manager_audience, "https://management.core.sealed/");
        let public = named("AzureCloud").unwrap();
        assert_eq!(public.resource_manager, "https://private.example");
        assert_eq!(public.resource_manager_audience, "https://management.azure.com");
        assert_eq!(public.authority, "https://login.microsoftonline.com");
        assert!(named("Nowhere").unwrap_err().contains("az cloud register"));
    }

    #[test]
    fn a_custom_portal_names_the_audience_as_for_the_sdk() {
        let resource_manager = "https://management.azure.microsoft.scloud";
        for portal in [None, Some("https://portal.azure.microsoft.scloud/")] {
            assert_eq!(machine_learning(portal, resource_manager), "https://ml.azure.microsoft.scloud");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        let cloud = active(&[], []).unwrap();
        let endpoint = |text: &str| arm_endpoint(&Environment::from([("AZML_ARM_ENDPOINT", text)]), &cloud);
        for text in ["https://arm.example/", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
            assert_eq!(endpoint(text).unwrap(), text.trim_end_matches('/'));
        }
        for text in [
            "http://arm.example",
            "arm.example",
            "ftp://x",
            "https://",
            "https://h/path",
            "http://127.0.0.1@evil",
        ] {
            assert!(endpoint(text).is_err(), "{text}");
        }
        let message = endpoint("https://user:password@h?sig=s").unwrap_err().to_string();
        assert!(message.contains("https://h") && !message.contains("password"), "{message}");
        assert_eq!(endpoint("").unwrap(), "https://management.azure.com");
    }
}
