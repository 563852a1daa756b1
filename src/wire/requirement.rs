//! What a line of pip's in a conda file names.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// Options whose value is a file of requirements.
const REQUIREMENTS: [&str; 2] = ["-r", "--requirement"];
/// Options whose value is a file of constraints.
const CONSTRAINTS: [&str; 2] = ["-c", "--constraint"];
/// Options whose value is a project.
const EDITABLE: [&str; 2] = ["-e", "--editable"];

/// The one spelling of a package's name, for `A_b`, `a.b` and `a--b`, as PEP 503 has it.
pub fn normalized(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if spelled.ends_with('-') => {}
            '-' | '_' | '.' => spelled.push('-'),
            _ => spelled.push(c.to_ascii_lowercase()),
        }
    }
    spelled
}

/// The [`normalized`] name of the package that the line installs; `None` for options and places.
pub fn package_name(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some((_, value)) = option(line) {
        let name = value.split("#egg=").nth(1)?.split(['&', '[']).next()?;
        return Some(normalized(name));
    }
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let name = &line[..end];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (is_name && !is_place(line)).then(|| normalized(name))
}

/// The file or folder that the line names by a relative path. It leads nowhere: a conda file is sent as text, without the
/// folder it lies in.
pub fn relative_path(line: &str) -> Option<&str> {
    local_path(line).filter(|path| !Path::new(path).is_absolute() && !path.starts_with("file:"))
}

/// A file of this machine that pip reads further lines from, as it is named.
#[derive(Debug, PartialEq, Eq)]
pub enum FurtherFile {
    /// What it is to install as well.
    Requirements(PathBuf),
    /// Versions it keeps to if it installs the package at all.
    Constraints(PathBuf),
}

impl FurtherFile {
    /// The file that the line names; `None` for addresses of the web, and for whatever is no such line.
    pub fn of(line: &str) -> Option<Self> {
        let (name, value) = option(without_comment(line))?;
        let kind = match name {
            name if REQUIREMENTS.contains(&name) => Self::Requirements,
            name if CONSTRAINTS.contains(&name) => Self::Constraints,
            _ => return None,
        };
        let path = match unquoted(value).strip_prefix("file://") {
            Some(path) => percent_decode_str(path).decode_utf8().ok()?.into_owned(),
            None if value.contains("://") || value.is_empty() => return None,
            None => unquoted(value).to_owned(),
        };
        Some(kind(path.into()))
    }

    /// Where the file is, whatever it is for.
    pub fn into_path(self) -> PathBuf {
        match self {
            Self::Requirements(path) | Self::Constraints(path) => path,
        }
    }
}

/// What pip heeds of the line: a `#` that begins it or follows a space begins a comment.
pub fn without_comment(line: &str) -> &str {
    let mut marks = line.match_indices('#').map(|(at, _)| &line[..at]);
    marks.find(|before| before.is_empty() || before.ends_with(char::is_whitespace)).unwrap_or(line).trim()
}

/// A value without the quotes around it, with which pip takes names with spaces.
fn unquoted(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

fn local_path(line: &str) -> Option<&str> {
    let line = line.trim();
    let path = match option(line) {
        Some((name, value)) if [REQUIREMENTS, CONSTRAINTS, EDITABLE].concat().contains(&name) => {
            unquoted(value)
        }
        Some(_) => return None,
        None if is_place(line) => line.split(" ;").next().unwrap_or_default(),
        None => return None,
    };
    let is_address = path.contains("://") || path.is_empty();
    (!is_address).then(|| path.split(['#', '[']).next().unwrap_or_default().trim())
}

/// Whether the line is a path or an address, and not the name of a package.
fn is_place(line: &str) -> bool {
    let word = line.split([' ', ';']).next().unwrap_or_default();
    let is_archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| word.ends_with(end));
    word.starts_with(['.', '/', '~']) || word.contains('/') || is_archive
}

/// Name and value of `--name value`, `--name=value` or `-nvalue`.
fn option(line: &str) -> Option<(&str, &str)> {
    if !line.starts_with('-') {
        return None;
    }
    let end = match line.starts_with("--") {
        true => line.find([' ', '\t', '=']).unwrap_or(line.len()),
        false => line.char_indices().nth(2).map_or(line.len(), |(at, _)| at),
    };
    let (name, value) = line.split_at(end);
    Some((name, value.trim_start_matches([' ', '\t', '=']).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_options_and_places() {
        for (line, name) in [
            ("NumPy==1.2", Some("numpy")),
            ("Ruamel_.yaml>=0.17", Some("ruamel-yaml")),
            ("mlflow[extras]>=2; python_version < '3.12'", Some("mlflow")),
            ("six @ https://h/six.whl", Some("six")),
            ("-e git+https://h/x.git#egg=My-Tool&subdirectory=y", Some("my-tool")),
            ("--index-url https://h/simple", None),
            ("-r more.txt", None),
            ("./wheels/x-1.0.whl", None),
            ("x-1.0-py3-none-any.whl", None),
        ] {
            assert_eq!(package_name(line).as_deref(), name, "{line}");
        }
    }

    #[test]
    fn paths_that_lead_nowhere_without_a_folder_are_found() {
        for (line, path) in [
            ("-r requirements.txt", Some("requirements.txt")),
            ("--requirement=../r.txt", Some("../r.txt")),
            ("-rmore.txt", Some("more.txt")),
            ("-r 'more of it.txt'", Some("more of it.txt")),
            ("-r \"/abs/more of it.txt\"", None),
            ("-c constraints.txt", Some("constraints.txt")),
            ("-e .", Some(".")),
            ("-e ./src[extra]", Some("./src")),
            ("./x", Some("./x")),
            ("wheels/x-1.0.whl", Some("wheels/x-1.0.whl")),
            ("-r /abs/r.txt", None),
            ("/abs/x.whl", None),
            ("file:///abs/x.whl", None),
            ("-e git+https://h/x.git#egg=x", None),
            ("-r https://h/r.txt", None),
            ("numpy", None),
            ("six @ https://h/six.whl", None),
            ("--find-links wheels", None),
            ("# -r no.txt", None),
        ] {
            assert_eq!(relative_path(line), path, "{line}");
        }
    }

    #[test]
    fn files_of_requirements_are_found_by_path_and_by_address() {
        let requirements = |path: &str| Some(FurtherFile::Requirements(path.into()));
        let constraints = |path: &str| Some(FurtherFile::Constraints(path.into()));
        for (line, file) in [
            ("-r /abs/r.txt", requirements("/abs/r.txt")),
            ("--requirement\tr.txt\t# why", requirements("r.txt")),
            ("-rr#1.txt", requirements("r#1.txt")),
            ("-c limits.txt # why", constraints("limits.txt")),
            ("--constraint=file:///a%20b/c.txt", constraints("/a b/c.txt")),
            ("-r https://h/r.txt", None),
            ("-c https://h/c.txt # why", None),
            ("-r", None),
            ("-r # why", None),
            ("--requirements r.txt", None),
            ("-e /abs", None),
            ("six", None),
        ] {
            assert_eq!(FurtherFile::of(line), file, "{line}");
        }
    }
}
