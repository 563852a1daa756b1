//! Fields of a batch deployment of a model, in both layouts: settings nested under `settings`, which
//! `type: model` turns on, and the older one with the settings at the top level.

use super::environment::INLINE_ENVIRONMENT;
use super::model::INLINE_MODEL;
use crate::spec::schema::{Casing, Field, Rule, Schema, Shape};
use crate::wire::asset::AssetKind;

/// A file that says `type: model`.
pub static NESTED: Schema = Schema {
    title: "model deployment",
    fields: &[
        NAME,
        ENDPOINT_NAME,
        TYPE,
        DESCRIPTION,
        TAGS,
        PROPERTIES,
        MODEL,
        CODE_CONFIGURATION,
        ENVIRONMENT,
        COMPUTE.required(),
        RESOURCES,
        Field::new("settings", Shape::Object(&SETTINGS), "How a job of this deployment runs."),
        ENVIRONMENT_VARIABLES,
        ERROR_THRESHOLD,
        ID,
        PRINTED[1],
        PRINTED[2],
        PRINTED[3],
        PRINTED[4],
    ],
    renamed: RENAMED,
};

/// A file without `type`, and what the service prints.
pub static FLAT: Schema = Schema {
    title: "batch deployment without `type`",
    fields: &[
        NAME,
        ENDPOINT_NAME,
        TYPE,
        DESCRIPTION,
        TAGS,
        PROPERTIES,
        MODEL,
        CODE_CONFIGURATION,
        ENVIRONMENT,
        COMPUTE,
        RESOURCES,
        MINI_BATCH_SIZE,
        MAX_CONCURRENCY,
        OUTPUT_ACTION,
        OUTPUT_FILE_NAME,
        RETRY_SETTINGS,
        ERROR_THRESHOLD,
        LOGGING_LEVEL,
        ENVIRONMENT_VARIABLES,
        ID,
        Field::read_only("creation_context", "Who made it and when."),
        Field::read_only("provisioning_state", "How far the last change has come."),
        PRINTED[3],
        PRINTED[4],
    ],
    renamed: RENAMED,
};

/// `settings`
pub static SETTINGS: Schema = Schema {
    title: "`settings`",
    fields: &[
        MINI_BATCH_SIZE,
        MAX_CONCURRENCY,
        OUTPUT_ACTION,
        OUTPUT_FILE_NAME,
        RETRY_SETTINGS,
        ERROR_THRESHOLD,
        LOGGING_LEVEL,
        ENVIRONMENT_VARIABLES,
        Field::new(
            "instance_count",
            Shape::Integer { min: 1 },
            "Nodes of each job, the old place of `resources.instance_count`.",
        )
        .default("1"),
    ],
    renamed: &[],
};

pub(super) const NAME: Field = Field::new(
    "name",
    Shape::DeploymentName,
    "Name of the deployment, unique in its endpoint: 3 to 32 letters, digits and dashes, a letter first.",
)
.required()
.option("--name")
.rule(Rule::Service);

pub(super) const ENDPOINT_NAME: Field =
    Field::new("endpoint_name", Shape::DeploymentName, "Endpoint that the deployment belongs to.")
        .required()
        .option("--endpoint-name");

pub(super) const TYPE: Field = Field::new(
    "type",
    Shape::Choice { values: &["model", "pipeline"], casing: Casing::Lower },
    "What is deployed. With `model` the settings stand under `settings`.",
);

pub(super) const DESCRIPTION: Field = Field::new("description", Shape::Text, "Free text.");

pub(super) const TAGS: Field = Field::new("tags", Shape::Mapping, "Labels of the deployment.");

const PROPERTIES: Field = Field::new("properties", Shape::Mapping, "Free properties of the deployment.");

const MODEL: Field = Field::new(
    "model",
    Shape::Asset { kind: AssetKind::Model, inline: &INLINE_MODEL },
    "The model: a reference such as `azureml:<name>:<version>`, or a new one described here.",
);

const CODE_CONFIGURATION: Field = Field::new(
    "code_configuration",
    Shape::Object(&CODE),
    "The scoring script. An MLflow model can do without.",
);

const ENVIRONMENT: Field = Field::new(
    "environment",
    Shape::Asset { kind: AssetKind::Environment, inline: &INLINE_ENVIRONMENT },
    "What the script runs in: a reference such as `azureml:<name>:<version>`, or a new one described here. \
     An MLflow model can do without.",
);

const COMPUTE: Field = Field::new("compute", Shape::Text, "Cluster that jobs run on: `azureml:<name>`.");

const RESOURCES: Field = Field::new("resources", Shape::Object(&RESOURCE_FIELDS), "What each job takes.");

const MINI_BATCH_SIZE: Field =
    Field::new("mini_batch_size", Shape::Integer { min: 1 }, "Files handed to one call of `run()`.")
        .default("10")
        .rule(Rule::Azml);

const MAX_CONCURRENCY: Field =
    Field::new("max_concurrency_per_instance", Shape::Integer { min: 1 }, "Worker processes on each node.")
        .default("1")
        .rule(Rule::Azml);

const OUTPUT_ACTION: Field = Field::new(
    "output_action",
    Shape::Choice { values: &["append_row", "summary_only"], casing: Casing::Lower },
    "Whether the results of `run()` are written to one file, or only counted because the script writes its own.",
)
.default("append_row");

const OUTPUT_FILE_NAME: Field =
    Field::new("output_file_name", Shape::FileName, "File that `append_row` writes to.")
        .default("predictions.csv")
        .rule(Rule::Service);

const RETRY_SETTINGS: Field =
    Field::new("retry_settings", Shape::Object(&RETRY_FIELDS), "What happens when a mini-batch fails.");

const ERROR_THRESHOLD: Field = Field::new(
    "error_threshold",
    Shape::Integer { min: -1 },
    "How many failed files end the job; -1 lets any number fail.",
)
.default("-1")
.rule(Rule::Service);

const LOGGING_LEVEL: Field = Field::new(
    "logging_level",
    Shape::AdvisedChoice(&["info", "warning", "debug"]),
    "How much the job writes into its logs.",
)
.default("info")
.rule(Rule::Service);

const ENVIRONMENT_VARIABLES: Field =
    Field::new("environment_variables", Shape::Mapping, "Environment variables of the scoring script.");

const ID: Field = Field::read_only_text("id", "ARM id.");

pub(super) const PRINTED: [Field; 5] = [
    Field::printed("id", "ARM id."),
    Field::printed("creation_context", "Who made it and when."),
    Field::printed("provisioning_state", "How far the last change has come."),
    Field::printed("location", "Region, always that of the workspace."),
    Field::printed("resourceGroup", "Resource group, as printed."),
];

const RENAMED: &[(&str, &str)] = &[
    ("settings", "`settings` needs `type: model`, without it the settings stand at the top level"),
    ("code_path", "write `code_configuration:` and below it `code:`"),
    ("component", "a component is deployed with `type: pipeline`"),
    ("job_definition", "a job is deployed with `type: pipeline`"),
    ("partition_keys", "partition keys belong to parallel jobs, batch deployments are split by files"),
];

static CODE: Schema = Schema {
    title: "`code_configuration`",
    fields: &[
        Field::new(
            "code",
            Shape::Text,
            "Folder that is uploaded with the script, relative to this file, or a registered code asset.",
        ),
        Field::new(
            "scoring_script",
            Shape::Text,
            "The script with `init()` and `run()`, relative to `code`.",
        )
        .required(),
    ],
    renamed: &[("path", "write the folder after `code:`"), ("local_path", "write the folder after `code:`")],
};

/// `resources`
pub static RESOURCE_FIELDS: Schema = Schema {
    title: "`resources`",
    fields: &[
        Field::new(
            "instance_count",
            Shape::Integer { min: 1 },
            "Nodes of each job. The cluster has to be able to grow to it.",
        )
        .default("1")
        .rule(Rule::Azml),
        Field::new("instance_type", Shape::Text, "VM size, where the compute leaves a choice."),
        Field::new("properties", Shape::MapOf(&Shape::Anything), "Free properties."),
        Field::new(
            "max_instance_count",
            Shape::Integer { min: 1 },
            "Accepted and without effect on batch jobs.",
        ),
        Field::new("locations", Shape::List(&Shape::Text), "Accepted and without effect on batch jobs."),
        Field::new("shm_size", Shape::Text, "Accepted and without effect on batch jobs."),
        Field::new("docker_args", Shape::TextOrList, "Accepted and without effect on batch jobs."),
    ],
    renamed: &[],
};

static RETRY_FIELDS: Schema = Schema {
    title: "`retry_settings`",
    fields: &[
        Field::new("max_retries", Shape::Integer { min: 0 }, "Further tries after the first.")
            .default("3")
            .rule(Rule::Azml),
        Field::new("timeout", Shape::Integer { min: 1 }, "Seconds that one call of `run()` may take.")
            .default("30")
            .rule(Rule::Azml),
    ],
    renamed: &[],
};
