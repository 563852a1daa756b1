//! The `path` of models, data and build contexts: on this machine or somewhere else.

use std::path::{Path, PathBuf};

use super::document::SpecDocument;
use super::path::FieldPath;
use super::problem::Problem;

/// Where the bytes of an asset are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssetPath {
    /// On this machine, from where the command runs.
    Local(PathBuf),
    /// At an address such as `azureml://...`, `https://...` or `wasbs://...`, as written.
    Remote(String),
}

impl AssetPath {
    /// Reads a path as written in `document`.
    pub fn read(document: &SpecDocument, written: &str) -> Self {
        if is_remote(written) {
            Self::Remote(written.to_owned())
        } else {
            Self::Local(document.resolve(written))
        }
    }

    /// The path on this machine, where it is one.
    pub fn local(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(path),
            Self::Remote(_) => None,
        }
    }
}

/// Whether a path is an address: a scheme and then a host, or a run of MLflow. `file:///x` has no host.
pub(super) fn is_remote(written: &str) -> bool {
    let Some((scheme, rest)) = written.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let host = rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    is_scheme && (host || scheme == "runs" || scheme == "azureml" && !rest.is_empty())
}

/// Whether an address is one that anybody can ask for, such as Docker.
pub(super) fn is_http(written: &str) -> bool {
    ["http://", "https://", "ftp://", "ftps://"].iter().any(|scheme| written.starts_with(scheme))
}

/// A problem when a local path does not exist.
pub(super) fn refuse_missing(
    document: &SpecDocument,
    field: &FieldPath,
    path: &AssetPath,
) -> Option<Problem> {
    let path = path.local().filter(|path| !path.exists())?;
    let problem = Problem::error(field.to_string(), format!("`{}` does not exist", path.display()));
    Some(document.place(problem.label("no such file or folder")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        for remote in [
            "azureml://datastores/d/paths/p",
            "azureml:name:1",
            "https://host/x",
            "wasbs://c@a/x",
            "file://host/x",
            "runs:/r/model",
        ] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in [
            "model",
            "./a:b",
            "C:\\model",
            "c:/model",
            "../x",
            "/x",
            "file:conda.yml",
            "file:///x",
            "dbfs:/x",
        ] {
            assert!(!is_remote(local), "{local}");
        }
    }
}
