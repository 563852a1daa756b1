//! Deployments of pipelines: what is checked when one is made, and the plan of a job when it is invoked.
//!
//! `tree` reads a pipeline with all its steps from the components in the workspace, by way of `definition`, `binding`,
//! `order` and `parallel`; `values` checks what an invocation gives; `resolve` makes a plan of both.

mod binding;
mod definition;
mod order;
mod parallel;
mod resolve;
mod tree;
mod values;

use serde_json::{Value, json};

use self::resolve::{JobFacts, Resolver};
use super::error::ServiceError;
use super::plan::JobNames;
use super::scope::Scope;
use super::{inputs, references};
use crate::local::engine::pipeline::PipelinePlan;
use crate::wire::JsonMap;
use crate::wire::asset::AssetKind;
use crate::wire::deployment::{BatchDeploymentProperties, IdReference, PipelineConfiguration};
use crate::wire::invoke::BatchJobProperties;

/// Computes that need not exist: the service provides them.
const SERVERLESS: &str = "serverless";

/// The pipeline that a deployment runs, if it is one of those.
pub(super) fn configuration(
    properties: &BatchDeploymentProperties,
) -> Result<Option<PipelineConfiguration>, ServiceError> {
    let given = properties.deployment_configuration.clone();
    given.map(serde_json::from_value).transpose().map_err(ServiceError::MalformedBody)
}

/// Checks the pipeline of a deployment that is being made, down to its last step, and writes its component as an id.
pub(super) fn check(
    scope: &Scope,
    mut configuration: PipelineConfiguration,
) -> Result<PipelineConfiguration, ServiceError> {
    let reference = component_of(scope, &configuration.component_id.asset_id)?;
    let pipeline = tree::load(scope, &reference)?;
    configuration.component_id = IdReference::new(pipeline.id);
    settings(scope, &configuration)?;
    Ok(configuration)
}

/// The settings of a deployment with its compute, which has to exist, as an id.
fn settings(scope: &Scope, configuration: &PipelineConfiguration) -> Result<Option<JsonMap>, ServiceError> {
    let mut settings = configuration.settings.clone();
    if let Some(compute) = settings.as_mut().and_then(|settings| settings.get_mut("default_compute"))
        && let Some(name) = compute.as_str().filter(|name| !name.eq_ignore_ascii_case(SERVERLESS))
    {
        *compute = references::compute(scope, name)?.into();
    }
    Ok(settings)
}

/// The component that a reference stands for: the one a job ran where it names a job, and itself otherwise.
fn component_of(scope: &Scope, reference: &str) -> Result<String, ServiceError> {
    if reference.starts_with("azureml://registries/") {
        return Ok(reference.to_owned());
    }
    let found = references::asset(scope, AssetKind::Component, reference).map_err(ServiceError::in_body)?;
    let Some(job) = found.asset.body["properties"]["componentSpec"]["sourceJobId"].as_str() else {
        return Ok(found.id);
    };
    let name = job.rsplit('/').next().unwrap_or(job);
    let name = name.strip_prefix("azureml:").unwrap_or(name);
    let job = scope.store().job(&scope.workspace, name)?;
    let job = job.ok_or_else(|| ServiceError::JobNotFound(name.to_owned()).in_body())?;
    match job.plan.pipeline() {
        Some(plan) => Ok(plan.component.clone()),
        None => Err(ServiceError::Invalid(format!(
            "The job {name} ran no pipeline, so it cannot be deployed as one."
        ))),
    }
}

/// Resolves everything a job needs and makes nothing yet, so that a refused request leaves nothing behind.
pub(super) fn plan(
    scope: &Scope,
    names: JobNames<'_>,
    configuration: &PipelineConfiguration,
    request: &BatchJobProperties,
) -> Result<PipelinePlan, ServiceError> {
    let pipeline = tree::load(scope, &configuration.component_id.asset_id)?;
    let values = values::inputs(scope, &pipeline.interface, request.input_data.as_ref())?;
    let places = values::outputs(scope, &pipeline.interface, request.output_data.as_ref())?;
    let experiment = request.properties.as_ref().and_then(|given| given.get("experimentName")?.as_str());
    let experiment = experiment.unwrap_or(names.endpoint);
    let facts =
        JobFacts { job: names.job, endpoint: names.endpoint, deployment: names.deployment, experiment };
    let mut resolver = Resolver { scope, facts, groups: Vec::new(), steps: Vec::new() };
    let outputs = resolver.job(&pipeline, &values, &places)?;
    let Resolver { groups, steps, .. } = resolver;
    Ok(PipelinePlan {
        job: names.job.to_owned(),
        endpoint: names.endpoint.to_owned(),
        deployment: names.deployment.to_owned(),
        experiment: experiment.to_owned(),
        component: pipeline.id,
        settings: settings(scope, configuration)?,
        continue_on_step_failure: continues(configuration),
        groups,
        steps,
        outputs,
    })
}

/// Whether a failed step leaves the others running. The cloud's default for deployments is not documented; what its
/// jobs say of themselves is that it does not.
fn continues(configuration: &PipelineConfiguration) -> bool {
    let settings = configuration.settings.as_ref();
    let value = settings.and_then(|settings| settings.get("continue_on_step_failure"));
    value.is_some_and(|value| definition::as_text(value).eq_ignore_ascii_case("true"))
}

/// What of the invocation is answered again and again.
pub(super) fn answered_request(request: &BatchJobProperties) -> Value {
    let mut answered = json!({ "inputData": inputs::answered(request.input_data.as_ref()) });
    if let Some(outputs) = &request.output_data {
        answered["outputData"] = outputs.clone().into();
    }
    answered
}
