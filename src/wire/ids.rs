//! Identifiers: the workspace a request is for, and ARM resource ids inside it.

use std::fmt;

/// The provider that owns every resource azml touches.
pub const PROVIDER: &str = "Microsoft.MachineLearningServices";

/// Names one workspace; prints as its ARM path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WorkspaceId {
    /// Subscription id, a GUID.
    pub subscription: String,
    /// Resource group name.
    pub resource_group: String,
    /// Workspace name.
    pub name: String,
}

impl WorkspaceId {
    /// The workspace built into azml.
    pub fn local() -> Self {
        Self {
            subscription: "00000000-0000-0000-0000-000000000000".to_owned(),
            resource_group: "local".to_owned(),
            name: "local".to_owned(),
        }
    }

    /// Whether this is the workspace built into azml.
    pub fn is_local(&self) -> bool {
        *self == Self::local()
    }

    /// The ARM id of something inside the workspace, for example `batchEndpoints/digits`.
    pub fn child(&self, tail: &str) -> String {
        format!("{self}/{tail}")
    }

    /// The form used inside `azureml://subscriptions/...` addresses.
    pub fn long_uri(&self) -> String {
        format!(
            "azureml://subscriptions/{}/resourcegroups/{}/workspaces/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/subscriptions/{}/resourceGroups/{}/providers/{PROVIDER}/workspaces/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

/// An ARM id below a workspace, taken apart: `.../workspaces/{ws}/{segments}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmId {
    /// The workspace part.
    pub workspace: WorkspaceId,
    /// What follows the workspace, split at `/`, at least one pair.
    pub segments: Vec<String>,
}

impl ArmId {
    /// Reads an id; fixed words match whatever their case, as ARM does. An `azureml:` prefix is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix("azureml:").unwrap_or(text).strip_prefix('/')?;
        let parts: Vec<&str> = path.split('/').collect();
        let fixed =
            [(0, "subscriptions"), (2, "resourceGroups"), (4, "providers"), (5, PROVIDER), (6, "workspaces")];
        let is_ours =
            fixed.iter().all(|(at, word)| parts.get(*at).is_some_and(|p| p.eq_ignore_ascii_case(word)));
        if !is_ours || parts.len() < 10 || parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        Some(Self {
            workspace: WorkspaceId {
                subscription: parts[1].to_owned(),
                resource_group: parts[3].to_owned(),
                name: parts[7].to_owned(),
            },
            segments: parts[8..].iter().map(|part| (*part).to_owned()).collect(),
        })
    }

    /// For `{kind}/{name}/versions/{version}`: kind, name and version.
    pub fn asset(&self) -> Option<(&str, &str, &str)> {
        match self.segments.as_slice() {
            [kind, name, versions, version] if versions.eq_ignore_ascii_case("versions") => {
                Some((kind, name, version))
            }
            _ => None,
        }
    }

    /// The last segment: the name of the resource.
    pub fn name(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn asset_ids_are_taken_apart_whatever_the_case_of_fixed_words() {
        let id = ArmId::parse(
            "azureml:/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w/models/m/versions/3",
        )
        .unwrap();
        assert_eq!(id.asset(), Some(("models", "m", "3")));
        assert_eq!(id.workspace.resource_group, "g");
    }

    #[test]
    fn ids_of_other_things_are_refused() {
        for text in [
            "",
            "/subscriptions/s",
            "azureml:m:1",
            "/subscriptions/s/resourceGroups/g/providers/P/workspaces/w/a/b",
        ] {
            assert_eq!(ArmId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_workspace_prints_as_its_arm_path() {
        assert!(
            WorkspaceId::local().to_string().ends_with(
                "/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/local"
            )
        );
    }
}
