//! Looking for what we wrote in a list of the Graph API: by author, text and time.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Effect, NewReply, Reason};
use serde::Deserialize;

use super::graph::{Halt, List, Node, Replay};
use super::wire::{Id, Time, lenient};

/// How far Meta's clock and ours may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// How many pages of one list are read before giving up.
const PAGES: usize = 4;

/// Messages per page: the Conversations API shows the details of the latest 20 at a time.
pub(crate) const MESSAGES: usize = 20;

/// What is asked of each message.
const MESSAGE_FIELDS: &str = "id,from,message,created_time";

/// How the messages of a conversation are asked for.
pub(crate) const MESSAGES_QUERY: [(&str, &str); 2] = [("fields", MESSAGE_FIELDS), ("limit", "20")];

/// A comment or message of a list. Instagram names the fields of comments in its own way.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) id: Id,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) from: Option<Author>,
    #[serde(default, alias = "text")]
    pub(crate) message: Option<String>,
    #[serde(default, alias = "timestamp", deserialize_with = "lenient")]
    pub(crate) created_time: Option<Time>,
    /// Instagram tells its user only beside comments of the account that asks.
    #[serde(default, deserialize_with = "lenient")]
    user: Option<Node>,
}

/// Who wrote a row.
#[derive(Deserialize)]
pub(crate) struct Author {
    pub(crate) id: Id,
    /// Instagram tells it only of the account that asks.
    #[serde(default, deserialize_with = "lenient")]
    self_ig_scoped_id: Option<Id>,
}

/// Whether a row is ours, and whether its words are those of the reply.
pub(crate) struct Wanted<'a> {
    is_own: Box<dyn Fn(&Row) -> bool + 'a>,
    says: Box<dyn Fn(&str) -> bool + 'a>,
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
    /// The words of the reply, written by somebody of whom `is_own` says that it is us, not before the first attempt.
    pub(crate) fn of(effect: &Effect, reply: &'a NewReply, is_own: impl Fn(&Row) -> bool + 'a) -> Self {
        let skew = i64::try_from(CLOCK_SKEW.as_millis()).unwrap_or(i64::MAX);
        // Meta tells whole seconds, rounded down.
        let since = Moment::from_seconds(Moment(effect.first_started_at.0.saturating_sub(skew)).seconds());
        let text = normalised(&reply.text);
        Self { is_own: Box::new(is_own), says: Box::new(move |words| normalised(words) == text), since }
    }

    /// The same, where what stands before the reply's words may be part of the platform's own custom: `bare` takes it off.
    pub(crate) fn or_without(self, bare: impl Fn(&str) -> &str + 'a) -> Self {
        let says = self.says;
        Self { says: Box::new(move |words| says(words) || says(bare(words))), ..self }
    }

    /// The second from which on rows count.
    pub(crate) fn since(&self) -> i64 {
        self.since.seconds()
    }

    /// Reads a list page by page, as far as it can matter.
    pub(crate) fn through(
        &self,
        replay: &mut Replay<'_>,
        first: List<Row>,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<String>, Halt> {
        let mut list = first;
        for page in 1..=PAGES {
            match self.scan(&list.data)? {
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

    /// Looks through a list of which only the newest rows can be read.
    pub(crate) fn among_newest(&self, list: &List<Row>, readable: usize) -> Result<Option<String>, Halt> {
        let whole = list.after().is_none() && list.data.len() < readable;
        match self.scan(&list.data)? {
            Scan::Found(id) => Ok(Some(id)),
            _ if list.data.iter().any(|row| row.from.is_none()) => {
                Err(Halt::refused(Reason::Invalid, "a row without author"))
            }
            Scan::Passed => Ok(None),
            Scan::NotHere if whole => Ok(None),
            Scan::NotHere => Err(Halt::refused(Reason::Invalid, "list too long")),
        }
    }

    fn scan(&self, rows: &[Row]) -> Result<Scan, Halt> {
        for row in rows {
            if !(self.is_own)(row) || !(self.says)(row.message.as_deref().unwrap_or_default()) {
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

impl Row {
    /// Whether this person or account wrote it.
    pub(crate) fn is_by(&self, id: &str) -> bool {
        self.from.as_ref().is_some_and(|from| from.id.0 == id)
    }

    /// Whether it bears one of the marks by which Instagram tells our own.
    pub(crate) fn is_marked_own(&self) -> bool {
        self.user.is_some() || self.from.as_ref().is_some_and(|from| from.self_ig_scoped_id.is_some())
    }
}

/// The conversation with a customer, by its id, and its newest messages.
pub(crate) fn conversation(
    replay: &mut Replay<'_>,
    account: &str,
    platform: &str,
    customer: &str,
) -> Result<(String, List<Row>), Halt> {
    #[derive(Deserialize)]
    struct Conversation {
        id: Id,
        #[serde(default)]
        messages: Option<List<Row>>,
    }
    let fields = format!("id,messages.limit({MESSAGES}){{{MESSAGE_FIELDS}}}");
    let query = [("platform", platform), ("user_id", customer), ("fields", &fields)];
    let found: List<Conversation> = replay.get(&[account, "conversations"], &query)?;
    let Some(conversation) = found.data.into_iter().next() else {
        // The customer wrote to us, so there is a thread; that it is not shown says nothing about our message.
        return Err(Halt::refused(Reason::Gone, "no conversation"));
    };
    let id = conversation.id.0;
    let messages = match conversation.messages {
        Some(messages) => messages,
        None => replay.get(&[&id, "messages"], &MESSAGES_QUERY)?,
    };
    Ok((id, messages))
}

/// Meta trims texts and may rewrite line breaks, so only the words and their order count.
fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
