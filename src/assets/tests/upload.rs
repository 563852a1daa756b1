//! Uploads: what is sent, what is not sent again, and what happens when the service does not do as it is asked.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::AssetError;
use super::super::tree::Asset;
use super::super::upload::{AssetName, Destination, Transfer, Uploaded, upload};
use super::service::{Blob, Service, container, md5_of};

/// More than goes in one request, and no whole number of blocks.
const LARGE: usize = (20 << 20) + 7;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn large() -> Vec<u8> {
    (0..LARGE).map(|at| (at / 4099) as u8).collect()
}

/// Uploads to `p/`, which is named by the content or not; how it went and the bytes it told of.
async fn upload_as(
    service: &Service,
    path: &Path,
    is_named_by_content: bool,
) -> (Result<Uploaded, AssetError>, u64) {
    let (container, moved) = (container(), AtomicU64::new(0));
    let to = Destination { container: &container, prefix: "p", is_named_by_content };
    let owner = AssetName { name: "n".to_owned(), version: "1".to_owned() };
    let told = |event| {
        if let Transfer::Moved(bytes) = event {
            moved.fetch_add(bytes, Ordering::Relaxed);
        }
    };
    let asset = Asset::load(path).unwrap();
    let outcome = upload(&service.client(), to, &asset, &owner, &told).await;
    (outcome, moved.into_inner())
}

async fn send(service: &Service, path: &Path) -> Uploaded {
    upload_as(service, path, true).await.0.unwrap()
}

fn known() -> Uploaded {
    Uploaded::Known(AssetName { name: "n".to_owned(), version: "1".to_owned() })
}

fn has_content(service: &Service, path: &Path) {
    for file in Asset::load(path).unwrap().files() {
        let content = fs::read(path.join(&*file.relative)).unwrap();
        service.with(|state| assert!(state.blobs[&format!("p/{}", file.relative)].content == content));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn every_file_arrives_with_its_digest_and_the_first_is_confirmed_last() {
    let (service, large) = (Service::default(), large());
    let folder = folder(&[("b.txt", b"bb"), ("a b/é.txt", b"a"), ("empty", b""), ("z/large", &large)]);
    let (outcome, moved) = upload_as(&service, folder.path(), true).await;
    assert_eq!((outcome.unwrap(), moved), (Uploaded::New, 3 + LARGE as u64));
    has_content(&service, folder.path());
    let asked = service.asked("PUT");
    assert!(asked[0].starts_with("PUT p/a b/é.txt?") && asked.last().unwrap().contains("comp=metadata"));
    service.with(|state| {
        let first = &state.blobs["p/a b/é.txt"];
        assert_eq!(first.metadata["upload_status"], "completed");
        assert_eq!((&*first.metadata["name"], &*first.metadata["version"]), ("n", "1"));
    });
    service.forget();
    assert_eq!(send(&service, folder.path()).await, known());
    assert_eq!(service.asked("PUT").len(), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn many_small_files_are_sent_many_at_once_within_bounds() {
    let (service, folder) = (Service::default(), tempfile::tempdir().unwrap());
    for number in 0..1500 {
        fs::write(folder.path().join(format!("{number:04}")), number.to_string()).unwrap();
    }
    send(&service, folder.path()).await;
    has_content(&service, folder.path());
    let most = service.with(|state| state.at_once.1);
    assert!((8..=256).contains(&most), "{most} at once");
}

#[tokio::test(flavor = "current_thread")]
async fn an_interrupted_upload_is_gone_on_with() {
    let service = Service::default();
    let files: Vec<(String, Vec<u8>)> =
        (0..40).map(|number| (format!("{number:02}"), vec![number; 100])).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (&**name, &**content)).collect();
    let folder = folder(&files);
    service.refuse(|asked| asked.starts_with("PUT p/3").then_some(500));
    let (outcome, _) = upload_as(&service, folder.path(), true).await;
    assert!(matches!(outcome, Err(AssetError::Arm(_))));
    let there = service.with(|state| state.blobs.len());
    assert!(
        service.with(|state| state.blobs["p/00"].metadata.is_empty()),
        "confirmed though files are missing"
    );
    service.obey();
    service.forget();
    let (outcome, moved) = upload_as(&service, folder.path(), true).await;
    assert_eq!((outcome.unwrap(), moved), (Uploaded::New, 4000));
    assert!(there > 0 && service.asked("PUT").len() == 40 - there + 1, "{there} were there");
    has_content(&service, folder.path());
    assert_eq!(send(&service, folder.path()).await, known());
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_there_counts_by_its_digest_not_by_its_size() {
    for is_named_by_content in [true, false] {
        let service = Service::default();
        let folder = folder(&[("a", b"aa"), ("b", b"bb"), ("c", b"cc")]);
        service.put("p/a", Blob::new("aa"));
        service.put("p/b", Blob::new("xx"));
        service.put("p/c", Blob { md5: None, ..Blob::new("cc") });
        upload_as(&service, folder.path(), is_named_by_content).await.0.unwrap();
        has_content(&service, folder.path());
        // One without a digest is trusted only where its address holds the content's hash.
        assert_eq!(service.asked("PUT p/a?").len(), 1, "the confirmation");
        assert_eq!(service.asked("PUT p/c?").len(), usize::from(!is_named_by_content));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_finished_upload_is_used_again_only_while_it_is_whole() {
    for lost in ["p/a", "p/b"] {
        let service = Service::default();
        let folder = folder(&[("a", b"1"), ("b", b"22")]);
        send(&service, folder.path()).await;
        assert_eq!(send(&service, folder.path()).await, known());
        service.with(|state| state.blobs.remove(lost));
        service.forget();
        assert_eq!(send(&service, folder.path()).await, Uploaded::New);
        has_content(&service, folder.path());
        assert_eq!(send(&service, folder.path()).await, known());
    }
}

#[tokio::test(flavor = "current_thread")]
async fn folders_that_an_account_lists_as_blobs_are_no_reason_to_upload_again() {
    let service = Service::default();
    let folder = folder(&[("a", b"1"), ("d/b", b"22")]);
    send(&service, folder.path()).await;
    for name in ["p", "p/d"] {
        let metadata = [("hdi_isfolder".to_owned(), "true".to_owned())].into();
        service.put(name, Blob { metadata, ..Blob::default() });
    }
    assert_eq!(send(&service, folder.path()).await, known());
}

#[tokio::test(flavor = "current_thread")]
async fn only_a_refusal_to_list_stands_for_a_whole_upload() {
    let service = Service::default();
    let folder = folder(&[("a", b"1"), ("b", b"22")]);
    send(&service, folder.path()).await;
    for (status, is_known) in [(403, true), (404, false), (409, false), (500, false)] {
        service.refuse(move |asked| asked.contains("comp=list").then_some(status));
        service.forget();
        let (outcome, _) = upload_as(&service, folder.path(), true).await;
        assert_eq!(outcome.is_ok_and(|found| found == known()), is_known, "{status}");
        assert_eq!(service.asked("PUT").len(), 0, "{status}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_file_somebody_else_has_written_meanwhile_is_left_if_it_is_the_same() {
    for (other, writes) in [("bb", 1), ("xx", 2), ("longer", 2)] {
        let service = Service::default();
        let folder = folder(&[("a", b"aa"), ("b", b"bb")]);
        service.with(|state| {
            let mut is_first = true;
            state.before = Some(Box::new(move |asked, blobs| {
                if asked.starts_with("PUT p/b") && std::mem::take(&mut is_first) {
                    blobs.insert("p/b".to_owned(), Blob::new(other));
                }
            }));
        });
        send(&service, folder.path()).await;
        has_content(&service, folder.path());
        assert_eq!(service.asked("PUT p/b").len(), writes, "{other}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn blocks_of_a_large_file_that_are_staged_are_not_sent_again() {
    let (service, large) = (Service::default(), large());
    let folder = folder(&[("large", &large)]);
    service.refuse(|asked| asked.contains("comp=blocklist&sig").then_some(500));
    assert!(upload_as(&service, folder.path(), true).await.0.is_err());
    service.obey();
    service.with(|state| {
        let staged = state.staged.get_mut("p/large").unwrap();
        assert_eq!(staged.len(), 3);
        // A block of another length was not made from this cut of the file.
        staged.values_mut().next().unwrap().truncate(5);
    });
    service.forget();
    send(&service, folder.path()).await;
    assert_eq!(service.asked("PUT p/large?comp=block&").len(), 1);
    has_content(&service, folder.path());
}

#[tokio::test(flavor = "current_thread")]
async fn blocks_are_sent_again_where_the_address_does_not_tell_the_content() {
    let (service, large) = (Service::default(), large());
    let folder = folder(&[("large", &large)]);
    for _ in 0..2 {
        service.refuse(|asked| asked.contains("comp=blocklist&sig").then_some(500));
        service.forget();
        assert!(upload_as(&service, folder.path(), false).await.0.is_err());
        assert_eq!(service.asked("PUT p/large?comp=block&").len(), 3);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_file_that_changes_on_its_way_is_not_confirmed() {
    let service = Service::default();
    let folder = folder(&[("a", b"aa"), ("b", b"bb")]);
    let path = folder.path().join("b");
    service.with(|state| {
        state.before = Some(Box::new(move |asked, _| {
            if asked.starts_with("PUT p/a?sig") {
                fs::write(&path, "changed").unwrap();
            }
        }));
    });
    let (outcome, _) = upload_as(&service, folder.path(), true).await;
    assert!(matches!(&outcome, Err(AssetError::Changed { path }) if path.ends_with("b")), "{outcome:?}");
    service.with(|state| assert!(state.blobs["p/a"].metadata.is_empty() && !state.blobs.contains_key("p/b")));
}

#[tokio::test(flavor = "current_thread")]
async fn ignored_folders_are_not_even_looked_into() {
    let service = Service::default();
    let folder = folder(&[("a", b"1"), ("build/x", b"2"), (".amlignore", b"build/\n")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("build/loop")).unwrap();
    send(&service, folder.path()).await;
    assert_eq!(
        service.with(|state| state.blobs.keys().cloned().collect::<Vec<_>>()),
        ["p/.amlignore", "p/a"]
    );
    assert_eq!(service.with(|state| state.blobs["p/a"].md5.clone()), Some(md5_of(b"1")));
}

#[tokio::test(flavor = "current_thread")]
async fn an_empty_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (outcome, _) = upload_as(&Service::default(), folder.path(), true).await;
    assert!(matches!(outcome, Err(AssetError::Empty { .. })));
}
