//! Was a reply, whose answer never came, published? Found by place, text and time among what the account wrote.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Change, Effect, NewReply, Reason, Receipt, Refusal, ReplyForm};
use deskbridge_core::model::Surface;
use serde::Deserialize;

use super::api::{Answered, Api, Halt, Replay, next};
use super::present_post::{Note, Reference};
use super::wire::{Id, Time, lenient, made_at, several};
use super::words;
use crate::http::Exchange;
use crate::{Found, Next, Session, Trouble};

/// How far X's clock and ours may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// How many pages of one list are read before giving up.
const PAGES: usize = 4;

/// Finds out whether an uncertain reply was published.
pub(super) fn lookup(api: &Api, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Found> {
    let Change::PostReply(reply) = &effect.change else {
        let refusal = Refusal::new(Reason::Invalid, "not a platform's effect");
        return Next::Settled(Found::CannotTell(Trouble::Refused(refusal)));
    };
    let skew = i64::try_from(CLOCK_SKEW.as_millis()).unwrap_or(i64::MAX);
    let since = Moment::from_seconds(Moment(effect.first_started_at.0.saturating_sub(skew)).seconds());
    let wanted = Wanted { user: &api.user, reply, since };
    let mut replay = Replay::new(api, session.at, exchanges);
    let found = if wanted.is_message() {
        among_messages(&mut replay, &wanted)
    } else {
        among_posts(&mut replay, &wanted)
    };
    next(found, |found| match found {
        Ok(Some(id)) => Found::Yes(Receipt::of(id)),
        Ok(None) => Found::No,
        Err(trouble) => Found::CannotTell(trouble),
    })
}

/// A post or a direct message of ours.
#[derive(Deserialize)]
struct Row {
    id: Id,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Time>,
    /// Of direct messages; posts are all ours.
    #[serde(default, deserialize_with = "lenient")]
    sender_id: Option<Id>,
    #[serde(default, alias = "referenced_posts", deserialize_with = "several")]
    referenced_tweets: Vec<Reference>,
    #[serde(default, alias = "note_post", deserialize_with = "lenient")]
    note_tweet: Option<Note>,
}

/// What we look for.
struct Wanted<'a> {
    user: &'a str,
    reply: &'a NewReply,
    since: Moment,
}

impl Wanted<'_> {
    fn is_message(&self) -> bool {
        self.reply.surface == Surface::Direct || self.reply.form == ReplyForm::Private
    }

    fn is(&self, row: &Row) -> bool {
        let there = if self.is_message() {
            row.sender_id.as_ref().is_some_and(|sender| sender.0 == self.user)
        } else {
            let answers = |reference: &Reference| {
                reference.kind == "replied_to" && reference.id.0 == self.reply.answers
            };
            row.referenced_tweets.iter().any(answers)
        };
        let text = row.note_tweet.as_ref().map(|note| &note.text).or(row.text.as_ref());
        there && self.is_late(row) && text.is_some_and(|text| words::is_published_as(&self.reply.text, text))
    }

    /// Whether it is not older than our first attempt.
    fn is_late(&self, row: &Row) -> bool {
        made_at(&row.id.0, row.created_at) >= self.since
    }
}

/// Among the account's latest posts.
fn among_posts(replay: &mut Replay<'_>, wanted: &Wanted<'_>) -> Result<Option<String>, Halt> {
    let user = wanted.user.to_owned();
    let start = jiff::Timestamp::from_second(wanted.since.seconds()).unwrap_or_default().to_string();
    let query = [
        ("max_results", "100"),
        ("start_time", start.as_str()),
        ("tweet.fields", "created_at,note_tweet,referenced_tweets"),
    ];
    through(replay, &["users", &user, "tweets"], &query, wanted)
}

/// In the conversation with the customer, newest first.
fn among_messages(replay: &mut Replay<'_>, wanted: &Wanted<'_>) -> Result<Option<String>, Halt> {
    let query = [
        ("event_types", "MessageCreate"),
        ("max_results", "100"),
        ("dm_event.fields", "created_at,id,sender_id,text"),
    ];
    through(replay, &["dm_conversations", "with", &wanted.reply.customer, "dm_events"], &query, wanted)
}

/// Reads a list page by page, as far as it can matter.
fn through(
    replay: &mut Replay<'_>,
    path: &[&str],
    query: &[(&str, &str)],
    wanted: &Wanted<'_>,
) -> Result<Option<String>, Halt> {
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let mut query = query.to_vec();
        query.extend(after.as_deref().map(|token| ("pagination_token", token)));
        let Answered { data, meta, .. } = replay.get::<Vec<Row>>(path, &query)?;
        let rows = data.unwrap_or_default();
        if let Some(row) = rows.iter().find(|row| wanted.is(row)) {
            return Ok(Some(row.id.0.clone()));
        }
        let passed = rows.last().is_some_and(|row| !wanted.is_late(row));
        after = meta.and_then(|meta| meta.next_token).filter(|_| !passed);
        if after.is_none() {
            return Ok(None);
        }
    }
    Err(Halt::refused(Reason::Invalid, "list too long"))
}
