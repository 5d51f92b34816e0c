//! A post, in whichever format it came, becomes an event.

use deskbridge_core::Moment;
use deskbridge_core::model::{Attachment, Event, Message, OwnMessage, Person, Place, Surface, Thread, What};

use super::people::People;
use super::summons::Summons;
use super::words::{self, ShortUrl};

/// A post as both formats tell it.
#[derive(Default)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) author: String,
    pub(super) at: Moment,
    /// As it came: escaped, with short addresses.
    pub(super) text: String,
    pub(super) urls: Vec<ShortUrl>,
    pub(super) mentions: Vec<Mention>,
    /// Where the text begins that readers see: the names in front of it stand there because it is an answer.
    pub(super) seen_from: Option<usize>,
    /// The post at the root of the thread. The older format does not tell it.
    pub(super) conversation: Option<String>,
    pub(super) replied_to: Option<String>,
    pub(super) replied_user: Option<String>,
    pub(super) quoted: Option<String>,
    /// Whether it quotes a post of ours.
    pub(super) quotes_us: bool,
    pub(super) is_repost: bool,
    /// The post whose edited version this is.
    pub(super) first_version: Option<String>,
    pub(super) attachments: Vec<Attachment>,
}

/// A name in a text.
pub(super) struct Mention {
    pub(super) id: Option<String>,
    pub(super) username: Option<String>,
    /// Where it stands, in characters.
    pub(super) start: usize,
}

/// For whom a post was sent to us.
pub(super) struct Reader<'a> {
    pub(super) owner: &'a str,
    pub(super) answers_any_post: bool,
    pub(super) people: &'a People<'a>,
    /// Whether X says that the account is named in the text itself.
    pub(super) told_as_mention: bool,
}

impl Post {
    pub(super) fn event(mut self, reader: &Reader<'_>) -> Event {
        let (name, place, what) = if self.is_repost {
            ("repost", Place::Account, signal("repost"))
        } else if self.author == reader.owner {
            let (place, what) = self.own(reader);
            ("post", place, what)
        } else {
            let place = self.place();
            let is_edit = self.first_version.is_some();
            let message = self.message(reader);
            ("post", place, if is_edit { What::Edited(message) } else { What::Message(message) })
        };
        Event { id: format!("{name}:{}", self.id), at: self.at, place, what }
    }

    /// The author's conversation under the root of the thread. Where the root is not told, X has to be asked.
    fn place(&self) -> Place {
        match (&self.conversation, &self.replied_to) {
            (Some(post), _) => public(post, &self.author),
            (None, None) => public(self.first_version.as_ref().unwrap_or(&self.id), &self.author),
            (None, Some(_)) => Place::Beside { message: self.id.clone() },
        }
    }

    /// What we wrote as an answer belongs to the conversation of the one who is answered.
    fn own(&self, reader: &Reader<'_>) -> (Place, What) {
        let Some(replied_to) = &self.replied_to else { return (Place::Account, signal("own_post")) };
        let place = match (&self.conversation, &self.replied_user) {
            (Some(post), Some(customer)) if customer != reader.owner => public(post, customer),
            _ => Place::Beside { message: replied_to.clone() },
        };
        let seen = self.seen_from.map(|from| self.text.chars().skip(from).collect::<String>());
        let text = seen.unwrap_or_else(|| words::without_names(&self.text).to_owned());
        let own = OwnMessage {
            id: self.id.clone(),
            text: words::as_sent(&text, &self.urls),
            handle: None,
            attachments: self.attachments.clone(),
        };
        (place, What::Own(own))
    }

    /// What the customer says. Takes from the post what the event's name and place do not need.
    fn message(&mut self, reader: &Reader<'_>) -> Message {
        let context = Summons::of(self, reader).words().map(str::to_owned);
        let user = reader.people.get(&self.author);
        let permalink = permalink(&self.id, user.as_ref().and_then(|user| user.handle()));
        let mut attachments = std::mem::take(&mut self.attachments);
        for file in &mut attachments {
            file.url.get_or_insert_with(|| permalink.clone());
        }
        Message {
            id: self.first_version.take().unwrap_or_else(|| self.id.clone()),
            author: Person { id: std::mem::take(&mut self.author), name: user.and_then(|user| user.shown()) },
            text: words::readable(&self.text, &self.urls),
            attachments,
            permalink: Some(permalink),
            parent: self.replied_to.take().or_else(|| self.quoted.take()),
            context,
        }
    }
}

fn public(post: &str, customer: &str) -> Place {
    Place::Thread(Thread { surface: Surface::Public, post: post.to_owned(), customer: customer.to_owned() })
}

pub(super) fn signal(name: &str) -> What {
    What::Signal { name: name.to_owned() }
}

/// Where people see a post. The name in the address may be anybody's; X goes by the id.
pub(super) fn permalink(id: &str, handle: Option<&str>) -> String {
    format!("https://x.com/{}/status/{id}", handle.unwrap_or("i/web"))
}
