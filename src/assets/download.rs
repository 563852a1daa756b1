//! Downloading the blobs below a prefix into a folder, and never outside of it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use super::AssetError;
use super::upload::{OnTransfer, Transfer};
use crate::arm::Client;
use crate::arm::blobs::{Container, ListedBlob};

/// Bytes asked for at once.
const RANGE: u64 = 8 << 20;

/// Downloads every blob below `prefix` to its relative path below `target`; returns how many there were.
///
/// A file appears under its name only when it is complete.
pub async fn download(
    client: &Client,
    container: &Container,
    prefix: &str,
    target: &Path,
    told: OnTransfer<'_>,
) -> Result<u64, AssetError> {
    let mut marker: Option<String> = None;
    let (mut count, mut total) = (0, 0);
    loop {
        let (blobs, next) = client.list_blobs(container, prefix, marker.as_deref()).await?;
        total += blobs.iter().map(|blob| blob.size).sum::<u64>();
        told(Transfer::Total(total));
        for blob in blobs {
            let relative = blob.name.strip_prefix(prefix).unwrap_or(&blob.name).trim_start_matches('/');
            let path = target.join(safe_relative(relative, &blob.name)?);
            fetch(client, container, &blob, &path, told).await?;
            count += 1;
        }
        match next {
            Some(next) => marker = Some(next),
            None => return Ok(count),
        }
    }
}

/// Writes one small file under its relative path below `target`.
pub fn write_below(target: &Path, name: &str, content: &[u8]) -> Result<(), AssetError> {
    let path = target.join(safe_relative(name, name)?);
    let failed = |source| AssetError::Write { path: path.clone(), source };
    fs::create_dir_all(path.parent().unwrap_or(target)).map_err(failed)?;
    fs::write(&path, content).map_err(failed)
}

/// The path a blob's name stands for, if every part of it is an ordinary name.
fn safe_relative(relative: &str, name: &str) -> Result<PathBuf, AssetError> {
    let path = PathBuf::from(relative);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    match plain && !relative.is_empty() {
        true => Ok(path),
        false => Err(AssetError::Outside { name: name.to_owned() }),
    }
}

async fn fetch(
    client: &Client,
    container: &Container,
    blob: &ListedBlob,
    path: &Path,
    told: OnTransfer<'_>,
) -> Result<(), AssetError> {
    let failed = |source| AssetError::Write { path: path.to_path_buf(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let partial = folder.join(format!(".azml-{}.part", uuid::Uuid::new_v4().simple()));
    let written = write_ranges(client, container, blob, &partial, told).await;
    let done = written.and_then(|()| fs::rename(&partial, path).map_err(failed));
    if done.is_err() {
        let _ = fs::remove_file(&partial);
    }
    done
}

async fn write_ranges(
    client: &Client,
    container: &Container,
    blob: &ListedBlob,
    partial: &Path,
    told: OnTransfer<'_>,
) -> Result<(), AssetError> {
    let failed = |source| AssetError::Write { path: partial.to_path_buf(), source };
    let mut file = File::create(partial).map_err(failed)?;
    let mut offset = 0;
    while offset < blob.size {
        let part =
            client.get_blob_range(container, &blob.name, offset, RANGE.min(blob.size - offset)).await?;
        if part.is_empty() {
            return Err(failed(std::io::ErrorKind::UnexpectedEof.into()));
        }
        file.write_all(&part).map_err(failed)?;
        offset += part.len() as u64;
        told(Transfer::Moved(part.len() as u64));
    }
    file.flush().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_of_the_target_are_refused() {
        for name in ["../x", "/etc/passwd", "a/../../x", "", "./x"] {
            assert!(safe_relative(name, name).is_err(), "{name}");
        }
        assert!(safe_relative("a/b c.csv", "p/a/b c.csv").is_ok());
    }
}
