//! Telling what is sent and answered, for `--verbose` and `--debug`. Nothing secret is in what is told.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use serde_json::Value;

use super::redact;
use super::transport::TransportError;

/// Most bytes shown of a body.
const SHOWN: usize = 8 << 10;
/// Largest body that is read in order to be shown.
const READ: usize = 1 << 20;

/// How much a listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Waits that are long.
    Waits,
    /// What is repeated and why.
    Notes,
    /// Every request and every answer, with headers and bodies.
    Everything,
}

type Listener = dyn Fn(Detail, &str) + Send + Sync;

/// Somebody who wants to hear of requests.
#[derive(Clone)]
pub struct Trace {
    detail: Detail,
    tell: Arc<Listener>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("detail", &self.detail).finish_non_exhaustive()
    }
}

impl Trace {
    /// Tells `tell` everything up to `detail`.
    pub fn new(detail: Detail, tell: impl Fn(Detail, &str) + Send + Sync + 'static) -> Self {
        Self { detail, tell: Arc::new(tell) }
    }

    /// Tells in a few words what is going on.
    pub fn note(&self, text: impl FnOnce() -> String) {
        self.tell(Detail::Notes, text);
    }

    /// Tells of something, if somebody wants to hear this much.
    pub(super) fn tell(&self, detail: Detail, text: impl FnOnce() -> String) {
        if detail <= self.detail {
            (self.tell)(detail, &redact::text(&text()));
        }
    }

    pub(super) fn request(&self, request: &Request<Bytes>) {
        if self.detail == Detail::Everything {
            let first = format!("{} {}", request.method(), redact::text(&request.uri().to_string()));
            self.message(first, request.headers(), request.body());
        }
    }

    pub(super) fn answer(&self, response: &Response<Bytes>, took: Duration) {
        if self.detail == Detail::Everything {
            let first = format!("{} in {} ms", response.status(), took.as_millis());
            self.message(first, response.headers(), response.body());
        }
    }

    pub(super) fn broken(&self, error: &TransportError, took: Duration) {
        if self.detail == Detail::Everything {
            let reason = redact::text(&error.reason());
            (self.tell)(Detail::Everything, &format!("no answer after {} ms: {reason}", took.as_millis()));
        }
    }

    fn message(&self, mut text: String, headers: &HeaderMap, body: &Bytes) {
        for (name, value) in headers {
            let _ = write!(text, "\n    {name}: {}", redact::header(name, value));
        }
        if !body.is_empty() {
            let _ = write!(text, "\n    {}", shown_body(headers, body));
        }
        (self.tell)(Detail::Everything, &text);
    }
}

/// A body as text, without secrets and not too much of it; anything else by its size.
fn shown_body(headers: &HeaderMap, body: &Bytes) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = ["json", "xml", "text/", "urlencoded"].iter().any(|part| kind.contains(part));
    let text = std::str::from_utf8(body).ok().filter(|_| is_text && body.len() <= READ);
    let Some(text) = text else { return format!("({} bytes)", body.len()) };
    let mut shown = match serde_json::from_str::<Value>(text) {
        Ok(value) => redact::json(&value).to_string(),
        Err(_) => redact::text(text),
    };
    if shown.len() > SHOWN {
        let cut = (0..=SHOWN).rev().find(|at| shown.is_char_boundary(*at)).unwrap_or_default();
        shown.truncate(cut);
        let _ = write!(shown, "... ({} bytes in all)", body.len());
    }
    shown
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use std::sync::{Arc, Mutex};

    use super::*;

    fn told(detail: Detail, act: impl FnOnce(&Trace)) -> Vec<String> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        act(&Trace::new(detail, move |_, text| ears.lock().unwrap().push(text.to_owned())));
        let heard = heard.lock().unwrap();
        heard.clone()
    }

    fn request(kind: &str, body: &'static [u8]) -> Request<Bytes> {
        Request::put("https://h/c?sig=secret")
            .header("authorization", "Bearer secret")
            .header("content-type", kind)
            .body(Bytes::from_static(body))
            .unwrap()
    }

    #[test]
    fn a_request_is_told_whole_but_for_its_secrets() {
        let request = request("application/json", br#"{"key": "secret", "name": "n"}"#);
        let heard = told(Detail::Everything, |trace| trace.request(&request));
        assert_eq!(
            heard,
            ["PUT https://h/c?sig=***\n    authorization: ***\n    content-type: application/json\n    \
              {\"key\":\"***\",\"name\":\"n\"}"]
        );
        assert_eq!(told(Detail::Notes, |trace| trace.request(&request)), [""; 0]);
    }

    #[test]
    fn long_waits_are_told_to_everybody_and_notes_to_who_asked_for_them() {
        let tell_both = |trace: &Trace| {
            trace.tell(Detail::Waits, || "a long wait".to_owned());
            trace.note(|| "a note".to_owned());
        };
        assert_eq!(told(Detail::Waits, tell_both), ["a long wait"]);
        assert_eq!(told(Detail::Notes, tell_both), ["a long wait", "a note"]);
    }

    #[test]
    fn bytes_are_told_by_their_number_and_long_texts_are_cut() {
        let shown = |kind: &str, body: &[u8]| {
            let headers = [(header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect();
            shown_body(&headers, &Bytes::copy_from_slice(body))
        };
        assert_eq!(shown("application/octet-stream", b"sig=secret"), "(10 bytes)");
        assert_eq!(shown("text/plain", b"\xff\xfe"), "(2 bytes)");
        assert_eq!(shown("application/json", b"{\"key\": \"half"), "{\"key\": \"***");
        let long = shown("text/plain", "é".repeat(SHOWN).as_bytes());
        assert!(long.len() < SHOWN + 40 && long.ends_with("... (16384 bytes in all)"), "{}", long.len());
        assert_eq!(shown("text/plain", &vec![b'x'; READ + 1]), format!("({} bytes)", READ + 1));
    }
}
