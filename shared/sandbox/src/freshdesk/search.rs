//! `/search/tickets` and `/search/contacts`: an index that lags behind, asked with a small query language.

use std::collections::{BTreeMap, VecDeque};

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::errors::{Answer, Refusal};
use super::paging::positive;
use super::query::{self, Query};
use super::server::{Call, Freshdesk};
use crate::Millis;
use crate::shown::Shown;

/// Results per page, and how deep one can page.
const PAGE: usize = 30;
const MAX_PAGE: usize = 10;
/// Longest query, quotes not counted.
const MAX_QUERY: usize = 512;

const TICKET_FIELDS: [&str; 10] = [
    "agent_id",
    "group_id",
    "priority",
    "status",
    "tag",
    "type",
    "due_by",
    "fr_due_by",
    "created_at",
    "updated_at",
];
const CONTACT_FIELDS: [&str; 12] = [
    "active",
    "company_id",
    "email",
    "language",
    "mobile",
    "name",
    "phone",
    "tag",
    "time_zone",
    "twitter_id",
    "unique_external_id",
    "created_at",
];

/// Documents as search knows them: as they were `lag` ago.
#[derive(Debug)]
pub(super) struct Index {
    lag: Millis,
    /// Changes that are not in the index yet, oldest first; `None` takes the document out.
    waiting: VecDeque<(Millis, u64, Option<Shown>)>,
    /// What came into the index since it was last asked.
    unread: BTreeMap<u64, Shown>,
    known: BTreeMap<u64, Value>,
}

impl Index {
    pub(super) fn new(lag: Millis) -> Self {
        Self { lag, waiting: VecDeque::new(), unread: BTreeMap::new(), known: BTreeMap::new() }
    }

    /// Hands in a document's new state.
    pub(super) fn put(&mut self, id: u64, document: Option<Shown>, now: Millis) {
        self.waiting.push_back((now, id, document));
        self.catch_up(now);
    }

    fn catch_up(&mut self, now: Millis) {
        while let Some((at, ..)) = self.waiting.front() {
            if at + self.lag > now {
                break;
            }
            let Some((_, id, document)) = self.waiting.pop_front() else { break };
            self.known.remove(&id);
            match document {
                Some(document) => self.unread.insert(id, document),
                None => self.unread.remove(&id),
            };
        }
    }

    /// The matching documents, newest first.
    fn find(&mut self, query: &Query, now: Millis) -> Vec<&Value> {
        self.catch_up(now);
        let unread = std::mem::take(&mut self.unread);
        self.known.extend(unread.into_iter().map(|(id, document)| (id, document.value())));
        self.known.values().rev().filter(|document| query.matches(document)).collect()
    }
}

impl Freshdesk {
    pub(super) fn route_search(&mut self, call: Call<'_>, what: &str) -> Answer {
        if !matches!(what, "tickets" | "contacts") {
            return Err(Refusal::NotFound);
        }
        if call.request.method != "GET" {
            return Err(Refusal::Method("GET"));
        }
        let page = positive(call.request, "page", 1, MAX_PAGE)?;
        let text = quoted_query(call.request)?;
        let tickets = what == "tickets";
        let query = query::parse(&text, |field| self.is_searchable(field, tickets))?;
        let index = if tickets { &mut self.ticket_index } else { &mut self.contact_index };
        let found = index.find(&query, call.now);
        let shown: Vec<&Value> = found.iter().skip((page - 1) * PAGE).take(PAGE).copied().collect();
        Ok(Response::json(200, &json!({ "total": found.len(), "results": shown })))
    }

    fn is_searchable(&self, field: &str, tickets: bool) -> bool {
        if tickets {
            let own = || self.custom_fields.iter().any(|(_, custom)| custom.name == field);
            return TICKET_FIELDS.contains(&field) || own();
        }
        let hidden = field == "unique_external_id" && !self.external_ids_allowed;
        (CONTACT_FIELDS.contains(&field) || field == "updated_at") && !hidden
    }
}

/// The query without its double quotes, which Freshdesk insists on.
fn quoted_query(request: &Request) -> Result<String, Refusal> {
    let Some(query) = request.query("query") else {
        return Err(Refusal::field("query", "It should be a/an String", "missing_field"));
    };
    let inner = query.strip_prefix('"').and_then(|query| query.strip_suffix('"'));
    match inner {
        Some(inner) if inner.chars().count() <= MAX_QUERY => Ok(inner.to_owned()),
        Some(_) => Err(query::invalid(&format!("The query can have at most {MAX_QUERY} characters"))),
        None => Err(query::invalid("The query must be enclosed in double quotes")),
    }
}
