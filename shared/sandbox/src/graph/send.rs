//! The Send API: direct messages and private replies, the messaging window, echoes and delivery receipts.

use serde_json::{Map, Value, json};

use super::auth::Permission;
use super::error::GraphError;
use super::limits::Meter;
use super::params::{Params, as_text};
use super::publish::{is_web_url, tidy};
use super::route::Call;
use super::state::{Author, Graph, Message};
use super::webhook::{message_item, messaging};
use crate::Millis;

const DAY: Millis = 24 * 3_600 * 1_000;
/// The longest message, in characters.
const TEXT_LENGTH: usize = 2_000;
/// The longest `metadata`, in characters.
const METADATA_LENGTH: usize = 1_000;

/// On what ground a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// `RESPONSE`, `UPDATE`: inside the standard window.
    Standard,
    /// `MESSAGE_TAG` with `HUMAN_AGENT`.
    HumanAgent,
}

impl Ground {
    /// Tags other than `HUMAN_AGENT` were retired in April 2026 and answer 100 since.
    pub(super) fn of(params: &Params) -> Result<Self, GraphError> {
        let kind = params.text("messaging_type");
        match (kind.as_deref(), params.text("tag").as_deref()) {
            (None | Some("RESPONSE" | "UPDATE"), None) => Ok(Self::Standard),
            (None | Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) => Ok(Self::HumanAgent),
            (Some("MESSAGE_TAG"), None) => Err(GraphError::parameter("The parameter tag is required")),
            (_, Some(tag)) => Err(GraphError::parameter(format_args!("Invalid parameter: tag {tag}"))),
            (Some(_), None) => Err(GraphError::parameter("Invalid parameter: messaging_type")),
        }
    }

    /// Whether a message may go out now. The standard window is 24 hours from the person's last action; after that a
    /// human agent has until the 7th day. The tag inside the standard window is refused; which code the platform uses
    /// for that is uncertain.
    pub(super) fn check(self, last_user_act: Option<Millis>, now: Millis) -> Result<(), GraphError> {
        let age = last_user_act.map_or(Millis::MAX, |at| now - at);
        match self {
            Self::Standard if age <= DAY => Ok(()),
            Self::HumanAgent if age <= DAY => Err(GraphError::parameter(
                "Invalid parameter: HUMAN_AGENT is for messages outside the standard messaging window",
            )),
            Self::HumanAgent if age <= 7 * DAY => Ok(()),
            _ => Err(GraphError::outside_window()),
        }
    }
}

/// The validated `message` parameter.
struct Draft {
    text: String,
    attachments: Vec<Value>,
    metadata: Option<String>,
    reply_to: Option<String>,
}

impl Draft {
    fn of(params: &Params) -> Result<Self, GraphError> {
        let message = params.object("message")?;
        let message = message.ok_or_else(|| GraphError::parameter("The parameter message is required"))?;
        let text = tidy(&message.get("text").and_then(as_text).unwrap_or_default());
        let metadata = message.get("metadata").and_then(as_text);
        let attachments = attachments(&message)?;
        for (name, value, limit) in
            [("text", Some(&text), TEXT_LENGTH), ("metadata", metadata.as_ref(), METADATA_LENGTH)]
        {
            if value.is_some_and(|value| value.chars().count() > limit) {
                return Err(GraphError::parameter(format_args!(
                    "Length of param message[{name}] must be less than or equal to {limit}"
                )));
            }
        }
        if text.is_empty() == attachments.is_empty() {
            return Err(GraphError::parameter("Must provide either a text or an attachment, not both"));
        }
        let reply = params.object("reply_to")?.or_else(|| message.get("reply_to")?.as_object().cloned());
        let reply_to = reply.and_then(|reply| as_text(reply.get("mid")?));
        Ok(Self { text, attachments, metadata, reply_to })
    }
}

fn attachments(message: &Map<String, Value>) -> Result<Vec<Value>, GraphError> {
    let one = message.get("attachment").into_iter();
    let many = message.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let found: Vec<&Value> = one.chain(many).collect();
    for attachment in &found {
        let kind = attachment["type"].as_str().unwrap_or_default();
        if !matches!(kind, "image" | "audio" | "video" | "file" | "template") {
            return Err(GraphError::parameter("Invalid parameter: message[attachment][type]"));
        }
        let payload = &attachment["payload"];
        let ours = !payload["attachment_id"].is_null();
        if !ours && kind != "template" && !payload["url"].as_str().is_some_and(is_web_url) {
            return Err(GraphError::parameter("Failed to fetch the file from the url").sub(2_018_047));
        }
    }
    Ok(found.into_iter().cloned().collect())
}

impl Graph {
    /// `POST /{page}/messages`.
    pub(super) fn send(&mut self, call: &Call, page: &str) -> Result<Value, GraphError> {
        self.admit(call, page, Permission::PagesMessaging)?;
        let recipient = call.params.object("recipient")?;
        let recipient =
            recipient.ok_or_else(|| GraphError::parameter("The parameter recipient is required"))?;
        let field = |name: &str| recipient.get(name).and_then(as_text);
        if let Some(target) = field("comment_id").or_else(|| field("post_id")) {
            return self.private_reply(call, page, &target);
        }
        let psid =
            field("id").ok_or_else(|| GraphError::parameter("The parameter recipient[id] is required"))?;
        if let Some(action) = call.params.text("sender_action") {
            return self.sender_action(call, page, &psid, &action);
        }
        let mut draft = Draft::of(&call.params)?;
        for attachment in &mut draft.attachments {
            if !attachment["payload"]["attachment_id"].is_null() {
                *attachment = self.sent_attachment(attachment)?;
            }
        }
        let ground = Ground::of(&call.params)?;
        if ground == Ground::HumanAgent {
            self.admit(call, page, Permission::HumanAgent)?;
        }
        self.psid(page, &psid)?;
        if let Some(block) = self.person(page, &psid).and_then(|person| person.block) {
            return Err(block.error());
        }
        let thread = self.thread_mut(page, &psid);
        if thread.elsewhere {
            let message = "(#10) Message failed to send because another app is controlling this thread now.";
            return Err(GraphError::new(10, message).sub(2_018_300));
        }
        if !thread.adopted {
            ground.check(thread.last_user_act, call.now)?;
        }
        self.deliver(call, page, &psid, draft)
    }

    /// A private reply: one per comment or visitor's post, within 7 days, only to what a person wrote.
    fn private_reply(&mut self, call: &Call, page: &str, target: &str) -> Result<Value, GraphError> {
        let invalid = || GraphError::parameter("Invalid comment_id or post_id").sub(2_018_292);
        let draft = Draft::of(&call.params)?;
        if !self.nodes.contains_key(target) {
            let home = self.home_of_unknown(target, &[page.to_owned()]).ok_or_else(invalid)?;
            if home != page {
                return Err(invalid());
            }
            self.adopt_node(target, page, call.now);
        }
        let node = self.nodes.get(target).filter(|node| node.page == page && !self.is_gone(node));
        let node = node.ok_or_else(invalid)?;
        if call.second() - node.created > 7 * DAY / 1_000 || node.author == Author::Page {
            return Err(invalid());
        }
        if node.answered_privately {
            return Err(GraphError::new(10_900, "(#10900) Activity already replied to"));
        }
        let author = node.author.clone();
        let psid = self.psid_of(page, target, &author).ok_or_else(invalid)?;
        if let Some(block) = self.person(page, &psid).and_then(|person| person.block) {
            return Err(block.error());
        }
        self.meters.count(&self.rates, Meter::PrivateReplies, page, call.now)?;
        if let Some(node) = self.nodes.get_mut(target) {
            node.answered_privately = true;
        }
        self.deliver(call, page, &psid, draft)
    }

    /// The PSID of an author; the author of an adopted comment becomes a placeholder person.
    fn psid_of(&mut self, page: &str, target: &str, author: &Author) -> Option<String> {
        match author {
            Author::Page => None,
            Author::Person(id) => self.person(page, id).map(|person| person.psid.clone()),
            Author::Unknown => {
                let (feed_id, psid) = (self.number().to_string(), self.number().to_string());
                self.add_person(page, &feed_id, &psid, "Somebody");
                self.nodes.get_mut(target)?.author = Author::Person(feed_id);
                Some(psid)
            }
        }
    }

    fn deliver(&mut self, call: &Call, page: &str, psid: &str, draft: Draft) -> Result<Value, GraphError> {
        self.meters.count(&self.rates, Meter::Messages, page, call.now)?;
        let app_id = self.pages.get(page).map(|page| page.seed.app_id.clone());
        let message = Message {
            mid: self.mid(),
            from_page: true,
            text: draft.text,
            attachments: draft.attachments,
            metadata: draft.metadata,
            reply_to: draft.reply_to,
            app_id,
            at: call.now,
            ..Message::default()
        };
        let mid = message.mid.clone();
        self.tell_page_message(page, psid, message, call.now);
        Ok(json!({"recipient_id": psid, "message_id": mid}))
    }

    /// Files a message of the page and tells about it: the echo, then the receipt that it was delivered.
    pub(super) fn tell_page_message(&mut self, page: &str, psid: &str, message: Message, now: Millis) {
        let echo = message_item(page, psid, &message, Map::new());
        let receipt = json!({"mids": [message.mid], "watermark": now});
        self.keep_message(page, psid, message);
        self.tell_messaging(page, psid, "message_echoes", echo, now);
        let receipt = messaging(psid, page, now, "delivery", receipt);
        self.tell_messaging(page, psid, "message_deliveries", receipt, now);
    }

    /// Typing, seen, and the page's own reactions.
    fn sender_action(
        &mut self,
        call: &Call,
        page: &str,
        psid: &str,
        action: &str,
    ) -> Result<Value, GraphError> {
        self.psid(page, psid)?;
        match action {
            "typing_on" | "typing_off" | "mark_seen" => {}
            "react" | "unreact" => {
                let payload = call.params.object("payload")?.unwrap_or_default();
                let mid = payload.get("message_id").and_then(as_text).unwrap_or_default();
                let emoji = payload.get("reaction").and_then(as_text).unwrap_or_else(|| "love".to_owned());
                let message = self.message_mut(&mid);
                let message =
                    message.ok_or_else(|| GraphError::parameter("Invalid parameter: message_id"))?;
                message.reactions.remove(page);
                if action == "react" {
                    message.reactions.insert(page.to_owned(), emoji);
                }
            }
            _ => return Err(GraphError::parameter("Invalid parameter: sender_action")),
        }
        Ok(json!({ "recipient_id": psid }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_opens_and_closes_to_the_millisecond() {
        let code = |ground: Ground, age: Option<Millis>| {
            let last = age.map(|age| 100 * DAY - age);
            ground.check(last, 100 * DAY).map_err(|error| (error.code, error.subcode))
        };
        let closed = Err((10, Some(2_018_278)));
        assert_eq!(code(Ground::Standard, Some(DAY)), Ok(()));
        assert_eq!(code(Ground::Standard, Some(DAY + 1)), closed);
        assert_eq!(code(Ground::Standard, None), closed);
        assert_eq!(code(Ground::HumanAgent, Some(DAY)), Err((100, None)));
        assert_eq!(code(Ground::HumanAgent, Some(DAY + 1)), Ok(()));
        assert_eq!(code(Ground::HumanAgent, Some(7 * DAY)), Ok(()));
        assert_eq!(code(Ground::HumanAgent, Some(7 * DAY + 1)), closed);
        assert_eq!(code(Ground::HumanAgent, None), closed);
    }
}
