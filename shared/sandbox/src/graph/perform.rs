//! Carrying out acts: which person, which object, and what happens on the feed.

use serde_json::json;

use super::act::{Act, Acted, Edit, NewComment, NewMention, NewPost, RawUpdate, Reaction};
use super::control::{NotPossible, no_such};
use super::instagram::is_instagram_mid;
use super::outbox::Update;
use super::publish::tidy;
use super::state::{Author, Graph, Media, MediaKind, Node};
use crate::Millis;

/// What became of an act.
pub type ActResult = Result<Acted, NotPossible>;

impl Graph {
    /// Lets somebody do something.
    ///
    /// # Errors
    /// When it names something that is not there, or nobody could do it on the platform.
    pub fn act(&mut self, act: Act, now: Millis) -> ActResult {
        let id = match act {
            Act::Post(post) => self.post(post, now)?,
            Act::Comment(comment) => self.comment(comment, now)?,
            Act::Mention(mention) => self.mention(mention, now)?,
            Act::Edit(edit) if is_mid(&edit.id) => self.edit_message(edit, now)?,
            Act::Edit(edit) if is_instagram_mid(&edit.id) => self.edit_direct(edit, now)?,
            Act::Edit(edit) if is_wamid(&edit.id) => self.edit_whatsapp(edit.id, edit.text, now)?,
            Act::Edit(edit) => self.edit_node(edit, now)?,
            Act::Remove(target) if is_mid(&target.id) => self.unsend(target.id, now)?,
            Act::Remove(target) if is_instagram_mid(&target.id) => self.unsend_direct(target.id, now)?,
            Act::Remove(target) if self.is_instagram_comment(&target.id) => self.delete_comment(target.id),
            Act::Remove(target) if is_wamid(&target.id) => self.revoke_whatsapp(target.id, now)?,
            Act::Remove(target) => {
                self.live(&target.id)?;
                self.set_removed(&target.id, now);
                target.id
            }
            Act::Hide(target) if self.is_instagram_comment(&target.id) => self.hide_comment(target.id, true),
            Act::Unhide(target) if self.is_instagram_comment(&target.id) => {
                self.hide_comment(target.id, false)
            }
            Act::Hide(target) => self.hide(target.id, true, now)?,
            Act::Unhide(target) => self.hide(target.id, false, now)?,
            Act::React(reaction) if is_instagram_mid(&reaction.on) => self.react_direct(reaction, now)?,
            Act::React(reaction) if is_mid(&reaction.on) => self.react_to_message(reaction, now)?,
            Act::React(reaction) => self.react(reaction, now)?,
            Act::Message(message) => self.message(message, now)?,
            Act::Postback(postback) => self.postback(postback, now)?,
            Act::Referral(referred) => self.refer(referred, now)?,
            Act::Read(party) => self.read_thread(&party, now)?,
            Act::PageMessage(message) => self.page_message(message, now)?,
            Act::InstagramComment(comment) => self.instagram_comment(comment, now)?,
            Act::InstagramMention(mention) => self.instagram_mention(mention, now)?,
            Act::InstagramMessage(message) => self.instagram_message(message, now)?,
            Act::InstagramPostback(postback) => self.instagram_postback(&postback, now)?,
            Act::InstagramRead(party) => self.instagram_read(&party, now)?,
            Act::InstagramNative(message) => self.instagram_native(&message, now)?,
            Act::WhatsappMessage(message) => self.whatsapp_message(message, now)?,
            Act::WhatsappRead(party) => self.whatsapp_read(&party, now)?,
            Act::WhatsappNative(message) => self.whatsapp_native(message, now)?,
            Act::WhatsappRename(renaming) => self.whatsapp_rename(&renaming, now)?,
            Act::WhatsappUndeliverable(person) => self.whatsapp_undeliverable(&person)?,
            Act::WhatsappOffline(person) => self.whatsapp_offline(&person, now)?,
            Act::Raw(raw) => {
                if !self.accounts.contains_key(&raw.page) {
                    self.known_page(&raw.page)?;
                }
                let update = match raw.update {
                    RawUpdate::Change { field, value } => Update::Change { field, value },
                    RawUpdate::Messaging(item) => Update::Messaging(item),
                    RawUpdate::Standby(item) => Update::Standby(item),
                };
                self.tell_raw(&raw.page, update, now);
                raw.page
            }
        };
        Ok(Acted { id })
    }

    /// Several acts whose webhooks share one POST per door. Stops at the first that is not possible; what was done
    /// until then stays done and is told about.
    ///
    /// # Errors
    /// As [`Graph::act`].
    pub fn act_together(&mut self, acts: Vec<Act>, now: Millis) -> Result<Vec<Acted>, NotPossible> {
        self.outbox.hold();
        let done: Result<Vec<Acted>, NotPossible> = acts.into_iter().map(|act| self.act(act, now)).collect();
        self.outbox.release(now);
        done
    }

    fn post(&mut self, post: NewPost, now: Millis) -> Result<String, NotPossible> {
        self.known_page(&post.page)?;
        let author = self.author(&post.page, post.person.as_deref(), post.name.as_deref());
        let shared =
            post.share.as_ref().map(|id| self.live(id).map(|node| self.permalink(node))).transpose()?;
        let media = self.media(
            [
                (MediaKind::Photo, post.photo),
                (MediaKind::Video, post.video),
                (MediaKind::Link, post.link),
                (MediaKind::Share, shared),
            ],
            now,
        );
        let text = something(post.text, media.as_ref())?;
        let id = format!("{}_{}", post.page, self.number());
        let blank = self.new_node(id.clone(), &post.page, now.div_euclid(1_000));
        self.insert(Node { author, text, media, published: !post.unpublished, ..blank });
        self.tell_feed(&id, "add", now);
        Ok(id)
    }

    fn comment(&mut self, comment: NewComment, now: Millis) -> Result<String, NotPossible> {
        if !self.nodes.contains_key(&comment.on) {
            let pages: Vec<String> = self.pages.keys().cloned().collect();
            let home = self.home_of_unknown(&comment.on, &pages);
            let page = home.ok_or_else(|| no_such("post or comment", &comment.on))?;
            self.adopt_node(&comment.on, &page, now);
        }
        let page = self.live(&comment.on)?.page.clone();
        let author = self.author(&page, comment.person.as_deref(), comment.name.as_deref());
        let text = comment.text.or_else(|| comment.link.clone());
        let media = self.media(
            [
                (MediaKind::Photo, comment.photo),
                (MediaKind::Video, comment.video),
                (MediaKind::Sticker, comment.sticker),
                (MediaKind::Link, comment.link),
            ],
            now,
        );
        let text = something(text, media.as_ref())?;
        let id = self.add_comment(&comment.on, author, text, media, now.div_euclid(1_000));
        let id = id.ok_or_else(|| no_such("post or comment", &comment.on))?;
        self.tell_feed(&id, "add", now);
        Ok(id)
    }

    fn mention(&mut self, mention: NewMention, now: Millis) -> Result<String, NotPossible> {
        self.known_page(&mention.page)?;
        let author = self.author(&mention.page, Some(&mention.person), mention.name.as_deref());
        let Author::Person(owner) = &author else {
            return Err(NotPossible("a page does not mention itself".to_owned()));
        };
        let second = now.div_euclid(1_000);
        let post = format!("{owner}_{}", self.number());
        let text = if mention.in_comment { String::new() } else { mention.text.clone() };
        let foreign = Some(!mention.unreadable);
        let blank = self.new_node(post.clone(), &mention.page, second);
        self.insert(Node { author: author.clone(), text, foreign, ..blank });
        let id = match mention.in_comment {
            false => post,
            true => {
                let id = self.add_comment(&post, author, mention.text, None, second);
                let id = id.ok_or_else(|| no_such("post", &post))?;
                if let Some(comment) = self.nodes.get_mut(&id) {
                    comment.foreign = foreign;
                }
                id
            }
        };
        self.tell_mention(&id, now);
        Ok(id)
    }

    fn edit_node(&mut self, edit: Edit, now: Millis) -> Result<String, NotPossible> {
        self.live(&edit.id)?;
        self.set_text(&edit.id, tidy(&edit.text), now);
        Ok(edit.id)
    }

    fn hide(&mut self, id: String, hidden: bool, now: Millis) -> Result<String, NotPossible> {
        if self.live(&id)?.author == Author::Page {
            return Err(NotPossible("a page cannot hide what it wrote itself".to_owned()));
        }
        self.set_hidden(&id, hidden, now);
        Ok(id)
    }

    fn react(&mut self, reaction: Reaction, now: Millis) -> Result<String, NotPossible> {
        let page = self.live(&reaction.on)?.page.clone();
        let author = self.author(&page, reaction.person.as_deref(), None);
        let (key, from) = match &author {
            Author::Person(id) => (id.clone(), self.person_value(&page, id)),
            _ => (page.clone(), Some(json!({"id": page, "name": self.page_name(&page)}))),
        };
        let kind = reaction.reaction.unwrap_or_else(|| "like".to_owned());
        if let Some(node) = self.nodes.get_mut(&reaction.on) {
            node.reactions.remove(&key);
            if !reaction.undo {
                node.reactions.insert(key, kind.clone());
            }
        }
        self.tell_reaction(&reaction.on, from, &kind, reaction.undo, now);
        Ok(reaction.on)
    }

    pub(super) fn known_page(&self, page: &str) -> Result<(), NotPossible> {
        if self.pages.contains_key(page) { Ok(()) } else { Err(no_such("page", page)) }
    }

    /// A post or comment that was not removed.
    fn live(&self, id: &str) -> Result<&Node, NotPossible> {
        let node = self.nodes.get(id).filter(|node| !self.is_gone(node));
        node.ok_or_else(|| no_such("post or comment", id))
    }

    /// Who acts on the feed, meeting the person if they are new.
    fn author(&mut self, page: &str, person: Option<&str>, name: Option<&str>) -> Author {
        match person.filter(|person| *person != page) {
            None => Author::Page,
            Some(person) => Author::Person(self.meet(page, person, name, false)),
        }
    }

    /// Finds a person by either id, or makes a new one with this id in the feed or in Messenger, and gives the feed
    /// id.
    pub(super) fn meet(&mut self, page: &str, id: &str, name: Option<&str>, in_messenger: bool) -> String {
        if let Some(person) = self.person_mut(page, id) {
            if let Some(name) = name {
                name.clone_into(&mut person.name);
            }
            return person.feed_id.clone();
        }
        let other = self.number().to_string();
        let (feed_id, psid) = if in_messenger { (other.as_str(), id) } else { (id, other.as_str()) };
        let name = name.map_or_else(|| format!("Person {id}"), str::to_owned);
        self.add_person(page, feed_id, psid, &name);
        feed_id.to_owned()
    }

    fn media<const N: usize>(
        &mut self,
        choices: [(MediaKind, Option<String>); N],
        now: Millis,
    ) -> Option<Media> {
        let (kind, url) = choices.into_iter().find_map(|(kind, url)| Some((kind, url?)))?;
        let url = self.hosted(url, now);
        Some(Media { kind, url, id: self.number().to_string() })
    }
}

/// The text, if there is a text or something else.
fn something(text: Option<String>, media: Option<&Media>) -> Result<String, NotPossible> {
    let text = tidy(&text.unwrap_or_default());
    if text.is_empty() && media.is_none() {
        return Err(NotPossible(
            "there is nothing in it: give a text, a photo, a video or a link".to_owned(),
        ));
    }
    Ok(text)
}

fn is_mid(id: &str) -> bool {
    id.starts_with("m_")
}

fn is_wamid(id: &str) -> bool {
    id.starts_with("wamid.")
}
