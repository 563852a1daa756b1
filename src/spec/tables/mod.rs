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
