//! What people, and the page in its native app, can do: the customer's side of the sandbox.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::instagram::{
    InstagramComment, InstagramMention, InstagramMessage, InstagramNative, InstagramParty, InstagramPostback,
};
use super::whatsapp::{
    WhatsAppMessage, WhatsAppNative, WhatsAppOffline, WhatsAppParty, WhatsAppRenaming, WhatsAppUndeliverable,
};

/// One thing somebody does. Over HTTP: `POST /_sandbox/act` with the same names, `do` telling which.
///
/// A person is named by feed id or PSID; an unknown one is made up on the spot. Left out where it is optional, the
/// page itself acts, in its native app: its messages then carry no metadata of ours and the page inbox's app id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// A post on the page.
    Post(NewPost),
    /// A comment under a post, or under a comment.
    Comment(NewComment),
    /// Somebody mentions the page elsewhere.
    Mention(NewMention),
    /// New text for a post, comment or message.
    Edit(Edit),
    /// A post or comment is deleted, a message unsent.
    #[serde(alias = "unsend")]
    Remove(Target),
    /// The page hides a comment or post, in its native app.
    Hide(Target),
    /// The page shows it again.
    Unhide(Target),
    /// A reaction to a post, comment or message.
    #[serde(alias = "reaction")]
    React(Reaction),
    /// A Messenger message of a person.
    Message(NewMessage),
    /// A button was pressed.
    Postback(Postback),
    /// An m.me link or ad was followed.
    Referral(Referred),
    /// A person has read everything in the thread.
    Read(Party),
    /// A Messenger message the page wrote in its native app.
    PageMessage(PageMessage),
    /// An Instagram comment.
    InstagramComment(InstagramComment),
    /// Somebody mentions an Instagram account under a post of theirs.
    InstagramMention(InstagramMention),
    /// A direct message of a person on Instagram, also one that mentions or answers a story.
    InstagramMessage(InstagramMessage),
    /// A button was pressed on Instagram.
    InstagramPostback(InstagramPostback),
    /// A person has read everything in an Instagram thread.
    InstagramRead(InstagramParty),
    /// A direct message that we wrote in Instagram's app.
    InstagramNative(InstagramNative),
    /// A WhatsApp message of a person.
    WhatsappMessage(WhatsAppMessage),
    /// A person has read everything in a WhatsApp chat.
    WhatsappRead(WhatsAppParty),
    /// A WhatsApp message that we wrote on the phone.
    WhatsappNative(WhatsAppNative),
    /// A person gets another id in WhatsApp.
    WhatsappRename(WhatsAppRenaming),
    /// WhatsApp messages to a person fail from now on, or no longer.
    WhatsappUndeliverable(WhatsAppUndeliverable),
    /// A person's phone is off, or on again.
    WhatsappOffline(WhatsAppOffline),
    /// A signed update of any shape, for what the stand-in does not know.
    Raw(Raw),
}

/// A post on a page's timeline.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The page.
    pub page: String,
    /// Who posts; `None`: the page.
    #[serde(default)]
    pub person: Option<String>,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
    /// A photo's URL.
    #[serde(default)]
    pub photo: Option<String>,
    /// A video's URL.
    #[serde(default)]
    pub video: Option<String>,
    /// A link.
    #[serde(default)]
    pub link: Option<String>,
    /// The id of a post that is shared.
    #[serde(default)]
    pub share: Option<String>,
    /// A draft or scheduled post of the page, not public yet.
    #[serde(default)]
    pub unpublished: bool,
}

/// A comment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// The post or comment it answers.
    pub on: String,
    /// Who comments; `None`: the page.
    #[serde(default)]
    pub person: Option<String>,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
    /// A photo's URL.
    #[serde(default)]
    pub photo: Option<String>,
    /// A video's URL.
    #[serde(default)]
    pub video: Option<String>,
    /// A sticker's URL.
    #[serde(default)]
    pub sticker: Option<String>,
    /// A link; without text it is the text.
    #[serde(default)]
    pub link: Option<String>,
}

/// A post or comment elsewhere that mentions the page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMention {
    /// The page that is mentioned.
    pub page: String,
    /// Who mentions it.
    pub person: String,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text.
    pub text: String,
    /// In a comment under their own post instead of in the post.
    #[serde(default)]
    pub in_comment: bool,
    /// The page may not read it, as is often so.
    #[serde(default)]
    pub unreadable: bool,
}

/// New text for something.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// A post, comment or message.
    pub id: String,
    /// The whole new text.
    pub text: String,
}

/// Something that exists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// A post, comment or message.
    pub id: String,
}

/// A reaction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reaction {
    /// The post, comment or message.
    pub on: String,
    /// Who reacts; `None`: the page (posts and comments), the thread's person (messages).
    #[serde(default)]
    pub person: Option<String>,
    /// like, love, care, haha, wow, sorry, anger; default `like`. For messages also `other`.
    #[serde(default)]
    pub reaction: Option<String>,
    /// For messages: the emoji; default a heart.
    #[serde(default)]
    pub emoji: Option<String>,
    /// Takes the reaction back.
    #[serde(default)]
    pub undo: bool,
}

/// A Messenger message of a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// The page.
    pub page: String,
    /// Who writes.
    pub person: String,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
    /// What hangs on it.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    /// The payload of the quick reply that was tapped; the text is its title.
    #[serde(default)]
    pub quick_reply: Option<String>,
    /// The message it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The link or ad it came through.
    #[serde(default)]
    pub referral: Option<ReferralSource>,
    /// Another app owns the thread: from now on its events come under `standby`, until a message without this.
    #[serde(default)]
    pub standby: bool,
    /// Of a kind that the platform does not hand out: no body at all.
    #[serde(default)]
    pub unsupported: bool,
}

/// An attachment of a message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// image, audio, video, file, sticker, fallback, template, reel, location ...: any word is passed on.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the file is; `fallback` may go without, others then get a made-up address.
    #[serde(default)]
    pub url: Option<String>,
    /// The title of a `fallback`.
    #[serde(default)]
    pub title: Option<String>,
    /// The number of a sticker.
    #[serde(default)]
    pub sticker_id: Option<u64>,
    /// The whole payload, instead of one made of the fields above.
    #[serde(default)]
    pub payload: Option<Value>,
}

/// The link or ad somebody came through.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferralSource {
    /// What the link carried.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// SHORTLINK, ADS ...; default SHORTLINK.
    #[serde(default)]
    pub source: Option<String>,
    /// The ad.
    #[serde(default)]
    pub ad_id: Option<String>,
}

/// A button was pressed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postback {
    /// The page.
    pub page: String,
    /// Who pressed it.
    pub person: String,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// What the button says.
    pub title: String,
    /// What the button carries.
    pub payload: String,
    /// The link or ad they came through.
    #[serde(default)]
    pub referral: Option<ReferralSource>,
}

/// A link or ad was followed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Referred {
    /// The page.
    pub page: String,
    /// Who followed it.
    pub person: String,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// Which.
    #[serde(default)]
    pub referral: ReferralSource,
}

/// One person's thread with a page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The page.
    pub page: String,
    /// The person.
    pub person: String,
}

/// A message the page wrote in its native app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageMessage {
    /// The page.
    pub page: String,
    /// To whom.
    pub person: String,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
    /// What hangs on it.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    /// The app it was written in; default the page inbox, 263902037430900.
    #[serde(default)]
    pub app_id: Option<String>,
}

/// An update of any shape.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Raw {
    /// The page whose entry it comes in.
    pub page: String,
    /// The update.
    #[serde(flatten)]
    pub update: RawUpdate,
}

/// Where in the entry an update of any shape stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawUpdate {
    /// `changes[]`.
    Change {
        /// The field.
        field: String,
        /// Its value.
        value: Value,
    },
    /// `messaging[]`.
    Messaging(Value),
    /// `standby[]`.
    Standby(Value),
}

/// What an act left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acted {
    /// The post, comment or message that was made or changed; for reads and referrals the PSID.
    pub id: String,
}
