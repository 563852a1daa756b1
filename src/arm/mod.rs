//! Talking to the REST API: send one request, read one answer, one thin method for each call.
//!
//! Knows routes, headers and error bodies; knows neither specs nor the terminal. Whether a request goes to
//! Azure or to the router of the local workspace is the [`transport::Transport`]'s business alone.

mod address;
mod api_version;
pub mod blobs;
pub mod client;
pub mod credential;
pub mod error;
mod exchange;
pub mod hosts;
pub mod jobs;
mod operation;
mod page;
mod plan;
pub mod redact;
pub mod resources;
pub mod retry;
pub mod trace;
pub mod transport;

pub use client::Client;
pub use credential::{AccessToken, Audience, Credential, CredentialError};
pub use error::{ArmError, ArmErrorKind};
