//! Reading what webhooks leave out: names, quoted parents, whose thread a post is in, and whether the keys work.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Message, Quote, Surface, Thread};
use serde::Deserialize;

use super::api::{Api, Halt, Replay, next};
use super::files;
use super::inbound::Us;
use super::missed;
use super::people::{People, User};
use super::present_post::{Entities, Note, Reference};
use super::wire::{Id, lenient, several};
use super::words;
use crate::http::Exchange;
use crate::{Context, Next, Query, Reading, Session, Trouble};

/// The longest wait that a name or a quote is worth.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many own posts are climbed over to find the customer they answer.
const CLIMBS: usize = 3;

/// Reads something.
pub(super) fn read(
    api: &Api,
    us: &Us,
    query: &Query,
    session: &Session,
    exchanges: &[Exchange],
) -> Next<Result<Reading, Trouble>> {
    let mut replay = Replay::new(api, session, exchanges);
    let read = match query {
        Query::Context { thread, message } => context(&mut replay, thread, message).map(Reading::Context),
        Query::Owner { message } => owner(&mut replay, message).map(Reading::Thread),
        Query::File { attachment, .. } => {
            files::find(&mut replay, attachment).map(|file| Reading::File(Box::new(file)))
        }
        Query::Missed { since } => missed::missed(&mut replay, us, *since).map(Reading::Events),
        Query::Health => health(&mut replay).map(Reading::Healthy),
        Query::Replies { .. } | Query::Ticket { .. } | Query::Agent { .. } | Query::Changed { .. } => {
            Err(Halt::refused(Reason::Invalid, "not a platform's query"))
        }
    };
    next(read, |read| read)
}

/// A post, as far as it lets itself be read.
#[derive(Deserialize)]
struct Read {
    #[serde(default, deserialize_with = "lenient")]
    author_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    entities: Option<Entities>,
    #[serde(default, alias = "note_post", deserialize_with = "lenient")]
    note_tweet: Option<Note>,
    #[serde(default, deserialize_with = "lenient")]
    conversation_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    in_reply_to_user_id: Option<Id>,
    #[serde(default, alias = "referenced_posts", deserialize_with = "several")]
    referenced_tweets: Vec<Reference>,
}

/// What stands beside a message. A ticket without a name is better than none, so whatever X refuses to tell is left out;
/// only dead keys and a short wait (an answer that never came, say) are passed on. Every reading costs money, so only what
/// is missing is asked for.
fn context(replay: &mut Replay<'_>, thread: &Thread, message: &Message) -> Result<Context, Halt> {
    let mut context = Context { name: message.author.name.clone(), ..Context::default() };
    if context.name.is_none() {
        let fields = [("user.fields", "name,username")];
        let user: Option<User> = optional(replay, &["users", &thread.customer], &fields)?.0;
        context.name = user.and_then(|user| user.shown());
    }
    if let (Surface::Public, Some(parent)) = (thread.surface, &message.parent) {
        let fields = [
            ("expansions", "author_id"),
            ("tweet.fields", "entities,note_tweet"),
            ("user.fields", "name,username"),
        ];
        let (post, people): (Option<Read>, _) = optional(replay, &["tweets", parent], &fields)?;
        context.quote = post.and_then(|post| post.quote(&people));
    }
    Ok(context)
}

fn optional<T: serde::de::DeserializeOwned>(
    replay: &mut Replay<'_>,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<(Option<T>, People<'static>), Halt> {
    let mut people = People::default();
    match replay.ask::<T>(path, query)? {
        Ok(read) => {
            let users = read.includes.map(|includes| includes.users).unwrap_or_default();
            users.into_iter().for_each(|user| people.add(user));
            Ok((read.data, people))
        }
        Err(Trouble::Refused(refusal)) if refusal.reason != Reason::Token => Ok((None, people)),
        Err(Trouble::RetryAfter(pause)) if pause > PATIENCE => Ok((None, people)),
        Err(trouble) => Err(Halt::Trouble(trouble)),
    }
}

impl Read {
    fn quote(self, people: &People<'_>) -> Option<Quote> {
        let author = self.author_id.and_then(|id| people.person(&id.0).name);
        let (text, entities) = match self.note_tweet {
            Some(note) => (note.text, note.entities),
            None => (self.text?, self.entities),
        };
        let text = words::readable(&text, &entities.map(|entities| entities.urls).unwrap_or_default());
        (!text.trim().is_empty()).then_some(Quote { author, text })
    }

    fn author(&self) -> Option<&str> {
        self.author_id.as_ref().map(|id| id.0.as_str())
    }

    fn answers(&self) -> Option<&str> {
        let replied = self.referenced_tweets.iter().find(|reference| reference.kind == "replied_to");
        replied.map(|reference| reference.id.0.as_str())
    }
}

/// Whose thread a post is in: that of its author; of an own post, that of the one it answers. If everything on the way up
/// is our own, the customer is the account itself.
fn owner(replay: &mut Replay<'_>, message: &str) -> Result<Thread, Halt> {
    let user = replay.api.user.clone();
    let mut post = post(replay, message)?;
    let root = post.conversation_id.take().map_or_else(|| message.to_owned(), |id| id.0);
    let thread = |customer: String| Thread { surface: Surface::Public, post: root.clone(), customer };
    for _ in 0..CLIMBS {
        match (post.author(), &post.in_reply_to_user_id, post.answers()) {
            (Some(author), ..) if author != user => return Ok(thread(author.to_owned())),
            // An author who is not shown gets a conversation of their own, named by the post.
            (None, ..) => return Ok(thread(message.to_owned())),
            (_, Some(answered), _) if answered.0 != user => return Ok(thread(answered.0.clone())),
            (_, _, Some(above)) => {
                let above = above.to_owned();
                post = self::post(replay, &above)?;
            }
            (_, _, None) => break,
        }
    }
    Ok(thread(user))
}

fn post(replay: &mut Replay<'_>, id: &str) -> Result<Read, Halt> {
    let fields = [("tweet.fields", "author_id,conversation_id,in_reply_to_user_id,referenced_tweets")];
    let read = replay.get::<Read>(&["tweets", id], &fields)?;
    read.data.ok_or_else(|| Halt::refused(Reason::Gone, "no such post"))
}

/// Whether the keys work and act as this account.
fn health(replay: &mut Replay<'_>) -> Result<String, Halt> {
    let fields = [("user.fields", "name,username")];
    let user = replay.get::<User>(&["users", "me"], &fields)?.data;
    let Some(user) = user else { return Err(Halt::refused(Reason::Gone, "no account")) };
    if user.id() != Some(replay.api.user.as_str()) {
        let refusal = Refusal::new(Reason::Token, "the access token acts as another account");
        return Err(Halt::Trouble(Trouble::Refused(refusal)));
    }
    Ok(user.shown().unwrap_or_else(|| replay.api.user.clone()))
}
