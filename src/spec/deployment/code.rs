//! The code of a deployment: what is uploaded, and the scoring script in it.

use std::path::PathBuf;

use super::super::document::SpecDocument;
use super::super::fields::Fields;
use super::super::path::FieldPath;
use super::super::problem::Problem;
use crate::wire::deployment::leaves_folder;
use crate::wire::ids::ArmId;

const CODE: &str = "code_configuration.code";
const SCRIPT: &str = "code_configuration.scoring_script";

/// Where the scoring script is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeConfiguration {
    /// What is uploaded with the script.
    pub code: Option<CodeSource>,
    /// The script inside the code folder.
    pub scoring_script: String,
}

/// Code on this machine or already in the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// A folder, from where the command runs.
    Folder(PathBuf),
    /// A code asset, as written.
    Asset(String),
}

impl CodeSource {
    /// Code as written in `document`.
    pub(in crate::spec) fn read(document: &SpecDocument, written: &str) -> Self {
        if written.starts_with("azureml:") || ArmId::parse(written).is_some() {
            Self::Asset(written.to_owned())
        } else {
            Self::Folder(document.resolve(written))
        }
    }

    /// Whether it is a folder that does not exist.
    pub(in crate::spec) fn is_missing(&self) -> bool {
        matches!(self, Self::Folder(folder) if !folder.exists())
    }
}

impl CodeConfiguration {
    pub(super) fn read(document: &SpecDocument, mut fields: Fields) -> Self {
        Self {
            code: fields.text("code").map(|written| CodeSource::read(document, &written)),
            scoring_script: fields.text("scoring_script").unwrap_or_default(),
        }
    }

    pub(super) fn check_files(&self, document: &SpecDocument) -> Option<Problem> {
        // One that is missing or no text was told before.
        document.find(&FieldPath::parse(SCRIPT))?.as_str()?;
        if !self.scoring_script.ends_with(".py") {
            let message = format!("the scoring script `{}` is not a `.py` file", self.scoring_script);
            return Some(document.place(Problem::error(SCRIPT, message)));
        }
        let Some(CodeSource::Folder(folder)) = &self.code else {
            return None;
        };
        if !folder.exists() {
            let message = format!("the code folder `{}` does not exist", folder.display());
            return Some(document.place(Problem::error(CODE, message)));
        }
        let script = folder.join(&self.scoring_script);
        let message = if leaves_folder(&self.scoring_script) {
            format!("`{}` is outside the code folder, so it would not be uploaded", self.scoring_script)
        } else if folder.is_dir() && !script.is_file() {
            format!("the scoring script `{}` does not exist", script.display())
        } else {
            return None;
        };
        Some(document.place(Problem::error(SCRIPT, message)))
    }
}

/// The scoring script a deployment names on this machine, whatever else is wrong with the document; `None` where there
/// is no such file.
pub fn scoring_script(document: &SpecDocument) -> Option<PathBuf> {
    let text = |field| document.find(&FieldPath::parse(field))?.as_str();
    let CodeSource::Folder(folder) = CodeSource::read(document, text(CODE)?) else {
        return None;
    };
    let folder = if folder.is_dir() { folder } else { folder.parent()?.to_owned() };
    let script = folder.join(text(SCRIPT)?);
    script.is_file().then_some(script)
}
