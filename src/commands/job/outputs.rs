//! Where jobs and the runs inside them left their outputs and artifacts.

use anyhow::bail;
use serde_json::{Map, Value};

use super::super::assets;
use super::runs;
use crate::arm::Client;
use crate::arm::blobs::Container;
use crate::wire::reference::DatastoreUri;

/// Name of the output every batch job has.
pub(super) const SCORE: &str = "score";
/// What Microsoft's tools call the artifacts of a run where outputs are named.
pub(super) const ARTIFACTS: &str = "default";
/// Datastore of the artifacts of runs, unless the job names a place.
const ARTIFACT_STORE: &str = "workspaceartifactstore";
/// Folders of the default datastore that runs write below, where they have not recorded an output.
const USUAL_FOLDERS: [&str; 2] = ["azureml", "dataset"];

/// A place in a container.
pub(super) type Place = (Container, String);

/// Where the score files of a batch job are: where one of its runs says, or else where batch jobs usually write.
pub(super) async fn score(arm: &Client, api: &str, job: &str) -> anyhow::Result<Place> {
    let children = runs::children(arm, api, job).await?;
    let ids: Vec<&str> = children.iter().filter_map(|run| run["runId"].as_str()).collect();
    for child in &children {
        let found = match (child["outputs"].get(SCORE), child["runId"].as_str()) {
            (Some(output), _) => resolve(arm, api, output).await?,
            // Lists of runs may leave outputs out.
            (None, Some(id)) => match recorded(arm, api, id).await?.get(SCORE) {
                Some(output) => resolve(arm, api, output).await?,
                None => None,
            },
            (None, None) => None,
        };
        if let Some(place) = found {
            return Ok(place);
        }
    }
    let container = default_container(arm).await?;
    let guess = ids.first().map(|id| format!("{}/{id}/{SCORE}/", USUAL_FOLDERS[0]));
    match usual(arm, &container, &ids, SCORE).await?.or(guess) {
        Some(path) => Ok((container, path)),
        None => bail!("the job `{job}` has no scoring run, so there is no output to download"),
    }
}

/// What a run has recorded as its outputs, by name.
pub(super) async fn recorded(arm: &Client, api: &str, run: &str) -> anyhow::Result<Map<String, Value>> {
    let mut data = arm.run_data(api, run).await?;
    match data["runMetadata"]["outputs"].take() {
        Value::Object(outputs) => Ok(outputs),
        _ => Ok(Map::new()),
    }
}

/// Where the output `name` of a run is: where it was recorded, or else where runs usually write.
pub(super) async fn named(
    arm: &Client,
    api: &str,
    run: &str,
    recorded: &Map<String, Value>,
    name: &str,
) -> anyhow::Result<Option<Place>> {
    if let Some(output) = recorded.get(name)
        && let Some(place) = resolve(arm, api, output).await?
    {
        return Ok(Some(place));
    }
    let container = default_container(arm).await?;
    Ok(usual(arm, &container, &[run], name).await?.map(|path| (container, path)))
}

/// Where the artifacts of a run are: its logs, and what its scripts left in `./outputs`.
pub(super) async fn artifacts(arm: &Client, run: &str, uri: Option<&str>) -> anyhow::Result<Place> {
    let place = uri.and_then(DatastoreUri::parse).unwrap_or_else(|| DatastoreUri {
        workspace: None,
        datastore: ARTIFACT_STORE.to_owned(),
        path: format!("ExperimentRun/dcid.{run}/"),
    });
    in_datastore(arm, place).await
}

/// Where a recorded output is. Data and models are known to different services.
async fn resolve(arm: &Client, api: &str, output: &Value) -> anyhow::Result<Option<Place>> {
    let Some(id) = output["assetId"].as_str().map(str::to_owned) else { return Ok(None) };
    let ids = std::slice::from_ref(&id);
    let resolved = match output["type"].as_str().is_some_and(|kind| kind.ends_with("_model")) {
        true => arm.resolve_models(api, ids).await?["values"][&id]["path"].take(),
        false => arm.resolve_uris(api, ids).await?["values"][&id]["uri"].take(),
    };
    let Some(uri) = resolved.as_str() else { return Ok(None) };
    if let Some(place) = Container::at_address(uri) {
        return Ok(Some(place));
    }
    match DatastoreUri::parse(uri) {
        Some(place) => in_datastore(arm, place).await.map(Some),
        None => Ok(None),
    }
}

/// Opens the datastore of an address, which may be one of another workspace.
async fn in_datastore(arm: &Client, place: DatastoreUri) -> anyhow::Result<Place> {
    let elsewhere = place.workspace.filter(|workspace| workspace != arm.workspace());
    let elsewhere = elsewhere.map(|workspace| arm.beside(workspace));
    let arm = elsewhere.as_ref().unwrap_or(arm);
    let container = assets::container(arm, &arm.datastore(&place.datastore).await?).await?;
    Ok((container, place.path))
}

async fn default_container(arm: &Client) -> anyhow::Result<Container> {
    assets::container(arm, &arm.default_datastore().await?).await
}

/// The first of the usual places of an output of these runs where there is something.
async fn usual(
    arm: &Client,
    container: &Container,
    runs: &[&str],
    output: &str,
) -> anyhow::Result<Option<String>> {
    for path in runs.iter().flat_map(|run| USUAL_FOLDERS.map(|folder| format!("{folder}/{run}/{output}/"))) {
        if !arm.list_blobs(container, &path, None).await?.0.is_empty() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
