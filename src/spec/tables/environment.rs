//! Fields of an environment, registered or inside a deployment.

use super::data::AUTO_DELETE_SETTING;
use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Schema, Shape, joined};

/// `azml environment create --file`
pub static ENVIRONMENT: Schema =
    Schema { title: "environment", fields: &fields(NAME.required().option("--name")), renamed: RENAMED };

/// `environment:` of a deployment, when it is a mapping.
pub static INLINE_ENVIRONMENT: Schema =
    Schema { title: "environment", fields: &fields(NAME), renamed: RENAMED };

/// A registered environment has to have a name.
const fn fields(name: Field) -> [Field; 16] {
    let own = [
        name,
        VERSION,
        DESCRIPTION,
        TAGS,
        IMAGE,
        CONDA_FILE,
        BUILD,
        OS_TYPE,
        INFERENCE_CONFIG,
        DATASTORE,
        AUTO_DELETE,
    ];
    joined(&[&own, &READ_ONLY])
}

const NAME: Field = Field::new("name", Shape::AssetName, "Name of the environment.");

const VERSION: Field = Field::new("version", Shape::Version, "Version of the environment.")
    .default("the latest, which is overwritten");

const TAGS: Field = Field::new("tags", Shape::MapOf(&Shape::Anything), "Labels of the environment.");

const IMAGE: Field = Field::new("image", Shape::Text, "Container image.");

const CONDA_FILE: Field = Field::new(
    "conda_file",
    Shape::TextOrMapping,
    "Conda environment: a file, relative to this one, or its content right here.",
);

const BUILD: Field = Field::new("build", Shape::Object(&BUILD_FIELDS), "Docker build that makes the image.");

const OS_TYPE: Field = Field::new(
    "os_type",
    Shape::Choice { values: &["linux", "windows"], casing: Casing::Lower },
    "Operating system of the image.",
)
.default("linux");

const INFERENCE_CONFIG: Field = Field::new(
    "inference_config",
    Shape::Object(&INFERENCE_FIELDS),
    "Routes of an image that serves by itself; batch deployments do not use them.",
);

const DATASTORE: Field =
    Field::new("datastore", Shape::Text, "Datastore that a build context is uploaded to: `azureml:<name>`.")
        .default("workspaceblobstore");

const AUTO_DELETE: Field =
    Field::new("auto_delete_setting", Shape::Object(&AUTO_DELETE_SETTING), "Accepted and not sent.");

const READ_ONLY: [Field; 5] = [
    Field::read_only("id", "ARM id."),
    Field::read_only("creation_context", "Who made it and when."),
    Field::read_only("latest_version", "Newest version."),
    Field::read_only("intellectual_property", "Who publishes the environment."),
    RESOURCE_GROUP,
];

const RENAMED: &[(&str, &str)] = &[
    ("docker", "write `image:` for an image or `build:` for a Dockerfile"),
    ("local_path", "a Dockerfile's folder stands below `build:`, a conda file after `conda_file:`"),
    ("properties", "an environment has none; use `tags`"),
    ("path", "a Dockerfile's folder stands below `build:`, a conda file after `conda_file:`"),
    ("dependencies", "this is a conda file; an environment points at one with `conda_file:`"),
    ("channels", "this is a conda file; an environment points at one with `conda_file:`"),
];

static BUILD_FIELDS: Schema = Schema {
    title: "`build`",
    fields: &[
        Field::new(
            "path",
            Shape::BuildContext,
            "Folder of the build context, relative to this file, or an `http` address of one.",
        )
        .required(),
        Field::new("dockerfile_path", Shape::Text, "Dockerfile, relative to the build context.")
            .default("Dockerfile"),
    ],
    renamed: &[("local_path", "it is called `path`")],
};

static INFERENCE_FIELDS: Schema = Schema {
    title: "`inference_config`",
    fields: &[
        Field::new("liveness_route", Shape::Object(&ROUTE), "Says whether the server is up.").required(),
        Field::new("readiness_route", Shape::Object(&ROUTE), "Says whether the server can score.").required(),
        Field::new("scoring_route", Shape::Object(&ROUTE), "Scores.").required(),
    ],
    renamed: &[],
};

static ROUTE: Schema = Schema {
    title: "route",
    fields: &[
        Field::new("path", Shape::Text, "Path of the route.").required(),
        Field::new("port", Shape::Integer { min: 1 }, "Port of the route.").required(),
    ],
    renamed: &[],
};
