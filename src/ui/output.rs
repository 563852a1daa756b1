//! From the result of a command to the bytes on standard output: `resourceGroup`, `--query`, format.

use std::str::FromStr;

use serde_json::Value;

use super::table::TableLayout;
use super::{UiError, colour, json, table, tsv};
use crate::jmespath::Expression;
use crate::yaml;

/// The values of `--output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// JSON.
    #[default]
    Json,
    /// JSON, coloured on a terminal.
    Jsonc,
    /// YAML.
    Yaml,
    /// YAML, coloured on a terminal.
    Yamlc,
    /// A table for people.
    Table,
    /// Tab-separated values for scripts.
    Tsv,
    /// Nothing.
    None,
}

impl OutputFormat {
    /// The names of the formats, in the order `az` lists them.
    pub const NAMES: [&str; 7] = ["json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"];
}

/// A word that names no output format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no output format")]
pub struct UnknownFormat(pub String);

impl FromStr for OutputFormat {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(match word.to_lowercase().as_str() {
            "json" => Self::Json,
            "jsonc" => Self::Jsonc,
            "yaml" => Self::Yaml,
            "yamlc" => Self::Yamlc,
            "table" => Self::Table,
            "tsv" => Self::Tsv,
            "none" => Self::None,
            _ => return Err(UnknownFormat(word.to_owned())),
        })
    }
}

/// How a result is to be printed.
pub(super) struct Presentation<'p> {
    pub(super) format: OutputFormat,
    pub(super) query: Option<&'p Expression>,
    pub(super) layout: Option<&'p TableLayout>,
    pub(super) colour: bool,
}

impl Presentation<'_> {
    /// The bytes to print; none for a null result.
    pub(super) fn render(&self, result: &Value) -> Result<String, UiError> {
        let result = match self.query {
            Some(query) => self.select(query, result)?,
            None => result.clone(),
        };
        if result.is_null() {
            return Ok(String::new());
        }
        Ok(match self.format {
            OutputFormat::Json => json::render(&result),
            OutputFormat::Jsonc if self.colour => colour::json(&json::render(&result)),
            OutputFormat::Jsonc => json::render(&result),
            OutputFormat::Yaml => yaml::dump::dump(&result),
            OutputFormat::Yamlc if self.colour => colour::yaml(&yaml::dump::dump(&result)),
            OutputFormat::Yamlc => yaml::dump::dump(&result),
            OutputFormat::Table => self.table(&result)?,
            OutputFormat::Tsv => self.tsv(result),
            OutputFormat::None => String::new(),
        })
    }

    fn select(&self, query: &Expression, result: &Value) -> Result<Value, UiError> {
        let selection = query.select(result).map_err(UiError::Query)?;
        let value = match self.format {
            OutputFormat::Tsv => selection.into_value_with_whole_objects_sorted(),
            _ => selection.into_value(),
        };
        value.map_err(UiError::Query)
    }

    fn table(&self, result: &Value) -> Result<String, UiError> {
        match (self.query, self.layout) {
            (Some(_), _) => Ok(table::render(result, false)),
            (None, Some(layout)) => Ok(table::render(&layout.apply(result).ok_or(UiError::Table)?, false)),
            (None, None) => Ok(table::render(result, true)),
        }
    }

    fn tsv(&self, mut result: Value) -> String {
        if self.query.is_none() {
            result.sort_all_objects();
        }
        tsv::render(&result)
    }
}

/// Gives every object whose `id` is a resource id a member `resourceGroup`.
pub(super) fn add_resource_groups(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_resource_groups),
        Value::Object(members) => {
            members.values_mut().for_each(add_resource_groups);
            if members.keys().any(|key| key.eq_ignore_ascii_case("resourcegroup")) {
                return;
            }
            let group = members.get("id").and_then(Value::as_str).and_then(resource_group).map(Value::from);
            if let Some(group) = group {
                members.insert("resourceGroup".to_owned(), group);
            }
        }
        _ => {}
    }
}

/// The resource group an id names, if it is the id of something within one.
fn resource_group(id: &str) -> Option<&str> {
    let parts: Vec<&str> = id.split('/').collect();
    let qualifies = parts.len() > 8 && parts[3].eq_ignore_ascii_case("resourcegroups");
    qualifies.then(|| parts[4])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;

    use super::*;

    fn render(format: OutputFormat, query: Option<&str>, result: &Value) -> String {
        let query = query.map(|text| Expression::compile(text).unwrap());
        let presentation = Presentation { format, query: query.as_ref(), layout: None, colour: false };
        presentation.render(result).unwrap()
    }

    #[test]
    fn a_null_result_prints_nothing_in_every_format() {
        for name in OutputFormat::NAMES {
            let format = name.to_uppercase().parse().unwrap();
            assert_eq!(render(format, None, &Value::Null), "");
            assert_eq!(render(format, Some("missing"), &json!({"a": 1})), "");
        }
        assert!("xml".parse::<OutputFormat>().is_err());
    }

    #[test]
    fn tsv_sorts_whole_objects_and_keeps_the_order_of_a_hash() {
        let result = json!([{"z": 1, "a": 2}]);
        assert_eq!(render(OutputFormat::Tsv, None, &result), "2\t1\n");
        assert_eq!(render(OutputFormat::Tsv, Some("[0]"), &result), "2\t1\n");
        assert_eq!(render(OutputFormat::Tsv, Some("[].{z: z, a: a}"), &result), "1\t2\n");
        assert_eq!(render(OutputFormat::Tsv, Some("[0].* | [0]"), &result), "1\n");
    }

    #[test]
    fn a_query_switches_the_layout_off() {
        let layout = TableLayout { columns: &[("Who", "name")] };
        let query = Expression::compile("{n: name}").unwrap();
        let mut presentation =
            Presentation { format: OutputFormat::Table, query: None, layout: Some(&layout), colour: false };
        let result = json!({"name": "x", "other": 1});
        assert_eq!(presentation.render(&result).unwrap(), "Who\n-----\nx\n");
        presentation.query = Some(&query);
        assert_eq!(presentation.render(&result).unwrap(), "N\n---\nx\n");
    }

    #[test]
    fn resource_groups_are_added_where_an_id_has_one() {
        let workspace = "/subscriptions/S/resourceGroups/RG/providers/P/workspaces/W";
        let mut value = json!({
            "id": workspace,
            "nested": [{"id": format!("azureml:{workspace}/jobs/j")}, {"id": workspace, "ResourceGroup": "own"}],
            "short": {"id": "/subscriptions/S/resourceGroups/RG"},
            "path": {"id": "azureml://subscriptions/S/resourcegroups/RG/workspaces/W/datastores/D/paths/p"},
        });
        add_resource_groups(&mut value);
        assert_eq!(value["resourceGroup"], "RG");
        assert_eq!(value["nested"][0]["resourceGroup"], "RG");
        assert_eq!(value["nested"][1].get("resourceGroup"), None);
        assert_eq!(value["short"].get("resourceGroup"), None);
        assert_eq!(value["path"].get("resourceGroup"), None);
        assert_eq!(render(OutputFormat::Tsv, Some("resourceGroup"), &value), "RG\n");
    }

    #[test]
    fn a_query_that_fails_is_reported_with_its_cause() {
        let query = Expression::compile("foo()").unwrap();
        let presentation =
            Presentation { format: OutputFormat::None, query: Some(&query), layout: None, colour: false };
        let message = presentation.render(&json!({})).unwrap_err().to_string();
        let expected =
            "Invalid jmespath query supplied for `--query`: Unknown function: foo()\nTo learn more";
        assert!(message.starts_with(expected), "{message}");
    }
}
