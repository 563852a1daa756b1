//! How to reach Azure: the origin of Resource Manager, a token, and the subscription.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::SettingsError;
use crate::env_vars::{self, Environment};
use crate::wire::origin::{is_private, shown};

/// Resource Manager of the public cloud.
const PUBLIC_ARM: &str = "https://management.azure.com";

/// A text that must not be shown. `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the header it belongs into.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Origin of Azure Resource Manager. Plain http is for loopback only: it would show the token to everybody else.
pub(super) fn arm_endpoint(environment: &Environment) -> Result<String, SettingsError> {
    let Some(text) = environment.text(env_vars::AZML_ARM_ENDPOINT).filter(|text| !text.is_empty()) else {
        return Ok(PUBLIC_ARM.to_owned());
    };
    let bad = |expected| SettingsError::BadValue {
        name: env_vars::AZML_ARM_ENDPOINT,
        value: shown(&text),
        expected,
    };
    let origin = text.trim_end_matches('/');
    let (scheme, host) = origin.split_once("://").ok_or_else(|| bad("an origin such as https://HOST"))?;
    if host.is_empty() || host.contains(['/', '?', '#', '@']) {
        return Err(bad("an origin such as https://HOST, without a path"));
    }
    match matches!(scheme, "https" | "http") && is_private(origin) {
        true => Ok(origin.to_owned()),
        false => Err(bad("https, or http on a loopback address")),
    }
}

/// A bearer token given by the user. White space around it, such as the line end of a file, is no part of it.
pub(super) fn access_token(environment: &Environment) -> Option<Secret> {
    let text = environment.text(env_vars::AZML_ACCESS_TOKEN)?;
    Some(text.trim()).filter(|token| !token.is_empty()).map(|token| Secret::new(token.to_owned()))
}

/// The Azure CLI's list of subscriptions.
#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    subscriptions: Vec<Subscription>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    is_default: bool,
}

/// The id of the subscription: the named one, by name or id, or the profile's default. A name the profile does not
/// know is taken for an id, as `az` takes it.
pub(super) fn subscription(config_dir: Option<&Path>, named: Option<&str>) -> Option<String> {
    let known = config_dir.map(read_profile).unwrap_or_default();
    match named {
        Some(named) => {
            let matches = |one: &&Subscription| {
                one.id.eq_ignore_ascii_case(named) || one.name.eq_ignore_ascii_case(named)
            };
            Some(known.iter().find(matches).map_or_else(|| named.to_owned(), |one| one.id.clone()))
        }
        None => known.iter().find(|one| one.is_default).map(|one| one.id.clone()),
    }
}

/// The profile's subscriptions; none when there is no profile that can be read. `az` writes the file with a BOM.
fn read_profile(config_dir: &Path) -> Vec<Subscription> {
    let text = fs::read_to_string(config_dir.join("azureProfile.json")).unwrap_or_default();
    let profile = serde_json::from_str::<Profile>(text.trim_start_matches('\u{feff}'));
    profile.map(|profile| profile.subscriptions).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        let endpoint = |text: &str| arm_endpoint(&Environment::from([("AZML_ARM_ENDPOINT", text)]));
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
        assert_eq!(endpoint("").unwrap(), PUBLIC_ARM);
    }

    #[test]
    fn subscriptions_are_found_by_name_or_id_or_default() {
        let dir = tempfile::tempdir().unwrap();
        let profile = "\u{feff}{\"subscriptions\": [{\"id\": \"1\", \"name\": \"One\"}, {\"id\": \"2\", \"name\": \"Two\", \"isDefault\": true}]}";
        fs::write(dir.path().join("azureProfile.json"), profile).unwrap();
        let found = |named| subscription(Some(dir.path()), named);
        assert_eq!(found(None).as_deref(), Some("2"));
        assert_eq!(found(Some("one")).as_deref(), Some("1"));
        assert_eq!(found(Some("other")).as_deref(), Some("other"));
        assert_eq!(subscription(None, None), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("token".to_owned())), "Secret(..)");
    }
}
