//! What people, and we ourselves in the app, can do on Instagram.

use serde::{Deserialize, Serialize};

use crate::graph::act::{NewAttachment, ReferralSource};

/// A comment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramComment {
    /// The post or comment it answers.
    pub on: String,
    /// Who comments, by their id; somebody unknown is made up on the spot. `None`: the account, in the app.
    #[serde(default)]
    pub person: Option<String>,
    /// The person's username, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text; none: a sticker.
    #[serde(default)]
    pub text: Option<String>,
    /// Another kind of post than it was: `REELS`, `AD`, `LIVE`.
    #[serde(default)]
    pub product: Option<String>,
}

/// A mention.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramMention {
    /// The account that is mentioned.
    pub account: String,
    /// Who mentions it.
    pub person: String,
    /// The person's username, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text, in which the account is named.
    pub text: String,
    /// In a comment under their own post instead of in the caption.
    #[serde(default)]
    pub in_comment: bool,
}

/// A direct message of a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramMessage {
    /// The account.
    pub account: String,
    /// Who writes.
    pub person: String,
    /// The person's username, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
    /// What hangs on it.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    /// The payload of the quick reply that was tapped.
    #[serde(default)]
    pub quick_reply: Option<String>,
    /// The message it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The link of our story that it answers.
    #[serde(default)]
    pub story: Option<String>,
    /// The link of their story that mentions us: the message is the mention.
    #[serde(default)]
    pub story_mention: Option<String>,
    /// The link or ad it came through.
    #[serde(default)]
    pub referral: Option<ReferralSource>,
    /// Another app owns the thread: from now on its events come under `standby`, until a message without this.
    #[serde(default)]
    pub standby: bool,
    /// Of a kind that the platform does not hand out.
    #[serde(default)]
    pub unsupported: bool,
    /// Told in `changes` instead of `messaging`, as some deliveries are.
    #[serde(default)]
    pub in_changes: bool,
}

/// A button was pressed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramPostback {
    /// The account.
    pub account: String,
    /// Who pressed it.
    pub person: String,
    /// What the button says.
    pub title: String,
    /// What the button carries.
    pub payload: String,
}

/// A message that we wrote in the app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramNative {
    /// The account.
    pub account: String,
    /// To whom.
    pub person: String,
    /// The text.
    pub text: String,
}

/// One person's thread with an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramParty {
    /// The account.
    pub account: String,
    /// The person.
    pub person: String,
}
