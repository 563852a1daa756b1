//! What a line of pip's in a conda file names.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// Options whose value is a file that pip reads.
const FILES: [&str; 4] = ["-r", "--requirement", "-c", "--constraint"];
/// Options whose value is a project.
const EDITABLE: [&str; 2] = ["-e", "--editable"];

/// The name of the package that the line installs, in lower case; `None` for options and places.
pub fn package_name(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some((_, value)) = option(line) {
        let name = value.split("#egg=").nth(1)?.split(['&', '[']).next()?;
        return Some(name.to_ascii_lowercase());
    }
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let name = &line[..end];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (is_name && !is_place(line)).then(|| name.to_ascii_lowercase())
}

/// The file or folder that the line names by a relative path. It leads nowhere: a conda file is sent as text, without the
/// folder it lies in.
pub fn relative_path(line: &str) -> Option<&str> {
    local_path(line).filter(|path| !Path::new(path).is_absolute() && !path.starts_with("file:"))
}

/// The file of this machine that pip reads further requirements or constraints from, as it is named.
pub fn requirements_file(line: &str) -> Option<PathBuf> {
    let (_, value) = option(line.trim()).filter(|(name, _)| FILES.contains(name))?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    match value.strip_prefix("file://") {
        Some(path) => Some(percent_decode_str(path).decode_utf8().ok()?.into_owned().into()),
        None => (!value.contains("://") && !value.is_empty()).then(|| PathBuf::from(value)),
    }
}

fn local_path(line: &str) -> Option<&str> {
    let line = line.trim();
    let path = match option(line) {
        Some((name, value)) if FILES.contains(&name) || EDITABLE.contains(&name) => value,
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
        true => line.find([' ', '=']).unwrap_or(line.len()),
        false => line.char_indices().nth(2).map_or(line.len(), |(at, _)| at),
    };
    let (name, value) = line.split_at(end);
    Some((name, value.trim_start_matches([' ', '=']).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_options_and_places() {
        for (line, name) in [
            ("NumPy==1.2", Some("numpy")),
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
        for (line, path) in [
            ("-r /abs/r.txt", Some("/abs/r.txt")),
            ("-c limits.txt # why", Some("limits.txt")),
            ("--constraint=file:///a%20b/c.txt", Some("/a b/c.txt")),
            ("-r https://h/r.txt", None),
            ("-r", None),
            ("-e /abs", None),
            ("six", None),
        ] {
            assert_eq!(requirements_file(line), path.map(PathBuf::from), "{line}");
        }
    }
}
