//! Where an entry of a conda file was written: what is sent of the file has no lines any more.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// An entry of a conda file, in its list or in its list for pip, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CondaLine {
    /// The entry, as YAML reads it.
    pub text: String,
    /// The file it stands in, by its whole path: the conda file, or the spec that has it inside.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}
