//! How jobs of a deployment run: settings and resources.

use serde_json::Value;

use super::super::fields::Fields;
use crate::wire;
use crate::wire::JsonMap;
use crate::wire::deployment::OutputAction;
use crate::wire::duration::format_seconds;

/// `resources` of a deployment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resources {
    /// Nodes of each job.
    pub instance_count: Option<i64>,
    /// VM size.
    pub instance_type: Option<String>,
    /// Free properties.
    pub properties: Option<JsonMap>,
    /// Arguments for Docker: text or a list.
    pub docker_args: Option<Value>,
    /// Size of the shared memory.
    pub shm_size: Option<String>,
    /// Regions.
    pub locations: Option<Vec<String>>,
    /// Most nodes of each job.
    pub max_instance_count: Option<i64>,
}

/// How a job of a deployment runs. What is not given is left to the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeploymentSettings {
    /// Files handed to one `run()`.
    pub mini_batch_size: Option<i64>,
    /// Worker processes on each node.
    pub max_concurrency_per_instance: Option<i64>,
    /// What happens with the results.
    pub output_action: Option<OutputAction>,
    /// File that the results go to.
    pub output_file_name: Option<String>,
    /// What happens when a mini-batch fails.
    pub retry: Option<RetrySettings>,
    /// Failed files that are tolerated.
    pub error_threshold: Option<i64>,
    /// How much is logged, as written.
    pub logging_level: Option<String>,
    /// Environment variables of the script.
    pub environment_variables: Option<JsonMap>,
}

/// What happens when a mini-batch fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetrySettings {
    /// Further tries after the first.
    pub max_retries: Option<i64>,
    /// Seconds that one `run()` may take.
    pub timeout: Option<i64>,
}

impl Resources {
    pub(super) fn read(mut fields: Fields) -> Self {
        let texts = |items: Vec<Value>| items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Self {
            instance_count: fields.integer("instance_count"),
            instance_type: fields.text("instance_type"),
            properties: fields.mapping("properties"),
            docker_args: fields.value("docker_args"),
            shm_size: fields.text("shm_size"),
            locations: fields.list("locations").map(texts),
            max_instance_count: fields.integer("max_instance_count"),
        }
    }

    pub(super) fn into_wire(self) -> wire::deployment::DeploymentResources {
        let (docker_args, docker_args_list) = match self.docker_args {
            Some(Value::Array(arguments)) if !arguments.is_empty() => {
                let arguments = arguments.into_iter().filter_map(|item| item.as_str().map(str::to_owned));
                (None, Some(arguments.collect()))
            }
            Some(Value::String(arguments)) => (Some(arguments), None),
            _ => (None, None),
        };
        // With a list of arguments the SDK forgets these two.
        let has_list = docker_args_list.is_some();
        wire::deployment::DeploymentResources {
            instance_count: self.instance_count,
            instance_type: self.instance_type,
            properties: Some(resource_properties(self.properties.unwrap_or_default())),
            docker_args,
            docker_args_list,
            shm_size: self.shm_size,
            locations: self.locations.filter(|_| !has_list),
            max_instance_count: self.max_instance_count.filter(|_| !has_list),
        }
    }
}

/// Some properties have names in the service's own spelling; what has no value is left out.
fn resource_properties(properties: JsonMap) -> JsonMap {
    let spelled = |name: String| match name.to_lowercase().as_str() {
        "aisupercomputer" | "singularity" => "AISuperComputer".to_owned(),
        "itp" => "itp".to_owned(),
        "target_selector" => "target_selector".to_owned(),
        _ => name,
    };
    properties
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (spelled(name), value))
        .collect()
}

impl DeploymentSettings {
    pub(super) fn read(mut fields: Fields) -> Self {
        let output_action = fields.text("output_action").map(|action| match action.as_str() {
            "summary_only" => OutputAction::SummaryOnly,
            _ => OutputAction::AppendRow,
        });
        Self {
            mini_batch_size: fields.integer("mini_batch_size"),
            max_concurrency_per_instance: fields.integer("max_concurrency_per_instance"),
            // The service prints a file name even where no file is written; sent back, it would be refused.
            output_file_name: fields
                .text("output_file_name")
                .filter(|_| output_action != Some(OutputAction::SummaryOnly)),
            output_action,
            retry: fields.object("retry_settings").map(|mut retry| RetrySettings {
                max_retries: retry.integer("max_retries"),
                timeout: retry.integer("timeout"),
            }),
            error_threshold: fields.integer("error_threshold"),
            logging_level: fields.text("logging_level"),
            environment_variables: fields.mapping("environment_variables"),
        }
    }
}

impl RetrySettings {
    pub(super) fn into_wire(self) -> wire::deployment::RetrySettings {
        wire::deployment::RetrySettings {
            max_retries: self.max_retries,
            timeout: self.timeout.and_then(|seconds| u64::try_from(seconds).ok()).map(format_seconds),
        }
    }
}
