//! Was a reply, whose answer never came, published? Found by page, text and time among what the page wrote there.

use deskbridge_core::effect::{Change, Effect, NewReply, Reason, Receipt, Refusal};
use deskbridge_core::model::Surface;
use serde::Deserialize;

use crate::http::Exchange;
use crate::meta::graph::{Graph, Halt, List, Node, Replay, next};
use crate::meta::scan::{self, Row, Wanted};
use crate::meta::wire::lenient;
use crate::{Found, Next, Trouble};

/// Comments per page.
const COMMENTS: &str = "100";

const FIELDS: &str = "id,from,message,created_time";

/// Finds out whether an uncertain reply was published.
pub(super) fn lookup(graph: &Graph, effect: &Effect, exchanges: &[Exchange]) -> Next<Found> {
    let Change::PostReply(reply) = &effect.change else {
        let refusal = Refusal::new(Reason::Invalid, "not a platform's effect");
        return Next::Settled(Found::CannotTell(Trouble::Refused(refusal)));
    };
    let wanted = Wanted::of(effect, reply, |row| row.is_by(&graph.account));
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
    let since = wanted.since().to_string();
    let query = [
        ("filter", "stream"),
        ("order", "reverse_chronological"),
        ("fields", FIELDS),
        ("limit", COMMENTS),
        ("since", &since),
    ];
    let first: List<Row> = replay.get(&[parent, "comments"], &query)?;
    wanted.through(replay, first, &[parent, "comments"], &query)
}

/// In the thread with the customer.
fn among_messages(
    replay: &mut Replay<'_>,
    reply: &NewReply,
    wanted: &Wanted<'_>,
) -> Result<Option<String>, Halt> {
    let page = replay.graph.account.clone();
    let (id, first) = scan::conversation(replay, &page, "messenger", &reply.customer)?;
    wanted.through(replay, first, &[&id, "messages"], &scan::MESSAGES_QUERY)
}
