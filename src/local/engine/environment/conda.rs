//! The conda file: what an environment is made of, and the same in pip's words.

use serde::Deserialize;

use super::packages;
use super::python_wish::PythonWish;

/// The members of a conda file that matter here.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CondaFile {
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Dependency {
    Package(String),
    Pip { pip: Vec<String> },
}

/// What a virtual environment can offer of a conda file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PipView {
    /// Lines of a requirements file.
    pub(super) requirements: Vec<String>,
    /// Packages that pip cannot install.
    pub(super) conda_only: Vec<String>,
    /// What is asked of Python.
    pub(super) python: Option<PythonWish>,
}

impl CondaFile {
    pub(super) fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        let file: Option<Self> = serde_yaml::from_str(text)?;
        Ok(file.unwrap_or_default())
    }

    /// The file in pip's words.
    pub(super) fn as_pip(&self) -> PipView {
        let mut view = PipView::default();
        for dependency in &self.dependencies {
            match dependency {
                Dependency::Pip { pip } => view.requirements.extend(pip.iter().cloned()),
                Dependency::Package(spec) => view.add_package(spec),
            }
        }
        view
    }
}

impl PipView {
    fn add_package(&mut self, spec: &str) {
        let (name, constraint) = split_spec(spec);
        let constraint = pip_constraint(constraint);
        match (name.as_str(), constraint) {
            ("pip" | "setuptools" | "wheel", _) => {}
            ("python", constraint) => self.python = constraint.as_deref().and_then(PythonWish::parse),
            (name, constraint) => match (packages::on_pypi(name), constraint) {
                (Some(pypi), Some(constraint)) => self.requirements.push(format!("{pypi}{constraint}")),
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
  - pip:
    - azureml-core
    - --extra-index-url https://example.org/simple
    - -r more.txt
";
        let view = CondaFile::parse(text).unwrap().as_pip();
        let requirements = [
            "numpy==1.24.*",
            "pandas>=1.5,<2",
            "torch==2.0.1",
            "scikit-learn==1.2.2",
            "azureml-core",
            "--extra-index-url https://example.org/simple",
            "-r more.txt",
        ];
        assert_eq!(view.requirements, requirements);
        assert_eq!(view.conda_only, ["cudatoolkit=11.7"]);
        assert_eq!(view.python, PythonWish::parse("==3.8.5.*"));
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
            let view = CondaFile::parse(&format!("dependencies: ['{spec}']")).unwrap().as_pip();
            assert_eq!(view.python, version.and_then(PythonWish::parse), "{spec}");
        }
    }

    #[test]
    fn what_pip_cannot_say_is_left_to_conda() {
        let view =
            CondaFile::parse("dependencies: ['numpy=1.2|1.3', \"numpy[version='>1']\"]").unwrap().as_pip();
        assert_eq!(view.conda_only.len(), 2);
    }

    #[test]
    fn an_empty_file_is_an_empty_environment_and_a_broken_one_an_error() {
        assert_eq!(CondaFile::parse("name: x\n").unwrap().as_pip(), PipView::default());
        assert!(CondaFile::parse("dependencies: 3").is_err());
        assert!(CondaFile::parse("dependencies: [pip: 3]").is_err());
    }
}
