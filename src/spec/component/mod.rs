//! Components that a deployment of a pipeline brings along: the pipeline itself, the commands of its steps,
//! and what each of them needs to be in the workspace before it.
//!
//! A component is read from its own YAML file with `read`; `step` knows the steps of a pipeline.
//! Whoever sends a component asks for its [`ComponentSpec::needs`], finds an id for each, and gets the body.

mod read;
mod step;
mod value;

use std::path::Path;

use serde_json::{Value, json};

use super::deployment::{AssetSource, CodeSource};
use super::environment::EnvironmentSpec;
use crate::wire::JsonMap;
use crate::wire::asset::AssetKind;
use crate::wire::component::{ANONYMOUS_NAME, ComponentVersion, ComponentVersionProperties};
use crate::wire::reference::AssetReference;

pub(super) use read::load;
pub use step::{Step, StepComponent};

/// Version that components without a name say they have; the version they are kept under is another.
const ANONYMOUS_VERSION: &str = "1";

/// A component as its YAML describes it.
#[derive(Debug, Clone, PartialEq)]
pub enum ComponentSpec {
    /// One that runs a command.
    Command(Box<CommandComponent>),
    /// One that runs a scoring script on mini-batches; its code and environment are those of its task.
    Parallel(Box<CommandComponent>),
    /// A pipeline.
    Pipeline(Box<PipelineComponent>),
}

/// What every component has.
#[derive(Debug, Clone, Default, PartialEq)]
struct Common {
    /// Members of the component's spec that are sent as they are.
    spec: JsonMap,
    /// Free text.
    description: Option<String>,
    /// Labels.
    tags: JsonMap,
    /// How the component was written, in the words of the service.
    source: &'static str,
}

/// A component that runs code: a command, or a scoring script.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandComponent {
    common: Common,
    properties: JsonMap,
    /// What is uploaded with it.
    pub code: Option<CodeSource>,
    /// What it runs in.
    pub environment: AssetSource<EnvironmentSpec>,
}

/// A component that is a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineComponent {
    common: Common,
    /// The steps in the order of the file.
    pub steps: Vec<Step>,
}

/// Something that has to be in the workspace before a component, and whose id stands in the component.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Need<'c> {
    /// Code to upload, or a code asset.
    Code(&'c CodeSource),
    /// An environment, registered or to be made.
    Environment(&'c AssetSource<EnvironmentSpec>),
    /// A component to be made, with needs of its own.
    Component(&'c ComponentSpec),
    /// A registered component.
    Registered(&'c AssetReference),
    /// A registered data asset or model.
    Asset(AssetKind, &'c AssetReference),
    /// A file or folder of this machine, to be uploaded as data; its address is what is needed.
    Data(&'c Path),
    /// A compute.
    Compute(&'c str),
}

/// Ids that were found for needs.
#[derive(Debug, Default)]
pub struct Found<'c>(Vec<(Need<'c>, String)>);

impl<'c> Found<'c> {
    /// Remembers the id of what was needed.
    pub fn insert(&mut self, need: Need<'c>, id: String) {
        self.0.push((need, id));
    }

    /// The id found for a need; empty where nobody looked.
    fn id(&self, need: Need<'_>) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == need);
        found.map_or("", |(_, id)| id.as_str())
    }
}

impl ComponentSpec {
    /// What has to be in the workspace before this component, in that order and without repetitions.
    pub fn needs(&self) -> Vec<Need<'_>> {
        let all: Vec<Need<'_>> = match self {
            Self::Command(command) | Self::Parallel(command) => {
                command.code.iter().map(Need::Code).chain([Need::Environment(&command.environment)]).collect()
            }
            Self::Pipeline(pipeline) => pipeline.steps.iter().flat_map(Step::needs).collect(),
        };
        all.iter()
            .enumerate()
            .filter(|(at, need)| !all[..*at].contains(need))
            .map(|(_, need)| *need)
            .collect()
    }

    /// The body that makes the component, from the ids of what it needs.
    pub fn to_wire(&self, found: &Found<'_>) -> ComponentVersion {
        let (common, properties, is_archived) = match self {
            Self::Command(command) | Self::Parallel(command) => {
                (&command.common, command.properties.clone(), Some(false))
            }
            // The SDK does not say it of pipelines.
            Self::Pipeline(pipeline) => (&pipeline.common, JsonMap::new(), None),
        };
        let mut spec = common.spec.clone();
        spec.insert("name".to_owned(), ANONYMOUS_NAME.into());
        spec.insert("version".to_owned(), ANONYMOUS_VERSION.into());
        spec.insert("_source".to_owned(), common.source.into());
        match self {
            Self::Command(command) => command.complete(&mut spec, found),
            Self::Parallel(parallel) => {
                spec.insert("task".to_owned(), parallel.task(found).into());
            }
            Self::Pipeline(pipeline) => {
                let steps = pipeline.steps.iter().map(|step| (step.name.clone(), step.to_wire(found)));
                spec.insert("jobs".to_owned(), Value::Object(steps.collect()));
                spec.insert("sourceJobId".to_owned(), Value::Null);
            }
        }
        ComponentVersion {
            properties: ComponentVersionProperties {
                component_spec: spec,
                description: common.description.clone(),
                is_anonymous: Some(true),
                is_archived,
                properties: Some(properties),
                tags: Some(common.tags.clone()),
            },
        }
    }

    /// What the service repeats of the component in a deployment of it.
    pub(super) fn summary(&self) -> (JsonMap, Option<String>) {
        let common = self.common();
        (common.tags.clone(), common.description.clone())
    }

    fn common(&self) -> &Common {
        match self {
            Self::Command(command) | Self::Parallel(command) => &command.common,
            Self::Pipeline(pipeline) => &pipeline.common,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Parallel(_) => "parallel",
            Self::Pipeline(_) => "pipeline",
        }
    }
}

impl CommandComponent {
    /// The task of a parallel component, complete.
    fn task(&self, found: &Found<'_>) -> JsonMap {
        let task = self.common.spec.get("task").and_then(Value::as_object);
        let mut task = task.cloned().unwrap_or_default();
        self.complete(&mut task, found);
        task
    }

    fn complete(&self, spec: &mut JsonMap, found: &Found<'_>) {
        // References are marked, addresses of registries and what is marked already are not.
        let marked = |id: &str| match id.starts_with('/') {
            true => Value::from(format!("azureml:{id}")),
            false => Value::from(id),
        };
        if let Some(code) = &self.code {
            spec.insert("code".to_owned(), marked(found.id(Need::Code(code))));
        }
        let environment = found.id(Need::Environment(&self.environment));
        spec.insert("environment".to_owned(), marked(environment));
    }
}

/// The component that stands for the pipeline of a job that has run. It is kept under version 1.
pub(super) fn of_job(job: &str) -> ComponentVersion {
    let spec = json!({
        "source_job_id": job,
        "name": ANONYMOUS_NAME,
        "version": ANONYMOUS_VERSION,
        "type": "pipeline",
        "_source": "CLASS",
        "jobs": {},
        "sourceJobId": job,
    });
    let Value::Object(component_spec) = spec else {
        return ComponentVersion::default();
    };
    ComponentVersion {
        properties: ComponentVersionProperties {
            component_spec,
            description: None,
            is_anonymous: Some(true),
            is_archived: None,
            properties: Some(JsonMap::new()),
            tags: Some(JsonMap::new()),
        },
    }
}

#[cfg(test)]
mod tests;
