//! `POST /{page or account}/messages`.

use serde_json::{Value, json};

use crate::graph::error::GraphError;
use crate::graph::limits::Meter;
use crate::graph::params::as_text;
use crate::graph::publish::tidy;
use crate::graph::route::Call;
use crate::graph::send::Ground;
use crate::graph::state::{Graph, Message};

const WEEK: crate::Millis = 7 * 24 * 3_600 * 1_000;
/// The longest text, in bytes.
const TEXT_BYTES: usize = 1_000;

impl Graph {
    /// Sends a text. The window is that of Messenger, with a subcode of Instagram's own.
    pub(super) fn send_direct(&mut self, call: &Call, account: &str) -> Result<Value, GraphError> {
        let recipient = call.params.object("recipient")?.unwrap_or_default();
        let message = call.params.object("message")?.unwrap_or_default();
        let text = tidy(&message.get("text").and_then(as_text).unwrap_or_default());
        let attachment = message.get("attachment").map(|one| self.sent_attachment(one)).transpose()?;
        if text.is_empty() && attachment.is_none() {
            return Err(GraphError::parameter("The parameter message[text] is required"));
        }
        if text.len() > TEXT_BYTES {
            return Err(GraphError::parameter(format_args!(
                "Length of param message[text] must be less than or equal to {TEXT_BYTES} bytes"
            )));
        }
        if let Some(comment) = recipient.get("comment_id").and_then(as_text) {
            return self.answer_privately(call, account, &comment, text);
        }
        let person = recipient.get("id").and_then(as_text);
        let person =
            person.ok_or_else(|| GraphError::parameter("The parameter recipient[id] is required"))?;
        let ground = Ground::of(&call.params)?;
        let of = self.accounts.get_mut(account).ok_or_else(|| call.gone(account))?;
        let follower = of.people.get(&person);
        let follower =
            follower.ok_or_else(|| GraphError::parameter("No matching user found").sub(2_534_014))?;
        if follower.blocks {
            return Err(GraphError::parameter("The user cannot be reached").sub(2_534_037));
        }
        let thread = of.thread_mut(&person);
        if thread.elsewhere {
            let message = "(#10) Message failed to send because another app is controlling this thread now.";
            return Err(GraphError::new(10, message).sub(2_018_300));
        }
        ground.check(thread.last_user_act, call.now).map_err(|error| match error.code {
            10 => error.sub(2_534_022),
            _ => error,
        })?;
        self.meters.count(&self.rates, Meter::Messages, account, call.now)?;
        let mid = self.direct_mid();
        let attachments = attachment.into_iter().collect();
        let message = Message {
            mid: mid.clone(),
            from_page: true,
            text,
            attachments,
            at: call.now,
            ..Message::default()
        };
        self.keep_direct(account, &person, message);
        self.tell_echo(account, &person, &mid, call.now);
        Ok(json!({"recipient_id": person, "message_id": mid}))
    }

    /// A private reply: one per comment, within 7 days, only to what a person wrote.
    fn answer_privately(
        &mut self,
        call: &Call,
        account: &str,
        comment: &str,
        text: String,
    ) -> Result<Value, GraphError> {
        let invalid = || GraphError::parameter("Invalid comment_id").sub(2_018_292);
        let of = self.accounts.get_mut(account).ok_or_else(|| call.gone(account))?;
        let found = of.live(comment).filter(|found| of.owns(&found.post) && call.now - found.at <= WEEK);
        let person = found.and_then(|found| found.author.clone()).ok_or_else(invalid)?;
        let found = of.comments.get_mut(comment).ok_or_else(invalid)?;
        if found.answered_privately {
            return Err(GraphError::new(10_900, "(#10900) Activity already replied to"));
        }
        found.answered_privately = true;
        self.meters.count(&self.rates, Meter::PrivateReplies, account, call.now)?;
        let mid = self.file_own(account, &person, text, call.now, false);
        Ok(json!({"recipient_id": person, "message_id": mid}))
    }

    /// Files a message of the account and tells its echo.
    pub(super) fn file_own(
        &mut self,
        account: &str,
        person: &str,
        text: String,
        now: crate::Millis,
        native: bool,
    ) -> String {
        let mid = self.direct_mid();
        let app_id = native.then(|| super::perform_direct::INBOX.to_owned());
        let message =
            Message { mid: mid.clone(), from_page: true, text, app_id, at: now, ..Message::default() };
        self.keep_direct(account, person, message);
        self.tell_echo(account, person, &mid, now);
        mid
    }
}
