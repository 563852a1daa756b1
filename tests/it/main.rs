//! One test binary: every module here drives the program, or holds a rule the compiler does not.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read their own environment and say what they skip"
)]

mod architecture;
mod assets;
mod azure;
mod azure_secrets;
mod bad_input;
mod common;
mod completions;
mod computes;
mod configure;
mod corpus;
mod crashes;
mod deployments;
mod digits;
mod dry_run;
mod endpoints;
mod environments;
mod example_scripts;
mod faults;
mod full_disk;
mod help;
mod invoke;
mod jmespath_conformance;
mod jobs;
mod local;
mod mlflow;
mod output;
mod pipelines;
mod processes;
mod prune;
mod readme;
mod rendering;
mod requests;
mod restart;
mod resume;
mod retry;
mod schemas;
mod sdk_drive;
mod sdk_specs;
mod serve;
mod signing_in;
mod specs;
mod storage;
mod tour;
mod validate;
mod workers;

/// Where the commands of these tests find the local workspace.
const PLACE: common::Place = common::Place::InProcess;
