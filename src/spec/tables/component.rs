//! Fields of components and of the steps of pipelines, as their own YAML files have them.

use super::DESCRIPTION;
use super::deployment::RESOURCE_FIELDS;
use super::environment::INLINE_ENVIRONMENT;
use crate::spec::schema::{Casing, Field, Schema, Shape, joined};
use crate::wire::asset::AssetKind;

/// A component that runs a command.
pub static COMMAND: Schema = Schema {
    title: "command component",
    fields: &component::<16>(
        &["command"],
        &[
            COMMAND_LINE,
            CODE,
            ENVIRONMENT.required(),
            RESOURCES,
            DISTRIBUTION,
            Field::new("properties", Shape::MapOf(&Shape::Anything), "Free properties."),
        ],
    ),
    renamed: &[],
};

/// A component that runs a scoring script on mini-batches.
pub static PARALLEL: Schema = Schema {
    title: "parallel component",
    fields: &component::<21>(
        &["parallel"],
        &[
            Field::new("task", Shape::Object(&TASK), "The scoring script and what it runs in.").required(),
            Field::new("input_data", Shape::Text, "The input that is cut: `${{inputs.NAME}}`.").required(),
            Field::new("mini_batch_size", Shape::Scalar, "Files handed to one `run()`."),
            Field::new("partition_keys", Shape::List(&Shape::Text), "Keys that mini-batches are cut by."),
            Field::new("max_concurrency_per_instance", Shape::Integer { min: 1 }, "Workers on each node."),
            Field::new("error_threshold", Shape::Integer { min: -1 }, "Failed files that are tolerated."),
            Field::new(
                "mini_batch_error_threshold",
                Shape::Integer { min: -1 },
                "Failed mini-batches that are tolerated.",
            ),
            Field::new("retry_settings", Shape::Object(&RETRIES), "Retries and time limit of a mini-batch."),
            Field::new("logging_level", Shape::Text, "How much is logged."),
            RESOURCES,
            Field::new("environment_variables", Shape::Mapping, "Environment variables of the script."),
        ],
    ),
    renamed: &[],
};

static TASK: Schema = Schema {
    title: "`task`",
    fields: &[
        Field::new(
            "type",
            Shape::Choice { values: &["run_function", "model", "function"], casing: Casing::Lower },
            "What the task is.",
        )
        .required(),
        CODE.required(),
        Field::new("entry_script", Shape::Text, "The scoring script, inside `code`.").required(),
        Field::new("program_arguments", Shape::Text, "Arguments of the script."),
        Field::new("append_row_to", Shape::Text, "The output that rows go to: `${{outputs.NAME}}`."),
        ENVIRONMENT.required(),
        REST,
    ],
    renamed: &[],
};

static RETRIES: Schema = Schema {
    title: "`retry_settings`",
    fields: &[
        Field::new("max_retries", Shape::Integer { min: 0 }, "Further tries after the first."),
        Field::new("timeout", Shape::Integer { min: 1 }, "Seconds that one `run()` may take."),
    ],
    renamed: &[],
};

/// A component that is a pipeline.
pub static PIPELINE: Schema = Schema {
    title: "pipeline component",
    fields: &component::<11>(
        &["pipeline"],
        &[Field::new("jobs", Shape::MapOf(&Shape::Mapping), "The steps by name.")],
    ),
    renamed: &[],
};

/// The fields of a kind of component: those that every component has, and its own between them.
const fn component<const N: usize>(kinds: &'static [&'static str], own: &[Field]) -> [Field; N] {
    let shared =
        [NAME, VERSION, kind(kinds), DISPLAY_NAME, DESCRIPTION, TAGS, IS_DETERMINISTIC, INPUTS, OUTPUTS];
    joined(&[&shared, own, &[REST]])
}

/// A step of a pipeline.
pub static STEP: Schema = Schema {
    title: "step of a pipeline",
    fields: &[
        Field::new(
            "type",
            Shape::Choice { values: &["command", "parallel", "pipeline"], casing: Casing::Lower },
            "What the step runs.",
        ),
        Field::new("component", Shape::Anything, "What the step runs: a reference, a file, or a component."),
        DISPLAY_NAME,
        DESCRIPTION,
        Field::new("tags", Shape::Mapping, "Labels of the step."),
        Field::new("compute", Shape::Text, "Where the step runs."),
        Field::new("inputs", Shape::MapOf(&Shape::Anything), "Values of the component's inputs."),
        Field::new("outputs", Shape::MapOf(&Shape::Anything), "Where the component's outputs go."),
        Field::new("environment_variables", Shape::Mapping, "Environment variables of the command."),
        RESOURCES,
        DISTRIBUTION,
        Field::new("limits", Shape::Object(&LIMITS), "How long the step may take."),
        REST,
    ],
    renamed: &[],
};

/// A step that is a command by itself, without a component.
pub static COMMAND_STEP: Schema =
    Schema { title: "command", fields: &[COMMAND_LINE, CODE, ENVIRONMENT.required(), REST], renamed: &[] };

const COMMAND_LINE: Field = Field::new("command", Shape::Text, "The command line.").required();

const CODE: Field =
    Field::new("code", Shape::Text, "Folder that is uploaded, relative to this file, or an address.");

/// Whatever else the file says, which is handed on.
const REST: Field = Field::rest("Handed on as written.");

const NAME: Field = Field::new("name", Shape::Text, "Name; not used for a component of one deployment.");

const VERSION: Field =
    Field::new("version", Shape::Version, "Version; not used for a component of one deployment.");

const fn kind(values: &'static [&'static str]) -> Field {
    Field::new("type", Shape::Choice { values, casing: Casing::Lower }, "Kind of component.")
}

const DISPLAY_NAME: Field = Field::new("display_name", Shape::Text, "Name for people.");

const TAGS: Field = Field::new("tags", Shape::MapOf(&Shape::Text), "Labels.");

const IS_DETERMINISTIC: Field =
    Field::new("is_deterministic", Shape::Boolean, "Whether the same inputs always give the same outputs.");

const INPUTS: Field = Field::new("inputs", Shape::MapOf(&INPUT_SHAPE), "What it reads.");

const OUTPUTS: Field = Field::new("outputs", Shape::MapOf(&OUTPUT_SHAPE), "What it writes.");

const ENVIRONMENT: Field = Field::new(
    "environment",
    Shape::Asset { kind: AssetKind::Environment, inline: &INLINE_ENVIRONMENT },
    "What the command runs in.",
);

const RESOURCES: Field = Field::new("resources", Shape::Object(&RESOURCE_FIELDS), "What a run takes.");

const DISTRIBUTION: Field =
    Field::new("distribution", Shape::OneOf(&DISTRIBUTIONS), "How the command runs on several nodes.");

static INPUT_SHAPE: Shape = Shape::OneOf(&INPUT_KINDS);
static INPUT_KINDS: [&Schema; 2] = [&PARAMETER, &PORT];
static OUTPUT_SHAPE: Shape = Shape::Object(&OUTPUT);

/// An input that is a value.
pub static PARAMETER: Schema = Schema {
    title: "parameter",
    fields: &[
        Field::new(
            "type",
            Shape::Choice { values: &["number", "integer", "boolean", "string"], casing: Casing::Exact },
            "Type of the value.",
        )
        .required(),
        OPTIONAL,
        Field::new("default", Shape::Scalar, "Value where none is given."),
        DESCRIPTION,
        Field::new("min", Shape::Scalar, "Smallest value."),
        Field::new("max", Shape::Scalar, "Largest value."),
        Field::new("enum", Shape::List(&Shape::Text), "The only values."),
    ],
    renamed: &[],
};

/// An input that is data.
pub static PORT: Schema =
    Schema { title: "input", fields: &[data_kind(PORT_KINDS), OPTIONAL, DESCRIPTION, MODE], renamed: &[] };

static OUTPUT: Schema =
    Schema { title: "output", fields: &[data_kind(OUTPUT_KINDS), DESCRIPTION, MODE, REST], renamed: &[] };

const OPTIONAL: Field = Field::new("optional", Shape::Boolean, "Whether it may be left out.");

const PORT_KINDS: &[&str] =
    &["uri_file", "uri_folder", "mltable", "mlflow_model", "custom_model", "triton_model", "path"];

const OUTPUT_KINDS: &[&str] = &[
    "uri_file",
    "uri_folder",
    "mltable",
    "mlflow_model",
    "custom_model",
    "triton_model",
    "path",
    "number",
    "integer",
    "boolean",
    "string",
];

const fn data_kind(values: &'static [&'static str]) -> Field {
    Field::new("type", Shape::Choice { values, casing: Casing::Exact }, "Type of the data.").required()
}

const MODE: Field = Field::new(
    "mode",
    Shape::Choice {
        values: &[
            "mount",
            "download",
            "upload",
            "ro_mount",
            "rw_mount",
            "direct",
            "eval_mount",
            "eval_download",
            "link",
        ],
        casing: Casing::Exact,
    },
    "How the data gets to the command or from it.",
);

static LIMITS: Schema = Schema {
    title: "`limits`",
    fields: &[Field::new("timeout", Shape::Integer { min: 0 }, "Seconds the step may take.")],
    renamed: &[],
};

static DISTRIBUTIONS: [&Schema; 3] = [&MPI, &TENSORFLOW, &PYTORCH];

static MPI: Schema =
    Schema { title: "MPI distribution", fields: &[distribution(&["mpi"]), PROCESSES], renamed: &[] };

static PYTORCH: Schema =
    Schema { title: "PyTorch distribution", fields: &[distribution(&["pytorch"]), PROCESSES], renamed: &[] };

static TENSORFLOW: Schema = Schema {
    title: "TensorFlow distribution",
    fields: &[
        distribution(&["tensorflow"]),
        Field::new("parameter_server_count", Shape::Integer { min: 0 }, "Number of parameter servers.")
            .default("0"),
        Field::new("worker_count", Shape::Integer { min: 0 }, "Number of workers."),
    ],
    renamed: &[],
};

const fn distribution(values: &'static [&'static str]) -> Field {
    Field::new("type", Shape::Choice { values, casing: Casing::Lower }, "Kind of distribution.").required()
}

const PROCESSES: Field =
    Field::new("process_count_per_instance", Shape::Integer { min: 1 }, "Processes on each node.");
