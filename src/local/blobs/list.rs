//! Listing a container in the order of Azure: by the bytes of the whole blob name.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::{BlobError, BlobProperties, BlobStore, name};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery<'a> {
    /// Beginning of the names.
    pub prefix: &'a str,
    /// Where names are cut, the first time it comes after the prefix; names that are cut alike are one entry.
    pub delimiter: Option<&'a str>,
    /// The last name of the page before.
    pub marker: Option<&'a str>,
    /// Entries of one page at most.
    pub limit: usize,
}

impl ListQuery<'_> {
    /// What is left of a name that is cut.
    fn beginning<'name>(&self, name: &'name str) -> Option<&'name str> {
        let (prefix, delimiter) = (self.prefix.len(), self.delimiter?);
        let at = name[prefix..].find(delimiter)?;
        Some(&name[..prefix + at + delimiter.len()])
    }
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq)]
pub enum ListEntry {
    /// A blob.
    Blob(String, BlobProperties),
    /// A folder of blobs: the beginning of their names, with the delimiter.
    Prefix(String),
}

impl ListEntry {
    fn name(&self) -> &str {
        match self {
            Self::Blob(name, _) | Self::Prefix(name) => name,
        }
    }
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Blobs and folders, sorted.
    pub entries: Vec<ListEntry>,
    /// Where the next page begins, if there is one.
    pub next_marker: Option<String>,
}

impl BlobStore {
    /// One page of the blobs of a container; one that was never written to is empty.
    pub fn list(&self, container: &str, query: &ListQuery<'_>) -> Result<Listing, BlobError> {
        name::check_container(container)?;
        let folder = query.prefix.rfind('/').map_or("", |at| &query.prefix[..=at]);
        let mut walk = Walk { store: self, container, query, listing: Listing::default() };
        match self.local_path(container, folder) {
            Ok(_) => {
                let _complete_or_full = walk.visit(folder)?;
                Ok(walk.listing)
            }
            // No blob can have such a name.
            Err(BlobError::InvalidName { .. } | BlobError::NameTooLong | BlobError::NotFound { .. }) => {
                Ok(walk.listing)
            }
            Err(error) => Err(error),
        }
    }
}

struct Walk<'a> {
    store: &'a BlobStore,
    container: &'a str,
    query: &'a ListQuery<'a>,
    listing: Listing,
}

impl Walk<'_> {
    /// Lists what is below `folder`, which is empty or ends in `/`.
    fn visit(&mut self, folder: &str) -> Result<ControlFlow<()>, BlobError> {
        for child in children(&self.store.local_path(self.container, folder)?)? {
            let name = format!("{folder}{child}");
            let flow = match name.ends_with('/') {
                true => self.visit_folder(&name)?,
                false => self.visit_blob(name)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn visit_folder(&mut self, name: &str) -> Result<ControlFlow<()>, BlobError> {
        let ListQuery { prefix, delimiter, marker, .. } = self.query;
        // Any other delimiter cuts the names of blobs, wherever their folders are.
        let is_hierarchical = *delimiter == Some("/");
        let is_below_prefix = name.starts_with(prefix);
        let is_listed =
            marker.is_some_and(|marker| name <= marker && (is_hierarchical || !marker.starts_with(name)));
        if is_listed || !(is_below_prefix || prefix.starts_with(name)) {
            return Ok(ControlFlow::Continue(()));
        }
        if !(is_hierarchical && is_below_prefix && name.len() > prefix.len()) {
            return self.visit(name);
        }
        match has_blobs(&self.store.local_path(self.container, name)?)? {
            true => Ok(self.add(ListEntry::Prefix(name.to_owned()))),
            false => Ok(ControlFlow::Continue(())),
        }
    }

    fn visit_blob(&mut self, name: String) -> Result<ControlFlow<()>, BlobError> {
        let is_listed = |name: &str| self.query.marker.is_some_and(|marker| name <= marker);
        if is_listed(&name) || !name.starts_with(self.query.prefix) {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(beginning) = self.query.beginning(&name) {
            let is_last = self.listing.entries.last().is_some_and(|last| last.name() == beginning);
            return match is_listed(beginning) || is_last {
                true => Ok(ControlFlow::Continue(())),
                false => Ok(self.add(ListEntry::Prefix(beginning.to_owned()))),
            };
        }
        match self.store.head(self.container, &name) {
            Ok(properties) => Ok(self.add(ListEntry::Blob(name, properties))),
            // Removed while we look, or a name no blob may have.
            Err(BlobError::NotFound { .. } | BlobError::InvalidName { .. } | BlobError::NameTooLong) => {
                Ok(ControlFlow::Continue(()))
            }
            Err(error) => Err(error),
        }
    }

    fn add(&mut self, entry: ListEntry) -> ControlFlow<()> {
        if self.listing.entries.len() >= self.query.limit.max(1) {
            self.listing.next_marker = self.listing.entries.last().map(|last| last.name().to_owned());
            return ControlFlow::Break(());
        }
        self.listing.entries.push(entry);
        ControlFlow::Continue(())
    }
}

/// Names in a folder, folders with a `/` at the end, in the order their blobs' names have. Links are left out.
fn children(folder: &Path) -> Result<Vec<String>, BlobError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(BlobError::io(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(BlobError::io(folder))?;
        let kind = entry.file_type().map_err(BlobError::io(folder))?;
        match entry.file_name().into_string() {
            Ok(name) if kind.is_dir() => names.push(name + "/"),
            Ok(name) if kind.is_file() => names.push(name),
            // Links, devices, and names that are no text and therefore no blob's.
            _ => {}
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn has_blobs(folder: &Path) -> Result<bool, BlobError> {
    for child in children(folder)? {
        if !child.ends_with('/') || has_blobs(&folder.join(&child))? {
            return Ok(true);
        }
    }
    Ok(false)
}
