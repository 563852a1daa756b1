//! Deployments of pipelines: where the pipeline comes from, and the body that deploys it.

use super::super::component::{self, ComponentSpec};
use super::super::document::SpecDocument;
use super::super::fields::Fields;
use super::{DeploymentSettings, DeploymentSpec, endpoint_name};
use crate::wire::JsonMap;
use crate::wire::component::ComponentVersion;
use crate::wire::deployment::{
    BatchDeployment, BatchDeploymentProperties, IdReference, PipelineConfiguration,
};
use crate::wire::reference::AssetReference;

/// A pipeline that is deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineDeployment {
    /// Where the pipeline comes from.
    pub source: PipelineSource,
    /// How its jobs run, as written.
    pub settings: Option<JsonMap>,
}

/// Where a pipeline comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PipelineSource {
    /// A registered component.
    Registered(AssetReference),
    /// A component that is made along with the deployment.
    New(Box<ComponentSpec>),
    /// A job that has run, by name.
    Job(String),
}

impl PipelineSource {
    /// The component that stands for the pipeline of a job. It is put under the name for components without one,
    /// version 1.
    pub fn component_of_job(job: &str) -> ComponentVersion {
        component::of_job(job)
    }
}

impl DeploymentSpec {
    pub(super) fn read_pipeline(
        document: &SpecDocument,
        mut fields: Fields,
        source: Option<PipelineSource>,
    ) -> Self {
        Self {
            name: fields.text("name").unwrap_or_default().to_lowercase(),
            endpoint_name: endpoint_name(document, &mut fields),
            description: fields.text("description"),
            tags: fields.mapping("tags"),
            properties: None,
            model: None,
            code: None,
            environment: None,
            compute: None,
            resources: None,
            settings: DeploymentSettings::default(),
            pipeline: source
                .map(|source| PipelineDeployment { source, settings: fields.mapping("settings") }),
        }
    }

    /// The body that creates a deployment of a pipeline, from the id of its component.
    pub fn into_pipeline_wire(self, component_id: String, location: &str) -> BatchDeployment {
        let (settings, summary) = match self.pipeline {
            Some(PipelineDeployment { source: PipelineSource::New(component), settings }) => {
                (settings, Some(component.summary()))
            }
            Some(pipeline) => (pipeline.settings, None),
            None => (None, None),
        };
        let (tags, description) = summary.map_or((None, None), |(tags, text)| (Some(tags), text));
        let configuration = PipelineConfiguration {
            deployment_configuration_type: "PipelineComponent".to_owned(),
            component_id: IdReference::new(component_id),
            settings,
            tags,
            description,
        };
        BatchDeployment {
            location: Some(location.to_owned()),
            tags: Some(self.tags.unwrap_or_default()),
            identity: None,
            properties: BatchDeploymentProperties {
                description: self.description,
                deployment_configuration: serde_json::to_value(configuration).ok(),
                // A pipeline has no mini-batches, but the SDK always sends these four.
                error_threshold: Some(-1),
                max_concurrency_per_instance: Some(1),
                mini_batch_size: Some(10),
                output_file_name: Some("predictions.csv".to_owned()),
                ..BatchDeploymentProperties::default()
            },
        }
    }
}
