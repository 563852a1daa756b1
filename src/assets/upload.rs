//! Uploading an asset once: ask for the first file, send what is missing, confirm in its metadata.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use http::StatusCode;

use super::AssetError;
use super::tree::{self, AssetFile};
use crate::arm::Client;
use crate::arm::blobs::{BLOCK_SIZE, Container, SINGLE_PUT_LIMIT};

/// What is told of a transfer while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// So many bytes will be moved in all.
    Total(u64),
    /// So many more bytes have been moved.
    Moved(u64),
}

/// Is told how a transfer goes.
pub type OnTransfer<'a> = &'a (dyn Fn(Transfer) + Sync);

/// Name and version an upload belongs to, kept in the metadata of its first file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetName {
    /// Asset name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// What an upload found or left behind.
#[derive(Debug, PartialEq, Eq)]
pub enum Uploaded {
    /// The files are new.
    New,
    /// Everything was there already, put there under this name.
    Known(AssetName),
}

/// Uploads `asset` below `prefix` of a container, unless an earlier upload of the same content finished there.
///
/// Blob names: `{prefix}/{relative path}`. The first file by path is the indicator: it carries
/// `upload_status: completed` once all files are there (measured on azure-ai-ml 1.35.2).
pub async fn upload(
    client: &Client,
    container: &Container,
    asset: &Path,
    prefix: &str,
    owner: &AssetName,
    told: OnTransfer<'_>,
) -> Result<Uploaded, AssetError> {
    let mut files = tree::files(asset)?;
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    let first = files.first().ok_or_else(|| AssetError::Empty { path: asset.to_path_buf() })?;
    let total = files.iter().map(|file| file.size).sum();
    if client.plan_upload(container, prefix, files.len(), total) {
        return Ok(Uploaded::New);
    }
    let indicator = blob_name(prefix, first);
    let existing = client.blob_properties(container, &indicator).await?;
    if let Some(properties) = &existing
        && properties.metadata("upload_status").as_deref() == Some("completed")
        && is_still_there(client, container, prefix, files.len(), total).await?
    {
        let text = |name| properties.metadata(name).unwrap_or_default();
        return Ok(Uploaded::Known(AssetName { name: text("name"), version: text("version") }));
    }
    told(Transfer::Total(total));
    for file in &files {
        send_file(client, container, file, &blob_name(prefix, file), existing.is_none(), told).await?;
    }
    let metadata = [
        ("x-ms-meta-upload_status", "completed".to_owned()),
        ("x-ms-meta-name", owner.name.clone()),
        ("x-ms-meta-version", owner.version.clone()),
    ];
    client.set_blob_metadata(container, &indicator, &metadata).await?;
    Ok(Uploaded::New)
}

/// Whether a finished upload still has the asset's files and bytes. There may be more names than files: an account
/// with real folders lists these, too, each as an empty blob. Whoever may write but not list takes the word of the
/// earlier upload for it, as Microsoft's tools always do.
async fn is_still_there(
    client: &Client,
    container: &Container,
    prefix: &str,
    files: usize,
    bytes: u64,
) -> Result<bool, AssetError> {
    let (mut found_files, mut found_bytes, mut marker) = (0, 0, None);
    loop {
        let page = client.list_blobs(container, &format!("{prefix}/"), marker.as_deref()).await;
        let (blobs, next) = match page {
            Ok(page) => page,
            Err(error) if error.status() == Some(StatusCode::FORBIDDEN) => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        found_files += blobs.len();
        found_bytes += blobs.iter().map(|blob| blob.size).sum::<u64>();
        match next {
            Some(next) => marker = Some(next),
            None => return Ok(found_files >= files && found_bytes == bytes),
        }
    }
}

fn blob_name(prefix: &str, file: &AssetFile) -> String {
    format!("{prefix}/{}", file.relative)
}

async fn send_file(
    client: &Client,
    container: &Container,
    file: &AssetFile,
    name: &str,
    only_if_new: bool,
    told: OnTransfer<'_>,
) -> Result<(), AssetError> {
    let mut reader = File::open(&file.path).map_err(|source| tree::read_error(&file.path, source))?;
    if file.size <= SINGLE_PUT_LIMIT {
        let content = read_block(&mut reader, file, usize::try_from(file.size).unwrap_or(usize::MAX))?;
        client.put_blob(container, name, content, only_if_new).await?;
        told(Transfer::Moved(file.size));
        return Ok(());
    }
    let mut left = file.size;
    let mut count = 0;
    while left > 0 {
        let length = left.min(BLOCK_SIZE as u64);
        let content =
            read_block(&mut reader, file, BLOCK_SIZE.min(usize::try_from(left).unwrap_or(BLOCK_SIZE)))?;
        client.put_block(container, name, count, content).await?;
        told(Transfer::Moved(length));
        left -= length;
        count += 1;
    }
    client.put_block_list(container, name, count).await?;
    Ok(())
}

/// Reads exactly `length` bytes; a file that has become shorter since it was hashed must not be confirmed.
fn read_block(reader: &mut File, file: &AssetFile, length: usize) -> Result<Bytes, AssetError> {
    let mut block = vec![0; length];
    match reader.read_exact(&mut block) {
        Ok(()) => Ok(block.into()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(AssetError::Changed { path: file.path.clone() })
        }
        Err(source) => Err(tree::read_error(&file.path, source)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};

    use http::{Method, Request, Response};
    use http_body_util::Full;

    use super::*;
    use crate::arm::transport::InProcess;
    use crate::wire::ids::WorkspaceId;

    /// Uploads two files, 3 bytes in all, to where an upload of them has finished. Listing it is answered with
    /// `status` and `sizes`; the second value says how many blobs were written.
    async fn upload_again(status: u16, sizes: &[u64]) -> (Result<Uploaded, AssetError>, usize) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "1").unwrap();
        std::fs::write(folder.path().join("b"), "22").unwrap();
        let blob = |size| {
            format!(
                "<Blob><Name>x</Name><Properties><Content-Length>{size}</Content-Length></Properties></Blob>"
            )
        };
        let listing = format!("<Blobs>{}</Blobs>", sizes.iter().map(blob).collect::<String>());
        let written = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&written);
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let answer = Response::builder();
            let answer = match *request.method() {
                Method::HEAD => answer
                    .header("x-ms-meta-upload_status", "completed")
                    .header("x-ms-meta-name", "n")
                    .header("x-ms-meta-version", "1")
                    .body(Full::default()),
                Method::PUT => {
                    let is_blob = !request.uri().query().unwrap_or_default().contains("comp=");
                    *counted.lock().unwrap() += usize::from(is_blob);
                    answer.status(201).body(Full::default())
                }
                _ => answer.status(status).body(Full::from(listing.clone())),
            };
            std::future::ready(Ok::<_, Infallible>(answer.unwrap()))
        });
        let client = Client::new(Box::new(InProcess::new(service)), "https://host", WorkspaceId::local());
        let container = Container::from_sas_uri("https://host/container?sig=x");
        let owner = AssetName { name: "new".to_owned(), version: "2".to_owned() };
        let outcome = upload(&client, &container, folder.path(), "p", &owner, &|_| {}).await;
        let written = *written.lock().unwrap();
        (outcome, written)
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_finished_upload_is_used_again_only_while_it_is_whole() {
        let known = Uploaded::Known(AssetName { name: "n".to_owned(), version: "1".to_owned() });
        let (outcome, written) = upload_again(200, &[1, 2]).await;
        assert_eq!((outcome.unwrap(), written), (known, 0));
        for broken in [&[][..], &[1], &[1, 1], &[3]] {
            let (outcome, written) = upload_again(200, broken).await;
            assert_eq!((outcome.unwrap(), written), (Uploaded::New, 2), "{broken:?}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn folders_that_an_account_lists_as_blobs_are_no_reason_to_upload_again() {
        let (outcome, written) = upload_again(200, &[0, 1, 2]).await;
        assert!(matches!(outcome.unwrap(), Uploaded::Known(_)) && written == 0);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn only_a_refusal_to_list_stands_for_a_whole_upload() {
        let (outcome, _) = upload_again(403, &[]).await;
        assert!(matches!(outcome.unwrap(), Uploaded::Known(_)));
        for status in [404, 409, 500] {
            let (outcome, written) = upload_again(status, &[]).await;
            assert!(outcome.is_err() && written == 0, "{status}");
        }
    }
}
