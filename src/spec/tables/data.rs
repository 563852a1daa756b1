//! Fields of a data asset.

use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Schema, Shape};

/// `azml data create --file`
pub static DATA: Schema = Schema {
    title: "data asset",
    fields: &[
        Field::new("name", Shape::AssetName, "Name of the data asset; without, it is anonymous.").option("--name"),
        Field::new("version", Shape::Version, "Version of the data asset.").default("the next one"),
        Field::new(
            "type",
            Shape::Choice { values: &["uri_file", "uri_folder", "mltable"], casing: Casing::Exact },
            "Whether the path is a file, a folder or a table description.",
        )
        .default("uri_folder")
        .option("--type"),
        Field::new(
            "path",
            Shape::Path,
            "The data: on this machine, relative to this file, or an address such as `azureml://datastores/...`.",
        )
        .required()
        .option("--path"),
        DESCRIPTION,
        Field::new("tags", Shape::MapOf(&Shape::Anything), "Labels of the data asset."),
        Field::new("datastore", Shape::Text, "Datastore that a local path is uploaded to: `azureml:<name>`.")
            .default("workspaceblobstore"),
        Field::new("auto_delete_setting", Shape::Object(&AUTO_DELETE_SETTING), "When Azure deletes the data."),
        Field::read_only_text("id", "ARM id."),
        Field::read_only("creation_context", "Who made it and when."),
        Field::read_only("latest_version", "Newest version."),
        Field::read_only("properties", "Free properties, which Microsoft's client does not send."),
        RESOURCE_GROUP,
    ],
    renamed: &[
        ("local_path", "it is called `path`"),
        ("skip_validation", "give the option `--skip-validation`"),
        ("paths", "a data asset has one `path`"),
        ("datastore_path", "write `path: azureml://datastores/<datastore>/paths/<path>`"),
    ],
};

/// `auto_delete_setting`
pub static AUTO_DELETE_SETTING: Schema = Schema {
    title: "`auto_delete_setting`",
    fields: &[
        Field::new(
            "condition",
            Shape::Choice {
                values: &["created_greater_than", "last_accessed_greater_than"],
                casing: Casing::Snake,
            },
            "What is measured.",
        ),
        Field::new("value", Shape::Text, "How long, such as `30d`."),
    ],
    renamed: &[],
};
