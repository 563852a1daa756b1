//! Where the entries of a conda file were written, kept beside the environments of this machine.
//!
//! A workspace knows the text of a conda file as it was sent: written anew, without file and lines. Whoever registers
//! an environment here leaves them in `HASH.lines`, named after the text, for messages about its build.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::conda::Entry;
use crate::wire::conda_line::CondaLine;

/// Ends the name of a file of places, and of one that is being written.
pub(super) const LINES: &str = "lines";
pub(super) const UNFINISHED: &str = "unfinished";

/// Keeps the places of the entries of a conda file, given as the workspace has it.
pub fn remember_lines(environments: &Path, conda_file: &str, lines: &[CondaLine]) -> io::Result<()> {
    let path = path(environments, conda_file);
    let unfinished = path.with_extension(format!("{}.{UNFINISHED}", std::process::id()));
    fs::create_dir_all(environments)?;
    fs::write(&unfinished, serde_json::to_vec(lines)?)?;
    fs::rename(unfinished, path)
}

/// Whether one of the files is still there that a file of places is about.
pub(super) fn are_anywhere(lines: &Path) -> bool {
    known(lines).iter().any(|line| line.file.exists())
}

/// The places of entries, as people write them: `/folder/conda.yml:7:9` where the file still says the same there.
pub(super) fn places(environments: &Path, conda_file: &str, entries: &[&Entry]) -> Vec<String> {
    let known = known(&path(environments, conda_file));
    let place = |entry: &&Entry| match known.iter().find(|line| line.text == entry.text && is_current(line)) {
        Some(CondaLine { file, line, column, .. }) => format!("{}:{line}:{column}", file.display()),
        None => format!("`{}` of the conda file", entry.place),
    };
    entries.iter().map(place).collect()
}

/// Whether the file still says the same there.
fn is_current(entry: &CondaLine) -> bool {
    let text = fs::read_to_string(&entry.file).unwrap_or_default();
    let line = text.lines().nth(entry.line.saturating_sub(1)).unwrap_or_default();
    let from_column: String = line.chars().skip(entry.column.saturating_sub(1)).collect();
    from_column.trim_start_matches(['"', '\'']).starts_with(&entry.text)
}

fn known(path: &Path) -> Vec<CondaLine> {
    fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn path(environments: &Path, conda_file: &str) -> PathBuf {
    let hash = Sha256::digest(conda_file).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    environments.join(format!("{hash}.{LINES}"))
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
    }
}
