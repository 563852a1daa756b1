//! The blob service.

use axum::response::IntoResponse as _;

use super::*;
use crate::local::blobs::BlobError;

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
    let staged =
        async |which: &str| service.send(Method::GET, &format!("{list}{which}"), &[], Body::empty()).await;
    let block = |id: &str| format!("<Block><Name>{id}</Name><Size>1</Size></Block>");
    let blocks = format!("<UncommittedBlocks>{}{}</UncommittedBlocks>", block("YQ=="), block("Yg=="));
    assert!(
        staged("&blocklisttype=uncommitted")
            .await
            .text()
            .ends_with(&format!("<BlockList>{blocks}</BlockList>"))
    );
    assert!(staged("&blocklisttype=all").await.text().contains(&format!("<CommittedBlocks/>{blocks}")));
    assert_eq!(staged("&blocklisttype=some").await.header("x-ms-error-code"), "InvalidQueryParameterValue");
    let ids = "<?xml version='1.0' encoding='utf-8'?>\n<BlockList><Latest>YQ==</Latest><Latest>Yg==</Latest></BlockList>";
    let committed = service.send(Method::PUT, &list, &[], ids).await;
    assert_eq!((committed.status.as_u16(), committed.header("content-md5")), (201, ""));
    assert!(staged("").await.text().ends_with("<BlockList><CommittedBlocks/></BlockList>"));
    let nobody =
        service.send(Method::GET, &format!("{BASE}/nobody?comp=blocklist"), &[], Body::empty()).await;
    assert_eq!((nobody.status.as_u16(), nobody.header("x-ms-error-code")), (404, "BlobNotFound"));
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
    for name in ["a/".repeat(254) + "a", vec!["a".repeat(99); 11].join("/")] {
        let answer = service.send(Method::PUT, &format!("{BASE}/{name}"), &[], "x").await;
        assert_eq!((answer.status.as_u16(), answer.header("x-ms-error-code")), (400, "OutOfRangeInput"));
    }
    let state = service.send(Method::GET, "/devstore/..%2Fx/state.db", &[], Body::empty()).await;
    assert_eq!(state.status.as_u16(), 400);
    let folder = service.send(Method::HEAD, &format!("{BASE}/azureml/run/score/"), &[], Body::empty()).await;
    assert_eq!(folder.status.as_u16(), 404);
}

#[tokio::test]
async fn what_is_not_a_plain_upload_writes_nothing() {
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let service = Service::new();
    let path = format!("{BASE}/target");
    service.put_blob("container", "target", "kept").await;
    service.send(Method::PUT, &format!("{path}?comp=block&blockid=YQ%3D%3D"), &[], "staged").await;
    let source = ("x-ms-copy-source", "https://127.0.0.1/devstore/container/other");
    let block_blob = ("x-ms-blob-type", "BlockBlob");
    let refused: [(&str, Headers<'_>, &str, u16, &str); 11] = [
        ("", &[source], "", 501, "NotImplemented"),
        ("", &[source, block_blob], "", 501, "NotImplemented"),
        ("?comp=block&blockid=YQ%3D%3D", &[source], "", 501, "NotImplemented"),
        ("", &[("x-ms-blob-type", "PageBlob")], "", 400, "BlobTypeNotSupported"),
        ("", &[("x-ms-blob-type", "AppendBlob")], "", 400, "BlobTypeNotSupported"),
        ("", &[("x-ms-blob-type", "blob")], "", 400, "InvalidHeaderValue"),
        ("", &[block_blob, ("x-ms-lease-id", "l")], "x", 501, "NotImplemented"),
        ("?snapshot=s", &[block_blob], "x", 501, "NotImplemented"),
        ("?comp=blocklist", &[], "", 400, "InvalidXmlDocument"),
        ("?comp=blocklist", &[], "hello", 400, "InvalidXmlDocument"),
        (
            "?comp=blocklist",
            &[],
            "<BlockList><Committed>YQ==</Committed></BlockList>",
            400,
            "InvalidBlockList",
        ),
    ];
    for (query, headers, body, status, code) in refused {
        let answer = service.send(Method::PUT, &format!("{path}{query}"), headers, body).await;
        let seen = (answer.status.as_u16(), answer.header("x-ms-error-code"));
        assert_eq!(seen, (status, code), "{query} {headers:?}");
        assert_eq!(service.send(Method::GET, &path, &[], Body::empty()).await.text(), "kept");
    }
    let empty = service.send(Method::PUT, &format!("{path}?comp=blocklist"), &[], "<BlockList/>").await;
    assert_eq!(empty.status.as_u16(), 201);
    assert_eq!(service.send(Method::GET, &path, &[], Body::empty()).await.text(), "");
}

#[tokio::test]
async fn only_finished_uploads_become_read_only() {
    let service = Service::new();
    let completed = [("x-ms-meta-upload_status", "completed")];
    let code = "code-0123456789abcdef01234567";
    let cases = [
        ("container", "azureml/r1/score/x", "azureml", false),
        ("container", "LocalUpload/x", "LocalUpload", false),
        ("container", "LocalUploads/h/x", "LocalUploads", false),
        ("code-of-somebody", "src/x", "src", false),
        (code, "x", "", false),
        ("container", "LocalUpload/h/d/x", "LocalUpload/h", true),
        (code, "src/d/x", "src", true),
    ];
    for (container, name, folder, is_sealed) in cases {
        service.put_blob(container, name, "1").await;
        let path = format!("/devstore/{container}/{name}?comp=metadata");
        assert_eq!(service.send(Method::PUT, &path, &completed, Body::empty()).await.status.as_u16(), 200);
        let blobs = service.service.blobs();
        for seen in [folder, name] {
            let facts = std::fs::metadata(blobs.local_path(container, seen).unwrap()).unwrap();
            assert_eq!(facts.permissions().readonly(), is_sealed, "{container} {seen}");
        }
    }
}

#[tokio::test]
async fn conditions_hold_for_every_way_to_write() {
    let service = Service::new();
    let path = format!("{BASE}/a");
    let ways = [
        (Method::PUT, "", "new"),
        (Method::PUT, "?comp=blocklist", "<BlockList/>"),
        (Method::PUT, "?comp=metadata", ""),
        (Method::DELETE, "", ""),
    ];
    for (method, query, body) in ways {
        service.put_blob("container", "a", "old").await;
        let head = service.send(Method::HEAD, &path, &[], Body::empty()).await;
        let etag = head.header("etag").to_owned();
        let modified = head.header("last-modified").to_owned();
        let unmet: [(&str, &str, u16, &str); 5] = [
            ("if-match", "\"0xDEAD\"", 412, "ConditionNotMet"),
            ("if-none-match", &etag, 412, "ConditionNotMet"),
            ("if-none-match", "*", 409, "BlobAlreadyExists"),
            ("if-unmodified-since", "Thu, 01 Jan 1970 00:00:01 GMT", 412, "ConditionNotMet"),
            ("if-modified-since", &modified, 412, "ConditionNotMet"),
        ];
        for (name, value, status, code) in unmet {
            let answer =
                service.send(method.clone(), &format!("{path}{query}"), &[(name, value)], body).await;
            let seen = (answer.status.as_u16(), answer.header("x-ms-error-code"));
            assert_eq!(seen, (status, code), "{method} {query} {name}: {value}");
            let kept = service.send(Method::GET, &path, &[("if-match", etag.as_str())], Body::empty()).await;
            assert_eq!((kept.status.as_u16(), kept.text()), (200, "old".to_owned()));
        }
        let met = [("if-match", etag.as_str()), ("if-unmodified-since", modified.as_str())];
        let answer = service.send(method.clone(), &format!("{path}{query}"), &met, body).await;
        assert!(answer.status.is_success(), "{method} {query}: {:?}", answer.bytes);
    }
    let absent = service.send(Method::PUT, &format!("{BASE}/none"), &[("if-match", "*")], "x").await;
    assert_eq!((absent.status.as_u16(), absent.header("x-ms-error-code")), (412, "ConditionNotMet"));
    let odd = service.send(Method::PUT, &path, &[("if-modified-since", "yesterday")], "x").await;
    assert_eq!((odd.status.as_u16(), odd.header("x-ms-error-code")), (400, "InvalidHeaderValue"));
}

#[tokio::test]
async fn what_a_reader_knows_already_is_not_sent_again() {
    let service = Service::new();
    let path = format!("{BASE}/a");
    service.put_blob("container", "a", "content").await;
    let head = service.send(Method::HEAD, &path, &[], Body::empty()).await;
    let (etag, modified) = (head.header("etag"), head.header("last-modified"));
    let both = format!("\"0x1\", {etag}");
    for method in [Method::GET, Method::HEAD] {
        for known in [
            ("if-none-match", etag),
            ("if-none-match", both.as_str()),
            ("if-none-match", "*"),
            ("if-modified-since", modified),
        ] {
            let answer = service.send(method.clone(), &path, &[known], Body::empty()).await;
            assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, etag), "{known:?}");
            assert!(answer.bytes.is_empty());
        }
        let other = [("if-none-match", "\"0x1\""), ("if-modified-since", modified)];
        assert_eq!(service.send(method, &path, &other, Body::empty()).await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_full_disk_is_told_without_naming_places_on_it() {
    let source = std::io::ErrorKind::StorageFull.into();
    let full = BlobError::Io { path: "/secret/place".into(), source };
    let response = error::BlobServiceError::from(full).into_response();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("no room left") && !text.contains("secret"), "{text}");
}
