//! MLflow models without a scoring script: the script of ours that scores them, and the environment they bring along.
//!
//! `MLmodel`, the file that describes such a model, is read here before anything is built, so that a broken one is told
//! at once. Names in it are somebody else's: none leads out of the model's folder.

mod conda_file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};

use super::environment::{CondaFile, Entry};
use super::file_error::FileError;
use super::plan::{CodePlan, EnvironmentPlan};
use crate::wire::paths::encode_path;
use crate::wire::requirement::{FurtherFile, without_comment};

const DRIVER: &str = include_str!("../worker/mlflow_driver.py");
const DRIVER_NAME: &str = "mlflow_driver.py";
/// Below the job's folder; `worker.py` knows the name as well.
const DRIVER_FOLDER: &str = "driver";

/// The file that makes a folder an MLflow model.
const DESCRIPTION: &str = "MLmodel";
/// What the driver reads files with, besides mlflow. The cloud adds what its own driver needs.
const READERS: [&str; 3] = ["pandas", "pyarrow", "pillow"];
/// Files of requirements that name one another, one inside the other.
const DEEPEST_NESTING: usize = 8;

/// What is wrong with a model.
#[derive(Debug, thiserror::Error)]
pub(super) enum MlflowError {
    #[error("the deployment has neither a scoring script nor a model")]
    NoModel,
    #[error("the model `{0}` is no MLflow model: it has no file `{DESCRIPTION}`")]
    NotMlflow(PathBuf),
    #[error("the MLflow model cannot be used: cannot read `{file}`")]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("the MLflow model cannot be used: `{file}` is not what mlflow writes")]
    Malformed { file: PathBuf, source: serde_yaml::Error },
    #[error(
        "the MLflow model cannot be used: `{file}` has no flavor `python_function`, which scores without a script; its \
         flavors are: {flavors}"
    )]
    NoPythonFunction { file: PathBuf, flavors: String },
    #[error("the MLflow model cannot be used: `{file}` names `{named}`, which is not inside the model")]
    Outside { file: PathBuf, named: String },
    #[error("the MLflow model cannot be used: the files of requirements that `{0}` names name each other")]
    Endless(PathBuf),
}

/// Puts the scoring script into the job's folder.
pub(super) fn install_driver(job_dir: &Path) -> Result<CodePlan, FileError> {
    let code_dir = job_dir.join(DRIVER_FOLDER);
    fs::create_dir_all(&code_dir).map_err(FileError::on("create", &code_dir))?;
    let script = code_dir.join(DRIVER_NAME);
    fs::write(&script, DRIVER).map_err(FileError::on("write", &script))?;
    Ok(CodePlan { code_dir, scoring_script: DRIVER_NAME.to_owned() })
}

/// Whether a folder is an MLflow model.
pub fn is_mlflow_model(folder: &Path) -> bool {
    folder.join(DESCRIPTION).is_file()
}

/// A model, as far as it has to be known before Python loads it.
#[derive(Debug)]
pub(super) struct MlflowModel<'a> {
    folder: &'a Path,
    version: Option<String>,
    files: EnvironmentFiles,
}

/// The environment of a model, in the words of conda.
#[derive(Debug, PartialEq)]
pub(super) struct ModelEnvironment {
    pub(super) plan: EnvironmentPlan,
    /// Packages that the model does not name and that reading files takes.
    pub(super) added: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Description {
    #[serde(default)]
    flavors: BTreeMap<String, Value>,
    mlflow_version: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct PythonFunction {
    env: Option<NamedFiles>,
}

/// Older releases of mlflow name the conda file only.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum NamedFiles {
    Conda(String),
    Each { conda: Option<String>, virtualenv: Option<String> },
}

#[derive(Debug, Default, PartialEq, Eq)]
struct EnvironmentFiles {
    conda: Option<String>,
    virtualenv: Option<String>,
}

/// `python_env.yaml`. What builds packages is the machine's own.
#[derive(Debug, Deserialize)]
struct PythonEnv {
    python: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl<'a> MlflowModel<'a> {
    /// Reads the description of the model in a folder.
    pub(super) fn read(folder: Option<&'a Path>) -> Result<Self, MlflowError> {
        let folder = folder.ok_or(MlflowError::NoModel)?;
        if !is_mlflow_model(folder) {
            return Err(MlflowError::NotMlflow(folder.to_owned()));
        }
        let file = folder.join(DESCRIPTION);
        let Description { mut flavors, mlflow_version } = read_yaml(&file)?;
        let Some(flavor) = flavors.remove("python_function") else {
            let flavors = flavors.into_keys().collect::<Vec<_>>().join(", ");
            return Err(MlflowError::NoPythonFunction { file, flavors });
        };
        let flavor: Option<PythonFunction> =
            serde_yaml::from_value(flavor).map_err(|source| MlflowError::Malformed { file, source })?;
        let files = match flavor.unwrap_or_default().env {
            Some(NamedFiles::Conda(conda)) => EnvironmentFiles { conda: Some(conda), virtualenv: None },
            Some(NamedFiles::Each { conda, virtualenv }) => EnvironmentFiles { conda, virtualenv },
            None => EnvironmentFiles::default(),
        };
        let version = mlflow_version.as_ref().and_then(Value::as_str).map(str::to_owned);
        Ok(Self { folder, version, files })
    }

    /// The environment the model asks for: its conda file as in the cloud, else its `python_env.yaml`, else its
    /// `requirements.txt`. `None` when it has none of them.
    pub(super) fn environment(&self) -> Result<Option<ModelEnvironment>, MlflowError> {
        let conda = self.file(self.files.conda.as_deref(), "conda.yaml")?;
        let virtualenv = self.file(self.files.virtualenv.as_deref(), "python_env.yaml")?;
        let requirements = self.file(None, "requirements.txt")?;
        let (file, mut content) = match (conda, virtualenv, requirements) {
            (Some(file), _, _) => (file.clone(), self.of_conda(&file)?),
            (None, Some(file), _) => (file.clone(), self.of_python_env(&file)?),
            (None, None, Some(file)) => {
                (file.clone(), conda_file::of(None, self.lines_of(&file, DEEPEST_NESTING)?))
            }
            (None, None, None) => return Ok(None),
        };
        let added = self.add_readers(&mut content);
        let malformed = |source| MlflowError::Malformed { file: file.clone(), source };
        let text = serde_yaml::to_string(&content).map_err(malformed)?;
        let base_name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let plan = EnvironmentPlan {
            name: base_name(self.folder),
            version: base_name(&file),
            conda_file: Some(text),
            ..EnvironmentPlan::default()
        };
        Ok(Some(ModelEnvironment { plan, added }))
    }

    /// A file of the model: one that is named has to be there, one with the usual name may be.
    fn file(&self, named: Option<&str>, usual: &str) -> Result<Option<PathBuf>, MlflowError> {
        match named {
            Some(named) => self.inside(&self.folder.join(DESCRIPTION), Path::new(named)).map(Some),
            None => Ok(Some(self.folder.join(usual)).filter(|file| file.is_file())),
        }
    }

    /// The file that `file` names, relative to its own folder.
    fn inside(&self, file: &Path, named: &Path) -> Result<PathBuf, MlflowError> {
        let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        match named.components().all(is_below) && named != Path::new("") {
            true => Ok(file.parent().unwrap_or(self.folder).join(named)),
            false => Err(MlflowError::Outside { file: file.to_owned(), named: named.display().to_string() }),
        }
    }

    fn of_conda(&self, file: &Path) -> Result<Mapping, MlflowError> {
        let mut content: Mapping = read_yaml(file)?;
        let entries = content.get_mut("dependencies").and_then(Value::as_sequence_mut).into_iter().flatten();
        for pip in entries.filter_map(|entry| entry.get_mut("pip")?.as_sequence_mut()) {
            for line in std::mem::take(pip) {
                match line.as_str() {
                    Some(text) => {
                        let lines = self.lines(file, text, DEEPEST_NESTING)?;
                        pip.extend(lines.into_iter().map(Value::String));
                    }
                    None => pip.push(line),
                }
            }
        }
        Ok(content)
    }

    fn of_python_env(&self, file: &Path) -> Result<Mapping, MlflowError> {
        let PythonEnv { python, dependencies } = read_yaml(file)?;
        let mut lines = Vec::new();
        for entry in dependencies {
            lines.extend(self.lines(file, &entry, DEEPEST_NESTING)?);
        }
        Ok(conda_file::of(python, lines))
    }

    /// The lines of a file of requirements.
    fn lines_of(&self, file: &Path, depth: usize) -> Result<Vec<String>, MlflowError> {
        if depth == 0 {
            return Err(MlflowError::Endless(file.to_owned()));
        }
        self.lines(file, &read(file)?, depth)
    }

    /// The requirements of a text that stands in `file`.
    fn lines(&self, file: &Path, text: &str, depth: usize) -> Result<Vec<String>, MlflowError> {
        let mut lines = Vec::new();
        for line in text.lines() {
            lines.extend(self.line(file, line, depth)?);
        }
        Ok(lines)
    }

    /// A requirement that stands in `file` as it is understood anywhere: files of requirements by their lines, other
    /// files of the model by their whole address.
    fn line(&self, file: &Path, line: &str, depth: usize) -> Result<Vec<String>, MlflowError> {
        let line = without_comment(line);
        // Models may carry wheels, of packages that no index has.
        let is_wheel = line.ends_with(".whl") && !line.contains("://");
        match FurtherFile::of(line) {
            _ if line.is_empty() => Ok(Vec::new()),
            Some(FurtherFile::Requirements(named)) => self.lines_of(&self.inside(file, &named)?, depth - 1),
            Some(FurtherFile::Constraints(named)) => {
                Ok(vec![format!("-c {}", file_url(&self.inside(file, &named)?))])
            }
            None if is_wheel => Ok(vec![file_url(&self.inside(file, Path::new(line))?)]),
            None => Ok(vec![line.to_owned()]),
        }
    }

    /// Adds what the driver works with to what the model names; answers what was not named.
    fn add_readers(&self, content: &mut Mapping) -> Vec<String> {
        // What is no conda file is told when it is used.
        let entries = serde_yaml::from_value::<CondaFile>(Value::Mapping(content.clone()))
            .unwrap_or_default()
            .entries();
        let named: Vec<String> = entries.iter().filter_map(Entry::package_name).collect();
        let is_named = |package: &str| named.iter().any(|name| name == package);
        let mut added = Vec::new();
        if !is_named("mlflow") && !is_named("mlflow-skinny") {
            let is_release = |version: &&String| version.split('.').all(|part| part.parse::<u32>().is_ok());
            let version = self.version.as_ref().filter(is_release);
            added.push(version.map_or("mlflow-skinny".to_owned(), |exact| format!("mlflow-skinny=={exact}")));
        }
        added.extend(READERS.into_iter().filter(|reader| !is_named(reader)).map(str::to_owned));
        if !added.is_empty() {
            conda_file::add_for_pip(content, &added);
        }
        added
    }
}

/// The address of a file, since pip splits paths at their spaces.
fn file_url(file: &Path) -> String {
    format!("file://{}", encode_path(&file.to_string_lossy()))
}

fn read(file: &Path) -> Result<String, MlflowError> {
    fs::read_to_string(file).map_err(|source| MlflowError::Unreadable { file: file.to_owned(), source })
}

fn read_yaml<T: DeserializeOwned>(file: &Path) -> Result<T, MlflowError> {
    let text = read(file)?;
    serde_yaml::from_str(&text).map_err(|source| MlflowError::Malformed { file: file.to_owned(), source })
}
