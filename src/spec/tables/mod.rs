//! The fields of every kind of spec, one table a file. Nothing but data.

pub mod component;
pub mod compute;
pub mod data;
pub mod datastore;
pub mod deployment;
pub mod endpoint;
pub mod environment;
pub mod identity;
pub mod instance;
pub mod invoke;
pub mod model;
pub mod pipeline;

use super::schema::{Field, Shape};

/// Free text about what is described.
const DESCRIPTION: Field = Field::new("description", Shape::Text, "Free text.");
/// What the service prints of everything.
const RESOURCE_GROUP: Field = Field::printed("resourceGroup", "Resource group, as printed.");
