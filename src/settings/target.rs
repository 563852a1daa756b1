//! Which workspace a command acts on.
//!
//! Order: options, `AZURE_DEFAULTS_*`, configuration files, a `config.json` of the Python SDK upward, and at last
//! the workspace built into azml. `-w local` without a group and subscription always means the built-in one.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::SettingsError;
use super::az_config::AzConfig;
use crate::wire::ids::WorkspaceId;

/// Name that stands for the built-in workspace.
pub const LOCAL: &str = "local";

/// The options that choose a workspace, as typed.
#[derive(Debug, Clone, Default)]
pub struct TargetOptions {
    /// `--subscription`
    pub subscription: Option<String>,
    /// `--resource-group`
    pub resource_group: Option<String>,
    /// `--workspace-name`
    pub workspace: Option<String>,
}

/// The workspace a command acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The workspace built into azml.
    Local {
        /// Nothing named it; the user should be told.
        implied: bool,
    },
    /// A workspace of Azure Machine Learning.
    Azure(AzureTarget),
}

/// A workspace of Azure Machine Learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureTarget {
    /// Subscription, if something names one.
    pub subscription: Option<String>,
    /// Resource group.
    pub resource_group: String,
    /// Workspace.
    pub workspace: String,
}

impl Target {
    /// The local workspace's id; `None` for Azure, whose subscription may still have to be looked up.
    pub fn local_id(&self) -> Option<WorkspaceId> {
        matches!(self, Self::Local { .. }).then(WorkspaceId::local)
    }
}

/// Applies the order above. Empty option values count as not given, as for `az`.
pub fn resolve(
    options: &TargetOptions,
    config: &AzConfig,
    current_dir: &Path,
) -> Result<Target, SettingsError> {
    let given = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    let (group_option, subscription) = (given(&options.resource_group), given(&options.subscription));
    let workspace = given(&options.workspace).or_else(|| config.default_value("workspace"));
    let no_azure_option = group_option.is_none() && subscription.is_none();
    if workspace.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(LOCAL)) && no_azure_option {
        return Ok(Target::Local { implied: false });
    }
    match workspace {
        Some(workspace) => {
            let resource_group = group_option
                .or_else(|| config.default_value("group"))
                .ok_or(SettingsError::Required("--resource-group/-g"))?;
            Ok(Target::Azure(AzureTarget { subscription, resource_group, workspace }))
        }
        None if no_azure_option => match workspace_config(current_dir)? {
            Some(target) => Ok(Target::Azure(target)),
            None => Ok(Target::Local { implied: true }),
        },
        None => Err(SettingsError::Required("--workspace-name/-w")),
    }
}

/// What `MLClient.from_config` of the Python SDK reads.
#[derive(Deserialize)]
struct WorkspaceConfig {
    subscription_id: Option<String>,
    resource_group: String,
    workspace_name: String,
}

/// Looks for the SDK's `config.json` in `.azureml/` and in each folder itself, from `current_dir` up. A plain
/// `config.json` of something else is passed over; one in `.azureml` has to be right.
fn workspace_config(current_dir: &Path) -> Result<Option<AzureTarget>, SettingsError> {
    for folder in current_dir.ancestors() {
        for (path, dedicated) in
            [(folder.join(".azureml/config.json"), true), (folder.join("config.json"), false)]
        {
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            match serde_json::from_str::<WorkspaceConfig>(&text) {
                Ok(found) => {
                    return Ok(Some(AzureTarget {
                        subscription: found.subscription_id,
                        resource_group: found.resource_group,
                        workspace: found.workspace_name,
                    }));
                }
                Err(error) if dedicated => {
                    return Err(SettingsError::NotWorkspaceConfig { path, message: error.to_string() });
                }
                Err(_) => {}
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::env_vars::Environment;

    fn resolved(
        options: [Option<&str>; 3],
        variables: &[(&str, &str)],
        dir: &Path,
    ) -> Result<Target, SettingsError> {
        let [subscription, resource_group, workspace] = options.map(|option| option.map(str::to_owned));
        let environment = match variables {
            [] => Environment::default(),
            [one] => Environment::from([*one]),
            [one, two, ..] => Environment::from([*one, *two]),
        };
        let config = AzConfig::load(&environment, dir).unwrap();
        resolve(&TargetOptions { subscription, resource_group, workspace }, &config, dir)
    }

    #[test]
    fn nothing_named_means_the_built_in_workspace() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(resolved([None; 3], &[], dir.path()).unwrap(), Target::Local { implied: true });
        let named = resolved([None, None, Some("local")], &[("AZURE_DEFAULTS_GROUP", "g")], dir.path());
        assert_eq!(named.unwrap(), Target::Local { implied: false });
    }

    #[test]
    fn a_workspace_called_local_in_a_group_is_on_azure() {
        let dir = tempfile::tempdir().unwrap();
        let target = resolved([None, Some("g"), Some("local")], &[], dir.path()).unwrap();
        assert!(matches!(target, Target::Azure(AzureTarget { resource_group, .. }) if resource_group == "g"));
    }

    #[test]
    fn half_a_workspace_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let missing = |options| resolved(options, &[], dir.path()).unwrap_err().to_string();
        assert!(missing([None, None, Some("w")]).ends_with("--resource-group/-g"));
        assert!(missing([None, Some("g"), None]).ends_with("--workspace-name/-w"));
    }

    #[test]
    fn the_sdk_config_is_found_upward_and_foreign_json_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("config.json"), "{\"other\": 1}").unwrap();
        fs::write(
            dir.path().join("config.json"),
            r#"{"subscription_id": "s", "resource_group": "g", "workspace_name": "w"}"#,
        )
        .unwrap();
        let target = resolved([None; 3], &[], &below).unwrap();
        assert!(matches!(target, Target::Azure(AzureTarget { workspace, .. }) if workspace == "w"));
    }
}
