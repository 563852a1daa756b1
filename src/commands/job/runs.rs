//! What run history knows of a job: the runs inside it, and where they left their output.

use anyhow::bail;
use serde_json::Value;

use super::super::assets;
use super::super::view::{View, map_or_empty};
use crate::arm::blobs::Container;
use crate::arm::{ArmError, Client};
use crate::wire::reference::DatastoreUri;

/// Name of the output every batch job has.
pub(super) const SCORE: &str = "score";
/// Name of the run that scores; Azure adds others around it in some regions.
const SCORING_RUN: &str = "batchscoring";
/// Folders of the default datastore that batch jobs write below, where no run says anything.
const USUAL_FOLDERS: [&str; 2] = ["azureml", "dataset"];

/// A job, or a run inside one.
pub(super) enum Found {
    /// The body of a job.
    Job(Value),
    /// A run of run history, inside a job.
    Run(Value),
}

/// Looks a name up among jobs and the runs inside them. The jobs API answers for a run without properties, or not at
/// all.
pub(super) async fn find(arm: &Client, name: &str) -> anyhow::Result<Found> {
    match arm.job(name).await {
        Ok(job) if job["properties"].is_object() => Ok(Found::Job(job)),
        Ok(_) => Ok(Found::Run(arm.run(&arm.data_plane().await?, name).await?)),
        Err(missing) if missing.is_not_found() => match run_without_job(arm, name).await {
            Ok(run) => Ok(Found::Run(run)),
            Err(_) => Err(missing.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn run_without_job(arm: &Client, name: &str) -> Result<Value, ArmError> {
    arm.run(&arm.data_plane().await?, name).await
}

/// The body of a job; a run inside one is named with its job, for what only whole jobs have.
pub(super) async fn job(arm: &Client, name: &str) -> anyhow::Result<Value> {
    match find(arm, name).await? {
        Found::Job(job) => Ok(job),
        Found::Run(run) => match run["parentRunId"].as_str() {
            Some(parent) => bail!("`{name}` is a run inside the job `{parent}`; name that job instead"),
            None => bail!("`{name}` is a run, but of no batch job"),
        },
    }
}

/// A run in the shape of a job.
pub(super) fn run_view(run: &Value) -> Value {
    View::new()
        .with("name", run["runId"].clone())
        .with("display_name", run["displayName"].clone())
        .with("status", run["status"].clone())
        .with("type", "base")
        .with("properties", map_or_empty(&run["properties"]))
        .with("tags", map_or_empty(&run["tags"]))
        .build()
}

/// The runs inside a job, the one that scores first.
pub(super) async fn children(arm: &Client, api: &str, job: &str) -> Result<Vec<Value>, ArmError> {
    let mut children = arm.run_children(api, job).await?;
    children.sort_by_key(|run| run["name"] != SCORING_RUN);
    Ok(children)
}

/// A place in a container.
pub(super) type Place = (Container, String);

/// Where the score files of a job are: where one of its runs says, or else where batch jobs usually write.
pub(super) async fn score_location(arm: &Client, job: &str) -> anyhow::Result<Place> {
    let api = arm.data_plane().await?;
    let children = children(arm, &api, job).await?;
    for child in &children {
        if let Some(location) = recorded_score(arm, &api, child).await? {
            return Ok(location);
        }
    }
    match usual_score(arm, &children).await? {
        Some(location) => Ok(location),
        None => bail!("the job `{job}` has no scoring run, so there is no output to download"),
    }
}

/// The score folder that a run has recorded as its output. Lists of runs may leave outputs out.
async fn recorded_score(arm: &Client, api: &str, run: &Value) -> anyhow::Result<Option<Place>> {
    let asset = |run: &Value| run["outputs"][SCORE]["assetId"].as_str().map(str::to_owned);
    let known = match (asset(run), run["runId"].as_str()) {
        (None, Some(id)) => asset(&arm.run_data(api, id).await?["runMetadata"]),
        (known, _) => known,
    };
    let Some(id) = known else { return Ok(None) };
    let resolved = arm.resolve_uris(api, std::slice::from_ref(&id)).await?;
    let Some(uri) = resolved["values"][&id]["uri"].as_str() else { return Ok(None) };
    if let Some(place) = Container::at_address(uri) {
        return Ok(Some(place));
    }
    let Some(place) = DatastoreUri::parse(uri) else { return Ok(None) };
    let container = assets::container(arm, &arm.datastore(&place.datastore).await?).await?;
    Ok(Some((container, place.path)))
}

/// The first of the usual places where there is something; the first of them all where there is nothing anywhere.
async fn usual_score(arm: &Client, children: &[Value]) -> anyhow::Result<Option<Place>> {
    let datastore = arm.default_datastore().await?;
    let container = assets::container(arm, &datastore).await?;
    let ids = children.iter().filter_map(|run| run["runId"].as_str());
    let mut paths =
        ids.flat_map(|id| USUAL_FOLDERS.map(|folder| format!("{folder}/{id}/{SCORE}/"))).peekable();
    let mut chosen = paths.peek().cloned();
    for path in paths {
        if !arm.list_blobs(&container, &path, None).await?.0.is_empty() {
            chosen = Some(path);
            break;
        }
    }
    Ok(chosen.map(|path| (container, path)))
}
