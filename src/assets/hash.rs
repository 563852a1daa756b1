//! The two content hashes of Azure Machine Learning, which name uploads and let the service recognise content.

use std::fs::File;
use std::io::Read;

use sha2::{Digest, Sha256};

use super::AssetError;
use super::tree::{self, Asset, AssetFile, Entry};

/// What the object hash starts from, a constant of Microsoft's tools.
const OBJECT_HASH_SEED: &[u8] = b"Initialize for october 2021 AML CLI version";
/// Bytes read at once.
const BUFFER: u64 = 1 << 20;

/// Hash of models, data and local inputs; names the upload folder `LocalUpload/<hash>`.
///
/// A folder contributes the name of every entry and the bytes of every file; a single file only its bytes.
pub fn object_hash(asset: &Asset) -> Result<String, AssetError> {
    let mut hash = Sha256::new_with_prefix(OBJECT_HASH_SEED);
    let update_with_name = |hash: &mut Sha256, relative: &str| {
        if asset.is_folder() {
            hash.update(relative.rsplit('/').next().unwrap_or_default());
        }
    };
    for entry in asset.entries() {
        match entry {
            Entry::Folder(relative) => update_with_name(&mut hash, relative),
            Entry::File(file) => {
                update_with_name(&mut hash, &file.relative);
                update_with_file(&mut hash, asset, file)?;
            }
            Entry::UnhashedFile(_) => {}
        }
    }
    Ok(hex(hash))
}

/// Hash of code assets, sent to the service as `hash` with version 202208: count, then names with sizes, then bytes.
pub fn content_hash(asset: &Asset) -> Result<String, AssetError> {
    let mut files: Vec<&AssetFile> = asset.files().collect();
    files.sort_by_cached_key(|file| (file.relative.to_lowercase(), &file.relative));
    let mut hash = Sha256::new();
    hash.update(files.len().to_string());
    for file in &files {
        hash.update(format!("#{}#{}", file.relative, file.size));
    }
    for file in &files {
        update_with_file(&mut hash, asset, file)?;
    }
    Ok(hex(hash))
}

/// Hex SHA-256 of a text.
pub fn text_hash(text: &str) -> String {
    hex(Sha256::new_with_prefix(text))
}

fn update_with_file(hash: &mut Sha256, asset: &Asset, file: &AssetFile) -> Result<(), AssetError> {
    let path = asset.path_of(file);
    let failed = |source| tree::read_error(&path, source);
    let mut reader = File::open(&path).map_err(failed)?;
    for_each_piece(&mut reader, file.size, |piece| hash.update(piece)).map_err(failed)
}

/// Reads to the end of a file of about `size` bytes.
pub(super) fn for_each_piece(
    file: &mut File,
    size: u64,
    mut visit: impl FnMut(&[u8]),
) -> std::io::Result<()> {
    let mut buffer = vec![0; usize::try_from(size.clamp(1, BUFFER)).unwrap_or(1)];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            length => visit(&buffer[..length]),
        }
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::fs;
    use std::path::Path;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    fn assert_hashes(path: &Path, content: &str, object: &str) {
        let asset = Asset::load(path).unwrap();
        assert_eq!(content_hash(&asset).unwrap(), content);
        assert_eq!(object_hash(&asset).unwrap(), object);
    }

    // Expected values: computed by azure-ai-ml 1.35.2 for the same files.
    #[test]
    fn flat_folder() {
        assert_hashes(
            folder(&[("x.py", "print(1)\n"), ("helper.py", "VALUE = 1\n")]).path(),
            "43b3b5fc364e8f3b5a71cb9ed050925780348840d740a50388400c36ce896514",
            "88eaf57253f1f4f4cf6fd5a3010cc2b2702c9b3638345bd9b80df14cfcbed4d9",
        );
    }

    #[test]
    fn names_are_ordered_by_lower_case() {
        assert_hashes(
            folder(&[("B.txt", "bb"), ("a.txt", "a"), ("Sub/c.txt", "ccc"), ("sub2/empty", "")]).path(),
            "06744c49fbd50fe5de4aff4ee6fa7795e2f5e538a061a3efb95bb28724d5503a",
            "3492be5c8ea8366a4805658834adc7e7e203ee79735977ff15d6725e8f231b5e",
        );
    }

    #[test]
    fn ignored_files_do_not_count() {
        let ignore = "*.log\nbuild/\n# c\n\n!d/keep.log\n";
        let files = [
            ("keep.py", "k"),
            ("skip.log", "no"),
            ("d/skip.log", "no"),
            ("d/keep.txt", "y"),
            ("build/out.o", "no"),
            (".gitignore", "*.py\n"),
            (".amlignore", ignore),
        ];
        assert_hashes(
            folder(&files).path(),
            "bb737c58e7dd3883b78b663ec6c8a08d7ed3b18aabdd010fad10210d1ffbb783",
            "2ff6cb9e54d29d093fa2347b558e5af2e1bb51b22083059753de5b920299efca",
        );
    }

    #[test]
    fn files_taken_back_in_count_where_microsofts_tools_see_them() {
        let files = [("a", "1"), ("build/keep", "2"), ("build/other", "3"), ("x/build/keep", "9")];
        // The object hash leaves out the folder itself, and does not look for `keep` in it.
        assert_hashes(
            folder(&[&files[..3], &[(".amlignore", "build\n!build/keep\n")]].concat()).path(),
            "4992ac6e1cec4544e21e8e1c5aff8b3796446ea989e44666473f43f81bec075f",
            "68a11c8414a91c9b29c2bc659c9d85a125e20b182499f73ea602134e009e63d4",
        );
        assert_hashes(
            folder(&[&files[..], &[(".amlignore", "build/\n!build/keep\n")]].concat()).path(),
            "d27805cdc15d56144afe01b330f425adfde6106e96682feecfe636d1048370ac",
            "56e50db2a72415c131c90e82bfebf84ff15194c5caa705224cca5de0fc36b64c",
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_under_their_own_names() {
        use std::os::unix::fs::symlink;
        let outside = folder(&[("linked", "linked"), ("dir/f.txt", "linked")]);
        let dir = folder(&[("n.txt", "n")]);
        symlink(outside.path().join("linked"), dir.path().join("l.txt")).unwrap();
        symlink(outside.path().join("dir"), dir.path().join("ldir")).unwrap();
        assert_hashes(
            dir.path(),
            "70aa9352333acfbfa662cdd16aaa2bab475febae215d40b3e9a485311624e212",
            "01e36d91b097ac0b48c95ac19189b20de0c9c86f0ac2103d8e7ed9fc77f873b0",
        );
        symlink(dir.path(), dir.path().join("loop")).unwrap();
        assert!(matches!(Asset::load(dir.path()), Err(AssetError::Loop { .. })));
    }

    #[test]
    fn names_beyond_ascii_and_caches_count() {
        assert_hashes(
            folder(&[("é ü.txt", "u"), ("__pycache__/x.pyc", "p")]).path(),
            "61ef072884db6397842c25b775faacbce27f9c3fbf052d660c34cfe917a360f2",
            "5855857c141a4a6e3e01adb6ab26e85ed237531d12e66072a6e21db5601298f6",
        );
    }

    #[test]
    fn single_file() {
        let dir = folder(&[("v5.txt", "single file")]);
        assert_hashes(
            &dir.path().join("v5.txt"),
            "118180370cec5f6ce4a171997e9a1dee2996f884fab31e66abc1e40bb67df828",
            "37ad147b0f6708f72b4e36d9355e0a2bf6e5878888acc0d55e958a9bd4f99f3d",
        );
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = Asset::load(Path::new("no/such/folder")).unwrap_err();
        assert_eq!(error.to_string(), "there is no file or folder at `no/such/folder`");
    }
}
