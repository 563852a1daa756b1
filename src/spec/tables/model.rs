//! Fields of a model, registered or inside a deployment.

use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Schema, Shape, joined};

/// `azml model create --file`
pub static MODEL: Schema = Schema {
    title: "model",
    fields: &fields(NAME.required().option("--name"), PATH.required().option("--path")),
    renamed: RENAMED,
};

/// `model:` of a deployment, when it is a mapping.
pub static INLINE_MODEL: Schema =
    Schema { title: "model", fields: &fields(NAME, PATH.required()), renamed: RENAMED };

/// A registered model has to have a name, and options give it more.
const fn fields(name: Field, path: Field) -> [Field; 20] {
    let own = [
        name,
        VERSION,
        path,
        TYPE,
        DESCRIPTION,
        TAGS,
        PROPERTIES,
        FLAVORS,
        STAGE,
        DATASTORE,
        DEFAULT_TEMPLATE,
        ALLOWED_TEMPLATES,
        SYSTEM_METADATA,
    ];
    joined(&[&own, &READ_ONLY])
}

const NAME: Field = Field::new("name", Shape::AssetName, "Name of the model.");

const VERSION: Field = Field::new("version", Shape::Version, "Version of the model.").default("the next one");

const PATH: Field = Field::new(
    "path",
    Shape::Path,
    "The model's file or folder: on this machine, relative to this file, or an address in a datastore or of a job.",
);

const TYPE: Field = Field::new(
    "type",
    Shape::Choice { values: &["custom_model", "mlflow_model", "triton_model"], casing: Casing::Lower },
    "Format of the model.",
)
.default("custom_model");

const TAGS: Field = Field::new("tags", Shape::TextMapping, "Labels of the model. Values become text.");

const PROPERTIES: Field =
    Field::new("properties", Shape::TextMapping, "Free properties of the model. Values become text.");

const FLAVORS: Field = Field::new("flavors", Shape::Mapping, "MLflow flavors, each with its settings.");

const STAGE: Field = Field::new("stage", Shape::Text, "Stage in the model's life, such as `Production`.");

const DATASTORE: Field =
    Field::new("datastore", Shape::Text, "Datastore that a local path is uploaded to: `azureml:<name>`.")
        .default("workspaceblobstore");

const DEFAULT_TEMPLATE: Field = Field::new(
    "default_deployment_template",
    Shape::Object(&TEMPLATE),
    "How the model is deployed by default.",
);

const ALLOWED_TEMPLATES: Field = Field::new(
    "allowed_deployment_templates",
    Shape::List(&TEMPLATE_SHAPE),
    "How the model may be deployed.",
);

const SYSTEM_METADATA: Field =
    Field::new("system_metadata", Shape::Mapping, "Kept by registries only; workspaces are not sent it.");

const READ_ONLY: [Field; 7] = [
    Field::read_only("id", "ARM id."),
    Field::read_only("creation_context", "Who made it and when."),
    Field::read_only("job_name", "Job that made the model."),
    Field::read_only("latest_version", "Newest version."),
    Field::read_only("utc_time_created", "When the model was trained."),
    Field::read_only("intellectual_property", "Who publishes the model."),
    RESOURCE_GROUP,
];

static TEMPLATE_SHAPE: Shape = Shape::Object(&TEMPLATE);
static TEMPLATE: Schema = Schema {
    title: "deployment template",
    fields: &[Field::new("asset_id", Shape::Text, "Id of the template in its registry.")],
    renamed: &[],
};

const RENAMED: &[(&str, &str)] = &[
    ("local_path", "it is called `path`"),
    ("model_uri", "it is called `path`"),
    ("model_format", "it is called `type`, with `custom_model` or `mlflow_model`"),
    ("isArchived", "a new version is never archived; leave the line out"),
    ("variantInfo", "it belongs to the registry's own files; leave it out"),
];
