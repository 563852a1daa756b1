//! Pipelines that are deployed: making their components, each after what it needs.

use anyhow::bail;

use super::assets;
use crate::arm::Client;
use crate::context::Context;
use crate::spec::{ComponentSpec, Found, Need, PipelineDeployment, PipelineSource};
use crate::wire::component::{ANONYMOUS_NAME, NOUN, SEGMENT};
use crate::wire::reference::AssetReference;

/// Version under which the component of a job is kept.
const VERSION_OF_JOB: &str = "1";

/// The id of the component a deployment runs, made first unless it is registered.
pub async fn for_pipeline(
    cx: &Context,
    arm: &Client,
    pipeline: &PipelineDeployment,
) -> anyhow::Result<String> {
    match &pipeline.source {
        PipelineSource::Registered(reference) => registered(arm, reference).await,
        PipelineSource::New(component) => make(cx, arm, component).await,
        PipelineSource::Job(job) => {
            let body = PipelineSource::component_of_job(job);
            assets::id_of(&arm.put_component_version(ANONYMOUS_NAME, VERSION_OF_JOB, &body).await?)
        }
    }
}

/// Makes a component after everything it needs; components without a name are kept under random versions.
async fn make(cx: &Context, arm: &Client, component: &ComponentSpec) -> anyhow::Result<String> {
    let mut found = Found::default();
    for need in component.needs() {
        let id = match need {
            Need::Code(code) => assets::code_id(cx, arm, code).await?,
            Need::Environment(environment) => assets::environment_id(cx, arm, environment).await?,
            Need::Component(inner) => Box::pin(make(cx, arm, inner)).await?,
            Need::Registered(reference) => registered(arm, reference).await?,
            Need::Asset(kind, reference) => assets::resolve(arm, kind, reference).await?,
            Need::Data(path) => assets::upload_data(cx, arm, path, None).await?,
            Need::Compute(compute) => assets::compute_id(arm, compute),
        };
        found.insert(need, id);
    }
    let version = uuid::Uuid::new_v4().to_string();
    let body = component.to_wire(&found);
    assets::id_of(&arm.put_component_version(ANONYMOUS_NAME, &version, &body).await?)
}

/// The id of a registered component.
async fn registered(arm: &Client, reference: &AssetReference) -> anyhow::Result<String> {
    let id =
        |name: &str, version: &str| arm.workspace().child(&format!("{SEGMENT}/{name}/versions/{version}"));
    match reference {
        AssetReference::Version { name, version } => Ok(id(name, version)),
        AssetReference::Arm(id) => Ok(id.clone()),
        AssetReference::Registry(uri) => Ok(uri.clone()),
        AssetReference::Label { name, label } if label == "latest" => {
            match arm.newest_component_version(name).await? {
                Some(found) => assets::id_of(&found),
                None => bail!("there is no {NOUN} `{name}` in this workspace"),
            }
        }
        AssetReference::Label { name, label } => {
            bail!("the {NOUN} `{name}` has no label `{label}`; the only label is `latest`")
        }
        AssetReference::Name(name) => bail!(
            "`azureml:{name}` names no version of the {NOUN}; write `azureml:{name}:VERSION` or `azureml:{name}@latest`"
        ),
    }
}
