//! Dry runs: what would be sent is written down instead, and answered as if the service had agreed.

use std::sync::Mutex;

use http::Method;
use serde_json::{Value, json};

/// Requests that would change something, in the order they would be sent.
#[derive(Debug, Default)]
pub(super) struct Plan {
    requests: Mutex<Vec<Value>>,
}

impl Plan {
    /// Writes down a request and makes up the service's answer: what was sent, with the id and name it would have.
    pub(super) fn add(&self, origin: &str, method: &Method, url: &str, body: Option<&Value>) -> Value {
        let (address, version) = split(url);
        // Addresses of Resource Manager are shown from `/subscriptions/` on, those of other hosts whole.
        let path = address
            .strip_prefix(origin)
            .filter(|path| path.starts_with("/subscriptions/"))
            .unwrap_or(address);
        self.push(json!({
            "method": method.as_str(),
            "url": decoded(path),
            "api_version": version,
            "body": body,
        }));
        let Some(Value::Object(sent)) = body else { return Value::Null };
        let mut answer = sent.clone();
        answer.insert("id".to_owned(), decoded(path).into());
        answer.insert("name".to_owned(), decoded(path.rsplit('/').next().unwrap_or_default()).into());
        Value::Object(answer)
    }

    /// Writes down an upload: where to, how many files, how many bytes.
    pub(super) fn add_upload(&self, url: &str, files: usize, bytes: u64) {
        self.push(json!({
            "method": "PUT",
            "url": url,
            "api_version": null,
            "body": {"files": files, "bytes": bytes},
        }));
    }

    /// Everything written down so far.
    pub(super) fn requests(&self) -> Vec<Value> {
        self.requests.lock().map(|requests| requests.clone()).unwrap_or_default()
    }

    fn push(&self, request: Value) {
        // Nobody panics while holding the lock, so it cannot be poisoned.
        if let Ok(mut requests) = self.requests.lock() {
            requests.push(request);
        }
    }
}

/// An address without its query, and the api-version of the query.
fn split(url: &str) -> (&str, Option<&str>) {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    (address, query.split('&').find_map(|pair| pair.strip_prefix("api-version=")))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
