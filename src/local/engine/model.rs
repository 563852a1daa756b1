//! The folder that a script finds in `AZUREML_MODEL_DIR`: its only entry is the model, under its own name.
//!
//! It holds no symbolic link to the model: scripts look for their files with `os.walk` and `Path.rglob`, which
//! do not follow one.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::file_error::FileError;

/// The folder for `model`: its own parent when it is alone there, else one in the job folder with hard links,
/// or copies where a link is not possible. Blocks; `stop` ends it early, and then nothing is left in the job folder.
pub(super) fn model_dir(job_dir: &Path, model: &Path, stop: &AtomicBool) -> Result<PathBuf, FileError> {
    let real = fs::canonicalize(model).map_err(FileError::on("read", model))?;
    if let Some(parent) = model.parent()
        && !model.is_symlink()
        && is_alone_in(parent)
    {
        return Ok(parent.to_owned());
    }
    let folder = made_for_job(job_dir);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(FileError::on("remove", &folder))?;
    }
    fs::create_dir_all(&folder).map_err(FileError::on("create", &folder))?;
    let name = model.file_name().unwrap_or("model".as_ref());
    let made = reproduce(&real, &folder.join(name), stop);
    if made.is_err() || stop.load(Ordering::Relaxed) {
        // The job may be over and its folder cleaned up already.
        let _second_error = fs::remove_dir_all(&folder);
    }
    made.map(|()| folder)
}

/// The folder in the job folder, if one is needed.
pub(super) fn made_for_job(job_dir: &Path) -> PathBuf {
    job_dir.join("model")
}

fn is_alone_in(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| entries.take(2).count() == 1)
}

/// Files are linked, folders made. Links inside a model are followed when they lead to a file; one to a folder
/// stays a link, since it may lead back to a folder above.
fn reproduce(source: &Path, target: &Path, stop: &AtomicBool) -> Result<(), FileError> {
    if stop.load(Ordering::Relaxed) {
        return Err(FileError::on("copy", source)(io::ErrorKind::Interrupted.into()));
    }
    let kind = fs::symlink_metadata(source).map_err(FileError::on("read", source))?.file_type();
    if kind.is_dir() {
        fs::create_dir(target).map_err(FileError::on("create", target))?;
        for entry in fs::read_dir(source).map_err(FileError::on("list", source))? {
            let entry = entry.map_err(FileError::on("list", source))?;
            reproduce(&entry.path(), &target.join(entry.file_name()), stop)?;
        }
        return Ok(());
    }
    let result = match fs::canonicalize(source) {
        Ok(real) if real.is_dir() => symlink(&real, target),
        Ok(real) => fs::hard_link(&real, target).or_else(|_another_device| fs::copy(&real, target).map(drop)),
        // Broken here as it is there: not what a script will want.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    result.map_err(FileError::on("link the model to", target))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    /// Paths below `folder` with symbolic links not followed, as `os.walk` sees them.
    fn walk(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => found.extend(walk(&entry.path())),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
        found.sort();
        found
    }

    #[test]
    fn a_model_that_is_alone_in_its_folder_stays_where_it_is() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        fs::create_dir_all(folder.join("version/model/sub")).unwrap();
        fs::write(folder.join("version/model/sub/m.pkl"), "x").unwrap();
        let found = model_dir(folder, &folder.join("version/model"), &AtomicBool::new(false));
        assert_eq!(found.unwrap(), folder.join("version"));
    }

    #[test]
    fn a_model_among_others_gets_a_folder_of_real_files() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        fs::create_dir_all(at("models/model/sub")).unwrap();
        fs::create_dir(at("job")).unwrap();
        fs::write(at("models/model/sub/m.pkl"), "weights").unwrap();
        fs::write(at("models/other"), "another model").unwrap();
        symlink("../../other", at("models/model/sub/linked")).unwrap();
        symlink("nowhere", at("models/model/broken")).unwrap();
        symlink(".", at("models/model/loop")).unwrap();
        for _again in 0..2 {
            let folder = model_dir(&at("job"), &at("models/model"), &AtomicBool::new(false)).unwrap();
            let found = walk(&folder);
            let expected = ["model/sub/linked", "model/sub/m.pkl"].map(|name| folder.join(name));
            assert_eq!(found, expected);
            assert_eq!(fs::read_to_string(&found[0]).unwrap(), "another model");
        }
        let folder = model_dir(&at("job"), &at("models/other"), &AtomicBool::new(false)).unwrap();
        assert_eq!(walk(&folder), [folder.join("other")]);
        fs::remove_dir_all(folder).unwrap();
        assert!(at("models/model/sub/m.pkl").exists(), "removing the folder leaves the model alone");
    }

    #[test]
    fn a_cancelled_copy_leaves_no_half_of_a_model() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        fs::create_dir_all(at("models/model/sub")).unwrap();
        fs::write(at("models/other"), "another model").unwrap();
        fs::create_dir(at("job")).unwrap();
        assert!(model_dir(&at("job"), &at("models/model"), &AtomicBool::new(true)).is_err());
        assert!(!made_for_job(&at("job")).exists());
    }
}
