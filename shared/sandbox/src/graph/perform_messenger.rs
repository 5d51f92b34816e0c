//! Carrying out acts in Messenger.

use serde_json::{Map, Value, json};

use super::act::{
    Edit, NewAttachment, NewMessage, PageMessage, Party, Postback, Reaction, ReferralSource, Referred,
};
use super::control::{NotPossible, no_such};
use super::publish::tidy;
use super::state::{Graph, Message};
use super::webhook::{message_item, messaging};
use crate::Millis;

/// The app id in echoes of messages written in the page's own inbox.
pub(super) const PAGE_INBOX: &str = "263902037430900";

impl Graph {
    pub(super) fn message(&mut self, new: NewMessage, now: Millis) -> Result<String, NotPossible> {
        let psid = self.correspondent(&new.page, &new.person, new.name.as_deref())?;
        let attachments = self.payloads(new.attachments, now);
        let text = tidy(&new.text.unwrap_or_default());
        if text.is_empty() && attachments.is_empty() && !new.unsupported {
            return Err(NotPossible("there is nothing in it: give a text or an attachment".to_owned()));
        }
        let message = Message {
            mid: self.mid(),
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
        let item = message_item(&new.page, &psid, &message, extra);
        let mid = message.mid.clone();
        self.opens_window(&new.page, &psid, now).elsewhere = new.standby;
        self.keep_message(&new.page, &psid, message);
        self.tell_messaging(&new.page, &psid, "messages", item, now);
        Ok(mid)
    }

    pub(super) fn edit_message(&mut self, edit: Edit, now: Millis) -> Result<String, NotPossible> {
        let (page, psid) = self.customers_message(&edit.id)?;
        let text = tidy(&edit.text);
        let Some(message) = self.message_mut(&edit.id) else { return Err(no_such("message", &edit.id)) };
        message.edits += 1;
        message.text.clone_from(&text);
        let what = json!({"mid": edit.id, "text": text, "num_edit": message.edits});
        let item = messaging(&psid, &page, now, "message_edit", what);
        self.tell_messaging(&page, &psid, "message_edits", item, now);
        Ok(edit.id)
    }

    pub(super) fn unsend(&mut self, mid: String, now: Millis) -> Result<String, NotPossible> {
        let (page, psid) = self.customers_message(&mid)?;
        if let Some(message) = self.message_mut(&mid) {
            message.deleted = true;
        }
        let item = messaging(&psid, &page, now, "message", json!({"mid": mid, "is_deleted": true}));
        self.tell_messaging(&page, &psid, "messages", item, now);
        Ok(mid)
    }

    /// A reaction does not open the window here; whether it does on the platform is uncertain.
    pub(super) fn react_to_message(
        &mut self,
        reaction: Reaction,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let mid = reaction.on;
        let (page, psid) = self.mids.get(&mid).cloned().ok_or_else(|| no_such("message", &mid))?;
        let emoji = reaction.emoji.unwrap_or_else(|| "\u{2764}".to_owned());
        let kind = reaction.reaction.unwrap_or_else(|| "love".to_owned());
        let Some(message) = self.message_mut(&mid).filter(|message| !message.deleted) else {
            return Err(no_such("message", &mid));
        };
        message.reactions.remove(&psid);
        let mut what = json!({"mid": mid, "action": if reaction.undo { "unreact" } else { "react" }});
        if !reaction.undo {
            what["reaction"] = kind.into();
            what["emoji"] = emoji.as_str().into();
            message.reactions.insert(psid.clone(), emoji);
        }
        let item = messaging(&psid, &page, now, "reaction", what);
        self.tell_messaging(&page, &psid, "message_reactions", item, now);
        Ok(mid)
    }

    pub(super) fn postback(&mut self, postback: Postback, now: Millis) -> Result<String, NotPossible> {
        let psid = self.correspondent(&postback.page, &postback.person, postback.name.as_deref())?;
        let mid = self.mid();
        let mut what = json!({"mid": mid, "title": postback.title, "payload": postback.payload});
        if let Some(referral) = postback.referral {
            what["referral"] = referral_value(referral);
        }
        self.opens_window(&postback.page, &psid, now);
        let item = messaging(&psid, &postback.page, now, "postback", what);
        self.tell_messaging(&postback.page, &psid, "messaging_postbacks", item, now);
        Ok(mid)
    }

    pub(super) fn refer(&mut self, referred: Referred, now: Millis) -> Result<String, NotPossible> {
        let psid = self.correspondent(&referred.page, &referred.person, referred.name.as_deref())?;
        self.opens_window(&referred.page, &psid, now);
        let item = messaging(&psid, &referred.page, now, "referral", referral_value(referred.referral));
        self.tell_messaging(&referred.page, &psid, "messaging_referrals", item, now);
        Ok(psid)
    }

    pub(super) fn read_thread(&mut self, party: &Party, now: Millis) -> Result<String, NotPossible> {
        let psid = self.correspondent(&party.page, &party.person, None)?;
        self.thread_mut(&party.page, &psid).read = Some(now);
        let item = messaging(&psid, &party.page, now, "read", json!({ "watermark": now }));
        self.tell_messaging(&party.page, &psid, "message_reads", item, now);
        Ok(psid)
    }

    /// A reply written in the page's inbox: its echo carries that inbox's app id and no metadata.
    pub(super) fn page_message(&mut self, new: PageMessage, now: Millis) -> Result<String, NotPossible> {
        let psid = self.correspondent(&new.page, &new.person, None)?;
        let attachments = self.payloads(new.attachments, now);
        let text = tidy(&new.text.unwrap_or_default());
        if text.is_empty() && attachments.is_empty() {
            return Err(NotPossible("there is nothing in it: give a text or an attachment".to_owned()));
        }
        let app_id = Some(new.app_id.unwrap_or_else(|| PAGE_INBOX.to_owned()));
        let mid = self.mid();
        let message = Message {
            mid: mid.clone(),
            from_page: true,
            text,
            attachments,
            app_id,
            at: now,
            ..Message::default()
        };
        self.tell_page_message(&new.page, &psid, message, now);
        Ok(mid)
    }

    /// The PSID of a person who turns to a page, meeting them if they are new.
    fn correspondent(&mut self, page: &str, person: &str, name: Option<&str>) -> Result<String, NotPossible> {
        self.known_page(page)?;
        let feed_id = self.meet(page, person, name, true);
        let person = self.person(page, &feed_id).ok_or_else(|| no_such("person", person))?;
        Ok(person.psid.clone())
    }

    fn opens_window(&mut self, page: &str, psid: &str, now: Millis) -> &mut super::state::Thread {
        let thread = self.thread_mut(page, psid);
        thread.last_user_act = Some(now);
        thread.adopted = false;
        thread
    }

    /// The thread of a message that a person wrote and did not take back.
    fn customers_message(&mut self, mid: &str) -> Result<(String, String), NotPossible> {
        let message = self.message_mut(mid).filter(|message| !message.deleted && !message.from_page);
        if message.is_none() {
            return Err(no_such("message of a person", mid));
        }
        self.mids.get(mid).cloned().ok_or_else(|| no_such("message", mid))
    }

    pub(super) fn payloads(&mut self, attachments: Vec<NewAttachment>, now: Millis) -> Vec<Value> {
        attachments.into_iter().map(|attachment| self.payload(attachment, now)).collect()
    }

    fn payload(&mut self, attachment: NewAttachment, now: Millis) -> Value {
        let kind = attachment.kind;
        if let Some(payload) = attachment.payload {
            return json!({"type": kind, "payload": payload});
        }
        let made_up = |number: u64| format!("https://media.sandbox.example/{kind}/{number}");
        let url = match attachment.url {
            None if kind == "fallback" => None,
            None => Some(made_up(self.number())),
            Some(url) => Some(self.hosted(url, now)),
        };
        let mut payload = Map::new();
        if let Some(url) = url {
            payload.insert("url".to_owned(), url.into());
        }
        if let Some(title) = attachment.title {
            payload.insert("title".to_owned(), title.into());
        }
        if let Some(sticker) = attachment.sticker_id {
            payload.insert("sticker_id".to_owned(), sticker.into());
        }
        // A shared link may come with no payload at all.
        if payload.is_empty() { json!({ "type": kind }) } else { json!({"type": kind, "payload": payload}) }
    }
}

pub(super) fn referral_value(referral: ReferralSource) -> Value {
    let mut value = json!({
        "source": referral.source.unwrap_or_else(|| "SHORTLINK".to_owned()),
        "type": "OPEN_THREAD",
    });
    if let Some(reference) = referral.reference {
        value["ref"] = reference.into();
    }
    if let Some(ad) = referral.ad_id {
        value["ads_context_data"] = json!({"ad_title": format!("Ad {ad}")});
        value["ad_id"] = ad.into();
    }
    value
}
