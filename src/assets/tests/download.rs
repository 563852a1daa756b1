//! Downloads: what arrives, what is gone on with, and what never gets a name.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use super::super::AssetError;
use super::super::download::download;
use super::super::upload::Transfer;
use super::service::{Blob, Service, container};

/// Three ranges, the last one short.
const LARGE: usize = (17 << 20) + 3;

fn large() -> Vec<u8> {
    (0..LARGE).map(|at| (at / 4099) as u8).collect()
}

async fn fetch(service: &Service, path: &str, target: &Path) -> Result<u64, AssetError> {
    download(&service.client(), &container(), path, target, &|_| {}).await
}

/// Every file below a folder, by its relative path.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "current_thread")]
async fn everything_below_a_path_arrives_and_nothing_beside_it() {
    let (service, target) = (Service::default(), tempfile::tempdir().unwrap());
    let large = large();
    service.with(|state| state.page = 2);
    service.put("o/score/predictions.csv", Blob::new("rows"));
    service.put("o/score/deep/a & b.txt", Blob::new("deep"));
    service.put("o/score/empty", Blob::new(""));
    service.put("o/score/large", Blob { md5: None, ..Blob::new(large.clone()) });
    service.put("o/score2/other", Blob::new("other"));
    service.put(
        "o/score",
        Blob { metadata: [("hdi_isfolder".into(), "true".into())].into(), ..Blob::default() },
    );
    service.put(
        "o/score/deep",
        Blob { metadata: [("hdi_isfolder".into(), "true".into())].into(), ..Blob::default() },
    );
    service.put("o/score/marker/", Blob::new(""));
    for path in ["o/score/", "o/score"] {
        let target = target.path().join(path.len().to_string());
        assert_eq!(fetch(&service, path, &target).await.unwrap(), 4);
        assert_eq!(files(&target), ["deep/a & b.txt", "empty", "large", "predictions.csv"]);
        assert_eq!(fs::read(target.join("deep/a & b.txt")).unwrap(), b"deep");
        assert!(fs::read(target.join("large")).unwrap() == large && target.join("marker").is_dir());
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_single_blob_goes_by_its_own_name() {
    let (service, target) = (Service::default(), tempfile::tempdir().unwrap());
    service.put("o/one.csv", Blob::new("1"));
    service.put("o/one.csv2", Blob::new("2"));
    assert_eq!(fetch(&service, "o/one.csv", target.path()).await.unwrap(), 1);
    assert_eq!(files(target.path()), ["one.csv"]);
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_there_is_an_error_and_makes_no_folder() {
    let (service, folder) = (Service::default(), tempfile::tempdir().unwrap());
    service.put("o/score2/x", Blob::new("1"));
    for path in ["o/score/", "o/score", "nowhere", ""] {
        if path.is_empty() {
            service.with(|state| state.blobs.clear());
        }
        let outcome = fetch(&service, path, &folder.path().join("t")).await;
        assert!(matches!(outcome, Err(AssetError::NothingThere { .. })), "{path}: {outcome:?}");
    }
    assert!(!folder.path().join("t").exists());
}

#[tokio::test(flavor = "current_thread")]
async fn an_interrupted_download_is_gone_on_with() {
    let (service, target) = (Service::default(), tempfile::tempdir().unwrap());
    let large = large();
    service.put("o/a", Blob::new("a"));
    service.put("o/large", Blob::new(large.clone()));
    service.refuse(|asked| asked.contains("bytes=16777216-").then_some(500));
    assert!(fetch(&service, "o/", target.path()).await.is_err());
    assert!(!target.path().join("large").exists(), "half a file has the name of a whole one");
    service.obey();
    service.forget();
    let moved = Mutex::new(Vec::new());
    let told = |event| moved.lock().unwrap().push(event);
    let count = download(&service.client(), &container(), "o/", target.path(), &told).await.unwrap();
    assert_eq!(count, 2);
    assert!(fs::read(target.path().join("large")).unwrap() == large);
    assert_eq!(files(target.path()), ["a", "large"]);
    assert_eq!(service.asked("GET o/large").len(), 1, "two of three ranges were there");
    let total: u64 = moved
        .into_inner()
        .unwrap()
        .iter()
        .map(|event| if let Transfer::Moved(bytes) = event { *bytes } else { 0 })
        .sum();
    assert_eq!(total, LARGE as u64 + 1, "what was there is not counted");
    service.forget();
    assert_eq!(fetch(&service, "o/", target.path()).await.unwrap(), 2);
    assert!(service.asked("GET o/").is_empty(), "whole files were fetched again");
}

#[tokio::test(flavor = "current_thread")]
async fn a_blob_that_changes_while_it_is_read_is_told() {
    let (service, target) = (Service::default(), tempfile::tempdir().unwrap());
    service.put("o/large", Blob::new(large()));
    service.with(|state| {
        let mut reads = 0;
        state.before = Some(Box::new(move |asked, blobs| {
            reads += usize::from(asked.starts_with("GET o/large"));
            if reads == 2 {
                blobs.get_mut("o/large").unwrap().etag += 1;
            }
        }));
    });
    let outcome = fetch(&service, "o/", target.path()).await;
    assert!(matches!(&outcome, Err(AssetError::BlobChanged { name }) if name == "o/large"), "{outcome:?}");
    assert!(!target.path().join("large").exists());
}

#[tokio::test(flavor = "current_thread")]
async fn damaged_content_never_gets_a_name() {
    let (service, target) = (Service::default(), tempfile::tempdir().unwrap());
    service.put("o/x", Blob { content: b"damaged".to_vec(), ..Blob::new("content") });
    let outcome = fetch(&service, "o/", target.path()).await;
    assert!(matches!(outcome, Err(AssetError::Corrupt { .. })), "{outcome:?}");
    assert!(files(target.path()).is_empty());
}

#[tokio::test(flavor = "current_thread")]
async fn names_that_lead_out_of_the_target_stop_the_download() {
    for name in ["o/../../evil", "o//etc/evil", "o/a/../../../evil", "o/..\\..\\evil"] {
        let (service, folder) = (Service::default(), tempfile::tempdir().unwrap());
        service.put(name, Blob::new("evil"));
        let target = folder.path().join("a/b");
        let outcome = fetch(&service, "o/", &target).await;
        assert!(matches!(outcome, Err(AssetError::Outside { .. })), "{name}: {outcome:?}");
        assert!(files(folder.path()).is_empty(), "{name}");
    }
}
