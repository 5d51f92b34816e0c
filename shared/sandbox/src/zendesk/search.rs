//! Search, which lags behind, and the incremental export, which leaves out the last minute.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE as BASE64;
use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Call, Id, id_of, stamp};
use super::errors::{Answer, Problem};
use super::paging::offset;
use super::ticket::{Status, Ticket};
use crate::Millis;
use crate::shown::{NULL, shown};

/// Search shows no more than so many results in all.
const MOST_RESULTS: usize = 1_000;
/// The export leaves out what changed so recently.
const EXPORT_LAG: Millis = 60_000;
const LARGEST_EXPORT: usize = 1_000;

impl Zendesk {
    /// `GET /search?query=`: tickets and users as the index knows them, which is some time ago.
    pub(super) fn search(&self, call: &Call<'_>) -> Answer {
        let query = call.query("query").ok_or_else(|| Problem::missing("query"))?;
        let terms: Vec<Term> = split(&query).iter().map(|word| Term::read(word)).collect();
        let mut found: Vec<Value> =
            self.indexed(call.now()).filter(|row| terms.iter().all(|t| t.fits(row))).collect();
        let newest = |row: &Value| row["created_at"].as_str().unwrap_or_default().to_owned();
        found.sort_by_key(|row| std::cmp::Reverse((newest(row), id_of(row, "id"))));
        let (page, size) = offset(call);
        if page.saturating_mul(size) > MOST_RESULTS {
            let why = "Invalid search: Requested response size was greater than Search Response Limits";
            return Err(Problem::new(422, json!({"error": "invalid", "description": why})));
        }
        let shown: Vec<_> = found.iter().skip((page - 1) * size).take(size).collect();
        let answer = json!({"results": shown, "facets": null, "next_page": null, "previous_page": null,
            "count": found.len()});
        Ok(Response::json(200, &answer))
    }

    fn indexed(&self, now: Millis) -> impl Iterator<Item = Value> {
        let known = move |ticket: &Ticket| {
            let (_, view) = ticket.indexed.iter().rfind(|(from, _)| *from <= now)?;
            let view = view.value();
            (view["status"] != "deleted").then(|| typed(view, "ticket"))
        };
        let lag = self.seed.search_lag_ms;
        let users = self.users.values().filter(move |user| user.created + lag <= now);
        let users = users.map(|user| typed(self.user_view(user).value(), "user"));
        self.tickets.values().filter_map(known).chain(users)
    }

    /// `GET /incremental/tickets/cursor`: changed tickets, deleted ones too, in the order of their changes.
    pub(super) fn export_tickets(&mut self, call: &Call<'_>) -> Answer {
        self.require_admin(&call.actor)?;
        self.limiter.export(&self.seed.limits, call.now())?;
        let from: (Millis, Id) = match (call.query("cursor"), call.query("start_time")) {
            (Some(cursor), _) => read_cursor(&cursor)?,
            (None, Some(start)) => {
                let start: i64 =
                    start.parse().map_err(|_| Problem::bad_request("InvalidValue", "start_time"))?;
                if start.saturating_mul(1_000) > call.now() - EXPORT_LAG {
                    let why = "Too recent start_time. Use a start_time older than 60 seconds";
                    return Err(Problem::new(422, json!({"error": "InvalidValue", "description": why})));
                }
                (start * 1_000, Id::MIN)
            }
            (None, None) => return Err(Problem::missing("start_time")),
        };
        let size = call.query("per_page").and_then(|size| size.parse().ok()).unwrap_or(LARGEST_EXPORT);
        let settled = |ticket: &&Ticket| ticket.updated <= call.now() - EXPORT_LAG;
        let mut rows: Vec<_> = self.tickets.values().filter(settled).collect();
        rows.retain(|ticket| (ticket.updated, ticket.id) > from);
        rows.sort_by_key(|ticket| (ticket.updated, ticket.id));
        let shown = &rows[..rows.len().min(size.clamp(1, LARGEST_EXPORT))];
        let (at, id) = shown.last().map_or(from, |ticket| (ticket.updated, ticket.id));
        let cursor = BASE64.encode(format!("{at}|{id}"));
        let tickets: Vec<_> = shown.iter().map(|ticket| self.ticket_view(ticket)).collect();
        let answer = shown!({"tickets": tickets, "after_cursor": cursor, "before_cursor": NULL, "before_url": NULL,
            "after_url": format!("{}?cursor={cursor}", self.url("incremental/tickets/cursor.json")),
            "end_of_stream": shown.len() == rows.len(), "generated_at": stamp(call.now())});
        Ok(answer.answer(200))
    }
}

fn read_cursor(cursor: &str) -> Result<(Millis, Id), Problem> {
    let decoded = BASE64.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = decoded.as_deref().and_then(|text| text.split_once('|'));
    parts
        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)))
        .ok_or_else(|| Problem::bad_request("InvalidValue", "the cursor is not valid"))
}

fn typed(mut view: Value, kind: &str) -> Value {
    view["result_type"] = kind.into();
    view
}

/// The words of a query; quotes keep spaces.
fn split(query: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in query.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// One condition of a query.
struct Term {
    field: String,
    operator: char,
    value: String,
}

impl Term {
    fn read(word: &str) -> Self {
        let lower = word.to_lowercase();
        match lower.find([':', '<', '>']) {
            Some(at) if at > 0 => {
                let operator = lower[at..].chars().next().unwrap_or(':');
                Self { field: lower[..at].to_owned(), operator, value: lower[at + 1..].to_owned() }
            }
            _ => Self { field: String::new(), operator: ':', value: lower },
        }
    }

    fn fits(&self, row: &Value) -> bool {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_lowercase();
        match self.field.as_str() {
            "" => ["subject", "description", "name", "email"]
                .iter()
                .any(|name| text(name).contains(&self.value)),
            "type" => row["result_type"] == self.value.as_str(),
            "status" => self.compare(Status::read(&text("status")), Status::read(&self.value)),
            "tags" => {
                row["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| *tag == self.value.as_str()))
            }
            "requester" | "requester_id" => id_of(row, "requester_id") == self.value.parse().ok(),
            "subject" | "description" => text(&self.field).contains(&self.value),
            name => text(name) == self.value,
        }
    }

    fn compare(&self, left: Option<Status>, right: Option<Status>) -> bool {
        match (left, right, self.operator) {
            (Some(left), Some(right), '<') => left < right,
            (Some(left), Some(right), '>') => left > right,
            (Some(left), Some(right), _) => left == right,
            _ => false,
        }
    }
}
