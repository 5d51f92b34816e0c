//! Reading what webhooks leave out: names, quoted parents, whose message something is, and whether all is set up.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Message, Quote, Surface, Thread};
use serde::Deserialize;

use crate::http::Exchange;
use crate::meta::files;
use crate::meta::graph::{Graph, Halt, List, Node, Replay, next};
use crate::meta::wire::{Id, lenient, link};
use crate::{Context, Next, Query, Reading, Trouble};

/// The webhook fields without which messages would be missed in silence.
pub(super) const NEEDED_FIELDS: [&str; 5] =
    ["feed", "mention", "messages", "message_echoes", "messaging_postbacks"];

/// The longest wait that a name or a quote is worth.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many own comments are climbed over to find the customer they answer.
const CLIMBS: usize = 2;

/// Reads something.
pub(super) fn read(graph: &Graph, query: &Query, exchanges: &[Exchange]) -> Next<Result<Reading, Trouble>> {
    let mut replay = Replay::new(graph, exchanges);
    let read = match query {
        Query::Context { thread, message } => context(&mut replay, thread, message).map(Reading::Context),
        Query::Owner { message } => owner(&mut replay, message).map(Reading::Thread),
        Query::File { surface, message, at, attachment } => {
            files::find(&mut replay, *surface, message, *at, attachment)
                .map(|file| Reading::File(Box::new(file)))
        }
        Query::Health => health(&mut replay).map(Reading::Healthy),
        Query::Replies { .. } | Query::Ticket { .. } | Query::Agent { .. } | Query::Changed { .. } => {
            Err(Halt::refused(Reason::Invalid, "not a platform's query"))
        }
        Query::Missed { .. } => Err(Halt::refused(Reason::Invalid, "Meta lists nothing that was missed")),
    };
    next(read, |read| read)
}

/// A person, post or comment, as far as it lets itself be read.
#[derive(Default, Deserialize)]
struct Read {
    #[serde(default, deserialize_with = "lenient")]
    from: Option<Author>,
    #[serde(default, deserialize_with = "lenient")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    permalink_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    parent: Option<Node>,
    #[serde(default, deserialize_with = "lenient")]
    object: Option<Node>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    last_name: Option<String>,
}

#[derive(Deserialize)]
struct Author {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
}

/// What stands beside a message. A ticket without a name is better than none, so whatever Meta refuses to tell is left
/// out; only a dead token and a short wait (an answer that never came, say) are passed on.
fn context(replay: &mut Replay<'_>, thread: &Thread, message: &Message) -> Result<Context, Halt> {
    let mut context = Context { name: message.author.name.clone(), ..Context::default() };
    match thread.surface {
        Surface::Direct if context.name.is_none() => {
            let fields = [("fields", "name,first_name,last_name")];
            context.name = optional(replay, &[&thread.customer], &fields)?.full_name();
        }
        Surface::Public if context.name.is_none() => {
            let node = optional(replay, &[&message.id], &[("fields", "from,permalink_url")])?;
            context.name = node.from.and_then(|from| from.name).and_then(readable);
            context.permalink = node.permalink_url.as_deref().and_then(link);
        }
        _ => {}
    }
    if let Some(parent) = &message.parent {
        let node = optional(replay, &[parent], &[("fields", "from,message")])?;
        let author = node.from.and_then(|from| from.name).and_then(readable);
        context.quote = node.message.and_then(readable).map(|text| Quote { author, text });
    }
    Ok(context)
}

fn optional(replay: &mut Replay<'_>, path: &[&str], query: &[(&str, &str)]) -> Result<Read, Halt> {
    match replay.ask(path, query)? {
        Ok(read) => Ok(read),
        Err(Trouble::Refused(refusal)) if refusal.reason != Reason::Token => Ok(Read::default()),
        Err(Trouble::RetryAfter(pause)) if pause > PATIENCE => Ok(Read::default()),
        Err(trouble) => Err(Halt::Trouble(trouble)),
    }
}

impl Read {
    /// `name` where Meta gives it, else first and last name: apps are granted the one or the others.
    fn full_name(self) -> Option<String> {
        let parts: Vec<String> = [self.first_name, self.last_name].into_iter().flatten().collect();
        self.name.and_then(readable).or_else(|| readable(parts.join(" ")))
    }
}

fn readable(text: String) -> Option<String> {
    if text.trim().is_empty() { None } else { Some(text) }
}

/// Whose conversation a post or comment belongs to: that of its author; of an own comment, that of what it answers.
///
/// An author whom Meta does not show gets a conversation of their own, named by the message: nothing is lost, nobody is
/// mixed up, and the reply still lands. If everything on the way up is our own, the customer is the page itself.
fn owner(replay: &mut Replay<'_>, message: &str) -> Result<Thread, Halt> {
    let page = replay.graph.account.clone();
    let (node, post) = place(replay, message)?;
    let mut customer = author(&node, message);
    let mut above = node.parent.map(|parent| parent.id.0);
    for _ in 0..CLIMBS {
        let parent = above.take().unwrap_or_else(|| post.clone());
        if customer != page || parent == message {
            break;
        }
        let node: Read = replay.get(&[&parent], &[("fields", "from")])?;
        customer = author(&node, &parent);
        if parent == post {
            break;
        }
    }
    Ok(Thread { surface: Surface::Public, post, customer })
}

fn author(node: &Read, id: &str) -> String {
    let author = node.from.as_ref().and_then(|from| from.id.as_ref());
    author.map(|id| id.0.clone()).filter(|id| !id.is_empty()).unwrap_or_else(|| id.to_owned())
}

/// Reads a post or comment and says which post it belongs to, by the same name that webhooks use (`post_id`).
///
/// Ids of the page's posts begin with the page's id. Everything else is asked as a comment first; posts know no
/// `parent` and `object` and refuse, so then it is asked as a post. Meta does not promise what `object` of a comment
/// looks like: with an underscore it is taken as it is, without one it is the post's half; if it is missing, the first
/// half of the comment's own id is.
fn place(replay: &mut Replay<'_>, message: &str) -> Result<(Read, String), Halt> {
    let page = replay.graph.account.clone();
    let halves = message.split_once('_');
    if halves.is_none_or(|(first, _)| first != page) {
        let fields = [("fields", "from,parent{id},object{id}")];
        match replay.ask::<Read>(&[message], &fields)? {
            Ok(node) => {
                let object = node.object.as_ref().map(|object| object.id.0.as_str());
                let post = match object.filter(|id| !id.is_empty()).or(halves.map(|(first, _)| first)) {
                    Some(full) if full.contains('_') => full.to_owned(),
                    Some(half) => format!("{page}_{half}"),
                    None => message.to_owned(),
                };
                return Ok((node, post));
            }
            Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Invalid => {}
            Err(trouble) => return Err(Halt::Trouble(trouble)),
        }
    }
    let node = replay.get(&[message], &[("fields", "from")])?;
    Ok((node, message.to_owned()))
}

/// Whether the token works for this page and some app is subscribed to all that we need. Other apps may be subscribed
/// too, and which of them is ours cannot be seen, so the best one counts.
fn health(replay: &mut Replay<'_>) -> Result<String, Halt> {
    #[derive(Deserialize)]
    struct Page {
        id: Id,
        #[serde(default, deserialize_with = "lenient")]
        name: Option<String>,
    }
    #[derive(Deserialize)]
    struct App {
        #[serde(default)]
        subscribed_fields: Vec<String>,
    }
    let page = replay.graph.account.clone();
    let seen: Page = replay.get(&[&page], &[("fields", "id,name")])?;
    let apps: List<App> =
        replay.get(&[&page, "subscribed_apps"], &[("fields", "id,name,subscribed_fields")])?;
    let missing = |app: &App| {
        let lacks = |field: &&str| !app.subscribed_fields.iter().any(|has| has == field);
        NEEDED_FIELDS.into_iter().filter(lacks).collect::<Vec<_>>()
    };
    let least = apps.data.iter().map(missing).min_by_key(Vec::len).unwrap_or(NEEDED_FIELDS.to_vec());
    if least.is_empty() {
        return Ok(seen.name.unwrap_or(seen.id.0));
    }
    let code = format!("not subscribed: {}", least.join(", "));
    Err(Halt::Trouble(Trouble::Refused(Refusal::new(Reason::Permission, code))))
}
