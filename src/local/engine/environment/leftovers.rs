//! Small files beside the environments that nobody needs any more.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{lines, uv};
use crate::clock;

/// A file that takes an instant to write and is this old has been given up.
const GIVEN_UP: Duration = Duration::from_secs(60 * 60);

/// Removes the places in conda files that are all gone, what broken-off writes have left, and notes whose time is over.
pub fn sweep(environments: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(environments) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_over = match path.extension().and_then(|end| end.to_str()) {
            Some(lines::LINES) => !lines::are_anywhere(&path),
            Some(lines::UNFINISHED) => age(&path).is_some_and(|age| age > GIVEN_UP),
            Some(uv::NOT_BROUGHT) => !uv::is_recent(&path),
            _ => false,
        };
        if is_over {
            match fs::remove_file(path) {
                // Somebody else sweeps as well.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
    }
    Ok(())
}

/// How long ago the file was written; `None` when it is not there, or from the future.
pub(super) fn age(file: &Path) -> Option<Duration> {
    let written = fs::metadata(file).ok()?.modified().ok()?;
    SystemTime::from(clock::now()).duration_since(written).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs::File;

    use super::*;

    #[test]
    fn what_nobody_needs_goes_and_what_is_new_or_another_s_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let sources = |source: &Path| format!(r#"[{{"text":"six","file":{source:?},"line":1,"column":1}}]"#);
        fs::write(path("conda.yml"), "").unwrap();
        fs::write(path("known.lines"), sources(&path("conda.yml"))).unwrap();
        fs::write(path("gone.lines"), sources(&path("no-such.yml"))).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for (name, is_old) in [
            ("h.1.unfinished", true),
            ("h.2.unfinished", false),
            ("python-3.8.not-brought", true),
            ("python-3.9.not-brought", false),
            ("key.lock", true),
        ] {
            let file = File::create(path(name)).unwrap();
            if is_old {
                file.set_modified(long_ago).unwrap();
            }
        }
        sweep(folder.path()).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        let expected = ["conda.yml", "h.2.unfinished", "key.lock", "known.lines", "python-3.9.not-brought"];
        assert_eq!(left, expected);
        sweep(&path("never-made")).unwrap();
    }
}
