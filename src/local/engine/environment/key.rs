//! The name of an environment on disk: a hash of everything that goes into it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::conda::Requirement;
use super::python::Python;
use crate::wire::requirement::FurtherFile;

/// The name of a virtual environment of `base` with these requirements.
pub(super) fn of_virtual(base: &Python, requirements: &[Requirement]) -> String {
    let head = format!("virtual\n{}\n{}\n", base.executable.display(), base.version);
    let lines = requirements.iter().map(|requirement| format!("{}\n", requirement.line));
    key(head + &lines.collect::<String>(), requirements)
}

/// The name of the environment that a conda tool makes of a conda file, in which pip has these requirements.
pub(super) fn of_conda(conda_file: &str, requirements: &[Requirement]) -> String {
    key(format!("conda\n{}", conda_file.trim().replace("\r\n", "\n")), requirements)
}

fn key(text: String, requirements: &[Requirement]) -> String {
    let mut hash = Sha256::new_with_prefix(text);
    let mut files = Files { hash: &mut hash, seen: BTreeSet::new() };
    files.add(requirements.iter().map(|requirement| requirement.line.as_str()), Path::new("/"));
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The files in which pip finds further requirements and constraints.
struct Files<'a> {
    hash: &'a mut Sha256,
    /// Each by one path, however it is named: files may name themselves and each other.
    seen: BTreeSet<PathBuf>,
}

impl Files<'_> {
    /// Adds what these lines name, and what is named there in turn.
    fn add<'l>(&mut self, lines: impl Iterator<Item = &'l str>, folder: &Path) {
        for path in lines.filter_map(FurtherFile::of).map(|file| resolved(folder.join(file.into_path()))) {
            if !self.seen.insert(path.clone()) {
                continue;
            }
            // One that is not there is for pip to complain of, and what is no file may have no end.
            let content = Some(&path).filter(|path| path.is_file()).and_then(|path| fs::read(path).ok());
            let content = content.unwrap_or_default();
            self.hash.update(content.len().to_le_bytes());
            self.hash.update(&content);
            let text = String::from_utf8_lossy(&content);
            self.add(text.lines(), path.parent().unwrap_or(folder));
        }
    }
}

/// The path of a file without detours; its folder's, since pip starts from where a link lies and not from where it leads.
fn resolved(path: PathBuf) -> PathBuf {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path };
    match folder.canonicalize() {
        Ok(folder) => folder.join(name),
        Err(_nothing_there) => path,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_changes_in_a_file_that_pip_reads_makes_another_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let line = format!("-r \"{}\"", path("with space.txt").display());
        let url = format!("-c file://{}/limits.txt", folder.path().display());
        let requirements = [line, url].map(|line| Requirement { line, entry: 0 });
        let base = Python { executable: "/usr/bin/python3".into(), version: "3.11.7".to_owned() };
        let keys = || [of_virtual(&base, &requirements), of_conda("dependencies: [pip]", &requirements)];
        let mut seen = vec![keys()];
        for (name, content) in [
            ("with space.txt", "six\n-r deeper/more.txt # why\n-r 'with space.txt'\n"),
            ("deeper/more.txt", "wheel\n"),
            ("deeper/more.txt", "wheel==1\n"),
            ("limits.txt", "six<2\n"),
            ("limits.txt", "six<3\n"),
        ] {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), content).unwrap();
            let new = keys();
            assert!(seen.iter().all(|old| old[0] != new[0] && old[1] != new[1]), "{name}: {content}");
            assert_eq!(keys(), new);
            seen.push(new);
        }
    }

    #[test]
    fn files_that_name_each_other_by_detours_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::write(path("a/r.txt"), "-r ../a/r.txt\n-r self/beside.txt\n-r link.txt\n-r gone/no.txt").unwrap();
        fs::write(path("b/real.txt"), "-r ../a/link.txt\n-c beside.txt\n").unwrap();
        fs::write(path("a/beside.txt"), "six<2").unwrap();
        symlink(".", path("a/self")).unwrap();
        symlink("../b/real.txt", path("a/link.txt")).unwrap();
        let mut hash = Sha256::new();
        let mut files = Files { hash: &mut hash, seen: BTreeSet::new() };
        files.add([format!("-r {}", path("a/r.txt").display()).as_str()].into_iter(), Path::new("/"));
        let root = folder.path().canonicalize().unwrap();
        let expected = ["a/beside.txt", "a/gone/no.txt", "a/link.txt", "a/r.txt"].map(|name| root.join(name));
        let seen: Vec<_> = files.seen.into_iter().collect();
        assert_eq!(seen, expected);
    }
}
