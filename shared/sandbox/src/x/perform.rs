//! Carrying out acts.

use serde_json::json;

use super::act::{Act, NewDirect, NewPost, Target};
use super::control::{NotPossible, no_such};
use super::state::{Direct, Media, Post, X};
use crate::Millis;

impl X {
    /// Lets somebody do something; gives the id of what came of it.
    ///
    /// # Errors
    /// When it names something that is not there, or nobody could do it on the platform.
    pub fn act(&mut self, act: Act, now: Millis) -> Result<String, NotPossible> {
        match act {
            Act::Post(post) => self.post(post, now),
            Act::Repost(target) => {
                let original = self.post_of(&target.id)?;
                let person =
                    target.person.ok_or_else(|| NotPossible("a repost needs a person".to_owned()))?;
                self.meet(&person, None);
                let reposts = Some(original);
                Ok(self.publish(Post { reposts, ..Post::new(0, &person, now) }, now).to_string())
            }
            Act::Edit(target) => self.edit(target, now),
            Act::Delete(target) => {
                let id = self.post_of(&target.id)?;
                if let Some(post) = self.posts.get_mut(&id) {
                    post.deleted = true;
                }
                self.tell_deletion(id, now);
                Ok(target.id)
            }
            Act::Like(target) => self.like(target, now),
            Act::Message(message) => self.message(message, false, now),
            Act::Encrypted(message) => self.message(message, true, now),
            Act::Typing(party) => {
                let account = self.account_of(party.account.as_deref())?;
                let payload = json!({"sender_id": party.person, "target": {"recipient_id": account}});
                let body = json!({"data": {
                    "filter": {"user_id": account}, "event_type": "dm.indicate_typing", "payload": payload,
                }});
                self.tell(&account, body, now);
                Ok(party.person)
            }
            Act::Raw { account, body } => {
                let account = self.account_of(account.as_deref())?;
                self.tell(&account, body, now);
                Ok(account)
            }
        }
    }

    fn post(&mut self, post: NewPost, now: Millis) -> Result<String, NotPossible> {
        let author = match post.person {
            Some(person) => {
                self.meet(&person, post.name.as_deref());
                person
            }
            None => self.account_of(post.account.as_deref())?,
        };
        let answers = post.on.as_deref().map(|id| self.post_of(id)).transpose()?;
        let quotes = post.quotes.as_deref().map(|id| self.post_of(id)).transpose()?;
        let photo = post.photo.map(|url| self.hosted("photo", url, false));
        let media = photo.or(post.video.map(|url| Media { kind: "video".to_owned(), url }));
        if post.text.trim().is_empty() && media.is_none() {
            return Err(NotPossible("a post needs words or a file".to_owned()));
        }
        let blank = Post { text: post.text, answers, quotes, media, ..Post::new(0, &author, now) };
        Ok(self.publish(blank, now).to_string())
    }

    fn edit(&mut self, target: Target, now: Millis) -> Result<String, NotPossible> {
        let id = self.post_of(&target.id)?;
        let text = target.text.ok_or_else(|| NotPossible("an edit needs a text".to_owned()))?;
        let Some(post) = self.posts.get_mut(&id) else { return Err(no_such("post", &target.id)) };
        let first = Some(post.first.unwrap_or(id));
        let edited = Post { text, first, ..post.clone() };
        Ok(self.publish(edited, now).to_string())
    }

    fn like(&mut self, target: Target, now: Millis) -> Result<String, NotPossible> {
        let id = self.post_of(&target.id)?;
        let author = self.posts.get(&id).map(|post| post.author.clone()).unwrap_or_default();
        if self.accounts.contains_key(&author) {
            let like = format!("{:032x}", self.number());
            let payload = json!({
                "id": like, "liked_tweet_id": target.id, "liked_tweet_author_id": author,
                "timestamp_ms": now.to_string(),
            });
            let filter = json!({"user_id": author, "direction": "inbound"});
            let body = json!({"data": {"filter": filter, "event_type": "like.create", "payload": payload}});
            self.tell(&author, body, now);
        }
        Ok(target.id)
    }

    fn message(&mut self, message: NewDirect, encrypted: bool, now: Millis) -> Result<String, NotPossible> {
        let account = self.account_of(message.account.as_deref())?;
        self.meet(&message.person, message.name.as_deref());
        let media = message.photo.map(|url| self.hosted("photo", url, true));
        let id = self.snowflake(now).to_string();
        let direct = Direct {
            id: id.clone(),
            account,
            person: message.person,
            by_account: message.by_account,
            text: message.text,
            media,
            encrypted,
            at: now,
        };
        self.tell_direct(&direct, now);
        self.messages.push(direct);
        Ok(id)
    }

    /// A person; made up if nobody knows them.
    fn meet(&mut self, person: &str, name: Option<&str>) {
        if !self.users.contains_key(person) {
            let username = format!("user_{person}");
            self.add_user(person, name.unwrap_or(&username).to_owned().as_str(), &username);
        }
    }

    fn post_of(&self, id: &str) -> Result<u64, NotPossible> {
        let found = id.parse().ok().and_then(|id| self.live(id)).map(|post| post.id);
        found.ok_or_else(|| no_such("post", id))
    }

    pub(super) fn account_of(&self, id: Option<&str>) -> Result<String, NotPossible> {
        let found = match id {
            Some(id) => self.accounts.get_key_value(id),
            None => self.accounts.first_key_value(),
        };
        found.map(|(id, _)| id.clone()).ok_or_else(|| no_such("account", id.unwrap_or_default()))
    }
}
