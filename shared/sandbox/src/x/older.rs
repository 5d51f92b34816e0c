//! The older Account Activity envelope, for accounts whose webhooks still come in it.

use serde_json::{Value, json};

use super::state::{Direct, Post, X};

impl X {
    /// A post for an account, as `tweet_create_events`.
    pub(super) fn older_post(&self, account: &str, post: &Post) -> Value {
        let mut body = json!({"for_user_id": account, "tweet_create_events": [self.older_value(post)]});
        if post.author != account {
            body["user_has_blocked"] = "false".into();
        }
        body
    }

    fn older_value(&self, post: &Post) -> Value {
        let rendered = self.rendered(post);
        let at = jiff::Timestamp::from_millisecond(post.at).unwrap_or_default();
        let mention = |one: &Value| {
            let name = self.users.get(one["id"].as_str().unwrap_or_default()).map(|user| user.name.clone());
            json!({
                "screen_name": one["username"], "name": name, "id_str": one["id"],
                "indices": [one["start"], one["end"]],
            })
        };
        let mut value = json!({
            "created_at": at.strftime("%a %b %d %H:%M:%S +0000 %Y").to_string(),
            "id": post.id,
            "id_str": post.id.to_string(),
            "text": rendered.text,
            "display_text_range": [rendered.seen_from, rendered.text.chars().count()],
            "truncated": false,
            "user": self.older_user(&post.author),
            "is_quote_status": post.quotes.is_some(),
            "in_reply_to_status_id_str": post.answers.map(|id| id.to_string()),
            "in_reply_to_user_id_str": post.answers.and_then(|id| self.posts.get(&id)).map(|above| &above.author),
            "entities": {
                "hashtags": [], "symbols": [], "urls": rendered.urls,
                "user_mentions": rendered.mentions.iter().map(mention).collect::<Vec<_>>(),
            },
            "lang": "en",
            "timestamp_ms": post.at.to_string(),
        });
        if let Some(media) = &post.media {
            let media =
                json!([{"type": media.kind, "media_url_https": media.url, "id_str": post.id.to_string()}]);
            value["extended_entities"] = json!({ "media": media });
        }
        for (name, id) in [("quoted_status", post.quotes), ("retweeted_status", post.reposts)] {
            if let Some(other) = id.and_then(|id| self.posts.get(&id)) {
                value[name] = self.older_value(other);
            }
        }
        if let Some(id) = post.quotes {
            value["quoted_status_id_str"] = id.to_string().into();
        }
        value
    }

    /// The people of a conversation, by id.
    pub(super) fn older_users(&self, message: &Direct) -> Value {
        let mut users = json!({});
        for id in [&message.account, &message.person] {
            users[id] = self.older_user(id);
        }
        users
    }

    fn older_user(&self, id: &str) -> Value {
        let Some(user) = self.users.get(id) else { return json!({"id": id, "id_str": id}) };
        json!({
            "id": id, "id_str": id, "name": user.name, "screen_name": user.username, "protected": user.protected,
            "verified": false, "followers_count": 1,
        })
    }
}
