//! Fields of a batch deployment of a pipeline.

use super::deployment::{COMMON, CREATION_CONTEXT, PRINTED, PROVISIONING_STATE};
use crate::spec::schema::{Field, Schema, Shape, joined};

/// A file that says `type: pipeline`.
pub static PIPELINE: Schema = Schema {
    title: "pipeline deployment",
    fields: &joined::<13>(&[&COMMON, &OWN, &PRINTED]),
    renamed: &[
        ("compute", "the compute of a pipeline's steps is `settings.default_compute`"),
        ("default_compute", "it belongs in `settings`"),
        ("default_datastore", "it belongs in `settings`"),
        ("continue_on_step_failure", "it belongs in `settings`"),
        ("force_rerun", "it belongs in `settings`"),
        ("model", "a pipeline names its models in its component"),
        ("code_configuration", "a pipeline has its code in the components of its steps"),
        ("environment", "a pipeline has its environments in the components of its steps"),
        ("resources", "resources belong to the components of a pipeline's steps"),
        ("properties", "a deployment of a pipeline has none"),
    ],
};

/// What only a deployment of a pipeline has.
const OWN: [Field; 6] = [
    Field::new(
        "component",
        Shape::Component,
        "The pipeline: a registered component such as `azureml:<name>:<version>`, or the YAML file of one, \
             relative to this file.",
    ),
    Field::new(
        "job_definition",
        Shape::Job,
        "A pipeline job that has run, whose pipeline is deployed: `azureml:<name of the job>`.",
    ),
    Field::new(
        "settings",
        Shape::Mapping,
        "How jobs run, such as `default_compute` and `continue_on_step_failure`. Sent as written.",
    ),
    Field::printed("id", "ARM id."),
    CREATION_CONTEXT,
    PROVISIONING_STATE,
];
