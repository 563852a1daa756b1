//! The blob service.

use super::*;

const BASE: &str = "/devstore.blob.core.windows.net/container";

#[tokio::test]
async fn a_blob_is_written_once_and_read_in_ranges() {
    let service = Service::new();
    let path = format!("{BASE}/LocalUpload/h/sub%20dir/a%20b%23c%2520%3F.txt?sv=2021-08-06&sr=c&sig=x");
    let new = [
        ("x-ms-blob-type", "BlockBlob"),
        ("if-none-match", "*"),
        ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ];
    let absent = service.send(Method::HEAD, &path, &[], Body::empty()).await;
    assert_eq!((absent.status.as_u16(), absent.header("x-ms-error-code")), (404, "BlobNotFound"));
    let made = service.send(Method::PUT, &path, &new, "0123456789").await;
    assert_eq!((made.status.as_u16(), made.header("content-md5")), (201, new[2].1));
    let again = service.send(Method::PUT, &path, &new, "x").await;
    assert_eq!((again.status.as_u16(), again.header("x-ms-error-code")), (409, "BlobAlreadyExists"));
    let head = service.send(Method::HEAD, &path, &[], Body::empty()).await;
    assert_eq!((head.header("content-length"), head.header("x-ms-blob-type")), ("10", "BlockBlob"));
    assert_eq!(head.header("etag"), made.header("etag"));
    let part = service.send(Method::GET, &path, &[("x-ms-range", "bytes=2-4")], Body::empty()).await;
    assert_eq!(
        (part.status.as_u16(), part.header("content-range"), part.text()),
        (206, "bytes 2-4/10", "234".to_owned())
    );
    let matching = [("range", "bytes=8-99"), ("if-match", head.header("etag"))];
    assert_eq!(service.send(Method::GET, &path, &matching, Body::empty()).await.text(), "89");
    let stale = service.send(Method::GET, &path, &[("if-match", "\"0x1\"")], Body::empty()).await;
    assert_eq!(stale.status.as_u16(), 412);
    assert_eq!(service.send(Method::GET, &path, &[], Body::empty()).await.text(), "0123456789");
}

#[tokio::test]
async fn an_empty_blob_has_no_range() {
    let service = Service::new();
    let path = format!("{BASE}/empty");
    service.put_blob("container", "empty", "").await;
    let ranged = service.send(Method::GET, &path, &[("x-ms-range", "bytes=0-33554431")], Body::empty()).await;
    assert_eq!((ranged.status.as_u16(), ranged.header("x-ms-error-code")), (416, "InvalidRange"));
    let whole = service.send(Method::GET, &path, &[], Body::empty()).await;
    assert_eq!((whole.status.as_u16(), whole.text()), (200, String::new()));
}

#[tokio::test]
async fn a_large_blob_streams_whole() {
    let service = Service::new();
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let path = format!("{BASE}/big");
    assert_eq!(service.send(Method::PUT, &path, &[], content.clone()).await.status.as_u16(), 201);
    assert!(service.send(Method::GET, &path, &[], Body::empty()).await.bytes == content);
}

#[tokio::test]
async fn blocks_become_a_blob_with_metadata() {
    let service = Service::new();
    let path = format!("{BASE}/d/big");
    for (id, content) in [("Yg%3D%3D", "2"), ("YQ%3D%3D", "1")] {
        let block = format!("{path}?comp=block&blockid={id}");
        assert_eq!(service.send(Method::PUT, &block, &[], content).await.status.as_u16(), 201);
    }
    let list = format!("{path}?comp=blocklist");
    let ids = "<?xml version='1.0' encoding='utf-8'?>\n<BlockList><Latest>YQ==</Latest><Latest>Yg==</Latest></BlockList>";
    let committed = service.send(Method::PUT, &list, &[], ids).await;
    assert_eq!((committed.status.as_u16(), committed.header("content-md5")), (201, ""));
    let unknown = service.send(Method::PUT, &list, &[], "<BlockList><Latest>eg==</Latest></BlockList>").await;
    assert_eq!((unknown.status.as_u16(), unknown.header("x-ms-error-code")), (400, "InvalidBlockList"));
    assert_eq!(service.send(Method::PUT, &list, &[], "<BlockList>").await.status.as_u16(), 400);
    let metadata = [("x-ms-meta-upload_status", "completed"), ("x-ms-meta-name", "n")];
    let set = service.send(Method::PUT, &format!("{path}?comp=metadata"), &metadata, Body::empty()).await;
    assert_eq!(set.status.as_u16(), 200);
    let found = service.send(Method::GET, &path, &[], Body::empty()).await;
    assert_eq!((found.header("x-ms-meta-upload_status"), found.text()), ("completed", "12".to_owned()));
    let listed = format!("{BASE}?restype=container&comp=list&prefix=d/&include=metadata");
    let xml = service.send(Method::GET, &listed, &[], Body::empty()).await.text();
    assert!(
        xml.contains("<Metadata><name>n</name><upload_status>completed</upload_status></Metadata>"),
        "{xml}"
    );
}

#[tokio::test]
async fn a_list_is_paged_and_escaped() {
    let service = Service::new();
    for name in ["p/a%26b", "p/s/x", "p/t/y", "q"] {
        service.put_blob("container", name, "1").await;
    }
    let list = async |query: &str| {
        let path = format!("{BASE}?restype=container&comp=list&{query}");
        service.send(Method::GET, &path, &[], Body::empty()).await.text()
    };
    let whole = list("prefix=p%2F&delimiter=%2F").await;
    assert!(
        whole.contains("<Name>p/a&amp;b</Name>") && whole.contains("<Content-Length>1</Content-Length>"),
        "{whole}"
    );
    assert!(
        whole.contains("<BlobPrefix><Name>p/s/</Name></BlobPrefix>") && whole.contains("<NextMarker/>"),
        "{whole}"
    );
    let first = list("maxresults=2&prefix=p%2F").await;
    assert!(first.contains("<NextMarker>p/s/x</NextMarker>"), "{first}");
    let second = list("maxresults=2&prefix=p%2F&marker=p%2Fs%2Fx").await;
    assert!(second.contains("p/t/y") && !second.contains("<Name>p/s/x"), "{second}");
    assert!(list("prefix=azureml%2Fnone").await.contains("<Blobs>"));
}

#[tokio::test]
async fn names_that_would_escape_are_refused() {
    let service = Service::new();
    for name in ["a/%2e%2e/b", "..%2F..%2Fstate.db", "a%5C..%5Cb", "a//b", "%2e", "a%00b"] {
        for method in [Method::PUT, Method::GET, Method::HEAD] {
            let answer = service.send(method, &format!("{BASE}/{name}"), &[], Body::empty()).await;
            assert_eq!(answer.status.as_u16(), 400, "{name}");
        }
    }
    let state = service.send(Method::GET, "/devstore/..%2Fx/state.db", &[], Body::empty()).await;
    assert_eq!(state.status.as_u16(), 400);
    let folder = service.send(Method::HEAD, &format!("{BASE}/azureml/run/score/"), &[], Body::empty()).await;
    assert_eq!(folder.status.as_u16(), 404);
}
