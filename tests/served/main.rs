//! The tests of the batch commands once more, with nothing in process: every command is a client of
//! `azml local serve` in another process, through the transport that also reaches Azure. Same tests, same expectations.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::disallowed_methods, reason = "tests read their own environment")]

#[path = "../it/assets.rs"]
mod assets;
#[path = "../it/bad_input.rs"]
mod bad_input;
#[expect(dead_code, reason = "the other test program uses all of it")]
#[path = "../it/common/mod.rs"]
mod common;
#[path = "../it/computes.rs"]
mod computes;
#[path = "../it/deployments.rs"]
mod deployments;
#[path = "../it/endpoints.rs"]
mod endpoints;
#[path = "../it/jobs.rs"]
mod jobs;
#[path = "../it/output.rs"]
mod output;
#[path = "../it/pipelines.rs"]
mod pipelines;
#[path = "../it/processes.rs"]
mod processes;
#[path = "../it/resume.rs"]
mod resume;
#[path = "../it/retry.rs"]
mod retry;
#[path = "../it/tour.rs"]
mod tour;

/// Where the commands of these tests find the local workspace.
const PLACE: common::Place = common::Place::Served;
