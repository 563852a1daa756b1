//! Fields of a batch endpoint.

use super::identity::IDENTITY;
use super::{DESCRIPTION, RESOURCE_GROUP};
use crate::spec::schema::{Casing, Field, Rule, Schema, Shape};

/// `azml batch-endpoint create --file`
pub static ENDPOINT: Schema = Schema {
    title: "batch endpoint",
    fields: &[
        Field::new(
            "name",
            Shape::EndpointName,
            "Name of the endpoint: 3 to 32 letters, digits and dashes, a letter first. \
             In Azure it is unique in the region.",
        )
        .required()
        .option("--name"),
        DESCRIPTION,
        Field::new("tags", Shape::Mapping, "Labels of the endpoint."),
        Field::new("properties", Shape::Mapping, "Free properties of the endpoint."),
        Field::new(
            "auth_mode",
            Shape::Choice { values: &["aad_token", "key", "aml_token"], casing: Casing::Snake },
            "How callers prove who they are. Only `aad_token` works for batch endpoints.",
        )
        .default("aad_token"),
        Field::new("defaults", Shape::Object(&DEFAULTS), "What holds for invocations that do not say."),
        Field::new("identity", Shape::Object(&IDENTITY), "Managed identity of the endpoint.")
            .rule(Rule::Service),
        Field::read_only_text("id", "ARM id."),
        Field::read_only_text("location", "Region, always that of the workspace."),
        Field::read_only_text("scoring_uri", "Address that starts jobs."),
        Field::read_only_text("openapi_uri", "Address of the interface description."),
        Field::read_only_text("provisioning_state", "How far the last change has come."),
        Field::printed("creation_context", "Who made it and when."),
        RESOURCE_GROUP,
    ],
    renamed: &[
        ("traffic", "traffic is shared out by online endpoints, a batch endpoint has one default deployment"),
        ("deployments", "deployments are created by themselves with `batch-deployment create`"),
        ("type", "the command says that this is a batch endpoint"),
        ("endpoint_type", "the command says that this is a batch endpoint"),
        ("default_deployment", "write `defaults:` and below it `deployment_name:`"),
    ],
};

static DEFAULTS: Schema = Schema {
    title: "`defaults`",
    fields: &[Field::new(
        "deployment_name",
        Shape::Text,
        "Deployment that answers an invocation which names none. It has to exist.",
    )],
    renamed: &[("deployment", "did you mean `deployment_name`?")],
};
