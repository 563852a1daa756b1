//! The folder downloads go to. Names come from a service, so nothing is taken for a path unchecked.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::AssetError;

/// The folder downloads go to; made with the first file.
#[derive(Debug)]
pub struct Target {
    root: PathBuf,
    known: Mutex<Known>,
}

/// What has been found out on the way.
#[derive(Debug, Default)]
struct Known {
    /// Where the folder really is, once it is there.
    real_root: Option<PathBuf>,
    /// Folders below that are there and inside.
    folders: HashSet<PathBuf>,
    /// Lower-cased names so far, where the disk does not tell them apart.
    names: Option<HashSet<String>>,
}

impl Target {
    /// Downloads to `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), known: Mutex::default() }
    }

    /// Where the blob `name` goes, `relative` below the folder; the folder it lies in is there afterwards.
    pub(super) fn place(&self, relative: &str, name: &str) -> Result<PathBuf, AssetError> {
        let parts = safe_parts(relative).ok_or_else(|| AssetError::Outside { name: name.to_owned() })?;
        let (file, folders) =
            parts.split_last().ok_or_else(|| AssetError::Outside { name: name.to_owned() })?;
        let path = self.folder(folders, name)?.join(file);
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            return Err(AssetError::Clash { name: name.to_owned(), path });
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.names.as_mut().is_some_and(|names| !names.insert(relative.to_lowercase())) {
            return Err(AssetError::SameButForCase { name: name.to_owned() });
        }
        Ok(path)
    }

    /// Makes the folder that `relative` names.
    pub(super) fn make_folder(&self, relative: &str, name: &str) -> Result<(), AssetError> {
        let parts = safe_parts(relative).ok_or_else(|| AssetError::Outside { name: name.to_owned() })?;
        self.folder(&parts, name).map(drop)
    }

    /// Starts a file under the relative path `name`.
    pub fn create(&self, name: &str) -> Result<NewFile, AssetError> {
        let path = self.place(name, name)?;
        let partial = path.with_file_name(format!(".{}.part", uuid::Uuid::new_v4().simple()));
        let file = fs::File::create_new(&partial).map_err(write_error(&path))?;
        Ok(NewFile { path, partial, file, length: 0 })
    }

    /// Makes folders one by one. One that is there may be a link, and then has to stay inside.
    fn folder(&self, parts: &[&str], name: &str) -> Result<PathBuf, AssetError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let real_root = match &known.real_root {
            Some(real) => real.clone(),
            None => {
                let real = make_root(&self.root).map_err(write_error(&self.root))?;
                known.names = ignores_case(&real).then(HashSet::new);
                known.real_root.insert(real).clone()
            }
        };
        let mut folder = self.root.clone();
        for part in parts {
            folder.push(part);
            if known.folders.contains(&folder) {
                continue;
            }
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(AssetError::Write { path: folder, source: error });
                }
                _ => {}
            }
            let is_inside = folder.canonicalize().is_ok_and(|real| real.starts_with(&real_root));
            if !is_inside {
                return Err(AssetError::Outside { name: name.to_owned() });
            }
            if !folder.is_dir() {
                return Err(AssetError::Clash { name: name.to_owned(), path: folder });
            }
            known.folders.insert(folder.clone());
        }
        Ok(folder)
    }
}

/// A file that is written part by part, in order; it is there whole or not at all.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    partial: PathBuf,
    file: fs::File,
    length: u64,
}

impl NewFile {
    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds to its end.
    pub fn append(&mut self, part: &[u8]) -> Result<(), AssetError> {
        self.file.write_all(part).map_err(write_error(&self.path))?;
        self.length += part.len() as u64;
        Ok(())
    }

    /// It is complete.
    pub fn finish(self) -> Result<(), AssetError> {
        fs::rename(&self.partial, &self.path).map_err(write_error(&self.path))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        let _it_has_its_name = fs::remove_file(&self.partial);
    }
}

fn make_root(root: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(root)?;
    root.canonicalize()
}

/// Whether a disk takes two names for one that differ in case only.
fn ignores_case(folder: &Path) -> bool {
    let stem = uuid::Uuid::new_v4().simple().to_string();
    let probe = folder.join(format!(".azml-{stem}.part"));
    let is_same = fs::write(&probe, "").is_ok() && folder.join(format!(".AZML-{stem}.part")).exists();
    let _not_there = fs::remove_file(&probe);
    is_same
}

pub(super) fn write_error(path: &Path) -> impl Fn(io::Error) -> AssetError {
    let path = path.to_path_buf();
    move |source| AssetError::Write { path: path.clone(), source }
}

/// The parts of a relative path, if each is an ordinary name on any system.
fn safe_parts(relative: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = relative.split('/').collect();
    parts.iter().all(|part| is_plain(part)).then_some(parts)
}

fn is_plain(part: &str) -> bool {
    let is_drive = part.len() == 2 && part.ends_with(':');
    !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']) && !is_drive && is_plain_on_windows(part)
}

/// Windows also gives meaning to colons, to the ends of names and to the names of devices.
fn is_plain_on_windows(part: &str) -> bool {
    if cfg!(not(windows)) {
        return true;
    }
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|number| number.len() == 1 && number != "0" && number.parse::<u8>().is_ok())
    };
    let is_device =
        matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL") || is_numbered("COM") || is_numbered("LPT");
    !is_device && !part.ends_with(['.', ' ']) && !part.contains(['<', '>', ':', '"', '|', '?', '*'])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn write(target: &Target, name: &str, bytes: &[u8]) -> Result<(), AssetError> {
        let mut file = target.create(name)?;
        file.append(bytes)?;
        file.finish()
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(&folder.path().join("in"));
        for name in [
            "../x",
            "/etc/passwd",
            "a/../../x",
            "a/../x",
            "",
            "./x",
            "a//x",
            "a/.",
            "..",
            "C:/x",
            "c:",
            "..\\x",
            "a\\..\\..\\x",
            "\\\\host\\share",
            "a\0b",
        ] {
            assert!(matches!(target.place(name, name), Err(AssetError::Outside { .. })), "{name:?}");
            assert!(target.make_folder(name, name).is_err(), "{name:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was made for a refused name");
        assert_eq!(target.place("a/b c.csv", "p").unwrap(), folder.path().join("in/a/b c.csv"));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_folder_are_not_followed_out_of_it() {
        use std::os::unix::fs::symlink;
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = Target::new(folder.path());
        fs::create_dir(folder.path().join("real")).unwrap();
        symlink(outside.path(), folder.path().join("out")).unwrap();
        symlink(folder.path().join("real"), folder.path().join("in")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        symlink(outside.path().join("x"), folder.path().join("file")).unwrap();
        for name in ["out/x", "out/sub/x", "dangling/x"] {
            assert!(matches!(write(&target, name, b"x"), Err(AssetError::Outside { .. })), "{name}");
        }
        write(&target, "in/x", b"x").unwrap();
        assert_eq!(fs::read(folder.path().join("real/x")).unwrap(), b"x");
        write(&target, "file", b"x").unwrap();
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "something was written outside");
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(folder.path());
        write(&target, "a", b"x").unwrap();
        assert!(matches!(write(&target, "a/b", b"x"), Err(AssetError::Clash { .. })));
        write(&target, "c/d", b"x").unwrap();
        assert!(matches!(write(&target, "c", b"x"), Err(AssetError::Clash { .. })));
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"x");
    }

    #[test]
    fn names_that_differ_in_case_only_are_told_where_the_disk_takes_them_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(folder.path());
        write(&target, "A.txt", b"x").unwrap();
        let insensitive = ignores_case(folder.path());
        assert_eq!(write(&target, "a.txt", b"y").is_err(), insensitive);
        target.known.lock().unwrap().names = Some(HashSet::new());
        write(&target, "B.txt", b"x").unwrap();
        assert!(matches!(write(&target, "b.TXT", b"y"), Err(AssetError::SameButForCase { .. })));
        let left = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().contains(".part")), "a probe was left");
    }
}
