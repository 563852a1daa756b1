//! What a file says by itself: its own problems, what it makes, and what it refers to.

use super::super::asset_path::AssetPath;
use super::super::compute::ComputeSpec;
use super::super::convert;
use super::super::data::DataSpec;
use super::super::datastore::{DatastoreDefaults, DatastoreSpec};
use super::super::deployment::{AssetSource, DeploymentSpec};
use super::super::document::SpecDocument;
use super::super::endpoint::EndpointSpec;
use super::super::environment::EnvironmentSpec;
use super::super::kind::SpecKind;
use super::super::model::ModelSpec;
use super::super::problem::{Checked, Problem, SpecError};
use crate::wire::reference::{AssetReference, DatastoreUri};

/// What a file says by itself.
#[derive(Default)]
pub(super) struct Said {
    pub(super) problems: Vec<Problem>,
    /// What it makes. A file with errors is still meant to make what it names.
    pub(super) made: Option<Made>,
    /// What it refers to, as far as it could be read.
    pub(super) references: Vec<Reference>,
}

/// Something that a file makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) kind: SpecKind,
    pub(super) name: String,
    /// Endpoint of a deployment.
    pub(super) endpoint: Option<String>,
    /// Version of an asset; a file without one makes a new one.
    pub(super) version: Option<String>,
}

/// Something that a field refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) field: &'static str,
    pub(super) kind: SpecKind,
    pub(super) name: String,
    /// Endpoint of a deployment.
    pub(super) endpoint: Option<String>,
    /// Version of an asset, where one is named.
    pub(super) version: Option<String>,
}

impl Said {
    /// Checks a document as what it describes.
    pub(super) fn read(document: &SpecDocument, kind: Option<SpecKind>) -> Self {
        let Some(kind) = kind else {
            let help = "add `$schema:` or a `type:` to the file";
            let problem = Problem::error("", "nothing says what this file describes").help(help);
            return Self { problems: vec![document.place(problem)], ..Self::default() };
        };
        let (problems, references) = match kind {
            SpecKind::BatchEndpoint => take(EndpointSpec::from_document(document), of_endpoint),
            SpecKind::BatchDeployment => {
                take(DeploymentSpec::from_document_and_files(document), of_deployment)
            }
            SpecKind::Compute => take(ComputeSpec::from_document(document), |_| Vec::new()),
            SpecKind::Model => take(ModelSpec::from_document_and_files(document), |spec| {
                Reference::all([
                    Reference::to_datastore("datastore", spec.datastore.as_deref()),
                    Reference::to_place("path", &spec.path),
                ])
            }),
            SpecKind::Environment => take(EnvironmentSpec::from_document(document), |spec| {
                Reference::all([Reference::to_datastore("datastore", spec.datastore.as_deref())])
            }),
            SpecKind::Data => take(DataSpec::from_document_and_files(document), |spec| {
                Reference::all([
                    Reference::to_datastore("datastore", spec.datastore.as_deref()),
                    Reference::to_place("path", &spec.path),
                ])
            }),
            SpecKind::Datastore => {
                take(DatastoreSpec::from_document(document, &DatastoreDefaults::default()), |_| Vec::new())
            }
        };
        Self { problems, made: Made::by(document, kind), references }
    }
}

impl Made {
    /// What a file makes by the names that stand in it.
    fn by(document: &SpecDocument, kind: SpecKind) -> Option<Self> {
        let text = |field: &str| document.root().get(field)?.as_str().map(str::to_owned);
        let endpoint = match kind {
            SpecKind::BatchDeployment => Some(text("endpoint_name")?),
            _ => None,
        };
        let version = document.root().get("version").and_then(|node| convert::version(node));
        Some(Self { kind, name: text("name")?, endpoint, version })
    }
}

/// The problems of a file, and what it refers to where it can be used.
fn take<T>(
    outcome: Result<Checked<T>, SpecError>,
    references: impl FnOnce(T) -> Vec<Reference>,
) -> (Vec<Problem>, Vec<Reference>) {
    match outcome {
        Ok(checked) => (checked.warnings, references(checked.spec)),
        Err(error) => (error.problems, Vec::new()),
    }
}

fn of_endpoint(spec: EndpointSpec) -> Vec<Reference> {
    let default = spec.defaults.and_then(|defaults| defaults.deployment_name);
    let reference = |name: String| Reference {
        endpoint: Some(spec.name.clone()),
        ..Reference::new("defaults.deployment_name", SpecKind::BatchDeployment, name)
    };
    default.into_iter().map(reference).collect()
}

fn of_deployment(spec: DeploymentSpec) -> Vec<Reference> {
    let settings = spec.pipeline.as_ref().and_then(|pipeline| pipeline.settings.as_ref());
    let setting = |name: &str| settings.and_then(|settings| settings.get(name)?.as_str());
    let mut references = Reference::all([
        Some(Reference::new("endpoint_name", SpecKind::BatchEndpoint, spec.endpoint_name.clone())),
        Reference::to_compute("compute", spec.compute.as_deref()),
        Reference::to_compute("settings.default_compute", setting("default_compute")),
        Reference::to_datastore("settings.default_datastore", setting("default_datastore")),
    ]);
    match &spec.model {
        Some(AssetSource::Reference(reference)) => {
            references.extend(Reference::to_asset("model", SpecKind::Model, reference));
        }
        Some(AssetSource::Inline(model)) => {
            references.extend(Reference::to_datastore("model.datastore", model.datastore.as_deref()));
            references.extend(Reference::to_place("model.path", &model.path));
        }
        None => {}
    }
    match &spec.environment {
        Some(AssetSource::Reference(reference)) => {
            references.extend(Reference::to_asset("environment", SpecKind::Environment, reference));
        }
        Some(AssetSource::Inline(environment)) => {
            let datastore = environment.datastore.as_deref();
            references.extend(Reference::to_datastore("environment.datastore", datastore));
        }
        None => {}
    }
    references
}

impl Reference {
    fn new(field: &'static str, kind: SpecKind, name: String) -> Self {
        Self { field, kind, name, endpoint: None, version: None }
    }

    fn all<const N: usize>(found: [Option<Self>; N]) -> Vec<Self> {
        found.into_iter().flatten().collect()
    }

    fn to_compute(field: &'static str, written: Option<&str>) -> Option<Self> {
        let name = named(written?)?;
        Some(Self::new(field, SpecKind::Compute, name.to_owned()))
    }

    fn to_datastore(field: &'static str, written: Option<&str>) -> Option<Self> {
        let name = named(written?)?;
        Some(Self::new(field, SpecKind::Datastore, name.to_owned()))
    }

    /// The datastore that an address of this workspace is in.
    fn to_place(field: &'static str, path: &AssetPath) -> Option<Self> {
        let AssetPath::Remote(address) = path else {
            return None;
        };
        let place = DatastoreUri::parse(address).filter(|place| place.workspace.is_none())?;
        Some(Self::new(field, SpecKind::Datastore, place.datastore))
    }

    fn to_asset(field: &'static str, kind: SpecKind, reference: &AssetReference) -> Option<Self> {
        match reference {
            AssetReference::Version { name, version } => {
                Some(Self { version: Some(version.clone()), ..Self::new(field, kind, name.clone()) })
            }
            AssetReference::Label { name, .. } => Some(Self::new(field, kind, name.clone())),
            AssetReference::Name(_) | AssetReference::Arm(_) | AssetReference::Registry(_) => None,
        }
    }
}

/// The name in `azureml:name`, or a bare one; ids are for the service to check.
fn named(written: &str) -> Option<&str> {
    let name = written.strip_prefix("azureml:").unwrap_or(written);
    (!name.is_empty() && !name.contains('/')).then_some(name)
}
