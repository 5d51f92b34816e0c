//! The `value` of a public change: its fields, and what can be read out of them.

use deskbridge_core::model::{Attachment, Person};
use serde::Deserialize;

use crate::meta::wire::{Id, Time, lenient, link, web_address};

/// Which fields are there depends on the item. What a customer said must be readable; the rest is taken if it is.
#[derive(Deserialize)]
pub(super) struct Value {
    #[serde(default)]
    pub(super) item: Option<String>,
    #[serde(default)]
    pub(super) verb: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    from: Option<From>,
    /// Until 2018 the author was told as `sender_id`, a number, and `sender_name`.
    #[serde(default, deserialize_with = "lenient")]
    sender_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    sender_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    reviewer_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    reviewer_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    post_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    comment_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    parent_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    open_graph_story_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    photo_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    video_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_time: Option<Time>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) edited_time: Option<Time>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    review_text: Option<String>,
    #[serde(default)]
    photo: Option<String>,
    #[serde(default)]
    photos: Option<Vec<String>>,
    #[serde(default)]
    video: Option<String>,
    #[serde(default)]
    link: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    post: Option<Post>,
    #[serde(default, deserialize_with = "lenient")]
    published: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "lenient")]
    recommendation_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    rating: Option<u8>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) reaction_type: Option<String>,
}

#[derive(Deserialize)]
struct From {
    id: Id,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
}

/// What comment events tell about their post.
#[derive(Deserialize)]
struct Post {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    permalink_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    is_published: Option<bool>,
}

impl Value {
    pub(super) fn author(&self) -> Option<Person> {
        let from = self.from.as_ref().map(|from| (&from.id, &from.name));
        let sender = self.sender_id.as_ref().map(|id| (id, &self.sender_name));
        let reviewer = self.reviewer_id.as_ref().map(|id| (id, &self.reviewer_name));
        let (id, name) = from.or(sender).or(reviewer).filter(|(id, _)| !id.0.is_empty())?;
        let name = name.clone().filter(|name| !name.trim().is_empty());
        Some(Person { id: id.0.clone(), name })
    }

    pub(super) fn comment_id(&self) -> Option<&str> {
        text_of(self.comment_id.as_ref())
    }

    pub(super) fn story_id(&self) -> Option<&str> {
        text_of(self.open_graph_story_id.as_ref())
    }

    pub(super) fn post_id(&self) -> Option<&str> {
        let inner = || text_of(self.post.as_ref().and_then(|post| post.id.as_ref()));
        text_of(self.post_id.as_ref()).or_else(inner).or_else(|| self.story_id())
    }

    /// The comment that a nested reply answers. The `parent_id` of a top-level comment is the post.
    pub(super) fn parent_comment(&self) -> Option<&str> {
        text_of(self.parent_id.as_ref()).filter(|parent| Some(*parent) != self.post_id())
    }

    pub(super) fn text(&self) -> &str {
        self.message.as_deref().or(self.review_text.as_deref()).unwrap_or_default()
    }

    /// The part of an album that an event is about: albums tell about each photo under the same post id.
    pub(super) fn part(&self, item: &str) -> &str {
        let id = match item {
            "photo" => self.photo_id.as_ref(),
            "video" => self.video_id.as_ref(),
            _ => None,
        };
        text_of(id).unwrap_or_default()
    }

    pub(super) fn is_unpublished(&self) -> bool {
        self.published.as_ref().is_some_and(|flag| flag.as_i64() == Some(0) || flag.as_bool() == Some(false))
    }

    pub(super) fn is_under_ad(&self) -> bool {
        self.post.as_ref().is_some_and(|post| post.is_published == Some(false))
    }

    /// What came with it. A message with neither text nor files (a sticker that Meta does not describe, say) gets a
    /// placeholder, so that the agent knows that there is something to look at.
    pub(super) fn attachments(&self, item: &str, permalink: &str) -> Vec<Attachment> {
        let kind_of_link = match item {
            "photo" => "photo",
            "video" => "video",
            _ => "link",
        };
        let photos = self.photo.iter().chain(self.photos.iter().flatten()).map(|url| ("photo", url));
        let others = self.video.iter().map(|url| ("video", url));
        let links = self.link.iter().map(|url| (kind_of_link, url));
        let mut found: Vec<Attachment> = Vec::new();
        for (kind, url) in photos.chain(others).chain(links) {
            let url = link(url);
            if url.is_none() || found.iter().all(|other| other.url != url) {
                found.push(Attachment { kind: kind.to_owned(), url, title: None, file: None });
            }
        }
        if found.is_empty() && self.text().trim().is_empty() {
            let url = Some(permalink.to_owned());
            found.push(Attachment { kind: "unsupported".to_owned(), url, title: None, file: None });
        }
        found
    }

    /// Where an agent can see the post or comment of that id.
    pub(super) fn permalink(&self, id: &str) -> String {
        let told = self.post.as_ref().and_then(|post| post.permalink_url.as_deref());
        let Some(mut url) = told.and_then(web_address) else {
            return format!("https://www.facebook.com/{id}");
        };
        if Some(id) == self.comment_id() {
            let (top, reply) = self.parent_comment().map_or((id, None), |parent| (parent, Some(id)));
            url.query_pairs_mut().append_pair("comment_id", own_half(top));
            if let Some(reply) = reply {
                url.query_pairs_mut().append_pair("reply_comment_id", own_half(reply));
            }
        }
        url.into()
    }

    /// A recommendation or rating in words.
    pub(super) fn verdict(&self) -> Option<String> {
        match self.recommendation_type.as_deref().map(str::to_lowercase).as_deref() {
            Some("positive") => Some("recommends the page".to_owned()),
            Some("negative") => Some("does not recommend the page".to_owned()),
            _ => self.rating.map(|stars| format!("rates the page {stars} of 5")),
        }
    }
}

fn text_of(id: Option<&Id>) -> Option<&str> {
    id.map(|id| id.0.as_str()).filter(|id| !id.is_empty())
}

/// The second half of `{object}_{comment}`, which links on the site use.
fn own_half(id: &str) -> &str {
    id.rsplit('_').next().unwrap_or(id)
}
