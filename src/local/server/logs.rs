//! Log files of jobs: their addresses, and what is behind them. Like Azure's, the addresses need no credentials.

use std::fs::{self, File};
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::{Map, Value};

use super::LocalService;
use super::error::ServiceError;
use super::ranges;
use super::scope::Scope;
use crate::local::engine::log_root;
use crate::local::engine::pipeline::step_dir;

/// What the parent run shows: a pipeline's own log, and nothing of the step inside it.
const PARENT_LOGS: &str = "logs/azureml/";

/// Name and address of every log file of a run. Of a batch job the parent shows a pipeline's own log only.
pub(super) fn addresses(scope: &Scope, run: &str, is_parent_of_batch: bool) -> Result<Value, ServiceError> {
    let root = root(&scope.service, run)?;
    let mut names = Vec::new();
    collect(&root, "", &mut names).map_err(|source| ServiceError::Io { path: root, source })?;
    names.sort_unstable();
    let shown = names.into_iter().filter(|name| !is_parent_of_batch || name.starts_with(PARENT_LOGS));
    let with_address = |name: String| {
        let address = scope.origin.log(run, &name);
        (name, Value::String(address))
    };
    Ok(shown.map(with_address).collect::<Map<_, _>>().into())
}

/// One log file, or a part of it.
pub(super) async fn get(
    State(service): State<Arc<LocalService>>,
    Path((job, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ServiceError> {
    let missing = || ServiceError::LogNotFound(file.clone());
    let root = root(&service, &job)?;
    let path = root.join(&file).canonicalize().map_err(|_not_there| missing())?;
    let is_inside = root.canonicalize().is_ok_and(|root| path.starts_with(root));
    if !(is_inside && path.is_file()) {
        return Err(missing());
    }
    // The size of what was opened, and not of what may have the name by then.
    let open = || File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let respond = |(size, file)| ranges::file_response(file, size, ranges::requested(&headers, size));
    let mut response = open().and_then(respond).map_err(|source| ServiceError::Io { path, source })?;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    Ok(response)
}

/// Where the logs of a job are, or those of a run inside the job of a pipeline.
fn root(service: &LocalService, run: &str) -> Result<PathBuf, ServiceError> {
    let home = service.home();
    Ok(log_root(&match service.store().job_name_of_step(run)? {
        Some(job) => step_dir(&home.job_dir(&job), run),
        None => home.job_dir(run),
    }))
}

fn collect(folder: &FilePath, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // No log was written yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if kind.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), names)?;
        } else if kind.is_file() {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
