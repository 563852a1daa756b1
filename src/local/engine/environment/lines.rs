//! Where the entries of a conda file were written, kept beside the environments of this machine.
//!
//! A workspace knows the text of a conda file as it was sent: written anew, without file and lines. Whoever registers
//! an environment here leaves them in `HASH.lines`, named after the text, for messages about its build.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::conda::Entry;

/// Where an entry of a conda file was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CondaLine {
    /// The entry, as written.
    pub text: String,
    /// The file, by its whole path.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
}

/// Keeps the places of the entries of a conda file, given as the workspace has it.
pub fn remember_lines(environments: &Path, conda_file: &str, lines: &[CondaLine]) -> io::Result<()> {
    let path = path(environments, conda_file);
    let unfinished = path.with_extension(format!("{}.unfinished", std::process::id()));
    fs::create_dir_all(environments)?;
    fs::write(&unfinished, serde_json::to_vec(lines)?)?;
    fs::rename(unfinished, path)
}

/// Removes the places in files that are all gone.
pub fn forget_lines(environments: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(environments) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_ours = path.extension().is_some_and(|extension| extension == "lines");
        if is_ours && !known(&path).iter().any(|line| line.file.exists()) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The places of entries, as people write them: `/folder/conda.yml:7:9` where the file still says the same there.
pub(super) fn places(environments: &Path, conda_file: &str, entries: &[&Entry]) -> Vec<String> {
    let known = known(&path(environments, conda_file));
    let place = |entry: &&Entry| match known.iter().find(|line| line.text == entry.text && line.is_current())
    {
        Some(CondaLine { file, line, column, .. }) => format!("{}:{line}:{column}", file.display()),
        None => format!("`{}` of the conda file", entry.place),
    };
    entries.iter().map(place).collect()
}

impl CondaLine {
    fn is_current(&self) -> bool {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let line = text.lines().nth(self.line.saturating_sub(1)).unwrap_or_default();
        let from_column: String = line.chars().skip(self.column.saturating_sub(1)).collect();
        from_column.trim_start_matches(['"', '\'']).starts_with(&self.text)
    }
}

fn known(path: &Path) -> Vec<CondaLine> {
    fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn path(environments: &Path, conda_file: &str) -> PathBuf {
    let hash = Sha256::digest(conda_file).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    environments.join(format!("{hash}.lines"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn an_entry_is_shown_where_it_was_written_as_long_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("conda.yml");
        fs::write(&file, "name: x\ndependencies:\n  - 'numpy==1'\n").unwrap();
        let text = "numpy==1".to_owned();
        let line = CondaLine { text: text.clone(), file: file.clone(), line: 3, column: 5 };
        let entry = Entry { text, place: "dependencies[0]".to_owned(), is_pips: false };
        let places = |conda_file| places(folder.path(), conda_file, &[&entry]);
        remember_lines(folder.path(), "as sent", &[line]).unwrap();
        assert_eq!(places("as sent"), [format!("{}:3:5", file.display())]);
        assert_eq!(places("another"), ["`dependencies[0]` of the conda file"]);
        fs::write(&file, "name: x\n# changed\ndependencies:\n  - 'numpy==1'\n").unwrap();
        assert_eq!(places("as sent"), ["`dependencies[0]` of the conda file"]);
        let remembered = |folder: &Path| fs::read_dir(folder).unwrap().count() - usize::from(file.exists());
        forget_lines(folder.path()).unwrap();
        assert_eq!(remembered(folder.path()), 1);
        fs::remove_file(&file).unwrap();
        forget_lines(folder.path()).unwrap();
        assert_eq!(remembered(folder.path()), 0);
    }
}
