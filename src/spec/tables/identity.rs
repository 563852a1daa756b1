//! Fields of `identity`, which endpoints and clusters share.

use crate::spec::schema::{Casing, Field, Schema, Shape};

/// `identity`
pub static IDENTITY: Schema = Schema {
    title: "identity",
    fields: &[
        Field::new(
            "type",
            Shape::Choice {
                values: &["system_assigned", "user_assigned", "system_assigned,user_assigned", "none"],
                casing: Casing::Snake,
            },
            "Whether Azure makes the identity or existing ones are used.",
        )
        .required(),
        Field::new(
            "user_assigned_identities",
            Shape::List(&Shape::Object(&USER_ASSIGNED)),
            "The existing identities, for `user_assigned`.",
        ),
        Field::read_only("principal_id", "Id of the identity in the directory."),
        Field::read_only("tenant_id", "Directory of the identity."),
    ],
    renamed: &[],
};

static USER_ASSIGNED: Schema = Schema {
    title: "user assigned identity",
    fields: &[
        Field::new("resource_id", Shape::Text, "ARM id of the identity.").required(),
        Field::read_only("principal_id", "Id of the identity in the directory."),
        Field::read_only("client_id", "Application id of the identity."),
        Field::read_only("tenant_id", "Directory of the identity."),
    ],
    renamed: &[],
};
