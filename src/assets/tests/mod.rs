//! Uploads and downloads against a blob service that does as it is told: it loses requests, refuses, changes its mind.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod download;
mod service;
mod upload;
