//! Walking an asset: the files it consists of, in the orders the two hashes and the upload need.

use std::fs;
use std::path::{Path, PathBuf};

use super::AssetError;
use super::ignore_file::IgnoreRules;

/// A file of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetFile {
    /// Where it is.
    pub path: PathBuf,
    /// Path below the asset's root with `/`, links under their own names; for a single file its name.
    pub relative: String,
    /// Size in bytes.
    pub size: u64,
}

/// An entry of a walked folder.
#[derive(Debug)]
pub(super) enum Entry {
    /// A folder that is about to be walked; only its name counts.
    Folder { name: String },
    /// A file.
    File { name: String, file: AssetFile },
}

/// Calls `visit` for everything in the folder `root` that is not ignored, parents first, entries of one folder
/// in the order of their lower-cased names. Links are followed.
pub(super) fn walk(
    root: &Path,
    visit: &mut dyn FnMut(Entry) -> Result<(), AssetError>,
) -> Result<(), AssetError> {
    let rules = IgnoreRules::load(root)?;
    let mut above = Vec::new();
    walk_folder(root, "", &rules, &mut above, visit)
}

fn walk_folder(
    folder: &Path,
    relative: &str,
    rules: &IgnoreRules,
    above: &mut Vec<PathBuf>,
    visit: &mut dyn FnMut(Entry) -> Result<(), AssetError>,
) -> Result<(), AssetError> {
    let canonical = folder.canonicalize().map_err(|source| read_error(folder, source))?;
    if above.contains(&canonical) {
        return Err(AssetError::Loop { path: folder.to_path_buf() });
    }
    above.push(canonical);
    for (name, path) in sorted_entries(folder)? {
        let relative = if relative.is_empty() { name.clone() } else { format!("{relative}/{name}") };
        if rules.excludes(&relative) {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(|source| read_error(&path, source))?;
        if metadata.is_dir() {
            visit(Entry::Folder { name })?;
            if !rules.prunes(&relative) {
                walk_folder(&path, &relative, rules, above, visit)?;
            }
        } else if metadata.is_file() {
            visit(Entry::File { name, file: AssetFile { path, relative, size: metadata.len() } })?;
        }
    }
    above.pop();
    Ok(())
}

/// Names and paths of a folder's entries, ordered by lower-cased name as the SDK orders them.
fn sorted_entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, AssetError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| read_error(folder, source))? {
        let path = entry.map_err(|source| read_error(folder, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        entries.push((name.ok_or_else(|| AssetError::NotUtf8 { path: path.clone() })?, path));
    }
    entries.sort_by_cached_key(|(name, _)| (name.to_lowercase(), name.clone()));
    Ok(entries)
}

/// The files of an asset: a folder's, or the single file itself.
pub fn files(asset: &Path) -> Result<Vec<AssetFile>, AssetError> {
    let metadata = match fs::metadata(asset) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(AssetError::Missing { path: asset.to_path_buf() });
        }
        Err(source) => return Err(read_error(asset, source)),
    };
    if !metadata.is_dir() {
        let relative = base_name(asset)?;
        return Ok(vec![AssetFile { path: asset.to_path_buf(), relative, size: metadata.len() }]);
    }
    let mut files = Vec::new();
    walk(asset, &mut |entry| {
        if let Entry::File { file, .. } = entry {
            files.push(file);
        }
        Ok(())
    })?;
    Ok(files)
}

/// The name an asset keeps in the workspace: the last part of its path, also for `.` and `..`.
pub fn base_name(asset: &Path) -> Result<String, AssetError> {
    let canonical;
    let named = match asset.file_name() {
        Some(name) => name,
        None => {
            canonical = asset.canonicalize().map_err(|source| read_error(asset, source))?;
            canonical.file_name().unwrap_or_default()
        }
    };
    named.to_str().map(str::to_owned).ok_or_else(|| AssetError::NotUtf8 { path: asset.to_path_buf() })
}

pub(super) fn read_error(path: &Path, source: std::io::Error) -> AssetError {
    AssetError::Read { path: path.to_path_buf(), source }
}
