//! Giving a finished file its name in one step, and only if nothing has that name.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use uuid::Uuid;

/// Makes the file at `from` appear at `target`, whole or not at all. Of several that want the same name at once, one
/// gets it; the others hear [`io::ErrorKind::AlreadyExists`], and the file that has the name stays what it was.
///
/// `from` may or may not be there afterwards; its owner removes it.
pub(super) fn place_new(from: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(from, target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => place_copy(from, target),
        outcome => without_links(outcome, from, target),
    }
}

/// Brings the bytes to the file system of `target` first, under a name nobody else has.
fn place_copy(from: &Path, target: &Path) -> io::Result<()> {
    let near = target.with_file_name(format!(".{}.unfinished", Uuid::new_v4()));
    let copied = fs::copy(from, &near).and_then(|_bytes| File::open(&near)?.sync_all());
    let placed = copied.and_then(|()| without_links(fs::hard_link(&near, target), &near, target));
    // After a link this is a second name; after a failure nobody will ask for it.
    let _already_gone = fs::remove_file(&near);
    placed
}

/// Some file systems have no hard links; there, two that want the name at the same instant may both get it.
fn without_links(linked: io::Result<()>, from: &Path, target: &Path) -> io::Result<()> {
    let Err(error) = linked else { return Ok(()) };
    match error.kind() {
        io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::TooManyLinks => {
            match fs::symlink_metadata(target) {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => fs::rename(from, target),
            }
        }
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn a_name_that_is_taken_stays_with_the_file_that_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let (from, target) = (folder.path().join("from"), folder.path().join("target"));
        let places: [fn(&Path, &Path) -> io::Result<()>; 3] = [place_new, place_copy, |from, target| {
            without_links(Err(io::ErrorKind::Unsupported.into()), from, target)
        }];
        for place in places {
            fs::write(&from, "new").unwrap();
            fs::write(&target, "old").unwrap();
            assert_eq!(place(&from, &target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&target).unwrap(), "old");
            fs::remove_file(&target).unwrap();
            place(&from, &target).unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), "new");
            fs::remove_file(&target).unwrap();
            let _moved_or_there = fs::remove_file(&from);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
        }
    }
}
