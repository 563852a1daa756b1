//! Where the output of a job goes: the folder of its run, or the place an invocation names.

use std::collections::BTreeMap;

use super::error::ServiceError;
use super::references::{self, BlobPlace};
use super::scope::Scope;
use crate::local::engine::Plan;
use crate::local::engine::pipeline::{OutputPlan, PipelinePlan};
use crate::local::store::{DEFAULT_DATASTORE, Job, ResourceKind};
use crate::wire::ids::ArmId;
use crate::wire::invoke::BatchJobProperties;
use crate::wire::origin::shown;
use crate::wire::reference::DatastoreUri;

/// The output of a batch job.
pub(super) const SCORE: &str = "score";
/// What stands between a run and its output in the name of a data asset.
const OUTPUT: &str = "_output_";

/// A folder, and the file name if the address named one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutputPlace {
    pub(super) folder: BlobPlace,
    pub(super) file_name: Option<String>,
}

/// Where the output of the run `run_id` goes.
pub(super) fn resolve(
    scope: &Scope,
    properties: &BatchJobProperties,
    run_id: &str,
) -> Result<OutputPlace, ServiceError> {
    let outputs: Vec<_> = properties.output_data.iter().flatten().collect();
    let place = match (outputs.as_slice(), &properties.output_dataset) {
        ([], None) => {
            let container = references::container(scope, &scope.workspace, DEFAULT_DATASTORE)?;
            let folder = BlobPlace { container, name: format!("azureml/{run_id}/{SCORE}") };
            return Ok(OutputPlace { folder, file_name: None });
        }
        ([], Some(dataset)) => {
            let text = |member: &str| dataset[member].as_str().unwrap_or_default();
            let uri = format!("{}/paths/{}", text("datastoreId"), text("path").trim_start_matches('/'));
            OutputPlace { folder: address(scope, &uri)?, file_name: None }
        }
        ([(name, output)], _) => {
            let uri = output["uri"].as_str().filter(|uri| !uri.is_empty());
            let uri = uri.ok_or_else(|| ServiceError::Invalid(format!("Output {name} has no uri.")))?;
            let is_file =
                output["jobOutputType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("UriFile"));
            split(address(scope, uri)?, is_file)
        }
        _ => {
            return Err(ServiceError::Invalid("A model deployment has exactly one output.".to_owned()));
        }
    };
    match place.folder.name.is_empty() {
        true => Err(ServiceError::Invalid("The output needs a folder inside the datastore.".to_owned())),
        false => Ok(place),
    }
}

/// Name of the data asset that stands for an output of a run in run history.
pub(super) fn asset_name(run_id: &str, output: &str) -> String {
    format!("azureml_{run_id}{OUTPUT}{output}")
}

/// The runs and outputs that a data asset of that name may stand for: either name may have the word between them.
pub(super) fn run_and_output(name: &str) -> Vec<(&str, &str)> {
    let rest = name.strip_prefix("azureml_").unwrap_or_default();
    rest.match_indices(OUTPUT).map(|(at, word)| (&rest[..at], &rest[at + word.len()..])).collect()
}

/// Address of the output of a run that a data asset of that name stands for; none if it is no such asset.
pub(super) fn uri_of_asset(scope: &Scope, name: &str) -> Result<Option<(String, String)>, ServiceError> {
    for (run, output) in run_and_output(name) {
        let Some(job) = scope.store().job_of_run(&scope.workspace, run)? else { continue };
        let found = match &job.plan {
            Plan::Scoring(plan) if plan.run_id.eq_ignore_ascii_case(run) && output == SCORE => {
                score_uri(scope, &job)?.map(|uri| (uri, "uri_folder".to_owned()))
            }
            Plan::Scoring(_) => None,
            Plan::Pipeline(plan) => {
                let place = of_run(plan, run).and_then(|outputs| outputs.get(output));
                place.map(|place| (place.uri.clone(), place.kind.clone()))
            }
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Outputs of a run of a pipeline: of the whole, of a pipeline in it, or of a step.
pub(super) fn of_run<'p>(plan: &'p PipelinePlan, run: &str) -> Option<&'p BTreeMap<String, OutputPlan>> {
    if plan.job.eq_ignore_ascii_case(run) {
        return Some(&plan.outputs);
    }
    plan.step(run).map(|step| &step.outputs).or_else(|| plan.group(run).map(|group| &group.outputs))
}

/// The place of an output that is left to its run. Both names are known to be safe in paths.
pub(super) fn own_place(
    scope: &Scope,
    run_id: &str,
    output: &str,
    kind: &str,
) -> Result<OutputPlan, ServiceError> {
    let container = references::container(scope, &scope.workspace, DEFAULT_DATASTORE)?;
    let place = BlobPlace { container, name: format!("azureml/{run_id}/{output}") };
    let datastore = DEFAULT_DATASTORE.to_owned();
    Ok(OutputPlan { is_own: true, ..output_plan(scope, &place, datastore, kind)? })
}

/// The place of an output that somebody has named.
pub(super) fn at_address(scope: &Scope, uri: &str, kind: &str) -> Result<OutputPlan, ServiceError> {
    let mut place = address(scope, uri)?;
    place.name.truncate(place.name.trim_end_matches('/').len());
    if place.name.is_empty() {
        return Err(ServiceError::Invalid("The output needs a folder inside the datastore.".to_owned()));
    }
    let Some(datastore) = datastore_of(scope, &place)? else {
        return Err(ServiceError::Invalid(format!(
            "The output {} is not in a datastore of this workspace.",
            shown(uri)
        )));
    };
    output_plan(scope, &place, datastore, kind)
}

/// An address with the words in it replaced that stand for the run, its output and the default datastore.
pub(super) fn filled(uri: &str, run_id: &str, output: &str) -> String {
    let words = [("name", run_id), ("output_name", output), ("default_datastore", DEFAULT_DATASTORE)];
    words.iter().fold(uri.to_owned(), |uri, (word, value)| uri.replace(&format!("${{{{{word}}}}}"), value))
}

fn output_plan(
    scope: &Scope,
    place: &BlobPlace,
    datastore: String,
    kind: &str,
) -> Result<OutputPlan, ServiceError> {
    let slash = if kind == "uri_file" { "" } else { "/" };
    let path = format!("{}{slash}", place.name);
    let uri = DatastoreUri { workspace: Some(scope.workspace.id.clone()), datastore, path };
    Ok(OutputPlan {
        path: scope.service.blobs().local_path(&place.container, &place.name)?,
        uri: uri.to_string(),
        kind: kind.to_owned(),
        is_own: false,
    })
}

/// The datastore that has a place.
fn datastore_of(scope: &Scope, place: &BlobPlace) -> Result<Option<String>, ServiceError> {
    let datastores = scope.store().resources(&scope.workspace, ResourceKind::Datastore, "")?;
    let found =
        datastores.into_iter().find(|datastore| datastore.body["containerName"] == place.container.as_str());
    Ok(found.map(|datastore| datastore.name))
}

/// Address of a job's score folder; none if it is in no datastore of this workspace.
fn score_uri(scope: &Scope, job: &Job) -> Result<Option<String>, ServiceError> {
    let Some(plan) = job.plan.scoring() else { return Ok(None) };
    // As `answered_request` of an invocation writes them: without a dataset its members are null.
    let properties = BatchJobProperties {
        output_data: job.request["outputData"].as_object().cloned(),
        output_dataset: Some(&job.request["output"])
            .filter(|output| output["datastoreId"].is_string())
            .cloned(),
        ..BatchJobProperties::default()
    };
    let place = resolve(scope, &properties, &plan.run_id)?.folder;
    Ok(datastore_of(scope, &place)?.map(|datastore| {
        let workspace = Some(scope.workspace.id.clone());
        DatastoreUri { workspace, datastore, path: format!("{}/", place.name) }.to_string()
    }))
}

/// Reads an address of the output: `azureml://datastores/...`, or a datastore's ARM id with `/paths/...` behind it.
fn address(scope: &Scope, uri: &str) -> Result<BlobPlace, ServiceError> {
    let elsewhere = || {
        let uri = shown(uri);
        ServiceError::Invalid(format!("The output {uri} is not in a datastore of this workspace."))
    };
    let mut place = match ArmId::parse(uri) {
        Some(ArmId { segments, .. }) => match segments.as_slice() {
            [datastores, datastore, paths, path @ ..]
                if datastores.eq_ignore_ascii_case("datastores") && paths.eq_ignore_ascii_case("paths") =>
            {
                let container = references::container(scope, &scope.workspace, datastore)?;
                BlobPlace { container, name: path.join("/") }
            }
            _ => return Err(elsewhere()),
        },
        None => references::place(scope, uri)?.ok_or_else(elsewhere)?,
    };
    let is_folder = place.name.ends_with('/');
    place.name.truncate(place.name.trim_end_matches('/').len());
    if is_folder && !place.name.is_empty() {
        place.name.push('/');
    }
    Ok(place)
}

/// Takes the file name off the address of a file; a last segment without a dot is taken for a folder.
fn split(mut place: BlobPlace, is_file: bool) -> OutputPlace {
    let last = place.name.rsplit('/').next().unwrap_or_default().to_owned();
    let file_name = (is_file && last.contains('.')).then_some(last);
    if let Some(name) = &file_name {
        place.name.truncate(place.name.len() - name.len());
    }
    place.name.truncate(place.name.trim_end_matches('/').len());
    OutputPlace { folder: place, file_name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_name(name: &str, is_file: bool) -> (String, Option<String>) {
        let place = BlobPlace { container: "c".to_owned(), name: name.to_owned() };
        let OutputPlace { folder, file_name } = split(place, is_file);
        (folder.name, file_name)
    }

    #[test]
    fn the_name_of_an_asset_leads_back_to_its_run_and_output() {
        assert_eq!(run_and_output(&asset_name("r", "score")), [("r", "score")]);
        let both = [("a", "b_output_c"), ("a_output_b", "c")];
        assert_eq!(run_and_output(&asset_name("a_output_b", "c")), both);
        assert_eq!(run_and_output("other"), []);
    }

    #[test]
    fn a_file_name_is_told_from_a_folder() {
        let file = |folder: &str, name: &str| (folder.to_owned(), Some(name.to_owned()));
        let folder = |folder: &str| (folder.to_owned(), None);
        assert_eq!(split_name("out/p.csv", true), file("out", "p.csv"));
        assert_eq!(split_name("out/v1.0/", true), folder("out/v1.0"));
        assert_eq!(split_name("out/v1.0", false), folder("out/v1.0"));
        assert_eq!(split_name("out", true), folder("out"));
        assert_eq!(split_name("p.csv", true), file("", "p.csv"));
    }
}
