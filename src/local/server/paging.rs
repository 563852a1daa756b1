//! Lists in pages, as Azure answers them: `nextLink` leads to the next one.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::url::Origin;
use crate::wire::paths::encode_segment;

/// Things on a page when the request does not say.
const USUAL: usize = 100;
/// Most things on a page.
const MOST: usize = 1000;

/// Which part of a list a request asks for, and how it asks for the next one.
pub(super) struct Paging {
    origin: Origin,
    path: String,
    query: Vec<(String, String)>,
}

impl Paging {
    /// Things that were on earlier pages.
    pub(super) fn skip(&self) -> usize {
        self.number("$skip").unwrap_or(0)
    }

    /// Most things on this page. `$top` is all the client wants, `count` what it wants at once.
    pub(super) fn limit(&self) -> usize {
        let wanted = self.number("$top").or_else(|| self.number("count"));
        wanted.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// The page of a whole list.
    pub(super) fn of<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        body: impl FnMut(T) -> Value,
    ) -> Json<Value> {
        self.page(all.into_iter().skip(self.skip()), body)
    }

    /// The page that begins with `rest`, which is the list without its earlier pages. Of what comes after the page, the
    /// first thing is looked at: it tells that there is more.
    pub(super) fn page<T>(
        &self,
        rest: impl IntoIterator<Item = T>,
        body: impl FnMut(T) -> Value,
    ) -> Json<Value> {
        let mut rest = rest.into_iter();
        let shown: Vec<Value> = rest.by_ref().take(self.limit()).map(body).collect();
        let is_more = rest.next().is_some() && self.number("$top").is_none();
        let next = is_more.then(|| self.next_link(self.skip() + shown.len()));
        Json(json!({ "value": shown, "nextLink": next }))
    }

    fn next_link(&self, skip: usize) -> String {
        let others = self.query.iter().filter(|(name, _)| name != "$skip");
        let kept: String = others
            .map(|(name, value)| format!("{}={}&", encode_segment(name), encode_segment(value)))
            .collect();
        self.origin.url(&format!("{}?{kept}%24skip={skip}", self.path))
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.query.iter().find(|(found, _)| found == name)?.1.parse().ok()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let origin = Origin::from_request_parts(parts, state).await?;
        let Query(query) = Query::try_from_uri(&parts.uri).unwrap_or_default();
        Ok(Self { origin, path: parts.uri.path().to_owned(), query })
    }
}
