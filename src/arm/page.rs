//! Lists, page by page: the next page is asked for when the items of the one before are used up.

use std::collections::HashSet;

use serde_json::Value;

use super::address;
use super::client::{Call, Client};
use super::credential::Audience;
use super::error::{ArmError, ArmErrorKind};
use crate::wire::Page;

/// Most pages of one list; a page has a hundred items or more.
const MOST_PAGES: usize = 10_000;
/// Most pages without an item, one after the other: services that filter late send some.
const MOST_EMPTY_PAGES: usize = 100;

/// The pages of one list that are still to come.
pub(super) struct Pages<'a> {
    client: &'a Client,
    audience: Audience,
    /// Address of the first page.
    first: String,
    next: Option<String>,
    asked: HashSet<String>,
    /// How many pages in a row had no item.
    empty: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a Client, audience: Audience, url: &str) -> Self {
        Self {
            client,
            audience,
            first: url.to_owned(),
            next: Some(url.to_owned()),
            asked: HashSet::new(),
            empty: 0,
        }
    }

    /// The items of the next page; `None` after the last one.
    ///
    /// A page may name its successor by an absolute or a relative address. The token goes to the host of the first
    /// page only, and a list that comes back to where it was, or goes on and on, is an error rather than endless.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>, ArmError> {
        let Some(url) = self.next.take() else { return Ok(None) };
        let audience = address::is_same_origin(&self.first, &url).then_some(self.audience);
        let page: Page<Value> = self.client.json(Call { audience, ..Call::get(&url) }).await?.body;
        let link = page.next_link.filter(|link| !link.is_empty());
        self.next =
            link.map(|link| address::with_api_version_of(&address::resolve(&url, &link), &self.first));
        self.asked.insert(url);
        self.empty = if page.value.is_empty() { self.empty + 1 } else { 0 };
        let is_too_long = self.asked.len() >= MOST_PAGES || self.empty >= MOST_EMPTY_PAGES;
        match &self.next {
            Some(next) if is_too_long || self.asked.contains(next) => {
                Err(ArmError::new(http::Method::GET, next, ArmErrorKind::EndlessList))
            }
            _ => Ok(Some(page.value)),
        }
    }
}

impl Client {
    /// Reads a list, page by page, stopping once `limit` items are there.
    pub(super) async fn list(&self, url: &str, limit: Option<usize>) -> Result<Vec<Value>, ArmError> {
        self.list_from(Audience::ResourceManager, url, limit).await
    }

    /// As [`Self::list`], from whoever accepts tokens for `audience`.
    pub(super) async fn list_from(
        &self,
        audience: Audience,
        url: &str,
        limit: Option<usize>,
    ) -> Result<Vec<Value>, ArmError> {
        let limit = limit.unwrap_or(usize::MAX);
        let (mut items, mut pages) = (Vec::new(), Pages::new(self, audience, url));
        while items.len() < limit {
            let Some(page) = pages.next().await? else { break };
            items.extend(page);
        }
        items.truncate(limit);
        Ok(items)
    }
}
