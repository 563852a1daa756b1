//! Where the output of a job goes: the folder of its run, or the place an invocation names.

use super::error::ServiceError;
use super::references::{self, BlobPlace};
use super::scope::Scope;
use crate::local::store::{DEFAULT_DATASTORE, Job, ResourceKind};
use crate::wire::ids::ArmId;
use crate::wire::invoke::BatchJobProperties;
use crate::wire::origin::shown;
use crate::wire::reference::DatastoreUri;

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
            let folder = BlobPlace { container, name: format!("azureml/{run_id}/score") };
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

/// Name of the data asset that stands for the score folder of a run in run history.
pub(super) fn asset_name(run_id: &str) -> String {
    format!("azureml_{run_id}_output_score")
}

/// The run whose score folder a data asset of that name stands for.
pub(super) fn run_of_asset(name: &str) -> Option<&str> {
    name.strip_prefix("azureml_")?.strip_suffix("_output_score")
}

/// Address of a job's score folder; none if it is in no datastore of this workspace.
pub(super) fn score_uri(scope: &Scope, job: &Job) -> Result<Option<String>, ServiceError> {
    // As `answered_request` of an invocation writes them: without a dataset its members are null.
    let properties = BatchJobProperties {
        output_data: job.request["outputData"].as_object().cloned(),
        output_dataset: Some(&job.request["output"])
            .filter(|output| output["datastoreId"].is_string())
            .cloned(),
        ..BatchJobProperties::default()
    };
    let place = resolve(scope, &properties, &job.plan.run_id)?.folder;
    let datastores = scope.store().resources(&scope.workspace, ResourceKind::Datastore, "")?;
    let datastore =
        datastores.iter().find(|datastore| datastore.body["containerName"] == place.container.as_str());
    Ok(datastore.map(|datastore| {
        let address = DatastoreUri {
            workspace: Some(scope.workspace.id.clone()),
            datastore: datastore.name.clone(),
            path: format!("{}/", place.name),
        };
        address.to_string()
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
