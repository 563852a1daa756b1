//! Fetching one file to disk: an `http(s)` input of a local job.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use tokio::io::AsyncWriteExt as _;

use crate::local::engine::{Download, DownloadError, Downloader};
use crate::wire::origin;

/// Fetches `http(s)` inputs of local jobs.
#[derive(Debug, Clone, Copy)]
pub struct HttpDownloader;

impl Downloader for HttpDownloader {
    fn download<'a>(&'a self, url: &'a str, target_dir: &'a Path) -> Download<'a> {
        Box::pin(async move {
            fetch(url, target_dir)
                .await
                .map_err(|error| DownloadError::new(Box::<dyn std::error::Error + Send + Sync>::from(error)))
        })
    }
}

async fn fetch(url: &str, target_dir: &Path) -> anyhow::Result<PathBuf> {
    let shown = origin::shown(url);
    let mut response = super::client()
        .read_timeout(super::READ_TIMEOUT)
        .build()
        .context("preparing the HTTP client")?
        .get(url)
        .send()
        .await
        .map_err(reqwest::Error::without_url)?;
    if !response.status().is_success() {
        bail!("`{shown}` answered {}", response.status());
    }
    let path = target_dir.join(file_name(&shown));
    let partial = target_dir.join(".download.part");
    let failed = || format!("cannot write `{}`", partial.display());
    std::fs::create_dir_all(target_dir).with_context(failed)?;
    let mut file = tokio::fs::File::create(&partial).await.with_context(failed)?;
    let (expected, mut length) = (response.content_length(), 0);
    while let Some(part) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        file.write_all(&part).await.with_context(failed)?;
        length += part.len() as u64;
    }
    file.flush().await.with_context(failed)?;
    ensure!(
        expected.is_none_or(|expected| expected == length),
        "`{shown}` broke off after {length} of {} bytes",
        expected.unwrap_or_default()
    );
    std::fs::rename(&partial, &path).with_context(failed)?;
    Ok(path)
}

/// The last part of the address's path as a file name; never a path.
fn file_name(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let last = path.split_once('/').and_then(|(_, path)| path.rsplit('/').find(|part| !part.is_empty()));
    let decoded = percent_encoding::percent_decode_str(last.unwrap_or_default()).decode_utf8_lossy();
    let plain: String =
        decoded.chars().map(|c| if matches!(c, '/' | '\\' | '\0') { '_' } else { c }).collect();
    match plain.as_str() {
        "" | "." | ".." => "input".to_owned(),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_come_from_the_address_and_stay_names() {
        for (url, name) in [
            ("https://h/a/b%20c.csv?sig=x", "b c.csv"),
            ("https://h/a/..%2F..%2Fx", ".._.._x"),
            ("https://h/", "input"),
            ("https://h", "input"),
            ("https://h/a/..", "input"),
        ] {
            assert_eq!(file_name(&origin::shown(url)), name, "{url}");
        }
    }
}
