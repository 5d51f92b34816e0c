//! From an open effect and the events it stems from to the change that a connector encodes. The ledger stores no text:
//! it comes from the events each time.

use std::collections::BTreeMap;

use crate::ConversationKey;
use crate::command::Verb;
use crate::conversation::{Conversation, ModerateTask, OpenEffect, ReplyPiece, Task};
use crate::effect::{
    CardUpdate, Change, Customer, Effect, Moderation, NewComment, NewFiles, NewNote, NewReply, NewTicket,
    Redaction, ReplyForm, TicketLink,
};
use crate::model::{AgentReply, Event, Message, Person, Place, Quote, Surface, Thread, TicketStatus, What};
use crate::notes::{Notice, renamed};
use crate::outgoing::Outgoing;
use crate::plan::cause_of;
use crate::policy::Policy;
use crate::ring::Seen;
use crate::said::published;
use crate::{EffectId, digest, story, text};

/// Where a conversation stands, for composing.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Its key.
    pub key: &'a ConversationKey,
    /// Its thread.
    pub thread: &'a Thread,
    /// What is remembered of it.
    pub conversation: &'a Conversation,
    /// The events at hand.
    pub events: &'a [Event],
    /// What messages answer, by the message's id, as far as it was read.
    pub quotes: &'a BTreeMap<String, Quote>,
    /// The account's rules.
    pub policy: &'a Policy,
}

/// The hashes of those causes of an effect whose events are at hand.
#[must_use]
pub fn causes_at_hand(effect: &OpenEffect, events: &[Event]) -> Vec<u64> {
    let at_hand: Vec<u64> = events.iter().map(cause_of).collect();
    effect.causes.iter().copied().filter(|cause| at_hand.contains(cause)).collect()
}

/// The change that `effect` is to make; `None` if its ticket or its reply's text is not at hand. If some of its causes are
/// not at hand (see [`causes_at_hand`]), the change is good enough to look it up, but must not be sent.
#[must_use]
pub fn compose(scene: &Scene<'_>, effect: &OpenEffect) -> Option<Effect> {
    let change = match &effect.task {
        Task::CreateTicket => Change::CreateTicket(scene.new_ticket(effect)?),
        Task::AppendComment => Change::AppendComment(scene.new_comment(effect)?),
        Task::NoteEvents => Change::AddNote(scene.note_of_events(effect)?),
        Task::Notify(notice) => Change::AddNote(scene.note(notice)?),
        Task::PostReply(piece) => Change::PostReply(scene.new_reply(effect.id, piece)?),
        Task::Forward(_) => return None,
        Task::Moderate(task) => Change::Moderate(scene.moderation(task)?),
        Task::Redact(message) => Change::Redact(scene.redaction(*message)?),
        Task::ShowCard => Change::ShowCard(scene.card_update()?),
        Task::LinkTicket(task) => Change::LinkTicket(TicketLink {
            ticket: task.ticket.clone(),
            conversation: scene.key.as_str().to_owned(),
            tags: scene.policy.tags.clone(),
        }),
        Task::CopyFiles(_) => Change::AttachFiles(scene.new_files(effect)?),
    };
    Some(Effect {
        id: effect.id,
        first_started_at: effect.first_started_at,
        started_at: effect.started_at,
        change,
    })
}

/// Names a set of events, whatever their order.
pub(crate) fn contents_of(causes: &[u64]) -> u64 {
    let mut names: Vec<String> = causes.iter().map(u64::to_string).collect();
    names.sort_unstable();
    digest(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

impl<'a> Scene<'a> {
    /// The events of an effect, in the platform's own order.
    fn causes(&self, effect: &OpenEffect) -> Vec<&'a Event> {
        let mut events: Vec<&Event> =
            self.events.iter().filter(|event| effect.causes.contains(&cause_of(event))).collect();
        let mut known = Vec::new();
        events.retain(|event| {
            let cause = cause_of(event);
            let new = !known.contains(&cause);
            known.push(cause);
            new
        });
        events.sort_by_key(|event| event.at);
        events
    }

    fn new_ticket(&self, effect: &OpenEffect) -> Option<NewTicket> {
        let events = self.causes(effect);
        let first = events.iter().find_map(|event| said(event));
        let customer = self.customer(&events);
        let first_text = first.filter(|first| !self.was_removed(first)).map_or("", |first| &first.text);
        let follow_up_of = self.conversation.former.last().map(|former| former.id.clone());
        let mut parts = self.parts(&events);
        if let Some(former) = &follow_up_of {
            let earlier = format!("The earlier part of this conversation is in ticket #{former}.");
            parts.push(Part { message: 0, html: text::html::paragraphs(&earlier) });
        }
        Some(NewTicket {
            conversation: self.key.as_str().to_owned(),
            subject: text::subject(&self.title(), &customer.display_name, first_text),
            customer,
            html: joined(&parts),
            parts: parts.iter().map(|part| part.message).collect(),
            tags: self.policy.tags.clone(),
            permalink: first.and_then(|first| first.permalink.clone()),
            follow_up_of,
            contents: contents_of(&effect.causes),
            card: self.conversation.card(self.policy),
        })
    }

    fn new_comment(&self, effect: &OpenEffect) -> Option<NewComment> {
        let ticket = self.conversation.ticket.as_ref()?;
        let events = self.causes(effect);
        let parts = self.parts(&events);
        Some(NewComment {
            ticket: ticket.id.clone(),
            status: ticket.status,
            customer: self.customer(&events),
            html: joined(&parts),
            parts: parts.iter().map(|part| part.message).collect(),
            card: self.conversation.card(self.policy),
        })
    }

    /// The comment that the files of a message come with. The files themselves are looked for by whoever makes the effect.
    fn new_files(&self, effect: &OpenEffect) -> Option<NewFiles> {
        let ticket = self.conversation.ticket.as_ref()?;
        let events = self.causes(effect);
        let (at, message) = events.iter().find_map(|event| Some((event.at, said(event)?)))?;
        let comment = NewComment {
            ticket: ticket.id.clone(),
            status: ticket.status,
            customer: self.customer(&events),
            html: format!(
                "<p><em>{}</em></p>",
                text::html::escape(&format!("Sent with the message of {at}:"))
            ),
            parts: vec![Seen::Message(&message.id).hash()],
            card: self.conversation.card(self.policy),
        };
        Some(NewFiles { comment, files: Vec::new() })
    }

    /// Where a message that the customer removed may stand; `None` if there is no ticket.
    fn redaction(&self, message: u64) -> Option<Redaction> {
        let present = self.conversation.ticket.iter().map(|ticket| ticket.id.clone());
        let former = self.conversation.former.iter().rev().map(|ticket| ticket.id.clone());
        let tickets: Vec<String> = present.chain(former).collect();
        let conversation = self.key.as_str().to_owned();
        (!tickets.is_empty()).then(|| Redaction { message, conversation, tickets, subject: self.title() })
    }

    /// What the conversation is, in the words that a subject begins with.
    fn title(&self) -> String {
        match self.thread.surface {
            Surface::Public => format!("{} comment", self.policy.platform_title),
            Surface::Direct => format!("{} message", self.policy.platform_title),
        }
    }

    fn customer(&self, events: &[&Event]) -> Customer {
        let person = events
            .iter()
            .filter_map(|event| said(event))
            .map(|message| &message.author)
            .max_by_key(|person| person.name.is_some())
            .cloned()
            .unwrap_or_else(|| Person { id: self.thread.customer.clone(), name: None });
        Customer {
            platform: self.policy.platform.to_owned(),
            display_name: text::display_name(self.policy.platform_title, &person),
            person: Person { id: self.thread.customer.clone(), ..person },
            requester: self.conversation.requester.clone(),
        }
    }

    fn parts(&self, events: &[&Event]) -> Vec<Part> {
        events.iter().filter_map(|event| self.part(event, events.len() > 1)).collect()
    }

    fn part(&self, event: &Event, several: bool) -> Option<Part> {
        let message = said(event)?;
        let edited = matches!(event.what, What::Edited(_));
        if self.was_removed(message) {
            let removed = "(The customer removed this message before it arrived here.)";
            return Some(Part { message: 0, html: text::html::paragraphs(removed) });
        }
        let html = text::html::message(
            message,
            &text::html::MessageFrame {
                platform_title: self.policy.platform_title,
                when: several.then_some(event.at),
                edited,
                quote: self.quotes.get(&message.id),
                permalink: message.permalink.as_deref(),
            },
        );
        let html = match event.place {
            Place::Privately { .. } => format!("<p><em>Written privately:</em></p>{html}"),
            _ => html,
        };
        Some(Part { message: Seen::Message(&message.id).hash(), html })
    }

    fn was_removed(&self, message: &Message) -> bool {
        self.conversation.recent.contains(Seen::Removed(&message.id))
    }

    fn note_of_events(&self, effect: &OpenEffect) -> Option<NewNote> {
        let ticket = self.conversation.ticket.as_ref()?;
        let events = self.causes(effect);
        let texts: Vec<String> = events.iter().filter_map(|event| self.told(event)).collect();
        Some(note_in(&ticket.id, ticket.status, text::html::paragraphs(&texts.join("\n\n"))))
    }

    fn told(&self, event: &Event) -> Option<String> {
        let platform = self.policy.platform_title;
        let at = event.at;
        match &event.what {
            What::Removed { message } if self.conversation.recent.contains(Seen::Own(message)) => {
                Some(format!(
                    "A reply of ours was removed on {platform} ({at}). The customer does not see it any more."
                ))
            }
            What::Removed { .. } => Some(format!("The customer removed a message on {platform} ({at}).")),
            What::Hidden { hidden: true, .. } => {
                Some(format!("A message of this conversation was hidden on {platform} ({at})."))
            }
            What::Hidden { hidden: false, .. } => {
                Some(format!("A hidden message of this conversation was shown again on {platform} ({at})."))
            }
            What::Own(own) => {
                let files: String = own
                    .attachments
                    .iter()
                    .map(|file| format!("\n[{}] {}", file.kind, file.url.as_deref().unwrap_or("")))
                    .collect();
                Some(format!("A colleague answered in {platform} itself ({at}):\n{}{files}", own.text))
            }
            What::Renamed { to, other_ticket } => {
                let is_own = matches!(&event.place, Place::Thread(thread) if thread.customer == *to);
                Some(renamed(platform, at, other_ticket.as_deref(), is_own))
            }
            _ => None,
        }
    }

    fn note(&self, notice: &Notice) -> Option<NewNote> {
        if let Notice::GoesOn { here, .. } = notice {
            let html = notice.html(self.policy, None);
            return Some(note_in(here, TicketStatus::Open, html));
        }
        let ticket = self.conversation.ticket.as_ref()?;
        let link = self.events.iter().filter_map(said).find_map(|message| message.permalink.as_deref());
        let html = match notice {
            Notice::Story => text::html::paragraphs(&story::tell(self.key, self.conversation, self.policy)),
            _ => notice.html(self.policy, link),
        };
        let card = notice.changes_card().then(|| self.conversation.card(self.policy));
        let tags = notice.tag().map(str::to_owned).into_iter().collect();
        let untag = match notice {
            Notice::TagTaken(verb) => vec![verb.tag()],
            _ => Vec::new(),
        };
        let mailed = self.policy.fallback_email.then(|| notice.mailed()).flatten();
        let mailed = mailed.map(|text| text::html::paragraphs(&text));
        let note = note_in(&ticket.id, ticket.status, html);
        Some(NewNote { mailed, tags, untag, reopen: notice.needs_action(), card, ..note })
    }

    fn moderation(&self, task: &ModerateTask) -> Option<Moderation> {
        let text = if task.verb == Verb::Edit { self.new_words(&task.comment)? } else { String::new() };
        Some(Moderation { verb: task.verb, message: task.message.clone(), text })
    }

    /// What an `/edit` command puts in the place of a reply.
    fn new_words(&self, comment: &str) -> Option<String> {
        let reply = self.events.iter().find_map(|event| agent_reply(event, comment))?;
        published(reply, self.policy.reply_markup)?.pieces(self.policy, false).into_iter().next()
    }

    fn card_update(&self) -> Option<CardUpdate> {
        let ticket = self.conversation.ticket.as_ref()?;
        Some(CardUpdate { ticket: ticket.id.clone(), card: self.conversation.card(self.policy) })
    }

    fn new_reply(&self, effect: EffectId, piece: &ReplyPiece) -> Option<NewReply> {
        let reply = self.events.iter().find_map(|event| agent_reply(event, &piece.comment))?;
        let said = published(reply, self.policy.reply_markup)?;
        let side = self.conversation.side().filter(|_| self.conversation.goes_privately(effect));
        let out = Outgoing::of(said, reply, self.policy, side.is_some());
        let (text, form) = match (&self.policy.fallback_template, piece.file) {
            (_, Some(_)) => (String::new(), ReplyForm::File(None)),
            (Some(template), None) if piece.fallback == Some(true) => {
                let said = out.said.falling_back(template);
                (said.text, said.form)
            }
            _ => {
                let nth = usize::try_from(piece.piece.checked_sub(1)?).ok()?;
                (out.pieces.into_iter().nth(nth)?, out.said.form_of(piece.piece, side.is_some()))
            }
        };
        Some(NewReply {
            surface: if side.is_some() { Surface::Direct } else { self.thread.surface },
            answers: piece.answers.clone(),
            customer: side
                .map(|side| &side.customer)
                .or(self.conversation.address.as_ref())
                .unwrap_or(&self.thread.customer)
                .clone(),
            text,
            form,
            window_from: self.conversation.window_of(effect),
        })
    }
}

/// A note that changes nothing but the ticket's comments.
fn note_in(ticket: &str, status: TicketStatus, html: String) -> NewNote {
    NewNote {
        ticket: ticket.to_owned(),
        status,
        html,
        mailed: None,
        tags: Vec::new(),
        untag: Vec::new(),
        reopen: false,
        card: None,
    }
}

/// One part of a comment.
struct Part {
    /// The hash of the message that it shows; 0 if it shows none.
    message: u64,
    html: String,
}

fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| part.html.as_str()).collect::<Vec<_>>().join("<hr>")
}

/// What a customer said in an event, if anything.
fn said(event: &Event) -> Option<&Message> {
    match &event.what {
        What::Message(message) | What::Edited(message) | What::Activity(message) => Some(message),
        _ => None,
    }
}

fn agent_reply<'a>(event: &'a Event, comment: &str) -> Option<&'a AgentReply> {
    match &event.what {
        What::Reply(reply) if reply.comment == comment => Some(reply),
        _ => None,
    }
}
