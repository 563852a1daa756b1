//! Checking several files together, without asking anybody: each by itself, the files it names, and what the
//! files say of each other.

use super::compute::ComputeSpec;
use super::data::DataSpec;
use super::datastore::{DatastoreDefaults, DatastoreSpec};
use super::deployment::{AssetSource, DeploymentSpec};
use super::document::SpecDocument;
use super::endpoint::EndpointSpec;
use super::environment::EnvironmentSpec;
use super::kind::{self, SpecKind};
use super::model::ModelSpec;
use super::problem::{Checked, Problem, SpecError};
use super::suggest;
use crate::wire::reference::AssetReference;

/// What validation found about one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// What the file describes; `None` where nothing says so.
    pub kind: Option<SpecKind>,
    /// Everything that is wrong or odd, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Checks documents together; the answers are in their order.
pub fn validate(documents: &[SpecDocument]) -> Vec<Validated> {
    let read: Vec<(Option<SpecKind>, Read)> = documents
        .iter()
        .map(|document| {
            let kind = kind::guess_kind(document);
            (kind, Read::new(document, kind))
        })
        .collect();
    let known = Known::of(&read);
    documents
        .iter()
        .zip(read)
        .map(|(document, (kind, read))| {
            let mut problems = read.problems;
            if let Some(deployment) = &read.deployment {
                problems.extend(known.doubts(document, deployment));
            }
            if let Some((name, default)) = &read.default_deployment {
                problems.extend(known.doubt_default(document, name, default));
            }
            // Problems of the whole file come first.
            problems.sort_by_key(|problem| problem.span.map_or((0, 0), |span| (span.line, span.column)));
            Validated { kind, problems }
        })
        .collect()
}

/// What a file says by itself.
#[derive(Default)]
struct Read {
    problems: Vec<Problem>,
    /// What it makes, and under which names: kind of thing, name, version.
    makes: Option<(SpecKind, String, Option<String>)>,
    deployment: Option<DeploymentSpec>,
    /// Endpoint and its default deployment.
    default_deployment: Option<(String, String)>,
}

impl Read {
    fn new(document: &SpecDocument, kind: Option<SpecKind>) -> Self {
        let Some(kind) = kind else {
            let help = "add `$schema:` or a `type:` to the file";
            let problem = Problem::error("", "nothing says what this file describes").help(help);
            return Self { problems: vec![document.place(problem)], ..Self::default() };
        };
        let read = match kind {
            SpecKind::BatchEndpoint => Self::take(EndpointSpec::from_document(document), |spec| Self {
                default_deployment: spec
                    .defaults
                    .and_then(|defaults| defaults.deployment_name)
                    .map(|default| (spec.name.clone(), default)),
                ..Self::making(kind, spec.name, None)
            }),
            SpecKind::BatchDeployment => {
                Self::take(DeploymentSpec::from_document_and_files(document), |spec| Self {
                    makes: Some((kind, deployment_name(&spec.endpoint_name, &spec.name), None)),
                    deployment: Some(spec),
                    ..Self::default()
                })
            }
            SpecKind::Compute => {
                Self::take(ComputeSpec::from_document(document), |spec| Self::making(kind, spec.name, None))
            }
            SpecKind::Model => Self::take(ModelSpec::from_document_and_files(document), |spec| {
                Self::making(kind, spec.name.unwrap_or_default(), spec.version)
            }),
            SpecKind::Environment => Self::take(EnvironmentSpec::from_document(document), |spec| {
                Self::making(kind, spec.name.unwrap_or_default(), spec.version)
            }),
            SpecKind::Data => Self::take(DataSpec::from_document_and_files(document), |spec| {
                Self::making(kind, spec.name, spec.version)
            }),
            SpecKind::Datastore => {
                Self::take(DatastoreSpec::from_document(document, &DatastoreDefaults::default()), |spec| {
                    Self::making(kind, spec.name, None)
                })
            }
        };
        // A file with errors is still meant to make what it names.
        let makes = read.makes.or_else(|| Self::meant(document, kind));
        Self { makes, ..read }
    }

    /// What a file makes by the names that stand in it.
    fn meant(document: &SpecDocument, kind: SpecKind) -> Option<(SpecKind, String, Option<String>)> {
        let text = |field: &str| document.root().get(field)?.as_str().map(str::to_owned);
        let name = text("name")?;
        match kind {
            SpecKind::BatchDeployment => Some((kind, deployment_name(&text("endpoint_name")?, &name), None)),
            _ => Some((kind, name, text("version"))),
        }
    }

    fn making(kind: SpecKind, name: String, version: Option<String>) -> Self {
        Self { makes: Some((kind, name, version)), ..Self::default() }
    }

    fn take<T>(outcome: Result<Checked<T>, SpecError>, read: impl FnOnce(T) -> Self) -> Self {
        match outcome {
            Ok(checked) => {
                let mut read = read(checked.spec);
                read.problems.extend(checked.warnings);
                read
            }
            Err(error) => Self { problems: error.problems, ..Self::default() },
        }
    }
}

/// A deployment's name among those of all endpoints.
fn deployment_name(endpoint: &str, deployment: &str) -> String {
    format!("{}/{}", endpoint.to_lowercase(), deployment.to_lowercase())
}

/// What all files together make.
struct Known(Vec<(SpecKind, String, Option<String>)>);

impl Known {
    fn of(read: &[(Option<SpecKind>, Read)]) -> Self {
        Self(read.iter().filter_map(|(_, read)| read.makes.clone()).collect())
    }

    fn names(&self, kind: SpecKind) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(made, _, _)| *made == kind).map(|(_, name, _)| name.as_str())
    }

    /// Doubts about what a deployment refers to. What no file makes may well be in the workspace, so only a
    /// name that is nearly that of something made here is worth a word, or a version that is another.
    fn doubts(&self, document: &SpecDocument, deployment: &DeploymentSpec) -> Vec<Problem> {
        let endpoint = self.doubt_name(SpecKind::BatchEndpoint, "endpoint_name", &deployment.endpoint_name);
        let compute = deployment.compute.as_deref().and_then(|compute| {
            let name = compute.strip_prefix("azureml:").unwrap_or(compute);
            self.doubt_name(SpecKind::Compute, "compute", name)
        });
        let asset = |kind, field, reference| self.doubt_asset(kind, field, reference);
        let model = reference_of(deployment.model.as_ref())
            .and_then(|reference| asset(SpecKind::Model, "model", reference));
        let environment = reference_of(deployment.environment.as_ref())
            .and_then(|reference| asset(SpecKind::Environment, "environment", reference));
        let doubts = [endpoint, compute, model, environment];
        doubts.into_iter().flatten().map(|problem| document.place(problem)).collect()
    }

    fn doubt_default(&self, document: &SpecDocument, endpoint: &str, default: &str) -> Option<Problem> {
        let full = deployment_name(endpoint, default);
        let of_endpoint = || {
            let deployments = self.names(SpecKind::BatchDeployment);
            deployments.filter_map(|name| name.strip_prefix(endpoint)?.strip_prefix('/'))
        };
        if self.names(SpecKind::BatchDeployment).any(|name| name == full) || of_endpoint().next().is_none() {
            return None;
        }
        let made = of_endpoint().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = format!("no file given makes the deployment `{default}`");
        let problem = Problem::warning("defaults.deployment_name", message);
        Some(document.place(problem.help(format!("the files given make {made}"))))
    }

    fn doubt_name(&self, kind: SpecKind, field: &str, name: &str) -> Option<Problem> {
        if self.names(kind).any(|made| made.eq_ignore_ascii_case(name)) {
            return None;
        }
        let nearest = suggest::nearest(name, self.names(kind))?;
        let message = format!("no file given makes the {} `{name}`", kind.noun());
        Some(Problem::warning(field, message).help(format!("did you mean `{nearest}`?")))
    }

    fn doubt_asset(&self, kind: SpecKind, field: &str, reference: &AssetReference) -> Option<Problem> {
        let (AssetReference::Version { name, .. } | AssetReference::Label { name, .. }) = reference else {
            return None;
        };
        let made: Vec<&(SpecKind, String, Option<String>)> =
            self.0.iter().filter(|(found, made, _)| *found == kind && made == name).collect();
        if made.is_empty() {
            return self.doubt_name(kind, field, name);
        }
        let AssetReference::Version { version, .. } = reference else {
            return None;
        };
        // A file without a version makes a new one, which may be any.
        let versions: Option<Vec<&String>> = made.iter().map(|(_, _, version)| version.as_ref()).collect();
        let versions = versions.filter(|versions| !versions.contains(&version))?;
        let made = versions.iter().map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", ");
        let message = format!("no file given makes version `{version}` of the {} `{name}`", kind.noun());
        Some(Problem::warning(field, message).help(format!("the files given make {made}")))
    }
}

fn reference_of<T>(source: Option<&AssetSource<T>>) -> Option<&AssetReference> {
    match source {
        Some(AssetSource::Reference(reference)) => Some(reference),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use std::fs;

    const ENDPOINT: &str = "name: digits\nauth_mode: aad_token\n";
    const MODEL: &str = "name: mnist\nversion: 3\npath: .\ntype: custom_model\n";
    const CLUSTER: &str = "name: cpu-cluster\ntype: amlcompute\n";
    const DEPLOYMENT: &str = "type: model\nname: blue\nendpoint_name: digits\nmodel: azureml:mnist:3\n\
                              compute: azureml:cpu-cluster\nsettings: {mini_batch_size: 1}\n";

    fn validated(texts: &[&str]) -> Vec<Validated> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(at, text): (usize, &&str)| {
            let path = folder.path().join(format!("{at}.yml"));
            fs::write(&path, text).unwrap();
            SpecDocument::load(&path).unwrap()
        };
        validate(&texts.iter().enumerate().map(write).collect::<Vec<_>>())
    }

    fn told(texts: &[&str], at: usize) -> Vec<(String, Option<String>)> {
        let problems = validated(texts).swap_remove(at).problems;
        problems.into_iter().map(|problem| (problem.field, problem.help)).collect()
    }

    #[test]
    fn files_that_fit_together_pass() {
        for found in validated(&[ENDPOINT, MODEL, CLUSTER, DEPLOYMENT]) {
            assert_eq!(found.problems, [], "{:?}", found.kind);
        }
    }

    #[test]
    fn what_no_file_makes_may_be_in_the_workspace() {
        assert_eq!(told(&[DEPLOYMENT], 0), []);
        assert_eq!(told(&["name: other\nauth_mode: key\n", DEPLOYMENT], 1), []);
    }

    #[test]
    fn names_that_nearly_fit_and_other_versions_are_warnings() {
        for (from, to, field, help) in [
            ("digits", "digit", "endpoint_name", "did you mean `digits`?"),
            ("cpu-cluster", "cpucluster", "compute", "did you mean `cpu-cluster`?"),
            ("mnist:3", "mnist:4", "model", "the files given make `3`"),
        ] {
            let deployment = DEPLOYMENT.replace(from, to);
            let told = told(&[ENDPOINT, MODEL, CLUSTER, &deployment], 3);
            assert_eq!(told, [(field.to_owned(), Some(help.to_owned()))]);
        }
        let endpoint = format!("{ENDPOINT}defaults: {{deployment_name: green}}\n");
        let told = told(&[&endpoint, DEPLOYMENT], 0);
        assert_eq!(
            told,
            [("defaults.deployment_name".to_owned(), Some("the files given make `blue`".to_owned()))]
        );
    }

    #[test]
    fn a_file_with_errors_still_makes_what_it_names() {
        let broken = format!("{ENDPOINT}colour: blue\n");
        let other = ENDPOINT.replace("digits", "digits2");
        assert_eq!(told(&[&broken, &other, DEPLOYMENT], 2), []);
    }

    #[test]
    fn each_file_is_checked_by_itself_and_with_the_files_it_names() {
        let deployment =
            format!("{DEPLOYMENT}code_configuration: {{code: nope, scoring_script: s.py}}\nx: 1\n");
        let found = validated(&[&deployment, "a: 1\n"]);
        assert_eq!(found[0].kind, Some(SpecKind::BatchDeployment));
        let fields: Vec<&str> = found[0].problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["code_configuration.code", "x"], "an unknown field hides a missing folder");
        assert_eq!(found[1].kind, None);
        let missing = DEPLOYMENT.to_owned() + "code_configuration: {code: nope, scoring_script: s.py}\n";
        assert_eq!(told(&[&missing], 0)[0].0, "code_configuration.code");
    }
}
