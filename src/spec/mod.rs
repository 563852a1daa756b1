//! From YAML to typed specs and on to request bodies, with every mistake found and placed.
//!
//! The way of a spec: [`SpecDocument`] reads the file and applies options, a field table in `tables` drives
//! the check, a typed spec is read from what passed, and `into_wire` makes the body. Nothing here sends
//! anything, and only files that a spec itself names are read.

mod asset_path;
mod check;
mod compute;
mod convert;
mod data;
mod deployment;
mod deployment_rules;
mod document;
pub mod edit;
mod endpoint;
mod environment;
mod fields;
mod identity;
pub mod invoke;
mod kind;
mod model;
mod names;
mod overrides;
mod path;
mod problem;
mod python_literal;
pub mod schema;
mod script;
mod suggest;
pub mod tables;

pub use asset_path::AssetPath;
pub use compute::{ComputeSpec, NetworkSettings, SshSettings, Tier};
pub use data::DataSpec;
pub use deployment::{
    AssetSource, CodeConfiguration, CodeSource, DeploymentAssets, DeploymentSettings, DeploymentSpec,
    Resources, RetrySettings,
};
pub use document::SpecDocument;
pub use endpoint::{AuthMode, EndpointSpec};
pub use environment::{ANONYMOUS_NAME, BuildSpec, EnvironmentSpec};
pub use kind::{SpecKind, check, guess_kind};
pub use model::ModelSpec;
pub use overrides::{Override, OverrideError};
pub use problem::{Checked, Problem, Severity, SpecError};
pub use script::script_error;
