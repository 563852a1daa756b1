//! Finding and reading specs: files that are named, and what looks like one in folders.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::spec::{SpecDocument, SpecError, guess_kind, looks_like_spec};

/// A file and what came of reading it.
pub type Loaded = (PathBuf, Result<SpecDocument, SpecError>);

/// Reads the files that are meant, each once: those named, and in folders what looks like a spec.
pub fn load(named: &[PathBuf]) -> anyhow::Result<Vec<Loaded>> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for path in named {
        // A file may be named twice, and in two ways.
        let mut take = |path: PathBuf, loaded| {
            if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                files.push((path, loaded));
            }
        };
        if !path.is_dir() {
            let loaded = SpecDocument::load_named(path);
            let read_from = match &loaded {
                Ok(document) => document.path(),
                Err(error) => error.path.as_deref(),
            };
            take(read_from.unwrap_or(path).to_owned(), loaded);
            continue;
        }
        for path in yaml_files(path)? {
            let loaded = SpecDocument::load(&path);
            if is_spec(&loaded) {
                take(path, loaded);
            }
        }
    }
    if files.is_empty() {
        bail!(
            "there is no spec in {}",
            named.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(files)
}

/// Every YAML file in a folder and in those below, in the order of their names. Hidden ones are left out, and links to
/// folders, which may lead back up.
fn yaml_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting = entries(folder)?;
    while let Some(path) = waiting.pop() {
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            if !path.is_symlink() {
                waiting.extend(entries(&path)?);
            }
        // A link that leads nowhere is worth a word, but a pipe would be waited for.
        } else if is_yaml && (path.is_file() || !path.exists()) {
            // In the current folder, the dot says nothing.
            files.push(path.strip_prefix(".").map_or(path.clone(), Path::to_path_buf));
        }
    }
    Ok(files)
}

/// What is in a folder, the last name first.
fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || {
        let entries = std::fs::read_dir(folder)?;
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()
    };
    let mut entries = read().with_context(|| format!("cannot read `{}`", folder.display()))?;
    entries.sort_by(|one, other| other.cmp(one));
    Ok(entries)
}

/// Whether a file found in a folder is a spec: other tools have YAML files, too, some of which no YAML reader takes.
fn is_spec(loaded: &Result<SpecDocument, SpecError>) -> bool {
    match loaded {
        Ok(document) => guess_kind(document).is_some(),
        // A file that could not even be read may be anything.
        Err(error) => error.source_text.is_empty() || looks_like_spec(&error.source_text),
    }
}
