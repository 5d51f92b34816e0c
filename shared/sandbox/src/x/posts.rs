//! `/2/tweets` and the lists of posts of an account.

use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Problem, not_found};
use super::route::{Answer, Call};
use super::state::{Post, X};
use crate::Millis;

impl X {
    /// `POST /2/tweets`.
    pub(super) fn create_post(&mut self, call: &Call<'_>) -> Answer {
        #[derive(Deserialize)]
        struct New {
            #[serde(default)]
            text: String,
            reply: Option<Reply>,
            quote_tweet_id: Option<String>,
            #[serde(default)]
            media: Value,
        }
        #[derive(Deserialize)]
        struct Reply {
            in_reply_to_tweet_id: String,
        }
        let new: New = serde_json::from_slice(&call.request.body)
            .map_err(|_| Problem::invalid("One or more parameters to your request was invalid."))?;
        if new.quote_tweet_id.is_some() && !self.enterprise {
            return Err(Problem::forbidden("Quoting posts is not available for your access level."));
        }
        let answers = match new.reply {
            Some(reply) => {
                let id = reply
                    .in_reply_to_tweet_id
                    .parse()
                    .map_err(|_| Problem::invalid("in_reply_to_tweet_id"))?;
                let target = self.live(id).ok_or_else(Problem::reply_to_nothing)?;
                self.may_answer(&call.account, target)?;
                Some(id)
            }
            None => None,
        };
        let media = self.uploaded(new.media["media_ids"].get(0))?;
        if media.is_none() {
            self.may_post(&call.account, &new.text, answers, call.now)?;
        }
        let blank = Post { text: new.text, answers, media, ..Post::new(0, &call.account, call.now) };
        let id = self.publish(blank, call.now);
        let text = self.posts.get(&id).map(|post| self.rendered(post).text).unwrap_or_default();
        let id = id.to_string();
        Ok((201, json!({"data": {"id": id, "text": text, "edit_history_tweet_ids": [id]}})))
    }

    /// Gives a post its id and root, keeps it and tells about it.
    pub(super) fn publish(&mut self, post: Post, now: Millis) -> u64 {
        let id = self.snowflake(now);
        let above = post.answers.or(post.first).and_then(|above| self.posts.get(&above));
        let root = above.map_or(id, |above| above.root);
        self.posts.insert(id, Post { id, root, at: now, ..post });
        self.tell_post(id, now);
        id
    }

    /// `DELETE /2/tweets/:id`.
    pub(super) fn delete_post(&mut self, call: &Call<'_>, id: &str) -> Answer {
        let id = id.parse().map_err(|_| Problem::invalid("id"))?;
        match self.posts.get_mut(&id).filter(|post| post.author == call.account && !post.deleted) {
            Some(post) => post.deleted = true,
            None => return Err(Problem::forbidden("You are not authorized to delete this Tweet.")),
        }
        self.tell_deletion(id, call.now);
        Ok((200, json!({"data": {"deleted": true}})))
    }

    /// `GET /2/tweets/:id`.
    pub(super) fn read_post(&self, call: &Call<'_>, id: &str) -> Answer {
        let number: u64 =
            id.parse().map_err(|_| Problem::invalid("The `id` query parameter value is not valid"))?;
        Ok((
            200,
            match self.live(number) {
                Some(post) => self.page(call, &[post], |mut posts| posts.remove(0)),
                None => not_found("tweet", id),
            },
        ))
    }

    /// `GET /2/tweets?ids=..`.
    pub(super) fn read_posts(&self, call: &Call<'_>) -> Answer {
        let ids = call.query("ids").ok_or_else(|| Problem::invalid("ids: is required"))?;
        let found: Vec<&Post> = ids.split(',').filter_map(|id| self.live(id.parse().ok()?)).collect();
        match ids.split(',').find(|id| id.parse().ok().and_then(|id| self.live(id)).is_none()) {
            Some(missing) if found.is_empty() => Ok((200, not_found("tweet", missing))),
            _ => Ok((200, self.page(call, &found, Value::from))),
        }
    }

    /// `GET /2/users/:id/tweets`, newest first.
    pub(super) fn timeline(&self, call: &Call<'_>, user: &str) -> Answer {
        self.list(call, |post| post.author == user)
    }

    /// `GET /2/users/:id/mentions`, newest first. The names that X puts in front of an answer count (uncertain).
    pub(super) fn mentions_of(&self, call: &Call<'_>, user: &str) -> Answer {
        let names = |post: &Post| self.rendered(post).mentions.iter().any(|mention| mention["id"] == user);
        self.list(call, |post| post.author != user && names(post))
    }

    fn list(&self, call: &Call<'_>, belongs: impl Fn(&Post) -> bool) -> Answer {
        let size: usize = call.query("max_results").and_then(|text| text.parse().ok()).unwrap_or(10);
        if !(5..=100).contains(&size) {
            return Err(Problem::invalid("The `max_results` query parameter value is not between 5 and 100"));
        }
        let start = match call.query("start_time") {
            Some(text) => {
                let time: jiff::Timestamp = text.parse().map_err(|_| Problem::invalid("start_time"))?;
                time.as_millisecond()
            }
            None => Millis::MIN,
        };
        let since: u64 = call.query("since_id").and_then(|text| text.parse().ok()).unwrap_or_default();
        let before: u64 =
            call.query("pagination_token").and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
        let visible = |post: &&Post| {
            self.live(post.id).is_some()
                && post.at >= start
                && post.id > since
                && post.id < before
                && belongs(post)
        };
        let found: Vec<&Post> = self.posts.values().rev().filter(visible).take(size + 1).collect();
        let page = &found[..found.len().min(size)];
        let mut body = if page.is_empty() { json!({}) } else { self.page(call, page, Value::from) };
        body["meta"] = json!({ "result_count": page.len() });
        if let (true, Some(last)) = (found.len() > size, page.last()) {
            body["meta"]["next_token"] = last.id.to_string().into();
        }
        Ok((200, body))
    }

    /// Posts as a reader gets them: three fields, and what was asked for.
    fn page(&self, call: &Call<'_>, posts: &[&Post], data: impl Fn(Vec<Value>) -> Value) -> Value {
        let wanted = call.wanted("tweet.fields");
        let shown = |post: &&Post| {
            let mut value = self.post_value(post);
            if let Some(fields) = value.as_object_mut() {
                fields.retain(|name, _| {
                    let always = matches!(name.as_str(), "id" | "text" | "edit_history_tweet_ids");
                    always || wanted(name)
                });
            }
            value
        };
        let mut body = json!({ "data": data(posts.iter().map(shown).collect()) });
        if call.wants("expansions", "author_id") {
            let authors = posts.iter().map(|post| self.user_value(&post.author));
            body["includes"] = json!({ "users": authors.collect::<Vec<_>>() });
        }
        body
    }
}
