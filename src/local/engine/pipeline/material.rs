//! What a step is given, and what becomes of its outputs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::download::Downloader;
use super::super::failure::Failure;
use super::super::file_error::FileError;
use super::super::logs::JobLogs;
use super::super::plan::JobInput;
use super::super::scratch;
use super::plan::{OutputPlan, StepInput};
use super::template::{Side, Variable};
use crate::wire::origin::shown;

/// Values of a step's inputs and places of its outputs, ready for use.
#[derive(Debug, Default)]
pub(super) struct Material {
    /// By side and name: the text, and whether it is a path.
    values: BTreeMap<(bool, String), (String, bool)>,
    /// Where inputs are that had to be fetched.
    fetched: BTreeMap<String, PathBuf>,
}

impl Material {
    /// Fetches the inputs that have to be fetched.
    pub(super) async fn gather(
        inputs: &BTreeMap<String, StepInput>,
        step_dir: &Path,
        downloader: &dyn Downloader,
        logs: &JobLogs,
    ) -> Result<Self, Failure> {
        let mut material = Self::default();
        for (name, input) in inputs {
            let value = match input {
                StepInput::Value(text) => (text.clone(), false),
                StepInput::Data(JobInput::File(path) | JobInput::Folder(path)) => (text_of(path), true),
                StepInput::Data(JobInput::Url(url)) => {
                    logs.line(format_args!("Fetching the input {name}, {}", shown(url)));
                    let folder = scratch::downloads_path(step_dir).join(name);
                    fs::create_dir_all(&folder).map_err(FileError::on("create", &folder))?;
                    let fetched = downloader.download(url, &folder).await;
                    let fetched = fetched.map_err(|source| Failure::Download { url: shown(url), source })?;
                    let value = (text_of(&fetched), true);
                    material.fetched.insert(name.clone(), fetched);
                    value
                }
            };
            material.values.insert((true, name.clone()), value);
        }
        Ok(material)
    }

    /// Where the input of this name is, if it had to be fetched.
    pub(super) fn fetched(&self, name: &str) -> Option<&Path> {
        self.fetched.get(name).map(PathBuf::as_path)
    }

    /// Makes the folders that outputs go to.
    pub(super) fn add_outputs(&mut self, outputs: &BTreeMap<String, OutputPlan>) -> Result<(), FileError> {
        for (name, output) in outputs {
            let folder = match output.is_file() {
                true => output.path.parent().unwrap_or(&output.path),
                false => &output.path,
            };
            fs::create_dir_all(folder).map_err(FileError::on("create", folder))?;
            self.values.insert((false, name.clone()), (text_of(&output.path), true));
        }
        Ok(())
    }

    /// The text for a placeholder.
    pub(super) fn value(&self, side: Side, name: &str) -> Option<String> {
        self.found(side, name).map(|(text, _)| text.clone())
    }

    /// The environment variable for a placeholder.
    pub(super) fn variable(&self, side: Side, name: &str) -> Option<Variable> {
        let (_, is_path) = self.found(side, name)?;
        Some(Variable { name: variable_name(side == Side::Input, name, *is_path), is_path: *is_path })
    }

    /// Every value as an environment variable. Data has the names it has in the cloud; what values are called there
    /// is not documented.
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        self.values.iter().map(|((is_input, name), (text, is_path))| {
            (variable_name(*is_input, name, *is_path), text.clone())
        })
    }

    fn found(&self, side: Side, name: &str) -> Option<&(String, bool)> {
        self.values.get(&(side == Side::Input, name.to_owned()))
    }
}

fn variable_name(is_input: bool, name: &str, is_path: bool) -> String {
    match (is_input, is_path) {
        (false, _) => format!("AZURE_ML_OUTPUT_{name}"),
        (true, true) => format!("AZURE_ML_INPUT_{name}"),
        (true, false) => format!("AZUREML_PARAMETER_{name}"),
    }
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Removes what an earlier try left in the places of outputs that are the run's own. Blocks.
pub(super) fn remove_earlier(outputs: &BTreeMap<String, OutputPlan>) -> Result<(), FileError> {
    let mut own = outputs.values().filter(|output| output.is_own);
    own.try_for_each(|output| remove(&output.path).map_err(FileError::on("remove", &output.path)))
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Takes the right to change them from the files of outputs in places of the run's own: other steps read them, and
/// inputs are read-only. A file that is lost to this stays as it is. Blocks.
pub(super) fn protect(outputs: &BTreeMap<String, OutputPlan>) {
    outputs.values().filter(|output| output.is_own).for_each(|output| protect_files(&output.path));
}

fn protect_files(path: &Path) {
    let Ok(facts) = fs::symlink_metadata(path) else { return };
    if facts.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| protect_files(&entry.path()));
    } else if facts.is_file() {
        let mut permissions = facts.permissions();
        permissions.set_readonly(true);
        let _stays_writable = fs::set_permissions(path, permissions);
    }
}

/// Copies the code of a step, so that what the command writes beside it is its own. Links are followed: code is what
/// they lead to. Blocks; `stop` ends it early.
pub(super) fn copy_folder(from: &Path, to: &Path, stop: &AtomicBool) -> Result<(), FileError> {
    fs::create_dir_all(to).map_err(FileError::on("create", to))?;
    for entry in fs::read_dir(from).map_err(FileError::on("read", from))? {
        if stop.load(Ordering::Relaxed) {
            return Err(FileError::on("copy", from)(io::ErrorKind::Interrupted.into()));
        }
        let entry = entry.map_err(FileError::on("read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target, stop)?;
        } else {
            copy_file(&source, &target).map_err(FileError::on("copy", &source))?;
        }
    }
    Ok(())
}

/// A copy that its owner may change: uploads are read-only.
fn copy_file(source: &Path, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::copy(source, target)?;
    let mode = fs::metadata(source)?.permissions().mode();
    fs::set_permissions(target, fs::Permissions::from_mode(mode | 0o600))
}

/// Whether anything was written to an output.
pub(super) fn is_written(output: &OutputPlan) -> bool {
    match output.is_file() {
        true => output.path.is_file(),
        false => fs::read_dir(&output.path).is_ok_and(|mut entries| entries.next().is_some()),
    }
}

/// Where the code of a command is while it runs.
pub(super) fn code_copy(step_dir: &Path) -> PathBuf {
    scratch::work_path(step_dir).join("code")
}
