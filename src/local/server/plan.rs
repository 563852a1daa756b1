//! The plan of a job: a deployment's snapshot with the changes one invocation asks for, resolved to paths.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::ServiceError;
use super::outputs::OutputPlace;
use super::scope::Scope;
use super::{inputs, references, settings};
use crate::local::engine::{CodePlan, EnvironmentPlan, JobPlan};
use crate::wire::JsonMap;
use crate::wire::asset::AssetKind;
use crate::wire::deployment::{BatchDeploymentProperties, CodeConfiguration, OutputAction, leaves_folder};
use crate::wire::duration;
use crate::wire::invoke::BatchJobProperties;
use crate::wire::origin::shown;

/// Names of a job that is about to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct JobNames<'a> {
    pub(super) job: &'a str,
    pub(super) run_id: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) deployment: &'a str,
}

/// Applies the overrides of an invocation to a deployment.
pub(super) fn override_deployment(
    scope: &Scope,
    deployment: &mut BatchDeploymentProperties,
    changes: &BatchJobProperties,
) -> Result<(), ServiceError> {
    if let Some(compute) = &changes.compute {
        if let Some(target) = compute.target.as_deref().filter(|target| !target.is_empty()) {
            deployment.compute = Some(target.to_owned());
        }
        if let (Some(count), Some(resources)) = (compute.instance_count, &mut deployment.resources) {
            resources.instance_count = Some(count);
        }
    }
    if let (Some(changes), Some(retries)) = (&changes.retry_settings, &mut deployment.retry_settings) {
        retries.max_retries = changes.max_retries.or(retries.max_retries);
        retries.timeout = changes.timeout.clone().or(retries.timeout.take());
    }
    deployment.mini_batch_size = changes.mini_batch_size.or(deployment.mini_batch_size);
    deployment.error_threshold = changes.error_threshold.or(deployment.error_threshold);
    if changes.output_file_name.is_some() {
        deployment.output_file_name.clone_from(&changes.output_file_name);
    }
    settings::check(deployment)?;
    // The compute may have been deleted since the deployment was made.
    let compute = deployment.compute.as_deref().unwrap_or_default();
    deployment.compute = Some(references::compute(scope, compute)?);
    Ok(())
}

/// Resolves everything a job needs and makes nothing yet, so that a refused request leaves nothing behind.
pub(super) fn resolve(
    scope: &Scope,
    names: JobNames<'_>,
    deployment: &BatchDeploymentProperties,
    request: &BatchJobProperties,
    output: &OutputPlace,
) -> Result<JobPlan, ServiceError> {
    let input = inputs::resolve(scope, request.input_data.as_ref())?;
    let code = deployment.code_configuration.as_ref().map(|code| self::code(scope, code)).transpose()?;
    let model = deployment.model.as_ref().map(|model| self::model(scope, &model.asset_id)).transpose()?;
    let environment = match deployment.environment_id.as_deref() {
        Some(id) => environment(scope, id)?,
        None => EnvironmentPlan::default(),
    };
    let retries = deployment.retry_settings.clone().unwrap_or_default();
    let instances = deployment.resources.as_ref().and_then(|resources| resources.instance_count);
    let experiment = request.properties.as_ref().and_then(|given| given.get("experimentName")?.as_str());
    let own_file_name = deployment.output_file_name.clone().unwrap_or_default();
    settings::check_file_name(output.file_name.as_deref())?;
    Ok(JobPlan {
        job: names.job.to_owned(),
        run_id: names.run_id.to_owned(),
        endpoint: names.endpoint.to_owned(),
        deployment: names.deployment.to_owned(),
        experiment: experiment.unwrap_or(names.endpoint).to_owned(),
        input,
        code,
        model,
        environment,
        environment_variables: variables(deployment.environment_variables.as_ref()),
        mini_batch_size: number(deployment.mini_batch_size, 10),
        instance_count: number(instances, 1),
        max_concurrency_per_instance: number(deployment.max_concurrency_per_instance, 1),
        max_retries: number(retries.max_retries, 3),
        timeout_seconds: retries.timeout.as_deref().and_then(duration::parse_seconds).unwrap_or(30),
        error_threshold: deployment.error_threshold.unwrap_or(-1),
        output_action: deployment.output_action.unwrap_or(OutputAction::AppendRow),
        output_file_name: output.file_name.clone().unwrap_or(own_file_name),
        output_dir: scope.service.blobs().folder_path(&output.folder.container, &output.folder.name)?,
        logging_level: deployment.logging_level.clone().unwrap_or_default(),
        retry: None,
        program_arguments: Vec::new(),
    })
}

/// A number whose range was checked.
fn number<T: TryFrom<i64>>(value: Option<i64>, default: T) -> T {
    value.and_then(|value| T::try_from(value).ok()).unwrap_or(default)
}

fn code(scope: &Scope, code: &CodeConfiguration) -> Result<CodePlan, ServiceError> {
    let scoring_script = code.scoring_script.clone();
    let code_dir = code_folder(scope, code.code_id.as_deref().unwrap_or_default())?;
    check_script(&code_dir, &scoring_script)
        .map_err(|why| ServiceError::Invalid(format!("The scoring script {why}.")))?;
    Ok(CodePlan { code_dir, scoring_script })
}

/// Whether a script is in the code folder, where it has to be whatever a request calls it; else why not, behind its name.
pub(super) fn check_script(code_dir: &Path, script: &str) -> Result<(), String> {
    if leaves_folder(script) {
        return Err(format!(
            "{script} leads out of the code folder; it has to be a path inside of it, such as src/score.py"
        ));
    }
    match code_dir.join(script).is_file() {
        true => Ok(()),
        false => Err(format!("{script} is not in the code folder")),
    }
}

/// The folder of a code asset.
pub(super) fn code_folder(scope: &Scope, id: &str) -> Result<PathBuf, ServiceError> {
    let found = references::asset(scope, AssetKind::Code, id).map_err(ServiceError::in_body)?;
    asset_path(scope, "code", &found.asset.body["properties"]["codeUri"])
}

/// The file or folder of a model.
pub(super) fn model(scope: &Scope, id: &str) -> Result<PathBuf, ServiceError> {
    let found = references::asset(scope, AssetKind::Model, id).map_err(ServiceError::in_body)?;
    asset_path(scope, "model", &found.asset.body["properties"]["modelUri"])
}

/// The file or folder of an asset, which must be there.
pub(super) fn asset_path(scope: &Scope, what: &str, uri: &Value) -> Result<PathBuf, ServiceError> {
    let uri = uri.as_str().unwrap_or_default();
    let place = references::place(scope, uri)?;
    let missing = || ServiceError::Invalid(format!("The {what} at {} is not in this workspace.", shown(uri)));
    let path = place.ok_or_else(missing)?.local_path(scope)?;
    if path.exists() { Ok(path) } else { Err(missing()) }
}

/// What an environment is made of.
pub(super) fn environment(scope: &Scope, id: &str) -> Result<EnvironmentPlan, ServiceError> {
    let of_registry = EnvironmentPlan::of_registry(id);
    if of_registry.is_of_registry() {
        return Ok(of_registry);
    }
    let found = references::asset(scope, AssetKind::Environment, id).map_err(ServiceError::in_body)?.asset;
    let text = |member: &str| found.body["properties"][member].as_str().map(str::to_owned);
    let build = found.body["properties"].get("build").filter(|build| build.is_object());
    let dockerfile = build.map(|build| build["dockerfilePath"].as_str().unwrap_or("Dockerfile").to_owned());
    let (image, conda_file) = (text("image"), text("condaFile"));
    Ok(EnvironmentPlan { name: found.name, version: found.version, image, conda_file, dockerfile })
}

/// Variables are texts; numbers and the like are written out.
pub(super) fn variables(given: Option<&JsonMap>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    given.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}
