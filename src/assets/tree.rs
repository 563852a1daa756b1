//! Walking an asset once: what it consists of, for the two hashes and the upload alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::AssetError;
use super::ignore_file::{IgnoreRules, Verdict};

/// A file or folder as it was when it was looked at. Hashes and uploads of it are of the same files.
#[derive(Debug)]
pub struct Asset {
    path: PathBuf,
    is_folder: bool,
    entries: Vec<Entry>,
}

/// A file of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetFile {
    /// Path below the asset's root with `/`, links under their own names; for a single file its name.
    pub relative: Box<str>,
    /// Size in bytes.
    pub size: u64,
    /// When it was last changed, where the file system says.
    pub modified: Option<SystemTime>,
}

/// An entry of a walked folder, parents first, entries of one folder in the order of their lower-cased names.
#[derive(Debug)]
pub(super) enum Entry {
    /// A folder; only its name counts.
    Folder(Box<str>),
    /// A file.
    File(AssetFile),
    /// A file that a pattern takes back in while a folder above it is left out. It is uploaded, but the object hash
    /// of Microsoft's tools does not look into such folders.
    UnhashedFile(AssetFile),
}

impl Asset {
    /// Looks at the file or folder at `path`. Links are followed, ignored folders are not walked.
    pub fn load(path: &Path) -> Result<Self, AssetError> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(AssetError::Missing { path: path.to_path_buf() });
            }
            Err(source) => return Err(read_error(path, source)),
        };
        let entries = match metadata.is_dir() {
            true => Walk::of(path)?,
            false => vec![Entry::File(asset_file(base_name(path)?.into(), &metadata))],
        };
        Ok(Self { path: path.to_path_buf(), is_folder: metadata.is_dir(), entries })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// The name it keeps in the workspace.
    pub fn name(&self) -> Result<String, AssetError> {
        base_name(&self.path)
    }

    /// Its files, in the order they were walked in.
    pub fn files(&self) -> impl Iterator<Item = &AssetFile> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Folder(_) => None,
            Entry::File(file) | Entry::UnhashedFile(file) => Some(file),
        })
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where one of its files is.
    pub(super) fn path_of(&self, file: &AssetFile) -> PathBuf {
        if self.is_folder { self.path.join(&*file.relative) } else { self.path.clone() }
    }
}

/// A folder being walked.
struct Walk {
    rules: IgnoreRules,
    entries: Vec<Entry>,
    /// The folders on the way down, as they were reached.
    above: Vec<PathBuf>,
}

/// What the patterns say of the entries of a folder.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    verdict: Option<Verdict>,
    is_hashed: bool,
}

impl Walk {
    fn of(root: &Path) -> Result<Vec<Entry>, AssetError> {
        let mut walk = Self { rules: IgnoreRules::load(root)?, entries: Vec::new(), above: Vec::new() };
        walk.folder(root.to_path_buf(), "", Said { verdict: None, is_hashed: true })?;
        Ok(walk.entries)
    }

    fn folder(&mut self, folder: PathBuf, relative: &str, said: Said) -> Result<(), AssetError> {
        let children = sorted_entries(&folder)?;
        self.above.push(folder);
        for (name, child) in children {
            let relative = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            self.child(&child, relative, said)?;
        }
        self.above.pop();
        Ok(())
    }

    fn child(&mut self, child: &fs::DirEntry, relative: String, above: Said) -> Result<(), AssetError> {
        let is_out = Verdict::leaves_out(self.rules.entry(&relative, above.verdict));
        let mut kind = child.file_type().map_err(|source| read_error(&child.path(), source))?;
        let is_link = kind.is_symlink();
        if is_out && !(kind.is_dir() || is_link) {
            return Ok(());
        }
        // A folder's own facts are never needed, so most entries cost one look at most.
        let metadata = match kind.is_dir() {
            true => None,
            false => Some(facts(child, is_link)?),
        };
        kind = metadata.as_ref().map_or(kind, fs::Metadata::file_type);
        if kind.is_dir() {
            let verdict = self.rules.below(&relative, above.verdict);
            let said = Said { verdict, is_hashed: above.is_hashed && !is_out };
            if said.is_hashed {
                self.entries.push(Entry::Folder(relative.as_str().into()));
            }
            if self.rules.prunes(verdict) {
                return Ok(());
            }
            let path = child.path();
            if is_link {
                self.refuse_loop(&path)?;
            }
            return self.folder(path, &relative, said);
        }
        if let Some(metadata) = metadata.filter(|_| kind.is_file() && !is_out) {
            let file = asset_file(relative.into(), &metadata);
            let entry = if above.is_hashed { Entry::File(file) } else { Entry::UnhashedFile(file) };
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Only a link can lead back into a folder that is being walked.
    fn refuse_loop(&self, link: &Path) -> Result<(), AssetError> {
        let canonical = |path: &Path| path.canonicalize().map_err(|source| read_error(path, source));
        let target = canonical(link)?;
        for folder in &self.above {
            if canonical(folder)? == target {
                return Err(AssetError::Loop { path: link.to_path_buf() });
            }
        }
        Ok(())
    }
}

/// What is known of an entry, for a link of what it leads to.
fn facts(child: &fs::DirEntry, is_link: bool) -> Result<fs::Metadata, AssetError> {
    let metadata = if is_link { fs::metadata(child.path()) } else { child.metadata() };
    metadata.map_err(|source| read_error(&child.path(), source))
}

fn asset_file(relative: Box<str>, metadata: &fs::Metadata) -> AssetFile {
    AssetFile { relative, size: metadata.len(), modified: metadata.modified().ok() }
}

/// A folder's entries with their names, ordered by lower-cased name as the SDK orders them.
fn sorted_entries(folder: &Path) -> Result<Vec<(String, fs::DirEntry)>, AssetError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| read_error(folder, source))? {
        let entry = entry.map_err(|source| read_error(folder, source))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|_| AssetError::NotUtf8 { path: entry.path() })?;
        entries.push((name, entry));
    }
    entries.sort_by_cached_key(|(name, _)| (name.to_lowercase(), name.clone()));
    Ok(entries)
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
