//! Fetching one file to disk: an `http(s)` input of a local job.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncWriteExt as _;

use super::transport::failed;
use super::{Reach, Way};
use crate::arm::retry::{self, Attempts, Outcome};
use crate::arm::transport::TransportError;
use crate::local::engine::{Download, DownloadError, Downloader};
use crate::wire::origin;

/// Fetches `http(s)` inputs of local jobs.
#[derive(Debug, Clone)]
pub struct HttpDownloader {
    reach: Reach,
}

impl Downloader for HttpDownloader {
    fn download<'a>(&'a self, url: &'a str, target_dir: &'a Path) -> Download<'a> {
        Box::pin(async move {
            self.fetch(url, target_dir)
                .await
                .map_err(|error| DownloadError::new(Box::<dyn std::error::Error + Send + Sync>::from(error)))
        })
    }
}

/// Why an attempt brought no file.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("`{url}` answered {status}")]
    Refused { url: String, status: StatusCode, headers: HeaderMap },
    #[error("`{url}` is a folder")]
    Folder { url: String },
    #[error("`{url}` broke off after {length} of {expected} bytes")]
    Short { url: String, length: u64, expected: u64 },
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("cannot write `{path}`", path = path.display())]
    Disk { path: PathBuf, source: std::io::Error },
}

impl Failure {
    /// What to judge another attempt by; none where it would go the same way.
    fn outcome(&self) -> Option<Outcome<'_>> {
        match self {
            Self::Refused { status, headers, .. } => Some(Outcome::Answered(*status, headers)),
            Self::Short { .. } => Some(Outcome::Broken),
            Self::Transport(error) => error.may_pass().then_some(Outcome::Broken),
            Self::Folder { .. } | Self::Disk { .. } => None,
        }
    }

    /// The error that is told after so many attempts.
    fn after(self, tries: u32) -> anyhow::Error {
        match tries {
            1 => self.into(),
            _ => anyhow::Error::new(self).context(format!("tried {tries} times")),
        }
    }
}

impl HttpDownloader {
    /// Fetches by this way; what is on this machine without a proxy.
    pub fn new(reach: Reach) -> Self {
        Self { reach }
    }

    /// Fetches a file, again where that may help.
    async fn fetch(&self, url: &str, target_dir: &Path) -> anyhow::Result<PathBuf> {
        let options = self.reach.options();
        let client = super::client(&options, Way::to(url))?
            .read_timeout(options.limits.silence)
            .build()
            .context("preparing the HTTP client")?;
        let mut attempts = Attempts::default();
        loop {
            let failure = match fetch_once(&client, url, target_dir).await {
                Ok(path) => return Ok(path),
                Err(failure) => failure,
            };
            attempts.made += 1;
            let pause = failure
                .outcome()
                .and_then(|outcome| self.reach.retries.pause(attempts, outcome, retry::chance()));
            let Some(pause) = pause else { return Err(failure.after(attempts.made)) };
            tokio::time::sleep(pause).await;
            attempts.paused += pause;
        }
    }
}

async fn fetch_once(client: &reqwest::Client, url: &str, target_dir: &Path) -> Result<PathBuf, Failure> {
    let shown = origin::shown(url);
    let mut response = client.get(url).send().await.map_err(failed)?;
    if !response.status().is_success() {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        return Err(Failure::Refused { url: shown, status, headers });
    }
    // Storage with a tree of folders gives an empty text for one of them.
    if response.headers().get("x-ms-meta-hdi_isfolder").is_some_and(|value| value == "true") {
        return Err(Failure::Folder { url: shown });
    }
    let path = target_dir.join(file_name(&shown));
    let partial = target_dir.join(".download.part");
    let disk = |source| Failure::Disk { path: partial.clone(), source };
    std::fs::create_dir_all(target_dir).map_err(disk)?;
    let mut file = tokio::fs::File::create(&partial).await.map_err(disk)?;
    let (expected, mut length) = (response.content_length(), 0);
    while let Some(part) = response.chunk().await.map_err(failed)? {
        file.write_all(&part).await.map_err(disk)?;
        length += part.len() as u64;
    }
    file.flush().await.map_err(disk)?;
    if let Some(expected) = expected.filter(|expected| *expected != length) {
        return Err(Failure::Short { url: shown, length, expected });
    }
    std::fs::rename(&partial, &path).map_err(disk)?;
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
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::arm::retry::RetryPolicy;

    /// Answers one request after the other, each on a connection of its own, and then nobody any more.
    async fn answering(answers: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        origin
    }

    async fn fetch(answers: &'static [&'static str], repeats: u32) -> Result<String, String> {
        let url = format!("{}/a.txt?sig=secret", answering(answers).await);
        let dir = tempfile::tempdir().unwrap();
        let retries = RetryPolicy { repeats, first_pause: Duration::from_millis(1) };
        let fetched = HttpDownloader::new(Reach { roots: None, retries }).fetch(&url, dir.path()).await;
        match fetched {
            Ok(path) => Ok(std::fs::read_to_string(path).unwrap()),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    const BUSY: &str = "HTTP/1.1 503 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const SHORT: &str = "HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\nhalf";
    const WHOLE: &str = "HTTP/1.1 200 x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nwhole";
    const FOLDER: &str = "HTTP/1.1 200 x\r\nx-ms-meta-hdi_isfolder: true\r\ncontent-length: 0\r\n\r\n";
    const GONE: &str = "HTTP/1.1 404 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn what_may_pass_is_fetched_again_from_its_beginning() {
        assert_eq!(fetch(&[BUSY, SHORT, WHOLE], 2).await.as_deref(), Ok("whole"));
    }

    #[tokio::test]
    async fn attempts_end_and_what_stays_is_not_tried_again() {
        let error = fetch(&[BUSY, BUSY, WHOLE], 1).await.unwrap_err();
        assert!(error.starts_with("tried 2 times: ") && error.contains("answered 503"), "{error}");
        let error = fetch(&[GONE, WHOLE], 5).await.unwrap_err();
        assert!(error.contains("answered 404") && !error.contains("tried"), "{error}");
        let error = fetch(&[FOLDER, WHOLE], 5).await.unwrap_err();
        assert!(error.contains("is a folder") && !error.contains("tried"), "{error}");
        let error = fetch(&[SHORT], 0).await.unwrap_err();
        assert!(!error.contains("secret") && !error.contains("tried"), "{error}");
    }

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
