//! Events of the X Activity API: which ones somebody's doing causes, and what they say.

use serde_json::{Value, json};

use super::outbox::Notice;
use super::state::{Direct, Media, Post, X};
use crate::Millis;

impl X {
    /// Tells the accounts about a new post: their own, and each that the post mentions, answers, quotes or reposts. One
    /// post may be several events.
    pub(super) fn tell_post(&mut self, id: u64, now: Millis) {
        let Some(post) = self.posts.get(&id) else { return };
        if self.users.get(&post.author).is_some_and(|author| author.protected) {
            return;
        }
        let mut notices = Vec::new();
        for (account, state) in &self.accounts {
            let kinds = self.kinds(post, account);
            if state.older && !kinds.is_empty() {
                notices.push((account.clone(), self.older_post(account, post)));
                continue;
            }
            for kind in kinds {
                let includes = self.includes(post);
                notices
                    .push((account.clone(), activity(account, kind, &self.post_value(post), Some(includes))));
            }
        }
        notices.into_iter().for_each(|(account, body)| self.tell(&account, body, now));
    }

    /// The types of event that a post is to an account.
    fn kinds(&self, post: &Post, account: &str) -> Vec<&'static str> {
        if post.author == *account {
            return vec!["post.create"];
        }
        let own = |id: Option<u64>| {
            id.and_then(|id| self.posts.get(&id)).is_some_and(|post| post.author == account)
        };
        let all = [
            ("post.repost.create", own(post.reposts)),
            ("post.mention.create", post.reposts.is_none() && self.mentions(post, account)),
            ("post.reply.create", own(post.answers)),
            ("post.quote.create", own(post.quotes)),
        ];
        all.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect()
    }

    /// Tells an account that its own post was deleted. Nobody is told about others' posts.
    pub(super) fn tell_deletion(&mut self, id: u64, now: Millis) {
        let Some(post) = self.posts.get(&id) else { return };
        let author = post.author.clone();
        let Some(state) = self.accounts.get(&author) else { return };
        let body = if state.older {
            let status = json!({"id": id.to_string(), "user_id": author});
            json!({"for_user_id": author, "tweet_delete_events": [{"status": status, "timestamp_ms": now.to_string()}]})
        } else {
            let includes = json!({"users": [{"data": self.user_value(&author)}]});
            activity(
                &author,
                "post.delete",
                &json!({"id": id.to_string(), "author_id": author}),
                Some(includes),
            )
        };
        self.tell(&author, body, now);
    }

    /// Tells an account about a direct message, from it or to it.
    pub(super) fn tell_direct(&mut self, message: &Direct, now: Millis) {
        let older = self.accounts.get(&message.account).is_some_and(|account| account.older);
        let body = match (older, message.encrypted) {
            (true, true) => json!({"for_user_id": message.account, "users": self.older_users(message)}),
            (true, false) => json!({
                "for_user_id": message.account, "direct_message_events": [self.message_value(message)],
                "apps": {}, "users": self.older_users(message),
            }),
            (false, true) => {
                let kind = if message.by_account { "chat.sent" } else { "chat.received" };
                activity(&message.account, kind, &chat_value(message), None)
            }
            (false, false) => {
                let kind = if message.by_account { "dm.sent" } else { "dm.received" };
                let mut users = json!({});
                for id in [&message.account, &message.person] {
                    users[id] = json!({ "data": self.user_value(id) });
                }
                let payload = json!({"direct_message_events": [self.message_value(message)], "users": users});
                activity(&message.account, kind, &payload, None)
            }
        };
        self.tell(&message.account, body, now);
    }

    /// Queues a webhook for an account's door.
    pub(super) fn tell(&mut self, account: &str, mut body: Value, now: Millis) {
        let Some(callback) = self.accounts.get(account).map(|account| account.seed.callback.clone()) else {
            return;
        };
        if body.pointer("/data/event_type").is_some() {
            // Negative ones occur, and are longer than a JavaScript number can hold.
            body["data"]["event_uuid"] = format!("-{}", 3_402_274_206_530_000_000 + self.number()).into();
        }
        self.outbox.push(Notice { callback, body }, now);
    }

    /// A post as an object of the present API.
    pub(super) fn post_value(&self, post: &Post) -> Value {
        let rendered = self.rendered(post);
        let at = jiff::Timestamp::from_millisecond(post.at).unwrap_or_default();
        let versions: Vec<String> =
            post.first.into_iter().chain([post.id]).map(|id| id.to_string()).collect();
        let mut value = json!({
            "id": post.id.to_string(),
            "author_id": post.author,
            "conversation_id": post.root.to_string(),
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
            "text": rendered.text,
            "display_text_range": [rendered.seen_from, rendered.text.chars().count()],
            "edit_history_tweet_ids": versions,
            "lang": "en",
            "possibly_sensitive": false,
            "reply_settings": "everyone",
            "public_metrics": {"reply_count": 0, "reply_count_str": "0"},
        });
        let references = [("replied_to", post.answers), ("quoted", post.quotes), ("retweeted", post.reposts)];
        let references: Vec<Value> = references
            .into_iter()
            .filter_map(|(kind, id)| Some(json!({"type": kind, "id": id?.to_string()})))
            .collect();
        if !references.is_empty() {
            value["referenced_tweets"] = references.into();
        }
        if let Some(answered) = post.answers.and_then(|id| self.posts.get(&id)) {
            value["in_reply_to_user_id"] = answered.author.clone().into();
        }
        for (name, found) in [("mentions", rendered.mentions), ("urls", rendered.urls)] {
            if !found.is_empty() {
                value["entities"][name] = found.into();
            }
        }
        if post.media.is_some() {
            value["attachments"] = json!({ "media_keys": [media_key(post)] });
        }
        // Whoever asks for the whole text of a long post gets it; `text` is cut.
        if rendered.text.chars().count() > 280 {
            value["note_tweet"] = json!({"text": rendered.text, "entities": value["entities"]});
            value["text"] = rendered.text.chars().take(279).chain(['…']).collect::<String>().into();
        }
        value
    }

    /// A direct message as both envelopes carry it.
    fn message_value(&self, message: &Direct) -> Value {
        let (sender, recipient) = ends(message);
        let rendered = self.rendered_message(message);
        let mut data = json!({
            "text": rendered.text,
            "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": rendered.urls},
        });
        if let Some(Media { kind, url }) = &message.media {
            let short = format!("https://t.co/m{}", &message.id[message.id.len().saturating_sub(9)..]);
            data["text"] = format!("{} {short}", rendered.text).trim_start().into();
            data["attachment"] = json!({"type": "media", "media": {
                "id_str": message.id, "type": kind, "media_url_https": url, "url": short,
            }});
        }
        json!({
            "type": "message_create", "id": message.id, "created_timestamp": message.at.to_string(),
            "message_create": {
                "target": {"recipient_id": recipient}, "sender_id": sender, "message_data": data,
            },
        })
    }

    fn includes(&self, post: &Post) -> Value {
        let mentioned = self.rendered(post).mentions;
        let ids = mentioned.iter().filter_map(|mention| mention["id"].as_str());
        let users: Vec<Value> =
            std::iter::once(post.author.as_str()).chain(ids).map(|id| self.user_value(id)).collect();
        let mut includes = json!({ "users": users });
        let referenced: Vec<Value> = [post.answers, post.quotes, post.reposts]
            .into_iter()
            .flatten()
            .filter_map(|id| self.posts.get(&id))
            .map(|post| self.post_value(post))
            .collect();
        if !referenced.is_empty() {
            includes["tweets"] = referenced.into();
        }
        if let Some(media) = &post.media {
            let name = if media.kind == "photo" { "url" } else { "preview_image_url" };
            let mut value = json!({"media_key": media_key(post), "type": media.kind});
            value[name] = media.url.clone().into();
            includes["media"] = json!([value]);
        }
        includes
    }
}

fn media_key(post: &Post) -> String {
    format!("3_{}", post.id)
}

/// The envelope of one event. Its uuid comes with the delivery.
fn activity(account: &str, kind: &str, payload: &Value, includes: Option<Value>) -> Value {
    let mut data = json!({
        "event_uuid": "", "filter": {"user_id": account}, "event_type": kind, "tag": "deskbridge", "payload": payload,
    });
    if let Some(includes) = includes {
        data["includes"] = includes;
    }
    json!({ "data": data })
}

/// An encrypted message: who and when, and nothing that can be read.
fn chat_value(message: &Direct) -> Value {
    let (sender, _) = ends(message);
    json!({
        "id": format!("e4f4d3fc-8bbf-4928-92eb-{}", &message.id[message.id.len().saturating_sub(12)..]),
        "conversation_id": format!("{}:{}", message.person, message.account),
        "sender_id": sender,
        "created_at_msec": message.at.to_string(),
        "conversation_token": "eyJhbGciOiJIUzI1NiJ9",
        "conversation_key_version": "1768236281331",
        "encoded_event": "CwABAAAAEzIwODA0MDA4MjUyMjcxMDAxNjALAAIA",
        "message_event_signature": {"public_key_version": "1765382634817", "signature_version": "7"},
    })
}

/// Sender and recipient.
fn ends(message: &Direct) -> (&str, &str) {
    if message.by_account { (&message.account, &message.person) } else { (&message.person, &message.account) }
}
