//! The Azure CLI's list of subscriptions, `azureProfile.json`: who is signed in, and what is active.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What the file says of one cloud.
#[derive(Debug, Clone, Default)]
pub struct AzProfile {
    subscriptions: Vec<Subscription>,
    stamp: String,
}

/// A subscription somebody has signed in to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its id.
    pub id: String,
    #[serde(default)]
    name: String,
    /// The tenant that holds it.
    #[serde(default)]
    pub tenant_id: Option<String>,
    #[serde(default)]
    is_default: bool,
    #[serde(default)]
    environment_name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    subscriptions: Vec<Subscription>,
}

impl AzProfile {
    /// Reads the subscriptions of `cloud`; none when there is no file that can be read. `az` writes it with a BOM.
    pub(super) fn read(config_dir: Option<&Path>, cloud: &str) -> Self {
        let Some(path) = config_dir.map(|dir| dir.join("azureProfile.json")) else {
            return Self::default();
        };
        let text = fs::read_to_string(&path).unwrap_or_default();
        let file = serde_json::from_str::<File>(text.trim_start_matches('\u{feff}'));
        let mut subscriptions = file.map(|file| file.subscriptions).unwrap_or_default();
        subscriptions.retain(|one| one.environment_name.as_deref().is_none_or(|name| name == cloud));
        let written = fs::metadata(&path).and_then(|file| file.modified()).ok();
        let written = written.and_then(|moment| moment.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let stamp =
            format!("{} {} {:x}", path.display(), written.as_nanos(), Sha256::digest(text.as_bytes()));
        Self { subscriptions, stamp }
    }

    /// The subscription of this name or id.
    pub fn find(&self, named: &str) -> Option<&Subscription> {
        self.subscriptions
            .iter()
            .find(|one| one.id.eq_ignore_ascii_case(named) || one.name.eq_ignore_ascii_case(named))
    }

    /// The active subscription.
    pub fn active(&self) -> Option<&Subscription> {
        self.subscriptions.iter().find(|one| one.is_default)
    }

    /// A text that is another one after every `az login`, `az logout` and `az account set`.
    pub fn stamp(&self) -> &str {
        &self.stamp
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn subscriptions_are_found_by_name_or_id_or_as_the_active_one_of_their_cloud() {
        let dir = tempfile::tempdir().unwrap();
        let profile = "\u{feff}{\"subscriptions\": [
            {\"id\": \"1\", \"name\": \"One\", \"tenantId\": \"t\", \"environmentName\": \"AzureCloud\"},
            {\"id\": \"2\", \"name\": \"Two\", \"isDefault\": true},
            {\"id\": \"3\", \"name\": \"Three\", \"isDefault\": true, \"environmentName\": \"AzureChinaCloud\"}]}";
        fs::write(dir.path().join("azureProfile.json"), profile).unwrap();
        let profile = AzProfile::read(Some(dir.path()), "AzureCloud");
        assert_eq!(profile.active().unwrap().id, "2");
        assert_eq!(profile.find("one").unwrap().tenant_id.as_deref(), Some("t"));
        assert_eq!(profile.find("three"), None);
        let china = AzProfile::read(Some(dir.path()), "AzureChinaCloud");
        assert_eq!(china.subscriptions.len(), 2);
        assert_eq!(AzProfile::read(None, "AzureCloud").active(), None);
    }

    #[test]
    fn another_login_is_another_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let stamp = |text: &str| {
            fs::write(dir.path().join("azureProfile.json"), text).unwrap();
            AzProfile::read(Some(dir.path()), "AzureCloud").stamp().to_owned()
        };
        let first = stamp(r#"{"subscriptions": [{"id": "1", "user": {"name": "a"}}]}"#);
        assert_ne!(first, stamp(r#"{"subscriptions": [{"id": "1", "user": {"name": "b"}}]}"#));
    }
}
