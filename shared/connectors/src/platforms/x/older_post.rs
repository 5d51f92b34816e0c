//! A post in the older format (API v1.1, Account Activity API).

use deskbridge_core::model::Attachment;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::people::User;
use super::post::{Mention, Post};
use super::wire::{Id, Time, lenient, link, made_at, several};
use super::words::ShortUrl;
use crate::json::Part;

/// A post as it comes. Numbers stand beside their text; only the text is exact everywhere.
#[derive(Deserialize)]
pub(super) struct OlderPost {
    #[serde(default, deserialize_with = "lenient")]
    id_str: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    timestamp_ms: Option<Time>,
    #[serde(default, deserialize_with = "lenient")]
    created_at: Option<Time>,
    #[serde(default, deserialize_with = "lenient")]
    extended_tweet: Option<Texts>,
    pub(super) user: User,
    #[serde(default, deserialize_with = "lenient")]
    in_reply_to_status_id_str: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    in_reply_to_user_id_str: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    quoted_status_id_str: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    quoted_status: Option<Quoted>,
    #[serde(default)]
    retweeted_status: Option<IgnoredAny>,
}

/// The parts that a long post has twice: cut, and whole.
#[derive(Default, Deserialize)]
struct Texts {
    #[serde(default)]
    full_text: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    display_text_range: Option<Vec<usize>>,
    #[serde(default, deserialize_with = "lenient")]
    entities: Option<Entities>,
    #[serde(default, deserialize_with = "lenient")]
    extended_entities: Option<Entities>,
}

#[derive(Default, Deserialize)]
struct Entities {
    #[serde(default, deserialize_with = "several")]
    urls: Vec<ShortUrl>,
    #[serde(default, deserialize_with = "several")]
    user_mentions: Vec<Named>,
    #[serde(default, deserialize_with = "several")]
    media: Vec<Media>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default, deserialize_with = "lenient")]
    id_str: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    screen_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    indices: Option<Vec<usize>>,
}

#[derive(Deserialize)]
struct Media {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media_url_https: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Quoted {
    #[serde(default, deserialize_with = "lenient")]
    user: Option<User>,
}

impl OlderPost {
    /// The post as both formats tell it; `None` if it lacks what makes it one.
    ///
    /// `part` is the JSON that it was read from: the texts stand in it a second time as in `extended_tweet`.
    pub(super) fn read(self, part: Part<'_>, owner: &str) -> Option<Post> {
        let id = self.id_str.or(self.id)?.0;
        let author = self.user.id()?.to_owned();
        let texts = self.extended_tweet.or_else(|| part.read().ok())?;
        let Texts { full_text, text, display_text_range, entities, extended_entities } = texts;
        let Entities { mut urls, user_mentions, media } = entities.unwrap_or_default();
        let media = extended_entities.map_or(media, |extended| extended.media);
        urls.extend(media.iter().filter_map(Media::short));
        let quoted_author = self.quoted_status.and_then(|quoted| quoted.user?.id().map(str::to_owned));
        Some(Post {
            at: made_at(&id, self.timestamp_ms.or(self.created_at)),
            id,
            author,
            text: full_text.or(text)?,
            urls,
            mentions: user_mentions.into_iter().map(Named::read).collect(),
            seen_from: display_text_range.and_then(|range| range.first().copied()),
            conversation: None,
            replied_to: self.in_reply_to_status_id_str.map(|id| id.0),
            replied_user: self.in_reply_to_user_id_str.map(|id| id.0),
            quoted: self.quoted_status_id_str.map(|id| id.0),
            quotes_us: quoted_author.as_deref() == Some(owner),
            is_repost: self.retweeted_status.is_some(),
            first_version: None,
            attachments: media.into_iter().map(Media::read).collect(),
        })
    }
}

impl Named {
    fn read(self) -> Mention {
        let start = self.indices.and_then(|indices| indices.first().copied()).unwrap_or_default();
        Mention { id: self.id_str.map(|id| id.0), username: self.screen_name, start }
    }
}

impl Media {
    /// The short address that stands for it in the text.
    fn short(&self) -> Option<ShortUrl> {
        let url = self.url.clone()?;
        Some(ShortUrl { url, expanded_url: None, media_key: Some(String::new()) })
    }

    fn read(self) -> Attachment {
        let kind = match self.kind.as_deref() {
            Some("animated_gif") => "gif",
            Some(kind) if !kind.is_empty() => kind,
            _ => "photo or video",
        };
        let url = self.media_url_https.as_deref().and_then(link);
        Attachment { kind: kind.to_owned(), url, title: None, file: None }
    }
}
