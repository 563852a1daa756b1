//! The REST contract of Azure Machine Learning batch scoring: bodies, identifiers and routes.
//!
//! Written once and used by both sides: the client in `arm` and the local workspace's router in
//! `local::server`. Nothing here sends, stores or prints; member names are those of the REST reference.

pub mod asset;
pub mod component;
pub mod compute;
pub mod conda_line;
pub mod datastore;
pub mod deployment;
pub mod duration;
pub mod endpoint;
pub mod error;
pub mod ids;
pub mod invoke;
pub mod job;
pub mod origin;
pub mod paths;
pub mod reference;
pub mod requirement;
pub mod secrets;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Tags and free properties: a JSON object whose order is kept.
pub type JsonMap = Map<String, Value>;

/// One page of a list: `{"value": [...], "nextLink": ...}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items of this page.
    pub value: Vec<T>,
    /// Where the next page is; absent or null on the last one.
    #[serde(rename = "nextLink", default)]
    pub next_link: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits on one page.
    pub fn only(value: Vec<T>) -> Self {
        Self { value, next_link: None }
    }
}

/// A tracked resource as ARM wraps it: `location` and `tags` beside the `properties`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tracked<P> {
    /// Region; the local workspace says `local`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Labels of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<JsonMap>,
    /// Managed identity, passed through as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Value>,
    /// What the resource is.
    pub properties: P,
}

/// A proxy resource's body, such as an asset version: only `properties`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Proxy<P> {
    /// What the resource is.
    pub properties: P,
}
