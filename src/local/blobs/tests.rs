//! Tests of the blob store as a whole.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::time::Duration;

use tempfile::TempDir;

use super::*;

const CONTAINER: &str = "container";

fn temporary() -> (TempDir, BlobStore) {
    let temp = tempfile::tempdir().unwrap();
    let blobs = BlobStore::new(temp.path().join("blobs"));
    (temp, blobs)
}

fn received(blobs: &BlobStore, content: &str) -> Result<Incoming, BlobError> {
    let mut incoming = blobs.receive(CONTAINER)?;
    incoming.write(content.as_bytes()).map(|()| incoming)
}

fn put(blobs: &BlobStore, name: &str, content: &str) -> Result<BlobProperties, BlobError> {
    put_with(blobs, name, content, &PutOptions::default())
}

fn put_with(
    blobs: &BlobStore,
    name: &str,
    content: &str,
    options: &PutOptions,
) -> Result<BlobProperties, BlobError> {
    blobs.put(CONTAINER, name, received(blobs, content)?, options)
}

fn put_block(blobs: &BlobStore, name: &str, id: &str, content: &str) -> Result<(), BlobError> {
    blobs.put_block(CONTAINER, name, id, received(blobs, content)?)
}

fn content(blobs: &BlobStore, name: &str) -> String {
    io::read_to_string(blobs.open(CONTAINER, name).unwrap().file).unwrap()
}

fn names(blobs: &BlobStore, query: &ListQuery<'_>) -> Vec<String> {
    let listing = blobs.list(CONTAINER, query).unwrap();
    listing
        .entries
        .into_iter()
        .map(|entry| match entry {
            ListEntry::Blob(name, _) | ListEntry::Prefix(name) => name,
        })
        .collect()
}

#[test]
fn a_blob_is_a_plain_file() {
    let (_temp, blobs) = temporary();
    let written = put(&blobs, "in/a b#.txt", "hello").unwrap();
    assert_eq!(blobs.head(CONTAINER, "in/a b#.txt").unwrap(), written);
    assert_eq!(content(&blobs, "in/a b#.txt"), "hello");
    assert_eq!(fs::read(blobs.local_path(CONTAINER, "in/").unwrap().join("a b#.txt")).unwrap(), b"hello");
    assert!(!blobs.container(CONTAINER).join("meta").exists());
    assert_eq!(fs::read_dir(blobs.container(CONTAINER).join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_blob_that_must_be_new_is_not_replaced() {
    let (_temp, blobs) = temporary();
    let new = PutOptions { only_if_missing: true, ..PutOptions::default() };
    put_with(&blobs, "a", "1", &new).unwrap();
    assert!(matches!(put_with(&blobs, "a", "2", &new), Err(BlobError::AlreadyExists { .. })));
    assert_eq!(content(&blobs, "a"), "1");
    put(&blobs, "a", "3").unwrap();
    assert_eq!(content(&blobs, "a"), "3");
    assert_eq!(fs::read_dir(blobs.container(CONTAINER).join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_write_that_fails_leaves_no_temporary_file() {
    let (_temp, blobs) = temporary();
    let folder = blobs.container(CONTAINER);
    // Folders where a block and a sidecar are to be.
    put_block(&blobs, "b", "id", "1").unwrap();
    let staged = fs::read_dir(folder.join("blocks")).unwrap().next().unwrap().unwrap().path();
    let block = fs::read_dir(staged).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&block).unwrap();
    fs::create_dir(&block).unwrap();
    fs::create_dir_all(blobs.sidecar_path(CONTAINER, "s").join("x")).unwrap();
    let typed = PutOptions { content_type: Some("text/csv".to_owned()), ..PutOptions::default() };
    assert!(matches!(put_block(&blobs, "b", "id", "2"), Err(BlobError::Io { .. })));
    assert!(matches!(put_with(&blobs, "s", "2", &typed), Err(BlobError::Io { .. })));
    let lost = blobs.commit_blocks(CONTAINER, "b", &["other".to_owned()], &PutOptions::default());
    assert!(matches!(lost, Err(BlobError::MissingBlock { .. })));
    assert_eq!(fs::read_dir(folder.join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_blob_cannot_be_a_folder_too() {
    let (_temp, blobs) = temporary();
    put(&blobs, "a/b", "1").unwrap();
    for name in ["a", "a/b/c", "a/b/c/d"] {
        assert!(matches!(put(&blobs, name, "2"), Err(BlobError::FolderConflict { .. })), "{name}");
    }
    assert!(matches!(blobs.head(CONTAINER, "a"), Err(BlobError::NotFound { .. })));
    assert!(matches!(blobs.head(CONTAINER, "a/b/"), Err(BlobError::NotFound { .. })));
}

#[test]
fn metadata_belongs_to_one_content() {
    let (_temp, blobs) = temporary();
    put(&blobs, "a", "1").unwrap();
    let metadata = BTreeMap::from([("upload_status".to_owned(), "completed".to_owned())]);
    blobs.set_metadata(CONTAINER, "a", metadata.clone()).unwrap();
    assert_eq!(blobs.head(CONTAINER, "a").unwrap().metadata, metadata);
    put(&blobs, "a", "2").unwrap();
    assert!(blobs.head(CONTAINER, "a").unwrap().metadata.is_empty());
    assert!(matches!(blobs.set_metadata(CONTAINER, "b", metadata), Err(BlobError::NotFound { .. })));
}

#[test]
fn every_write_gives_another_etag() {
    let (_temp, blobs) = temporary();
    // Faster than the clock of a file system ticks.
    let mut etags: Vec<_> =
        (0..9).map(|number| put(&blobs, "a", &number.to_string()).unwrap().etag).collect();
    let metadata = BTreeMap::from([("key".to_owned(), "value".to_owned())]);
    etags.push(blobs.set_metadata(CONTAINER, "a", metadata).unwrap().etag);
    for pair in etags.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    assert_eq!(&blobs.head(CONTAINER, "a").unwrap().etag, etags.last().unwrap());
}

#[test]
fn an_open_blob_keeps_its_content_when_another_takes_its_name() {
    let (_temp, blobs) = temporary();
    let written = put(&blobs, "a", "old").unwrap();
    let open = blobs.open(CONTAINER, "a").unwrap();
    put(&blobs, "a", "newer").unwrap();
    assert_eq!((open.properties, io::read_to_string(open.file).unwrap().as_str()), (written, "old"));
}

#[test]
fn a_deleted_blob_leaves_nothing_to_the_next_of_its_name() {
    let (_temp, blobs) = temporary();
    put(&blobs, "LocalUpload/h/a", "1").unwrap();
    let metadata = BTreeMap::from([("upload_status".to_owned(), "completed".to_owned())]);
    blobs.set_metadata(CONTAINER, "LocalUpload/h/a", metadata).unwrap();
    blobs.seal(CONTAINER, "LocalUpload/h").unwrap();
    blobs.delete(CONTAINER, "LocalUpload/h/a").unwrap();
    for name in ["LocalUpload/h/a", "LocalUpload/h"] {
        assert!(matches!(blobs.delete(CONTAINER, name), Err(BlobError::NotFound { .. })), "{name}");
    }
    assert!(put(&blobs, "LocalUpload/h/a", "2").unwrap().metadata.is_empty());
}

#[test]
fn blocks_are_joined_in_the_order_of_the_list() {
    let (_temp, blobs) = temporary();
    for (id, content) in [("two/../x", "2"), ("one", "1"), ("unused", "?")] {
        put_block(&blobs, "big", id, content).unwrap();
    }
    let staged = || blobs.staged_blocks(CONTAINER, "big").unwrap();
    assert_eq!(
        staged(),
        [("one", 1), ("two/../x", 1), ("unused", 1)].map(|(id, size)| (id.to_owned(), size))
    );
    let ids = ["one".to_owned(), "two/../x".to_owned()];
    let missing = blobs.commit_blocks(CONTAINER, "big", &["none".to_owned()], &PutOptions::default());
    assert!(matches!(missing, Err(BlobError::MissingBlock { .. })));
    assert!(matches!(blobs.head(CONTAINER, "big"), Err(BlobError::NotFound { .. })));
    blobs.commit_blocks(CONTAINER, "big", &ids, &PutOptions::default()).unwrap();
    assert_eq!(content(&blobs, "big"), "12");
    assert!(staged().is_empty());
    assert_eq!(fs::read_dir(blobs.container(CONTAINER).join("blocks")).unwrap().count(), 0);
}

/// Makes a file or folder look as if it was last written so many hours earlier.
fn age(path: &Path, hours: u64) {
    let file = File::open(path).unwrap();
    let then = file.metadata().unwrap().modified().unwrap() - Duration::from_secs(hours * 60 * 60);
    file.set_modified(then).unwrap();
}

#[test]
fn what_killed_clients_left_goes_and_what_others_are_writing_stays() {
    let (_temp, blobs) = temporary();
    let container = blobs.container("code-1");
    let block = |name: &str| blobs.put_block("code-1", name, "1", received(&blobs, "x").unwrap());
    block("stalled").unwrap();
    block("slow").unwrap();
    block("joined").unwrap();
    let folder = |name: &str| blobs.block_folder("code-1", name);
    for (name, hours) in [("stalled", 8 * 24), ("slow", 8 * 24), ("joined", 6 * 24)] {
        for entry in fs::read_dir(folder(name)).unwrap() {
            age(&entry.unwrap().path(), hours);
        }
    }
    age(&folder("stalled"), 8 * 24);
    fs::create_dir(container.join("tmp")).unwrap();
    let (lost, fresh) = (container.join("tmp/lost"), container.join("tmp/fresh"));
    for (path, hours) in [(&lost, 25), (&fresh, 23)] {
        fs::write(path, "half").unwrap();
        age(path, hours);
    }
    let there =
        || (lost.exists(), fresh.exists(), ["stalled", "slow", "joined"].map(|name| folder(name).exists()));
    put(&blobs, "today", "x").unwrap();
    assert_eq!(there(), (true, true, [true; 3]), "somebody looked less than a day ago");
    age(&blobs.root.join(".swept"), 25);
    put(&blobs, "tomorrow", "x").unwrap();
    assert_eq!(there(), (false, true, [false, true, true]));
    blobs.commit_blocks("code-1", "slow", &["1".to_owned()], &PutOptions::default()).unwrap();
}

#[test]
fn lists_follow_the_order_of_whole_names() {
    let (_temp, blobs) = temporary();
    for name in ["p/b", "p/a/z", "p/a-b"] {
        put(&blobs, name, "x").unwrap();
    }
    put(&blobs, "q", "x").unwrap();
    blobs.create_folder(CONTAINER, "p/empty").unwrap();
    let all = ListQuery { limit: 100, ..ListQuery::default() };
    assert_eq!(names(&blobs, &all), ["p/a-b", "p/a/z", "p/b", "q"]);
    assert_eq!(names(&blobs, &ListQuery { prefix: "p/a", ..all.clone() }), ["p/a-b", "p/a/z"]);
    let folders = ListQuery { delimiter: Some("/"), ..all.clone() };
    assert_eq!(names(&blobs, &folders), ["p/", "q"]);
    assert_eq!(names(&blobs, &ListQuery { prefix: "p/", ..folders.clone() }), ["p/a-b", "p/a/", "p/b"]);
    assert_eq!(names(&blobs, &ListQuery { prefix: "p", ..folders }), ["p/"]);
    let dashed = ListQuery { delimiter: Some("a/"), ..all.clone() };
    assert_eq!(names(&blobs, &dashed), ["p/a-b", "p/a/", "p/b", "q"]);
    assert_eq!(names(&blobs, &ListQuery { prefix: "p/a", ..dashed.clone() }), ["p/a-b", "p/a/z"]);
    for prefix in ["../", "/", "missing/", "p/a-b/"] {
        assert!(names(&blobs, &ListQuery { prefix, ..all.clone() }).is_empty(), "{prefix}");
    }
}

#[test]
fn pages_join_into_the_whole_list() {
    let (_temp, blobs) = temporary();
    for number in 0..7 {
        put(&blobs, &format!("d{}/f{number}", number % 2), "x").unwrap();
        put(&blobs, &format!("f{number}"), "x").unwrap();
    }
    for delimiter in [None, Some("/"), Some("f"), Some("1/f")] {
        let whole = ListQuery { delimiter, limit: 100, ..ListQuery::default() };
        let mut paged = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let query = ListQuery { limit: 2, marker: marker.as_deref(), ..whole.clone() };
            paged.extend(names(&blobs, &query));
            marker = blobs.list(CONTAINER, &query).unwrap().next_marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(paged, names(&blobs, &whole));
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_the_container_lead_nowhere() {
    let (temp, blobs) = temporary();
    put(&blobs, "in", "x").unwrap();
    fs::write(temp.path().join("secret"), b"s").unwrap();
    let data = blobs.local_path(CONTAINER, "").unwrap();
    std::os::unix::fs::symlink(temp.path(), data.join("out")).unwrap();
    std::os::unix::fs::symlink(temp.path().join("secret"), data.join("file")).unwrap();
    for name in ["out/secret", "file"] {
        assert!(matches!(blobs.head(CONTAINER, name), Err(BlobError::NotFound { .. })), "{name}");
    }
    assert!(put(&blobs, "out/new", "x").is_err());
    assert!(!temp.path().join("new").exists());
    assert_eq!(names(&blobs, &ListQuery { limit: 9, ..ListQuery::default() }), ["in"]);
}
