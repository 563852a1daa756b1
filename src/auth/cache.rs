//! Tokens between commands: one private file each, found by a hash of whose it is and what it is for.
//!
//! Only tokens with a short life are kept, never what they were asked with. Whatever is wrong with a file or the
//! folder, the answer is the same: there is no kept token. Beside them lies, for some minutes, which ways of signing in
//! have nobody to sign in, so that not every command waits for what is not there.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::arm::AccessToken;
use crate::clock;

/// How long before its end a token is not used any more: a request under way has to arrive with it.
const MARGIN: time::Duration = time::Duration::minutes(5);
/// How long before its end a token is given up even where no other is to be had.
const LAST_MOMENT: time::Duration = time::Duration::seconds(30);
/// How long a way of signing in counts as absent without being asked.
const ABSENCE: Duration = Duration::from_secs(10 * 60);
/// Age from which a kept file is removed; no token of Azure lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// A file larger than this holds no token.
const LARGEST_FILE: u64 = 256 * 1024;

/// Whether a token is still good for a request. One whose end is not known is used as long as it is taken.
pub(super) fn is_fresh(token: &AccessToken, now: OffsetDateTime) -> bool {
    token.expires_on().is_none_or(|end| end > now + MARGIN)
}

/// Whether a request with a token that is not fresh any more may still arrive in time.
pub(super) fn is_good(token: &AccessToken, now: OffsetDateTime) -> bool {
    token.expires_on().is_some_and(|end| end > now + LAST_MOMENT)
}

/// Whose a token is and what it is for, hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenKey(String);

impl TokenKey {
    /// The hash of `parts`, each told from the next.
    pub(super) fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self(format!("{:x}", hash.finalize()))
    }
}

/// The tokens that are kept.
pub(super) struct TokenCache {
    folder: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Seconds since 1970.
    expires_on: i64,
    access_token: String,
}

impl TokenCache {
    /// A cache in `folder`, which is made when something is kept.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// A token that is still good.
    pub(super) fn find(&self, key: &TokenKey) -> Option<AccessToken> {
        read(&self.path(key)?).filter(|token| is_fresh(token, clock::now()))
    }

    /// Keeps a token whose end is known and not near.
    pub(super) fn keep(&self, key: &TokenKey, token: &AccessToken) {
        let (Some(folder), Some(path), Some(end)) = (&self.folder, self.path(key), token.expires_on()) else {
            return;
        };
        if is_fresh(token, clock::now()) {
            let kept = Kept { expires_on: end.unix_timestamp(), access_token: token.expose().to_owned() };
            let Ok(text) = serde_json::to_string(&kept) else { return };
            // A token that cannot be kept is asked for again; that is no failure.
            let _ = write(folder, &path, &text);
        }
    }

    /// Keeps in mind for some minutes that nobody is there to sign in the way `key` stands for.
    pub(super) fn note_absent(&self, key: &TokenKey) {
        if let Some(folder) = &self.folder {
            let _ = write(folder, &absence_path(folder, key), "");
        }
    }

    /// Whether nobody was there a few minutes ago.
    pub(super) fn is_absent(&self, key: &TokenKey) -> bool {
        let noted = self.folder.as_ref().and_then(|folder| File::open(absence_path(folder, key)).ok());
        let file = noted.filter(is_private).and_then(|file| file.metadata().ok());
        let age = file.and_then(|file| file.modified().ok()?.elapsed().ok());
        age.is_some_and(|age| age < ABSENCE)
    }

    /// Removes `token` if it is the kept one; another process may have kept a better one meanwhile.
    pub(super) fn forget(&self, key: &TokenKey, token: &AccessToken) {
        if let Some(path) = self.path(key)
            && read(&path).is_some_and(|kept| kept.expose() == token.expose())
        {
            let _ = fs::remove_file(path);
        }
    }

    fn path(&self, key: &TokenKey) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}.json", key.0)))
    }
}

fn absence_path(folder: &Path, key: &TokenKey) -> PathBuf {
    folder.join(format!("{}.absent", key.0))
}

/// What a file holds, if nobody else could have read or written it.
fn read(path: &Path) -> Option<AccessToken> {
    let file = File::open(path).ok()?;
    if !is_private(&file) {
        let _ = fs::remove_file(path);
        return None;
    }
    let mut text = String::new();
    file.take(LARGEST_FILE).read_to_string(&mut text).ok()?;
    let kept: Kept = serde_json::from_str(&text).ok()?;
    let end = OffsetDateTime::from_unix_timestamp(kept.expires_on).ok()?;
    AccessToken::new(kept.access_token, Some(end)).ok()
}

#[cfg(unix)]
fn is_private(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|file| {
        file.mode() & 0o077 == 0 && file.uid() == rustix::process::geteuid().as_raw() && file.is_file()
    })
}

#[cfg(not(unix))]
fn is_private(_: &File) -> bool {
    true
}

/// Writes the whole file or nothing: readers see the old one or the new one.
fn write(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    make_private(folder)?;
    sweep(folder);
    let temporary = folder.join(format!(".{}", uuid::Uuid::new_v4()));
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes the folder, or takes away what others may do in it.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

/// Removes what is too old to be of use: tokens of logins that are gone, and files of writers that were killed.
fn sweep(folder: &Path) {
    let is_old = |entry: &fs::DirEntry| {
        let written = entry.metadata().and_then(|file| file.modified()).ok();
        written.and_then(|moment| moment.elapsed().ok()).is_some_and(|age| age > LONGEST_LIFE)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_old) {
        let _ = fs::remove_file(entry.path());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn token(text: &str, minutes: i64) -> AccessToken {
        AccessToken::new(text, Some(clock::now() + time::Duration::minutes(minutes))).unwrap()
    }

    fn cache(dir: &tempfile::TempDir) -> (TokenCache, TokenKey, PathBuf) {
        let cache = TokenCache::new(Some(dir.path().join("home/tokens")));
        let key = TokenKey::new(&["a", "b"]);
        let path = cache.path(&key).unwrap();
        (cache, key, path)
    }

    fn found(cache: &TokenCache, key: &TokenKey) -> Option<String> {
        cache.find(key).map(|token| token.expose().to_owned())
    }

    #[test]
    fn a_kept_token_is_found_until_shortly_before_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, key, _) = cache(&dir);
        assert_eq!(found(&cache, &key), None);
        cache.keep(&key, &token("good", 6));
        assert_eq!(found(&cache, &key).as_deref(), Some("good"));
        cache.keep(&key, &token("ending", 4));
        assert_eq!(found(&cache, &key).as_deref(), Some("good"), "a token near its end was kept");
        assert!(!is_fresh(&token("x", 4), clock::now()));
    }

    #[test]
    fn a_kept_token_that_ran_out_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, key, path) = cache(&dir);
        cache.keep(&key, &token("good", 60));
        let text = fs::read_to_string(&path).unwrap();
        let end = (clock::now() + time::Duration::minutes(4)).unix_timestamp();
        let kept: Kept = serde_json::from_str(&text).unwrap();
        fs::write(&path, serde_json::to_string(&Kept { expires_on: end, ..kept }).unwrap()).unwrap();
        assert_eq!(found(&cache, &key), None);
    }

    #[test]
    fn a_broken_file_is_no_token_and_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, key, path) = cache(&dir);
        cache.keep(&key, &token("first", 60));
        for text in ["", "{", "{\"expires_on\": 99999999999999, \"access_token\": \"x\"}", "[]"] {
            fs::write(&path, text).unwrap();
            assert_eq!(found(&cache, &key), None, "{text}");
        }
        cache.keep(&key, &token("second", 60));
        assert_eq!(found(&cache, &key).as_deref(), Some("second"));
    }

    #[test]
    fn only_the_refused_token_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, key, _) = cache(&dir);
        cache.keep(&key, &token("newer", 60));
        cache.forget(&key, &token("refused", 60));
        assert_eq!(found(&cache, &key).as_deref(), Some("newer"));
        cache.forget(&key, &token("newer", 60));
        assert_eq!(found(&cache, &key), None);
    }

    #[test]
    fn who_is_absent_is_known_for_some_minutes_and_is_no_token() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, key, _) = cache(&dir);
        assert!(!cache.is_absent(&key));
        cache.note_absent(&key);
        assert!(cache.is_absent(&key) && !cache.is_absent(&TokenKey::new(&["other"])));
        assert_eq!(found(&cache, &key), None);
        let noted = File::options().append(true).open(absence_path(cache.folder.as_ref().unwrap(), &key));
        noted.unwrap().set_modified((clock::now() - ABSENCE).into()).unwrap();
        assert!(!cache.is_absent(&key), "it was believed for too long");
    }

    #[test]
    fn several_at_once_find_a_whole_token_or_none() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (cache, key, _) = cache(&dir);
                scope.spawn(move || {
                    for number in 0..50 {
                        cache.keep(&key, &token(&format!("{writer}").repeat(1000 + number), 60));
                        let found = found(&cache, &key).unwrap();
                        assert!(found.len() >= 1000 && found.bytes().all(|byte| byte == found.as_bytes()[0]));
                    }
                });
            }
        });
    }

    #[test]
    fn keys_differ_where_any_part_does() {
        assert_ne!(TokenKey::new(&["ab", "c"]), TokenKey::new(&["a", "bc"]));
        assert_eq!(TokenKey::new(&["a", "b"]), TokenKey::new(&["a", "b"]));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_what_is_kept_and_what_they_could_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (cache, key, path) = cache(&dir);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        cache.keep(&key, &token("good", 60));
        let folder = path.parent().unwrap();
        assert_eq!((mode(&path), mode(folder)), (0o600, 0o700));
        open(&path, 0o644);
        open(folder, 0o755);
        assert_eq!(found(&cache, &key), None);
        cache.keep(&key, &token("again", 60));
        assert_eq!((mode(&path), mode(folder)), (0o600, 0o700));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "a temporary file was left");
    }
}
