//! Carrying out acts in direct messages.

use serde_json::{Map, Value, json};

use super::act::{InstagramMessage, InstagramNative, InstagramParty, InstagramPostback};
use crate::Millis;
use crate::graph::act::{Edit, Reaction};
use crate::graph::control::{NotPossible, no_such};
use crate::graph::perform_messenger::referral_value;
use crate::graph::publish::tidy;
use crate::graph::state::{Graph, Message, opaque};
use crate::graph::webhook::{message_item, messaging};

/// The app id in echoes of messages written in the app.
pub(super) const INBOX: &str = "1217981644879628";

const MID: &str = "aWdf";

/// Whether it is the id of a direct message.
pub(in crate::graph) fn is_instagram_mid(id: &str) -> bool {
    id.starts_with(MID)
}

impl Graph {
    pub(super) fn direct_mid(&mut self) -> String {
        let number = self.number();
        format!("{MID}{}", opaque(&format!("instagram {number}")))
    }

    pub(super) fn keep_direct(&mut self, account: &str, person: &str, message: Message) {
        let Some(account) = self.accounts.get_mut(account) else { return };
        account.mids.insert(message.mid.clone(), person.to_owned());
        account.thread_mut(person).messages.push(message);
    }

    pub(in crate::graph) fn instagram_message(
        &mut self,
        new: InstagramMessage,
        now: Millis,
    ) -> Result<String, NotPossible> {
        self.writer(&new.account, &new.person, new.name.as_deref())?;
        let story = new.story_mention.map(|url| self.hosted(url, now));
        let mut attachments = self.payloads(new.attachments, now);
        attachments.extend(story.map(|url| json!({"type": "story_mention", "payload": {"url": url}})));
        let text = tidy(&new.text.unwrap_or_default());
        if text.is_empty() && attachments.is_empty() && !new.unsupported {
            return Err(NotPossible("there is nothing in it: give a text or an attachment".to_owned()));
        }
        let message = Message {
            mid: self.direct_mid(),
            text,
            attachments,
            reply_to: new.reply_to,
            quick_reply: new.quick_reply,
            unsupported: new.unsupported,
            at: now,
            ..Message::default()
        };
        let mut extra = Map::new();
        if let Some(referral) = new.referral {
            extra.insert("referral".to_owned(), referral_value(referral));
        }
        if let Some(url) = new.story {
            extra.insert("reply_to".to_owned(), json!({"story": {"url": url, "id": "18300"}}));
        }
        let item = message_item(&new.account, &new.person, &message, extra);
        let mid = message.mid.clone();
        self.keep_direct(&new.account, &new.person, message);
        self.opens_direct(&new.account, &new.person, new.standby, now);
        if new.in_changes {
            self.tell_in_changes(&new.account, "messages", item, now);
        } else {
            self.tell_direct(&new.account, &new.person, item, now);
        }
        Ok(mid)
    }

    pub(in crate::graph) fn instagram_postback(
        &mut self,
        new: &InstagramPostback,
        now: Millis,
    ) -> Result<String, NotPossible> {
        self.writer(&new.account, &new.person, None)?;
        let mid = self.direct_mid();
        let what = json!({"mid": mid, "title": new.title, "payload": new.payload});
        self.opens_direct(&new.account, &new.person, false, now);
        let item = messaging(&new.person, &new.account, now, "postback", what);
        self.tell_direct(&new.account, &new.person, item, now);
        Ok(mid)
    }

    /// Instagram names the last message that was seen, not a time.
    pub(in crate::graph) fn instagram_read(
        &mut self,
        party: &InstagramParty,
        now: Millis,
    ) -> Result<String, NotPossible> {
        self.writer(&party.account, &party.person, None)?;
        let account =
            self.accounts.get_mut(&party.account).ok_or_else(|| no_such("account", &party.account))?;
        let thread = account.thread_mut(&party.person);
        thread.read = Some(now);
        let last = thread.messages.iter().rev().find(|message| message.from_page);
        let mid = last.map_or_else(String::new, |message| message.mid.clone());
        let item = messaging(&party.person, &party.account, now, "read", json!({ "mid": mid }));
        self.tell_direct(&party.account, &party.person, item, now);
        Ok(party.person.clone())
    }

    pub(in crate::graph) fn instagram_native(
        &mut self,
        new: &InstagramNative,
        now: Millis,
    ) -> Result<String, NotPossible> {
        self.writer(&new.account, &new.person, None)?;
        Ok(self.file_own(&new.account, &new.person, tidy(&new.text), now, true))
    }

    pub(in crate::graph) fn edit_direct(&mut self, edit: Edit, now: Millis) -> Result<String, NotPossible> {
        let (account, person) = self.thread_of(&edit.id)?;
        let text = tidy(&edit.text);
        let message = self.direct_mut(&account, &person, &edit.id)?;
        message.edits += 1;
        message.text.clone_from(&text);
        let what = json!({"mid": edit.id, "text": text, "num_edit": message.edits});
        self.tell_direct(&account, &person, messaging(&person, &account, now, "message_edit", what), now);
        Ok(edit.id)
    }

    pub(in crate::graph) fn unsend_direct(
        &mut self,
        mid: String,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let (account, person) = self.thread_of(&mid)?;
        self.direct_mut(&account, &person, &mid)?.deleted = true;
        let what = json!({"mid": mid, "is_deleted": true});
        self.tell_direct(&account, &person, messaging(&person, &account, now, "message", what), now);
        Ok(mid)
    }

    pub(in crate::graph) fn react_direct(
        &mut self,
        reaction: Reaction,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let (account, person) = self.thread_of(&reaction.on)?;
        let emoji = reaction.emoji.unwrap_or_else(|| "\u{2764}".to_owned());
        let action = if reaction.undo { "unreact" } else { "react" };
        let what = json!({"mid": reaction.on, "action": action, "reaction": "love", "emoji": emoji});
        self.tell_direct(&account, &person, messaging(&person, &account, now, "reaction", what), now);
        Ok(reaction.on)
    }

    /// Makes sure of an account, and of a person who turns to it.
    fn writer(&mut self, account: &str, person: &str, name: Option<&str>) -> Result<(), NotPossible> {
        if !self.accounts.contains_key(account) {
            return Err(no_such("account", account));
        }
        self.meet_follower(account, person, name);
        Ok(())
    }

    fn opens_direct(&mut self, account: &str, person: &str, elsewhere: bool, now: Millis) {
        let Some(account) = self.accounts.get_mut(account) else { return };
        let thread = account.thread_mut(person);
        thread.last_user_act = Some(now);
        thread.elsewhere = elsewhere;
    }

    fn thread_of(&self, mid: &str) -> Result<(String, String), NotPossible> {
        let found =
            self.accounts.iter().find_map(|(id, account)| Some((id.clone(), account.mids.get(mid)?.clone())));
        found.ok_or_else(|| no_such("message", mid))
    }

    /// A message that is still there.
    fn direct_mut(&mut self, account: &str, person: &str, mid: &str) -> Result<&mut Message, NotPossible> {
        let thread = self.accounts.get_mut(account).and_then(|account| account.threads.get_mut(person));
        let mut messages = thread.into_iter().flat_map(|thread| thread.messages.iter_mut());
        messages.find(|one| one.mid == mid && !one.deleted).ok_or_else(|| no_such("message", mid))
    }

    /// Whether the thread's events go to another app.
    pub(super) fn is_elsewhere(&self, account: &str, person: &str) -> bool {
        let thread = self.accounts.get(account).and_then(|account| account.threads.get(person));
        thread.is_some_and(|thread| thread.elsewhere)
    }

    /// The item for a message of ours.
    pub(super) fn echo_item(&self, account: &str, person: &str, mid: &str) -> Option<Value> {
        let thread = self.accounts.get(account)?.threads.get(person)?;
        let message = thread.messages.iter().rev().find(|message| message.mid == mid)?;
        Some(message_item(account, person, message, Map::new()))
    }
}
