//! The one grammar of references: how specs, options and bodies name assets, datastores and data.
//!
//! Forms: `azureml:name:version`, `azureml:name@label`, the same without `azureml:`, ARM ids,
//! `azureml://registries/...`, and `azureml://` datastore addresses, short and long.

use std::fmt;

use super::ids::{ArmId, WorkspaceId};

/// Names a versioned asset (model, environment, data, component) of a workspace or registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssetReference {
    /// `azureml:name:version`
    Version {
        /// Asset name.
        name: String,
        /// Version text.
        version: String,
    },
    /// `azureml:name@label`
    Label {
        /// Asset name.
        name: String,
        /// Label, for example `latest`.
        label: String,
    },
    /// `azureml:name`, which most places refuse because it says no version.
    Name(String),
    /// A full ARM id, without `azureml:`.
    Arm(String),
    /// `azureml://registries/...`, kept as written.
    Registry(String),
}

impl AssetReference {
    /// Reads a reference that is marked as one: `azureml:...`, an ARM id or a registry address.
    pub fn parse_marked(text: &str) -> Option<Self> {
        if text.starts_with("azureml://registries/") {
            return Some(Self::Registry(text.to_owned()));
        }
        if text.starts_with("azureml://") {
            return None;
        }
        if ArmId::parse(text).is_some() {
            return Some(Self::Arm(text.strip_prefix("azureml:").unwrap_or(text).to_owned()));
        }
        text.strip_prefix("azureml:").and_then(Self::parse_bare)
    }

    /// Whether this names an environment that Microsoft curates. The service knows those by their reference.
    pub fn is_curated_environment(&self) -> bool {
        match self {
            Self::Version { name, .. } | Self::Label { name, .. } | Self::Name(name) => {
                name.starts_with("AzureML-")
            }
            Self::Arm(_) | Self::Registry(_) => false,
        }
    }

    /// Reads `name:version`, `name@label` or `name`.
    pub fn parse_bare(text: &str) -> Option<Self> {
        let filled = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        if text.contains('/') {
            return None;
        }
        if let Some((name, label)) = text.split_once('@') {
            return Some(Self::Label { name: filled(name)?, label: filled(label)? });
        }
        match text.split_once(':') {
            Some((name, version)) => Some(Self::Version { name: filled(name)?, version: filled(version)? }),
            None => filled(text).map(Self::Name),
        }
    }
}

impl fmt::Display for AssetReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { name, version } => write!(f, "azureml:{name}:{version}"),
            Self::Label { name, label } => write!(f, "azureml:{name}@{label}"),
            Self::Name(name) => write!(f, "azureml:{name}"),
            Self::Arm(id) => write!(f, "azureml:{id}"),
            Self::Registry(uri) => f.write_str(uri),
        }
    }
}

/// An address in a datastore: `azureml://datastores/{d}/paths/{p}`, or the long form naming the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatastoreUri {
    /// The workspace of the long form.
    pub workspace: Option<WorkspaceId>,
    /// Datastore name.
    pub datastore: String,
    /// Path inside the datastore, no leading slash; a folder may end in `/`.
    pub path: String,
}

impl DatastoreUri {
    /// Reads either form.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("azureml://")?;
        let (workspace, rest) = match rest.strip_prefix("datastores/") {
            Some(rest) => (None, rest),
            None => Self::split_long(rest)?,
        };
        let (datastore, path) =
            rest.split_once("/paths/").or_else(|| rest.strip_suffix("/paths").map(|d| (d, "")))?;
        (!datastore.is_empty() && !datastore.contains('/')).then(|| Self {
            workspace,
            datastore: datastore.to_owned(),
            path: path.trim_start_matches('/').to_owned(),
        })
    }

    /// The same place of a datastore in `workspace`, in the long form. A workspace that the address names is
    /// replaced, as the SDK does for models.
    #[must_use]
    pub fn in_workspace(self, workspace: &WorkspaceId) -> Self {
        Self { workspace: Some(workspace.clone()), ..self }
    }

    fn split_long(rest: &str) -> Option<(Option<WorkspaceId>, &str)> {
        let mut parts = rest.splitn(8, '/');
        let mut pair = |word: &str| {
            let found = parts.next()?;
            found.eq_ignore_ascii_case(word).then(|| parts.next().map(str::to_owned)).flatten()
        };
        let workspace = WorkspaceId {
            subscription: pair("subscriptions")?,
            resource_group: pair("resourceGroups")?,
            name: pair("workspaces")?,
        };
        (parts.next()? == "datastores").then_some((Some(workspace), parts.next()?))
    }
}

impl fmt::Display for DatastoreUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.workspace {
            Some(workspace) => f.write_str(&workspace.long_uri())?,
            None => f.write_str("azureml:/")?,
        }
        write!(f, "/datastores/{}/paths/{}", self.datastore, self.path)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn every_marked_form_prints_as_it_was_read() {
        for text in
            ["azureml:m:1", "azureml:m@latest", "azureml:m", "azureml://registries/r/models/m/versions/1"]
        {
            assert_eq!(AssetReference::parse_marked(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn arm_ids_lose_their_marker() {
        let id = format!("{}/models/m/versions/2", WorkspaceId::local());
        for text in [id.clone(), format!("azureml:{id}")] {
            assert_eq!(AssetReference::parse_marked(&text), Some(AssetReference::Arm(id.clone())));
        }
    }

    #[test]
    fn curated_environments_are_known_by_their_prefix() {
        for (text, is_curated) in [("azureml:AzureML-x@latest", true), ("azureml:x:1", false)] {
            assert_eq!(AssetReference::parse_marked(text).unwrap().is_curated_environment(), is_curated);
        }
    }

    #[test]
    fn local_paths_are_no_references() {
        for text in
            ["./model", "model", "azureml://datastores/d/paths/p", "azureml:", "azureml:a/b", "azureml::1"]
        {
            assert_eq!(AssetReference::parse_marked(text), None, "{text}");
        }
    }

    #[test]
    fn both_datastore_forms_are_read() {
        let short = DatastoreUri::parse("azureml://datastores/d/paths/a/b/").unwrap();
        assert_eq!((short.datastore.as_str(), short.path.as_str()), ("d", "a/b/"));
        let text = "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/a";
        let long = DatastoreUri::parse(text).unwrap();
        assert_eq!(long.workspace.as_ref().unwrap().name, "w");
        assert_eq!(long.to_string(), text);
        assert_eq!(short.to_string(), "azureml://datastores/d/paths/a/b/");
        assert_eq!(DatastoreUri::parse("azureml://jobs/j/outputs/o/paths/p"), None);
        let moved = long.in_workspace(&WorkspaceId::local());
        assert!(moved.to_string().ends_with("/workspaces/local/datastores/d/paths/a"), "{moved}");
    }
}
