//! Fields of a batch deployment of a model, in both layouts: settings nested under `settings`, which
//! `type: model` turns on, and the older one with the settings at the top level.

use super::environment::INLINE_ENVIRONMENT;
use super::model::INLINE_MODEL;
use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Rule, Schema, Shape, joined};
use crate::wire::asset::AssetKind;

/// A file that says `type: model`.
pub static NESTED: Schema = Schema {
    title: "model deployment",
    fields: &model_fields::<19>(
        COMPUTE.required(),
        &[
            Field::new("settings", Shape::Object(&SETTINGS), "How a job of this deployment runs."),
            ENVIRONMENT_VARIABLES,
            ERROR_THRESHOLD,
            ID,
            CREATION_CONTEXT,
            PROVISIONING_STATE,
        ],
    ),
    renamed: RENAMED,
};

/// A file without `type`, and what the service prints.
pub static FLAT: Schema = Schema {
    title: "batch deployment without `type`",
    fields: &model_fields::<24>(COMPUTE, &joined::<11>(&[&RUN, &FLAT_PRINTED])),
    renamed: RENAMED,
};

/// The fields of a deployment of a model: what both layouts have, and the rest of one between them.
const fn model_fields<const N: usize>(compute: Field, own: &[Field]) -> [Field; N] {
    let shared = [PROPERTIES, MODEL, CODE_CONFIGURATION, ENVIRONMENT, compute, RESOURCES];
    joined(&[&COMMON, &shared, own, &PRINTED])
}

/// `settings`
pub static SETTINGS: Schema =
    Schema { title: "`settings`", fields: &joined::<9>(&[&RUN, &[OLD_INSTANCE_COUNT]]), renamed: &[] };

/// How a job runs, wherever the layout has it.
const RUN: [Field; 8] = [
    MINI_BATCH_SIZE,
    MAX_CONCURRENCY,
    OUTPUT_ACTION,
    OUTPUT_FILE_NAME,
    RETRY_SETTINGS,
    ERROR_THRESHOLD,
    LOGGING_LEVEL,
    ENVIRONMENT_VARIABLES,
];

/// What the service prints of a deployment, which this layout reads back.
const FLAT_PRINTED: [Field; 3] = [
    ID,
    Field::read_only("creation_context", "Who made it and when."),
    Field::read_only("provisioning_state", "How far the last change has come."),
];

const OLD_INSTANCE_COUNT: Field = Field::new(
    "instance_count",
    Shape::Integer { min: 1 },
    "Nodes of each job, the old place of `resources.instance_count`.",
)
.default("1");

/// What every deployment has.
pub(super) const COMMON: [Field; 5] = [NAME, ENDPOINT_NAME, TYPE, DESCRIPTION, TAGS];

const NAME: Field = Field::new(
    "name",
    Shape::DeploymentName,
    "Name of the deployment, unique in its endpoint: 3 to 32 letters, digits and dashes, a letter first.",
)
.required()
.option("--name")
.rule(Rule::Service);

const ENDPOINT_NAME: Field =
    Field::new("endpoint_name", Shape::DeploymentName, "Endpoint that the deployment belongs to.")
        .required()
        .option("--endpoint-name");

const TYPE: Field = Field::new(
    "type",
    Shape::Choice { values: &["model", "pipeline"], casing: Casing::Lower },
    "What is deployed. With `model` the settings stand under `settings`.",
);

const TAGS: Field = Field::new("tags", Shape::Mapping, "Labels of the deployment.");

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

pub(super) const CREATION_CONTEXT: Field = Field::printed("creation_context", "Who made it and when.");

pub(super) const PROVISIONING_STATE: Field =
    Field::printed("provisioning_state", "How far the last change has come.");

pub(super) const PRINTED: [Field; 2] =
    [Field::printed("location", "Region, always that of the workspace."), RESOURCE_GROUP];

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
