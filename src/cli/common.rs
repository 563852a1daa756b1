//! Option groups that many verbs share.

use std::path::PathBuf;

use clap::Args;

use crate::settings::TargetOptions;
use crate::ui::OutputFormat;

/// Options every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Format of the result: json, jsonc, yaml, yamlc, table, tsv or none
    #[arg(long, short, global = true, value_name = "FORMAT", ignore_case = true,
        value_parser = clap::builder::PossibleValuesParser::new(OutputFormat::NAMES), hide_possible_values = true)]
    pub output: Option<String>,
    /// JMESPath expression applied to the result before it is formatted
    #[arg(long, global = true, value_name = "JMESPATH")]
    pub query: Option<String>,
    /// Azure subscription, by name or id
    #[arg(long, global = true, value_name = "NAME_OR_ID")]
    pub subscription: Option<String>,
    /// Show errors only: no warnings, notices or progress
    #[arg(long, global = true)]
    pub only_show_errors: bool,
    /// Say more on stderr
    #[arg(long, global = true)]
    pub verbose: bool,
    /// Say everything on stderr
    #[arg(long, global = true)]
    pub debug: bool,
}

/// Which workspace the command acts on.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Workspace options")]
pub struct WorkspaceArgs {
    /// Resource group of an Azure workspace
    #[arg(long, short = 'g', value_name = "NAME")]
    pub resource_group: Option<String>,
    /// Workspace; `local` is the one built into azml
    #[arg(long, short = 'w', value_name = "NAME")]
    pub workspace_name: Option<String>,
}

impl WorkspaceArgs {
    /// Together with the global subscription option: what was typed to choose a workspace.
    pub fn target(&self, global: &GlobalArgs) -> TargetOptions {
        TargetOptions {
            subscription: global.subscription.clone(),
            resource_group: self.resource_group.clone(),
            workspace: self.workspace_name.clone(),
        }
    }
}

/// A workspace, or a registry shared between workspaces.
#[derive(Debug, Clone, Default, Args)]
pub struct RegistryArgs {
    /// Which workspace.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Registry to act on instead of a workspace
    #[arg(long, value_name = "NAME", help_heading = "Workspace options")]
    pub registry_name: Option<String>,
}

/// A YAML spec and changes to it.
#[derive(Debug, Clone, Default, Args)]
pub struct SpecArgs {
    /// YAML spec to load; `-` reads standard input
    #[arg(long, short, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// Change a field of the spec before it is checked; may repeat
    #[arg(long, value_name = "PATH=VALUE", num_args = 1.., action = clap::ArgAction::Append)]
    pub set: Vec<String>,
}

/// Whether anything is sent at all.
#[derive(Debug, Clone, Default, Args)]
pub struct DryRunArgs {
    /// Print the requests that would change something, and send none of them
    #[arg(long)]
    pub dry_run: bool,
}

/// Whether anything is sent, and whether to wait for the service.
#[derive(Debug, Clone, Default, Args)]
pub struct SendArgs {
    /// Return as soon as the request is accepted, printing nothing
    #[arg(long)]
    pub no_wait: bool,
    /// Whether anything is sent at all.
    #[command(flatten)]
    pub dry: DryRunArgs,
}

/// Whether to ask before deleting.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfirmArgs {
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub yes: bool,
}

/// Which items a list of assets shows.
#[derive(Debug, Clone, Default, Args)]
pub struct ArchivedArgs {
    /// List archived items only
    #[arg(long, conflicts_with = "include_archived")]
    pub archived_only: bool,
    /// List archived items too
    #[arg(long)]
    pub include_archived: bool,
}

/// Tags as words.
#[derive(Debug, Clone, Default, Args)]
pub struct TagsArgs {
    /// Tags, as key or key=value words
    #[arg(long, value_name = "KEY=VALUE", num_args = 0..)]
    pub tags: Option<Vec<String>>,
}

impl TagsArgs {
    /// The tags as a map; `None` when none were given, as for `az`. The last of equal keys wins.
    pub fn to_map(&self) -> Option<crate::wire::JsonMap> {
        let words = self.tags.as_ref()?;
        let mut map = crate::wire::JsonMap::new();
        for word in words.iter().filter(|word| !word.is_empty()) {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            map.insert(key.to_owned(), value.into());
        }
        (!map.is_empty()).then_some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words_and_the_last_one_wins() {
        let tags =
            |words: &[&str]| TagsArgs { tags: Some(words.iter().map(|word| (*word).to_owned()).collect()) };
        let map = tags(&["a=1", "b", "a=2", "=q"]).to_map().map(serde_json::Value::Object);
        assert_eq!(map, Some(serde_json::json!({"a": "2", "b": "", "": "q"})));
        assert_eq!(tags(&[""]).to_map(), None);
        assert_eq!(TagsArgs::default().to_map(), None);
    }
}
