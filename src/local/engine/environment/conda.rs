//! The conda file: what an environment is made of, and the same in pip's words.

use serde::Deserialize;
use serde_yaml::Mapping;

use super::packages;
use super::python_wish::PythonWish;
use crate::wire::requirement;

/// Options that uv takes on its command line only; the second word says whether a value follows.
const OPTIONS_OF_UV: [(&str, bool); 2] = [("--pre", false), ("--trusted-host", true)];

/// The members of a conda file that matter here.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct CondaFile {
    dependencies: Option<Vec<Dependency>>,
    variables: Option<Mapping>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Dependency {
    Package(String),
    Pip { pip: Option<Vec<String>> },
}

/// One thing the file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Entry {
    /// As written.
    pub(in super::super) text: String,
    /// Where in the file: `dependencies[2]` or `dependencies[3].pip[0]`.
    pub(super) place: String,
    /// Whether it is meant for pip.
    pub(super) is_pips: bool,
}

/// A line of a requirements file, and the number of the entry it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) line: String,
    pub(super) entry: usize,
}

/// What a virtual environment can offer of a conda file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PipView {
    pub(super) requirements: Vec<Requirement>,
    /// Packages that pip cannot install.
    pub(super) conda_only: Vec<String>,
    /// What is asked of Python.
    pub(super) python: Option<PythonWish>,
}

impl Entry {
    /// The name of the package that it asks for, in one spelling; `None` for pip's options and places.
    pub(in super::super) fn package_name(&self) -> Option<String> {
        match self.is_pips {
            true => requirement::package_name(&self.text),
            false => Some(requirement::normalized(&split_spec(&self.text).0)),
        }
    }
}

impl Requirement {
    /// The words that uv has to be given on its command line, since it passes over them in a file.
    pub(super) fn words_for_uv(&self) -> Vec<&str> {
        let mut words = self.line.split([' ', '=']).filter(|word| !word.is_empty());
        let Some((name, has_value)) =
            words.next().and_then(|first| OPTIONS_OF_UV.into_iter().find(|(name, _)| *name == first))
        else {
            return Vec::new();
        };
        [name].into_iter().chain(words.take(usize::from(has_value))).collect()
    }
}

impl CondaFile {
    pub(in super::super) fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        let file: Option<Self> = serde_yaml::from_str(text)?;
        Ok(file.unwrap_or_default())
    }

    /// Everything the file asks for, in its order.
    pub(in super::super) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (at, dependency) in self.dependencies.iter().flatten().enumerate() {
            let place = format!("dependencies[{at}]");
            match dependency {
                Dependency::Package(text) => {
                    entries.push(Entry { text: text.clone(), place, is_pips: false });
                }
                Dependency::Pip { pip } => {
                    let lines = pip.iter().flatten().enumerate().map(|(at, text)| Entry {
                        text: text.clone(),
                        place: format!("{place}.pip[{at}]"),
                        is_pips: true,
                    });
                    entries.extend(lines);
                }
            }
        }
        entries
    }

    /// Whether the file sets variables, which conda does when somebody activates the environment.
    pub(super) fn sets_variables(&self) -> bool {
        self.variables.as_ref().is_some_and(|variables| !variables.is_empty())
    }
}

impl PipView {
    /// The entries of a conda file in pip's words.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut view = Self::default();
        for (number, entry) in entries.iter().enumerate() {
            match entry.is_pips {
                true => view.requirements.extend(
                    entry.text.lines().map(|line| Requirement { line: line.to_owned(), entry: number }),
                ),
                false => view.add_package(&entry.text, number),
            }
        }
        view
    }

    fn add_package(&mut self, spec: &str, entry: usize) {
        let (name, constraint) = split_spec(spec);
        let constraint = pip_constraint(constraint);
        match (name.as_str(), constraint) {
            // The tool that installs is the machine's own.
            ("pip", _) => {}
            ("python", constraint) => self.python = constraint.as_deref().and_then(PythonWish::parse),
            (name, constraint) => match (packages::on_pypi(name), constraint) {
                (Some(pypi), Some(constraint)) => {
                    self.requirements.push(Requirement { line: format!("{pypi}{constraint}"), entry });
                }
                _ => self.conda_only.push(spec.trim().to_owned()),
            },
        }
    }
}

/// The name and the version part of `channel::name=1.2=build`.
fn split_spec(spec: &str) -> (String, &str) {
    let spec = spec.split('#').next().unwrap_or_default();
    let spec = spec.rsplit("::").next().unwrap_or_default().trim();
    let end = spec.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(spec.len());
    (spec[..end].to_ascii_lowercase(), spec[end..].trim())
}

/// A conda version constraint in pip's words; `None` when pip has no words for it.
fn pip_constraint(constraint: &str) -> Option<String> {
    if constraint.contains(['|', '[', '(']) {
        return None;
    }
    let compact: String = constraint.chars().filter(|c| !c.is_whitespace()).collect();
    if compact.is_empty() || compact == "*" {
        return Some(String::new());
    }
    if compact.starts_with(['>', '<', '!', '~']) {
        return Some(compact);
    }
    if let Some(version) = compact.strip_prefix("==") {
        return Some(format!("=={}", version.split('=').next().unwrap_or_default()));
    }
    match compact.strip_prefix('=') {
        // One `=` is a prefix match, unless a build makes it exact.
        Some(version) => Some(match version.split_once('=') {
            Some((version, _build)) => format!("=={version}"),
            None => format!("=={}.*", version.trim_end_matches('*').trim_end_matches('.')),
        }),
        None => {
            let version = constraint.split_whitespace().next().unwrap_or_default();
            Some(format!("=={version}"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn view(text: &str) -> PipView {
        PipView::of(&CondaFile::parse(text).unwrap().entries())
    }

    #[test]
    fn packages_of_both_kinds_become_requirements() {
        let text = "
name: torch-env
channels: [conda-forge]
dependencies:
  - python=3.8.5
  - pip<22.0
  - conda-forge::NumPy=1.24
  - pandas>=1.5, <2
  - pytorch==2.0.1=py3.8_cuda
  - scikit-learn 1.2.2
  - cudatoolkit=11.7
  - setuptools=65
  - pip:
    - azureml-core
    - --extra-index-url https://example.org/simple
    - inference-schema[numpy-support]; python_version < '3.12'
";
        let view = view(text);
        let requirements = [
            ("numpy==1.24.*", 2),
            ("pandas>=1.5,<2", 3),
            ("torch==2.0.1", 4),
            ("scikit-learn==1.2.2", 5),
            ("setuptools==65.*", 7),
            ("azureml-core", 8),
            ("--extra-index-url https://example.org/simple", 9),
            ("inference-schema[numpy-support]; python_version < '3.12'", 10),
        ];
        let requirements = requirements.map(|(line, entry)| Requirement { line: line.to_owned(), entry });
        assert_eq!(view.requirements, requirements);
        assert_eq!(view.conda_only, ["cudatoolkit=11.7"]);
        assert_eq!(view.python, PythonWish::parse("==3.8.5.*"));
    }

    #[test]
    fn every_entry_knows_its_place() {
        let file = CondaFile::parse("dependencies: [python, pip: [a, b], c, pip: ]").unwrap();
        let places: Vec<(String, String)> =
            file.entries().into_iter().map(|entry| (entry.place, entry.text)).collect();
        let expected = [
            ("dependencies[0]", "python"),
            ("dependencies[1].pip[0]", "a"),
            ("dependencies[1].pip[1]", "b"),
            ("dependencies[2]", "c"),
        ];
        assert_eq!(places, expected.map(|(place, text)| (place.to_owned(), text.to_owned())));
    }

    #[test]
    fn packages_have_one_name_however_they_are_asked_for() {
        let text = "dependencies: ['conda-forge::Scikit_Learn=1.5', pip: [scikit.learn>=1, ./scikit-learn, -r x.txt]]";
        let names: Vec<_> =
            CondaFile::parse(text).unwrap().entries().iter().map(Entry::package_name).collect();
        let name = Some("scikit-learn".to_owned());
        assert_eq!(names, [name.clone(), name, None, None]);
    }

    #[test]
    fn what_uv_does_not_take_from_a_file_is_given_on_its_command_line() {
        let words = |line: &str| {
            let requirement = Requirement { line: line.to_owned(), entry: 0 };
            requirement.words_for_uv().into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words("--pre"), ["--pre"]);
        assert_eq!(words("--trusted-host=h"), ["--trusted-host", "h"]);
        assert_eq!(words("--trusted-host h:1"), ["--trusted-host", "h:1"]);
        assert!(words("--index-url https://h").is_empty() && words("pre").is_empty());
    }

    #[test]
    fn versions_of_python_are_understood() {
        for (spec, version) in [
            ("python", None),
            ("python=3.10", Some("==3.10.*")),
            ("python=3.10.*", Some("==3.10.*")),
            ("python 3.9.7", Some("==3.9.7")),
            ("python >=3.8, <3.12", Some(">=3.8,<3.12")),
        ] {
            let view = view(&format!("dependencies: ['{spec}']"));
            assert_eq!(view.python, version.and_then(PythonWish::parse), "{spec}");
        }
    }

    #[test]
    fn what_pip_cannot_say_is_left_to_conda() {
        let view = view("dependencies: ['numpy=1.2|1.3', \"numpy[version='>1']\"]");
        assert_eq!(view.conda_only.len(), 2);
    }

    #[test]
    fn an_empty_file_is_an_empty_environment_and_a_broken_one_an_error() {
        for text in ["name: x\n", "dependencies:\n", "variables: {}\n"] {
            assert_eq!(view(text), PipView::default(), "{text}");
        }
        assert!(CondaFile::parse("variables: {A: 1}").unwrap().sets_variables());
        assert!(CondaFile::parse("dependencies: 3").is_err());
        assert!(CondaFile::parse("dependencies: [pip: 3]").is_err());
    }
}
