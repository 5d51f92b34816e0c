//! Reading what webhooks leave out: names, what a mention says, quoted parents, whose message something is, and whether all
//! is set up.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Message, Quote, Surface, Thread};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Instagram;
use super::mention::Mention;
use super::settings::Login;
use super::target::Target;
use crate::http::Exchange;
use crate::meta::files;
use crate::meta::graph::{Halt, List, Replay, next};
use crate::meta::wire::{Id, lenient, link};
use crate::{Context, Next, Query, Reading, Trouble};

/// Instagram Login: the webhook fields without which messages would be missed in silence.
pub(super) const NEEDED_FIELDS: [&str; 3] = ["comments", "messages", "messaging_postbacks"];

/// The longest wait that a name or a quote is worth.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads something.
pub(super) fn read(
    account: &Instagram,
    query: &Query,
    exchanges: &[Exchange],
) -> Next<Result<Reading, Trouble>> {
    let mut replay = Replay::new(&account.graph, exchanges);
    let read = match query {
        Query::Context { thread, message } => context(&mut replay, thread, message).map(Reading::Context),
        Query::Owner { message } => owner(&mut replay, message).map(Reading::Thread),
        Query::File { surface, message, at, attachment } => {
            files::find(&mut replay, *surface, message, *at, attachment)
                .map(|file| Reading::File(Box::new(file)))
        }
        Query::Health => health(&mut replay, account).map(Reading::Healthy),
        Query::Replies { .. } | Query::Ticket { .. } | Query::Agent { .. } | Query::Changed { .. } => {
            Err(Halt::refused(Reason::Invalid, "not a platform's query"))
        }
        Query::Missed { .. } => Err(Halt::refused(Reason::Invalid, "Meta lists nothing that was missed")),
    };
    next(read, |read| read)
}

/// A post, or a mention of us in one.
#[derive(Default, Deserialize)]
struct Post {
    #[serde(default, deserialize_with = "lenient")]
    caption: Option<String>,
    #[serde(default, alias = "text", deserialize_with = "lenient")]
    words: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    permalink: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media: Option<Linked>,
}

#[derive(Deserialize)]
struct Linked {
    #[serde(default, deserialize_with = "lenient")]
    permalink: Option<String>,
}

/// A person who wrote to us.
#[derive(Default, Deserialize)]
struct Profile {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
}

/// What stands beside a message. A ticket without a name is better than none, so whatever Instagram refuses to tell is left
/// out; only a dead token and a short wait (an answer that never came, say) are passed on.
fn context(replay: &mut Replay<'_>, thread: &Thread, message: &Message) -> Result<Context, Halt> {
    if let Some(mention) = Mention::parse(&message.id) {
        return context_of_mention(replay, &mention);
    }
    let mut context = Context { name: message.author.name.clone(), ..Context::default() };
    if thread.surface == Surface::Direct {
        if context.name.is_none() {
            let profile: Profile =
                optional(replay, &[&thread.customer], &[("fields", "name,username")])?.unwrap_or_default();
            context.name = profile.name.and_then(readable).or(profile.username.and_then(readable));
        }
        return Ok(context);
    }
    let post: Post =
        optional(replay, &[&thread.post], &[("fields", "caption,permalink,username")])?.unwrap_or_default();
    context.permalink = post.permalink.as_deref().and_then(link);
    context.quote = post.caption.and_then(readable).map(|text| Quote { author: post.username, text });
    if let Some(parent) = message.parent.as_ref().filter(|parent| **parent != thread.post) {
        let comment: Target =
            optional(replay, &[parent], &[("fields", "from,username,text")])?.unwrap_or_default();
        let author = comment.name().map(str::to_owned);
        context.quote = comment.text.and_then(readable).map(|text| Quote { author, text });
    }
    Ok(context)
}

/// Who mentions us, and what they say: the words travel as a quote, for the webhook has none.
fn context_of_mention(replay: &mut Replay<'_>, mention: &Mention) -> Result<Context, Halt> {
    #[derive(Default, Deserialize)]
    struct Answer {
        #[serde(default, alias = "mentioned_media", deserialize_with = "lenient")]
        mentioned_comment: Option<Post>,
    }
    let fields = match &mention.comment {
        Some(comment) => {
            format!(
                "mentioned_comment.comment_id({comment}){{id,text,timestamp,username,media{{id,permalink}}}}"
            )
        }
        None => {
            format!("mentioned_media.media_id({}){{caption,username,permalink,media_type}}", mention.media)
        }
    };
    let account = replay.graph.account.clone();
    let answer: Answer = optional(replay, &[&account], &[("fields", &fields)])?.unwrap_or_default();
    let found = answer.mentioned_comment.unwrap_or_default();
    let permalink = found.permalink.or(found.media.and_then(|media| media.permalink));
    let words = found.words.or(found.caption).and_then(readable);
    Ok(Context {
        name: found.username.clone().and_then(readable),
        permalink: permalink.as_deref().and_then(link),
        quote: words.map(|text| Quote { author: found.username, text }),
    })
}

fn optional<T: DeserializeOwned>(
    replay: &mut Replay<'_>,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<Option<T>, Halt> {
    match replay.ask(path, query)? {
        Ok(read) => Ok(Some(read)),
        Err(Trouble::Refused(refusal)) if refusal.reason != Reason::Token => Ok(None),
        Err(Trouble::RetryAfter(pause)) if pause > PATIENCE => Ok(None),
        Err(trouble) => Err(Halt::Trouble(trouble)),
    }
}

fn readable(text: String) -> Option<String> {
    if text.trim().is_empty() { None } else { Some(text) }
}

/// Whose conversation a comment belongs to: that of its author; of an own reply (`comment above@name`), that of whom it is
/// addressed to. An author whom Instagram does not show gets a conversation of their own, named by the comment.
fn owner(replay: &mut Replay<'_>, message: &str) -> Result<Thread, Halt> {
    if let Some(mention) = Mention::parse(message) {
        return owner_of_mention(replay, &mention);
    }
    let (id, name) = message.split_once('@').map_or((message, None), |(id, name)| (id, Some(name)));
    let account = replay.graph.account.clone();
    let comment: Target = replay.get(&[id], &FIELDS)?;
    let post = comment.media.as_ref().map_or_else(|| id.to_owned(), |media| media.id.0.clone());
    let addressee = match name.filter(|name| comment.name() != Some(*name)) {
        Some(name) => addressee(replay, id, name)?,
        None => None,
    };
    let author = addressee.or(comment.author(&account)).unwrap_or_else(|| id.to_owned());
    Ok(Thread { surface: Surface::Public, post, customer: author })
}

const FIELDS: [(&str, &str); 1] = [("fields", "from,user,username,parent_id,media{id}")];

/// The person of that name among those who answered under a comment.
fn addressee(replay: &mut Replay<'_>, comment: &str, name: &str) -> Result<Option<String>, Halt> {
    let account = replay.graph.account.clone();
    let query = [("fields", "from,user,username"), ("limit", "50")];
    let replies: List<Target> = replay.get(&[comment, "replies"], &query)?;
    let found = replies.data.iter().find(|reply| reply.name() == Some(name));
    Ok(found.and_then(|reply| reply.author(&account)))
}

/// A mention under a post of ours belongs to its author's conversation there. Others cannot be read as comments.
fn owner_of_mention(replay: &mut Replay<'_>, mention: &Mention) -> Result<Thread, Halt> {
    let account = replay.graph.account.clone();
    let Some(comment) = &mention.comment else { return Ok(mention.thread()) };
    let asked: Option<Target> = match replay.ask(&[comment], &FIELDS)? {
        Ok(comment) => Some(comment),
        Err(Trouble::Refused(refusal)) if refusal.reason != Reason::Token => None,
        Err(trouble) => return Err(Halt::Trouble(trouble)),
    };
    let author = asked.and_then(|comment| comment.author(&account));
    Ok(match author {
        Some(customer) => Thread { customer, ..mention.thread() },
        None => mention.thread(),
    })
}

/// Whether the token works for this account, and whether anything is subscribed.
fn health(replay: &mut Replay<'_>, account: &Instagram) -> Result<String, Halt> {
    match account.login {
        Login::Facebook => health_by_page(replay, account),
        Login::Instagram => health_by_account(replay, account).map_err(with_remedy),
    }
}

#[derive(Deserialize)]
struct Me {
    #[serde(default, deserialize_with = "lenient")]
    user_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
}

#[derive(Deserialize)]
struct App {
    #[serde(default)]
    subscribed_fields: Vec<String>,
}

/// Which of Instagram's fields the app is subscribed to can only be seen with an app token; that the page is subscribed at
/// all is what it takes beside that.
fn health_by_page(replay: &mut Replay<'_>, account: &Instagram) -> Result<String, Halt> {
    let id = account.graph.account.as_str();
    let me: Me = replay.get(&[id], &[("fields", "id,username")])?;
    let apps: List<App> =
        replay.get(&[&account.sender, "subscribed_apps"], &[("fields", "id,subscribed_fields")])?;
    if apps.data.is_empty() {
        return Err(Halt::refused(Reason::Permission, "the page is not subscribed to the app"));
    }
    Ok(me.username.unwrap_or_else(|| id.to_owned()))
}

fn health_by_account(replay: &mut Replay<'_>, account: &Instagram) -> Result<String, Halt> {
    let id = account.graph.account.as_str();
    let me: Me = replay.get(&[id], &[("fields", "user_id,username")])?;
    if let Some(told) = me.user_id.filter(|told| told.0 != id) {
        // The API answers to the app's own id of the account too, but webhooks never come under it.
        let code = format!("account_id must be {told}, by which webhooks name the account");
        return Err(Halt::refused(Reason::Invalid, &code));
    }
    let apps: List<App> = replay.get(&[id, "subscribed_apps"], &[("fields", "id,subscribed_fields")])?;
    let missing = |app: &App| {
        let lacks = |field: &&str| !app.subscribed_fields.iter().any(|has| has == field);
        NEEDED_FIELDS.into_iter().filter(lacks).collect::<Vec<_>>()
    };
    let least = apps.data.iter().map(missing).min_by_key(Vec::len).unwrap_or(NEEDED_FIELDS.to_vec());
    if least.is_empty() {
        return Ok(me.username.unwrap_or_else(|| id.to_owned()));
    }
    Err(Halt::refused(Reason::Permission, &format!("not subscribed: {}", least.join(", "))))
}

/// The tokens of Instagram Login live 60 days. The bridge renews them, unless it stood still for so long.
fn with_remedy(halt: Halt) -> Halt {
    match halt {
        Halt::Trouble(Trouble::Refused(refusal)) if refusal.code == "190/463" => {
            let code = "190/463, the 60 days of the token are over: generate a new one (App dashboard > Instagram > API \
                        setup) and put it into access_token";
            Halt::Trouble(Trouble::Refused(Refusal::new(Reason::Token, code)))
        }
        halt => halt,
    }
}
