//! A post in the present format (API v2, X Activity API).

use deskbridge_core::model::Attachment;
use serde::Deserialize;

use super::post::{Mention, Post};
use super::wire::{Id, Time, first, lenient, link, made_at, several};
use super::words::ShortUrl;

/// A post as it comes. X calls some fields by new names (`post` for `tweet`) in some places.
#[derive(Deserialize)]
pub(super) struct PresentPost {
    id: Id,
    text: String,
    author_id: Id,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Time>,
    #[serde(default, deserialize_with = "lenient")]
    conversation_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    in_reply_to_user_id: Option<Id>,
    #[serde(default, alias = "in_reply_to_post_id", deserialize_with = "lenient")]
    in_reply_to_tweet_id: Option<Id>,
    #[serde(default, alias = "referenced_posts", deserialize_with = "several")]
    referenced_tweets: Vec<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    entities: Option<Entities>,
    #[serde(default, alias = "note_post", deserialize_with = "lenient")]
    note_tweet: Option<Note>,
    #[serde(default, rename = "display_text_range", deserialize_with = "first")]
    seen_from: Option<usize>,
    #[serde(
        default,
        rename = "edit_history_tweet_ids",
        alias = "edit_history_post_ids",
        deserialize_with = "first"
    )]
    first_version: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    attachments: Option<Attached>,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: Id,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct Entities {
    #[serde(default, deserialize_with = "several")]
    pub(super) urls: Vec<ShortUrl>,
    #[serde(default, deserialize_with = "several")]
    mentions: Vec<Named>,
}

#[derive(Clone, Deserialize)]
struct Named {
    #[serde(default)]
    start: usize,
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
}

/// The whole text of a long post, of which `text` is the beginning.
#[derive(Deserialize)]
pub(super) struct Note {
    pub(super) text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) entities: Option<Entities>,
}

#[derive(Deserialize)]
struct Attached {
    #[serde(default, deserialize_with = "several")]
    media_keys: Vec<String>,
    #[serde(default, deserialize_with = "several")]
    poll_ids: Vec<Id>,
}

/// Objects beside a post.
#[derive(Default, Deserialize)]
pub(super) struct Includes {
    #[serde(default, alias = "posts", deserialize_with = "several")]
    tweets: Vec<Other>,
    #[serde(default, deserialize_with = "several")]
    media: Vec<Media>,
}

#[derive(Deserialize)]
struct Other {
    id: Id,
    #[serde(default, deserialize_with = "lenient")]
    author_id: Option<Id>,
}

#[derive(Deserialize)]
struct Media {
    media_key: String,
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    preview_image_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    alt_text: Option<String>,
}

impl PresentPost {
    /// The post as both formats tell it; `None` if it lacks what makes it one.
    pub(super) fn read(self, includes: &Includes, owner: &str) -> Option<Post> {
        let refers = |kind: &str| {
            let found = self.referenced_tweets.iter().find(|reference| reference.kind == kind);
            found.map(|reference| reference.id.0.clone())
        };
        let quoted = refers("quoted");
        let of_us = |other: &Other| {
            Some(&other.id.0) == quoted.as_ref()
                && other.author_id.as_ref().is_some_and(|author| author.0 == owner)
        };
        let quotes_us = includes.tweets.iter().any(of_us);
        let replied_to = refers("replied_to").or(self.in_reply_to_tweet_id.map(|id| id.0));
        let is_repost = refers("retweeted").is_some() || refers("reposted").is_some();
        let attachments =
            self.attachments.as_ref().map(|attached| attached.read(&includes.media)).unwrap_or_default();
        let first_version = self.first_version.filter(|first| *first != self.id).map(|first| first.0);
        let (text, entities) = match self.note_tweet {
            Some(note) => (note.text, note.entities),
            None => (self.text, self.entities),
        };
        let Entities { urls, mentions } = entities.unwrap_or_default();
        Some(Post {
            at: made_at(&self.id.0, self.created_at),
            id: self.id.0,
            author: self.author_id.0,
            text,
            urls,
            mentions: mentions.into_iter().map(Named::read).collect(),
            seen_from: self.seen_from,
            conversation: self.conversation_id.map(|id| id.0),
            replied_to,
            replied_user: self.in_reply_to_user_id.map(|id| id.0),
            quoted,
            quotes_us,
            is_repost,
            first_version,
            attachments,
        })
    }
}

impl Named {
    fn read(self) -> Mention {
        Mention { id: self.id.map(|id| id.0), username: self.username, start: self.start }
    }
}

impl Attached {
    /// Files that are not described lead to the post.
    fn read(&self, media: &[Media]) -> Vec<Attachment> {
        let file = |key: &String| match media.iter().find(|one| one.media_key == *key) {
            Some(media) => media.read(),
            None => Attachment { kind: "photo or video".to_owned(), url: None, title: None, file: None },
        };
        let poll = |_| Attachment { kind: "poll".to_owned(), url: None, title: None, file: None };
        self.media_keys.iter().map(file).chain(self.poll_ids.iter().map(poll)).collect()
    }
}

impl Media {
    fn read(&self) -> Attachment {
        let kind = match self.kind.as_deref() {
            Some("animated_gif") => "gif",
            Some(kind) if !kind.is_empty() => kind,
            _ => "photo or video",
        };
        let url = self.url.as_deref().or(self.preview_image_url.as_deref()).and_then(link);
        Attachment { kind: kind.to_owned(), url, title: self.alt_text.clone(), file: None }
    }
}
