//! Was a reply, whose answer never came, published? Found by page, text and time among what the page wrote there.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Change, Effect, NewReply, Reason, Receipt, Refusal};
use deskbridge_core::model::Surface;
use serde::Deserialize;

use crate::http::Exchange;
use crate::meta::graph::{Graph, Halt, List, Node, Replay, next};
use crate::meta::wire::{Id, Time, lenient};
use crate::{Found, Next, Trouble};

/// How far Meta's clock and ours may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// How many pages of one list are read before giving up.
const PAGES: usize = 4;

/// Comments per page.
const COMMENTS: &str = "100";

/// Messages per page: the Conversations API shows the details of the latest 20 at a time.
const MESSAGES: &str = "20";

const FIELDS: &str = "id,from,message,created_time";

/// Finds out whether an uncertain reply was published.
pub(super) fn lookup(graph: &Graph, effect: &Effect, exchanges: &[Exchange]) -> Next<Found> {
    let Change::PostReply(reply) = &effect.change else {
        let refusal = Refusal::new(Reason::Invalid, "not a platform's effect");
        return Next::Settled(Found::CannotTell(Trouble::Refused(refusal)));
    };
    let wanted = Wanted::of(graph, effect, reply);
    let mut replay = Replay::new(graph, exchanges);
    let found = match reply.surface {
        Surface::Public => among_comments(&mut replay, reply, &wanted),
        Surface::Direct => among_messages(&mut replay, reply, &wanted),
    };
    next(found, |found| match found {
        Ok(Some(id)) => Found::Yes(Receipt::of(id)),
        Ok(None) => Found::No,
        Err(trouble) => Found::CannotTell(trouble),
    })
}

#[derive(Deserialize)]
struct Row {
    id: Id,
    #[serde(default, deserialize_with = "lenient")]
    from: Option<Node>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    created_time: Option<Time>,
}

/// What we look for.
struct Wanted<'a> {
    page: &'a str,
    text: String,
    since: Moment,
}

/// What one page of a list says.
enum Scan {
    Found(String),
    /// Everything further down is too old.
    Passed,
    /// Not on this page.
    NotHere,
}

impl<'a> Wanted<'a> {
    fn of(graph: &'a Graph, effect: &Effect, reply: &NewReply) -> Self {
        let skew = i64::try_from(CLOCK_SKEW.as_millis()).unwrap_or(i64::MAX);
        // Meta tells whole seconds, rounded down.
        let since = Moment::from_seconds(Moment(effect.first_started_at.0.saturating_sub(skew)).seconds());
        Self { page: &graph.account, text: normalised(&reply.text), since }
    }

    fn scan(&self, rows: &[Row]) -> Result<Scan, Halt> {
        for row in rows {
            let own = row.from.as_ref().is_some_and(|from| from.id.0 == self.page);
            if !own || normalised(row.message.as_deref().unwrap_or_default()) != self.text {
                continue;
            }
            match row.created_time {
                Some(time) if time.0 >= self.since => return Ok(Scan::Found(row.id.0.clone())),
                Some(_) => {}
                // It may be ours, or an older one that says the same.
                None => return Err(Halt::refused(Reason::Invalid, "no created_time")),
            }
        }
        let times: Option<Vec<Moment>> = rows.iter().map(|row| row.created_time.map(|time| time.0)).collect();
        let passed = times.is_some_and(|times| {
            times.is_sorted_by(|newer, older| newer >= older)
                && times.last().is_some_and(|last| *last < self.since)
        });
        Ok(if passed { Scan::Passed } else { Scan::NotHere })
    }
}

/// Meta trims texts and may rewrite line breaks, so only the words and their order count.
fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Under the comment that was answered. The platform shows two levels only: a reply to a reply may hang under the
/// top-level comment instead, so that is looked through too.
fn among_comments(
    replay: &mut Replay<'_>,
    reply: &NewReply,
    wanted: &Wanted<'_>,
) -> Result<Option<String>, Halt> {
    #[derive(Deserialize)]
    struct Child {
        #[serde(default, deserialize_with = "lenient")]
        parent: Option<Node>,
    }
    if let Some(id) = under(replay, &reply.answers, wanted)? {
        return Ok(Some(id));
    }
    let above = match replay.ask::<Child>(&[&reply.answers], &[("fields", "parent{id}")])? {
        Ok(child) => child.parent,
        // Posts have no such field (code 100): nothing is above them. Other refusals say nothing about that.
        Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Invalid && refusal.code == "100" => None,
        Err(trouble) => return Err(Halt::Trouble(trouble)),
    };
    match above {
        Some(parent) => under(replay, &parent.id.0, wanted),
        None => Ok(None),
    }
}

fn under(replay: &mut Replay<'_>, parent: &str, wanted: &Wanted<'_>) -> Result<Option<String>, Halt> {
    let since = wanted.since.seconds().to_string();
    let query = [
        ("filter", "stream"),
        ("order", "reverse_chronological"),
        ("fields", FIELDS),
        ("limit", COMMENTS),
        ("since", &since),
    ];
    let first: List<Row> = replay.get(&[parent, "comments"], &query)?;
    through(replay, first, &[parent, "comments"], &query, wanted)
}

/// In the thread with the customer.
fn among_messages(
    replay: &mut Replay<'_>,
    reply: &NewReply,
    wanted: &Wanted<'_>,
) -> Result<Option<String>, Halt> {
    #[derive(Deserialize)]
    struct Conversation {
        id: Id,
        #[serde(default)]
        messages: Option<List<Row>>,
    }
    let page = replay.graph.account.clone();
    let fields = format!("id,messages.limit({MESSAGES}){{{FIELDS}}}");
    let query = [("platform", "messenger"), ("user_id", &reply.customer), ("fields", &fields)];
    let found: List<Conversation> = replay.get(&[&page, "conversations"], &query)?;
    let Some(conversation) = found.data.into_iter().next() else {
        // The customer wrote to us, so there is a thread; that it is not shown says nothing about our message.
        return Err(Halt::refused(Reason::Gone, "no conversation"));
    };
    let path = [conversation.id.0.as_str(), "messages"];
    let query = [("fields", FIELDS), ("limit", MESSAGES)];
    let first = match conversation.messages {
        Some(messages) => messages,
        None => replay.get(&path, &query)?,
    };
    through(replay, first, &path, &query, wanted)
}

/// Reads a list page by page, as far as it can matter.
fn through(
    replay: &mut Replay<'_>,
    first: List<Row>,
    path: &[&str],
    query: &[(&str, &str)],
    wanted: &Wanted<'_>,
) -> Result<Option<String>, Halt> {
    let mut list = first;
    for page in 1..=PAGES {
        match wanted.scan(&list.data)? {
            Scan::Found(id) => return Ok(Some(id)),
            Scan::Passed => return Ok(None),
            Scan::NotHere => {}
        }
        let Some(after) = list.after().map(str::to_owned) else { return Ok(None) };
        if page == PAGES {
            break;
        }
        let mut query = query.to_vec();
        query.push(("after", &after));
        list = replay.get(path, &query)?;
    }
    Err(Halt::refused(Reason::Invalid, "list too long"))
}
