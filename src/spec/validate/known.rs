//! What all files together make, and what that says of each: names that nearly fit, other versions, things made twice.

use std::path::Path;

use super::super::document::SpecDocument;
use super::super::kind::SpecKind;
use super::super::problem::Problem;
use super::super::suggest;
use super::said::{Made, Reference, Said};

/// Datastores that every workspace has.
const BUILT_IN_DATASTORES: [&str; 4] =
    ["workspaceblobstore", "workspacefilestore", "workspaceworkingdirectory", "workspaceartifactstore"];

/// What all files together make, in their order.
pub(super) struct Known<'f>(Vec<(Option<&'f Path>, Option<&'f Made>)>);

impl<'f> Known<'f> {
    pub(super) fn of(said: &'f [Said], documents: &'f [SpecDocument]) -> Self {
        let made = said.iter().map(|said| said.made.as_ref());
        Self(documents.iter().map(SpecDocument::path).zip(made).collect())
    }

    /// Doubts about the file at `at`, not yet placed. What no file makes may well be in the workspace, so only a name
    /// that is nearly that of something made here is worth a word, or a version that is another.
    pub(super) fn doubts(&self, at: usize, said: &Said) -> Vec<Problem> {
        let references = said.references.iter().filter_map(|reference| self.doubt(reference));
        references.chain(self.made_before(at)).collect()
    }

    fn made(&self, kind: SpecKind) -> impl Iterator<Item = &'f Made> {
        self.0.iter().filter_map(|(_, made)| *made).filter(move |made| made.kind == kind)
    }

    fn doubt(&self, reference: &Reference) -> Option<Problem> {
        if reference.kind == SpecKind::BatchDeployment {
            return self.doubt_default(reference);
        }
        if reference.kind == SpecKind::Datastore && BUILT_IN_DATASTORES.contains(&reference.name.as_str()) {
            return None;
        }
        let same: Vec<&Made> = self
            .made(reference.kind)
            .filter(|made| is_name(made.kind, &made.name, &reference.name))
            .collect();
        match same.as_slice() {
            [] => self.doubt_name(reference),
            same => doubt_version(reference, same),
        }
    }

    fn doubt_name(&self, reference: &Reference) -> Option<Problem> {
        let names = self.made(reference.kind).map(|made| made.name.as_str());
        let nearest = suggest::nearest(&reference.name, names)?;
        let message = format!("no file given makes the {} `{}`", reference.kind.noun(), reference.name);
        Some(Problem::warning(reference.field, message).help(format!("did you mean `{nearest}`?")))
    }

    /// A default deployment that none of the endpoint's deployments is, where files make any.
    fn doubt_default(&self, reference: &Reference) -> Option<Problem> {
        let is_of_endpoint = |made: &&Made| is_same(made.endpoint.as_deref(), reference.endpoint.as_deref());
        let made: Vec<&str> =
            self.made(reference.kind).filter(is_of_endpoint).map(|made| made.name.as_str()).collect();
        if made.is_empty() || made.iter().any(|name| is_name(reference.kind, name, &reference.name)) {
            return None;
        }
        let message = format!("no file given makes the deployment `{}`", reference.name);
        Some(
            Problem::warning(reference.field, message)
                .help(format!("the files given make {}", quoted(&made))),
        )
    }

    /// What an earlier file makes, too. Files that make an asset without a version make a new one each.
    fn made_before(&self, at: usize) -> Option<Problem> {
        let (_, made) = self.0.get(at)?;
        let made = (*made)?;
        let is_asset = matches!(made.kind, SpecKind::Model | SpecKind::Environment | SpecKind::Data);
        if is_asset && made.version.is_none() {
            return None;
        }
        let is_again = |(_, other): &&(Option<&Path>, Option<&Made>)| {
            other.is_some_and(|other| {
                other.kind == made.kind
                    && other.name.eq_ignore_ascii_case(&made.name)
                    && is_same(other.endpoint.as_deref(), made.endpoint.as_deref())
                    && (!is_asset || is_same(other.version.as_deref(), made.version.as_deref()))
            })
        };
        let (file, _) = self.0[..at].iter().find(is_again)?;
        let file = file.map_or_else(|| "another file".to_owned(), |file| format!("`{}`", file.display()));
        let what = match &made.version {
            Some(version) if is_asset => {
                format!("version `{version}` of the {} `{}`", made.kind.noun(), made.name)
            }
            _ => format!("the {} `{}`", made.kind.noun(), made.name),
        };
        let problem = Problem::warning("name", format!("{file} makes {what}, too"));
        Some(problem.help(match is_asset {
            true => "a version that exists cannot be made again with other content",
            false => "the one that is created last replaces the other",
        }))
    }
}

fn doubt_version(reference: &Reference, same: &[&Made]) -> Option<Problem> {
    let version = reference.version.as_ref()?;
    // A file without a version makes a new one, which may be any.
    let versions: Option<Vec<&str>> = same.iter().map(|made| made.version.as_deref()).collect();
    let versions = versions.filter(|versions| !versions.contains(&version.as_str()))?;
    let (noun, name) = (reference.kind.noun(), &reference.name);
    let message = format!("no file given makes version `{version}` of the {noun} `{name}`");
    Some(
        Problem::warning(reference.field, message)
            .help(format!("the files given make {}", quoted(&versions))),
    )
}

/// Whether two names are one. Names of assets differ by case, others do not.
fn is_name(kind: SpecKind, one: &str, other: &str) -> bool {
    match kind {
        SpecKind::Model | SpecKind::Environment | SpecKind::Data => one == other,
        SpecKind::BatchEndpoint | SpecKind::BatchDeployment | SpecKind::Compute | SpecKind::Datastore => {
            one.eq_ignore_ascii_case(other)
        }
    }
}

/// Whether both are there and the same but for case, or neither is there.
fn is_same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (one, other) => one == other,
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
