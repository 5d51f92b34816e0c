//! The parts of a Messenger or Instagram item, and how they read for an agent.

use deskbridge_core::model::Attachment as Attached;
use serde::Deserialize;

use super::wire::{Id, Time, lenient, link};

/// `message`.
#[derive(Deserialize)]
pub(crate) struct Body {
    #[serde(default)]
    pub(crate) mid: Option<Id>,
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) is_echo: bool,
    #[serde(default)]
    pub(crate) is_deleted: bool,
    #[serde(default)]
    is_unsupported: bool,
    /// Instagram: the account writes to itself, as people do who try things out.
    #[serde(default)]
    pub(crate) is_self: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) metadata: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) reply_to: Option<ReplyTo>,
    #[serde(default, deserialize_with = "lenient")]
    quick_reply: Option<QuickReply>,
    #[serde(default, deserialize_with = "lenient")]
    referral: Option<Referral>,
    #[serde(default)]
    attachments: Option<Vec<Attachment>>,
}

#[derive(Deserialize)]
pub(crate) struct ReplyTo {
    #[serde(default)]
    pub(crate) mid: Option<Id>,
    /// Instagram: a story of the account is answered.
    #[serde(default, deserialize_with = "lenient")]
    story: Option<Story>,
}

#[derive(Deserialize)]
struct Story {
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct QuickReply {
    payload: String,
}

/// `message_edit`.
#[derive(Deserialize)]
pub(crate) struct Edit {
    pub(crate) mid: Id,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) num_edit: Option<Id>,
}

/// `delivery` or `read`.
#[derive(Deserialize)]
pub(crate) struct Receipt {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) mid: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) watermark: Option<Time>,
}

/// `postback`: a button was pressed.
#[derive(Deserialize)]
pub(crate) struct Postback {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) mid: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    payload: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    referral: Option<Referral>,
}

/// `referral`: how the customer came to the conversation.
#[derive(Deserialize)]
pub(crate) struct Referral {
    #[serde(default, rename = "ref", deserialize_with = "lenient")]
    reference: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    source: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    ad_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    ads_context_data: Option<Ad>,
}

#[derive(Deserialize)]
struct Ad {
    #[serde(default, deserialize_with = "lenient")]
    ad_title: Option<String>,
}

/// `optin`. Its token for further notifications is a credential and is not read.
#[derive(Deserialize)]
pub(crate) struct OptIn {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    /// A shared link has it here, or in the payload.
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    payload: Option<Payload>,
}

#[derive(Default, Deserialize)]
struct Payload {
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    sticker_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    coordinates: Option<Coordinates>,
}

#[derive(Deserialize)]
struct Coordinates {
    lat: f64,
    long: f64,
}

impl Body {
    /// What came with it; a placeholder if Meta says that there is something it cannot hand over, or nothing at all.
    pub(crate) fn attachments(&self) -> Vec<Attached> {
        let mut found: Vec<Attached> = self.attachments.iter().flatten().map(Attachment::read).collect();
        found.extend(self.story().map(|story| Attached {
            kind: "story".to_owned(),
            url: story.url.as_deref().and_then(link),
            title: Some("the answered one".to_owned()),
            file: None,
        }));
        let silent = found.is_empty() && self.text.as_deref().unwrap_or_default().trim().is_empty();
        if self.is_unsupported || silent {
            found.push(Attached { kind: "unsupported".to_owned(), url: None, title: None, file: None });
        }
        found
    }

    pub(crate) fn context(&self) -> Vec<String> {
        let quick =
            self.quick_reply.as_ref().map(|quick| format!("chose the quick reply \"{}\"", quick.payload));
        let answered = self.story().map(|_| "answers a story; its link dies with the story".to_owned());
        let mentioned =
            self.attachments.iter().flatten().any(|one| one.kind.as_deref() == Some("story_mention"));
        let mentioned = mentioned
            .then(|| "mentions the account in a story; its link dies with the story, after a day".to_owned());
        let referral = self.referral.as_ref().map(Referral::words);
        quick.into_iter().chain(answered).chain(mentioned).chain(referral).collect()
    }

    fn story(&self) -> Option<&Story> {
        self.reply_to.as_ref()?.story.as_ref()
    }
}

impl Attachment {
    fn read(&self) -> Attached {
        let none = Payload::default();
        let payload = self.payload.as_ref().unwrap_or(&none);
        let kind = match self.kind.as_deref() {
            // Stickers were images with a sticker id until they got a type of their own in June 2026.
            Some("image") if payload.sticker_id.is_some() => "sticker",
            Some("image") => "photo",
            Some("fallback") => "link",
            Some("ig_reel") => "reel",
            Some("ig_post" | "share") => "post",
            Some("ig_story" | "story_mention") => "story",
            Some("ephemeral") => "unsupported",
            Some(other) if !other.is_empty() => other,
            _ => "unsupported",
        };
        let map = payload
            .coordinates
            .as_ref()
            .map(|at| format!("https://www.openstreetmap.org/?mlat={}&mlon={}", at.lat, at.long));
        let url = payload.url.as_deref().or(self.url.as_deref()).and_then(link).or(map);
        let title = [&payload.title, &payload.name, &self.title].into_iter().flatten();
        let title = title.map(|title| title.trim()).find(|title| !title.is_empty()).map(str::to_owned);
        // Seen once, in the app only: no API hands it out.
        let once = self.kind.as_deref() == Some("ephemeral");
        let title = title.or(once.then(|| "view-once photo or video".to_owned()));
        Attached { kind: kind.to_owned(), url, title, file: None }
    }
}

impl Postback {
    /// What the customer said by pressing: the button's title.
    pub(crate) fn words(&self) -> String {
        self.title.clone().or_else(|| self.payload.clone()).unwrap_or_default()
    }

    pub(crate) fn context(&self) -> Vec<String> {
        let mut pressed = format!("pressed \"{}\"", self.words());
        if let Some(payload) = self.payload.as_ref().filter(|payload| **payload != self.words()) {
            pressed.push_str(&format!(" ({payload})"));
        }
        std::iter::once(pressed).chain(self.referral.as_ref().map(Referral::words)).collect()
    }
}

impl Referral {
    pub(crate) fn words(&self) -> String {
        let title = self.ads_context_data.as_ref().and_then(|ad| ad.ad_title.as_deref());
        let mut words = match (title, &self.ad_id, self.source.as_deref()) {
            (Some(title), _, _) => format!("came from the ad \"{title}\""),
            (None, Some(ad), _) => format!("came from the ad {ad}"),
            (None, None, Some("SHORTLINK")) => "came from an m.me link".to_owned(),
            (None, None, Some("CUSTOMER_CHAT_PLUGIN")) => "came from the chat on a website".to_owned(),
            (None, None, Some(source)) => format!("came from {source}"),
            (None, None, None) => "came from a referral".to_owned(),
        };
        if let Some(reference) = self.reference.as_ref().filter(|reference| !reference.is_empty()) {
            words.push_str(&format!(", reference \"{reference}\""));
        }
        words
    }
}

impl OptIn {
    pub(crate) fn words(&self) -> String {
        match (&self.title, &self.kind) {
            (Some(title), _) => format!("opted in to \"{title}\""),
            (None, Some(kind)) => format!("opted in ({kind})"),
            (None, None) => "opted in".to_owned(),
        }
    }
}
