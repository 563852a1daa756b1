//! The fields of every kind of spec, one table a file. Nothing but data.

pub mod compute;
pub mod data;
pub mod deployment;
pub mod endpoint;
pub mod environment;
pub mod identity;
pub mod invoke;
pub mod model;
