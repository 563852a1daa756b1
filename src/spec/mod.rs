//! From YAML to typed specs and on to request bodies, with every mistake found and placed.
//!
//! The way of a spec: [`SpecDocument`] reads the file and applies options, a field table in `tables` drives
//! the check, a typed spec is read from what passed, and `into_wire` makes the body. Nothing here sends
//! anything, and only files that a spec itself names are read.

mod asset_path;
mod check;
mod component;
mod compute;
mod conda_lines;
mod convert;
mod data;
mod datastore;
mod deployment;
mod document;
pub mod edit;
mod endpoint;
mod environment;
mod explain;
mod fields;
mod identity;
pub mod invoke;
mod json_schema;
mod kind;
mod model;
mod names;
mod overrides;
mod path;
mod problem;
mod python_literal;
pub mod schema;
mod script;
mod secrets;
mod suggest;
mod syntax;
pub mod tables;
mod validate;

pub use asset_path::AssetPath;
pub use component::{CommandComponent, ComponentSpec, Found, Need, PipelineComponent, Step, StepComponent};
pub use compute::{
    AssignedUser, ClusterSpec, ComputeKind, ComputeSpec, CustomApplication, InstanceSpec,
    InstanceSshSettings, KubernetesSpec, MachineSshSettings, NetworkSettings, Schedule, SetupScript,
    SetupScripts, SshSettings, SynapseSparkSpec, Tier, Times, Trigger, VirtualMachineSpec,
};
pub use data::{AutoDelete, DataSpec};
pub use datastore::{DatastoreDefaults, DatastoreSpec};
pub use deployment::{
    AssetSource, CodeConfiguration, CodeSource, DeploymentAssets, DeploymentSettings, DeploymentSpec,
    PipelineDeployment, PipelineSource, Resources, RetrySettings, scoring_script,
};
pub use document::SpecDocument;
pub use endpoint::{AuthMode, EndpointSpec};
pub use environment::{ANONYMOUS_NAME, BuildSpec, EnvironmentSpec};
pub use explain::{ExplainError, Explanation, Facts, explain};
pub use json_schema::json_schema;
pub use kind::{SpecKind, guess_kind, looks_like_spec};
pub use model::{DeploymentTemplate, ModelSpec};
pub use overrides::{Override, OverrideError};
pub use problem::{Checked, Problem, Severity, SpecError};
pub use script::script_error;
pub use secrets::masked;
pub use validate::{Validated, validate};
