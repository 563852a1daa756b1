//! Which names containers and blobs may have, and the folders they become.

use std::path::{Component, Path, PathBuf};

use super::BlobError;

/// Longest blob name Azure allows, in the units of UTF-16 it counts in.
const MAX_BLOB_NAME: usize = 1024;
/// Most parts between `/` Azure allows.
const MAX_SEGMENTS: usize = 254;
/// Longest name of a file, in bytes. The one limit here that Azure has not.
const MAX_SEGMENT: usize = 255;

/// A container name: lower-case letters, digits and `-`, as Azure wants them.
pub(super) fn check_container(name: &str) -> Result<(), BlobError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match (3..=63).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('-') {
        true => Ok(()),
        false => Err(BlobError::InvalidName { name: name.to_owned() }),
    }
}

/// The relative path of a blob, one folder a segment; refuses every name that is too long or could lead elsewhere.
pub(super) fn relative_path(name: &str) -> Result<PathBuf, BlobError> {
    let is_plain = |segment: &str| {
        let mut parts = Path::new(segment).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == segment)
    };
    let is_too_long = name.encode_utf16().count() > MAX_BLOB_NAME
        || name.split('/').count() > MAX_SEGMENTS
        || name.split('/').any(|segment| segment.len() > MAX_SEGMENT);
    if is_too_long {
        return Err(BlobError::NameTooLong);
    }
    match !name.contains(['\0', '\\']) && name.split('/').all(is_plain) {
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
    fn names_have_the_length_azure_gives_them_and_parts_that_of_a_file_name() {
        let parts = |part: &str, count: usize| vec![part; count].join("/");
        let whole = parts(&"é".repeat(127), 8);
        assert_eq!(whole.chars().count(), 1023);
        for name in [parts("a", 254), "a".repeat(255), format!("{whole}a")] {
            assert!(relative_path(&name).is_ok(), "{name}");
        }
        for name in
            [parts("a", 255), "a".repeat(256), "é".repeat(128), format!("{whole}aa"), format!("{whole}😀")]
        {
            assert!(matches!(relative_path(&name), Err(BlobError::NameTooLong)), "{name}");
        }
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
