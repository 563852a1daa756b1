//! Lists in pages, as Azure answers them: `nextLink` leads to the next one.

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::error::ServiceError;
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
    skip: usize,
    /// All the client wants.
    top: Option<usize>,
    /// What it wants at once.
    count: Option<usize>,
}

impl Paging {
    /// Things that were on earlier pages.
    pub(super) fn skip(&self) -> usize {
        self.skip
    }

    /// Most things on this page.
    pub(super) fn limit(&self) -> usize {
        let at_once = self.count.or(self.top).unwrap_or(USUAL).clamp(1, MOST);
        self.top.map_or(at_once, |top| top.min(at_once))
    }

    /// The page of a whole list.
    pub(super) fn of<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        body: impl FnMut(T) -> Value,
    ) -> Json<Value> {
        self.page(all.into_iter().skip(self.skip), body)
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
        let is_more = self.top.is_none_or(|top| shown.len() < top) && rest.next().is_some();
        let next = is_more.then(|| self.next_link(shown.len()));
        Json(json!({ "value": shown, "nextLink": next }))
    }

    fn next_link(&self, shown: usize) -> String {
        let others = self.query.iter().filter(|(name, _)| name != "$skip" && name != "$top");
        let kept: String = others
            .map(|(name, value)| format!("{}={}&", encode_segment(name), encode_segment(value)))
            .collect();
        let top = self.top.map(|top| format!("%24top={}&", top - shown)).unwrap_or_default();
        self.origin.url(&format!("{}?{kept}{top}%24skip={}", self.path, self.skip + shown))
    }
}

/// A number of the query, which may be left out but has to be one.
fn number(query: &[(String, String)], name: &str) -> Result<Option<usize>, ServiceError> {
    let Some((_, text)) = query.iter().find(|(found, _)| found == name) else {
        return Ok(None);
    };
    let wrong =
        |_| ServiceError::Invalid(format!("The query parameter {name} is {text}, which is not a count."));
    text.parse().map(Some).map_err(wrong)
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ServiceError> {
        let Ok(origin) = Origin::from_request_parts(parts, state).await;
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).unwrap_or_default();
        let number = |name| number(&query, name);
        Ok(Self {
            origin,
            path: parts.uri.path().to_owned(),
            skip: number("$skip")?.unwrap_or(0),
            top: number("$top")?,
            count: number("count")?,
            query,
        })
    }
}
