//! Which names containers and blobs may have, and the folders they become.

use std::path::{Component, Path, PathBuf};

use super::BlobError;

/// Longest blob name Azure allows.
const MAX_BLOB_NAME: usize = 1024;

/// A container name: lower-case letters, digits and `-`, as Azure wants them.
pub(super) fn check_container(name: &str) -> Result<(), BlobError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match (3..=63).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('-') {
        true => Ok(()),
        false => Err(BlobError::InvalidName { name: name.to_owned() }),
    }
}

/// Longest name of a file.
const MAX_SEGMENT: usize = 255;

/// The relative path of a blob, one folder a segment; refuses every name that could lead elsewhere.
pub(super) fn relative_path(name: &str) -> Result<PathBuf, BlobError> {
    let is_plain = |segment: &str| {
        let mut parts = Path::new(segment).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == segment)
    };
    let has_forbidden = name.len() > MAX_BLOB_NAME || name.contains(['\0', '\\']);
    match !has_forbidden && name.split('/').all(|segment| segment.len() <= MAX_SEGMENT && is_plain(segment)) {
        true => Ok(name.split('/').collect()),
        false => Err(BlobError::InvalidName { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let names = [
            "", "/", "/etc", "..", "a/../b", "../a", "./a", "a/.", "a//b", "a/", "a\\..\\b", "a\0", "a/..",
            ".",
        ];
        for name in names {
            assert!(relative_path(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn no_part_of_a_name_is_longer_than_a_file_name() {
        assert!(relative_path(&format!("{}/x", "a".repeat(255))).is_ok());
        assert!(relative_path(&format!("{}/x", "a".repeat(256))).is_err());
        assert!(relative_path(&"é".repeat(128)).is_err());
    }

    #[test]
    fn odd_but_harmless_names_are_kept() {
        for name in ["a", "a b/c#d%20?.txt", "é/..x", "...", "a/.hidden", "plus+and&.txt"] {
            assert_eq!(relative_path(name).unwrap(), Path::new(name), "{name}");
        }
    }

    #[test]
    fn containers_are_single_folders() {
        assert!(check_container("azureml-blobstore-1").is_ok());
        for name in ["", "..", "a/b", "UPPER", "-ab", "ab", "a.b"] {
            assert!(check_container(name).is_err(), "{name}");
        }
    }
}
