//! What to do about events: a pure function from what is remembered and what happened to what is to be done.

mod agent;
mod amend;
mod card;
mod files;
mod grace;
mod link;
mod look;
mod own;
mod removal;
mod renamed;
mod resend;
mod way;
mod window;

pub(crate) use card::show_card;

use crate::ConversationKey;
use crate::Moment;
use crate::compose::contents_of;
use crate::conversation::{Conversation, EffectState, FormerTicket, OpenEffect, Task, Ticket};
use crate::effect::EffectId;
use crate::ledger::known_as_given_up;
use crate::model::{Event, Hint, Message, Place, Surface, What};
use crate::notes::Notice;
use crate::policy::Policy;
use crate::ring::Seen;

pub(crate) use link::{linked, ticket_in};

/// The most events that one helpdesk update carries.
pub const EVENTS_PER_UPDATE_MAX: usize = 50;

/// What [`plan`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What to remember. Its open effects are what is to be done.
    pub next: Conversation,
    /// What was decided about each event, in order.
    pub verdicts: Vec<Verdict>,
}

/// What was decided about one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It has effects, now recorded.
    Planned,
    /// An earlier delivery of it left effects open; they go on.
    Resumes,
    /// It was dealt with before.
    Duplicate,
    /// Our own effect came back.
    Echo,
    /// It changes what we remember, and nothing else.
    Noted,
    /// It never has effects.
    Ignored,
}

impl Verdict {
    /// Its name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Resumes => "resumes",
            Self::Duplicate => "duplicate",
            Self::Echo => "echo",
            Self::Noted => "noted",
            Self::Ignored => "ignored",
        }
    }
}

/// Decides about `events` of one conversation, in the order in which they arrived.
#[must_use]
pub fn plan(
    key: &ConversationKey,
    surface: Surface,
    conversation: &Conversation,
    events: &[Event],
    policy: &Policy,
    now: Moment,
) -> Plan {
    let next = conversation.clone();
    let mut planner = Planner { key, surface, policy, now, next, is_direct: false };
    let verdicts = events.iter().map(|event| planner.decide(event)).collect();
    planner.set_timer();
    planner.show_card();
    Plan { next: planner.next, verdicts }
}

/// The hash by which the ledger knows this event.
#[must_use]
pub fn cause_of(event: &Event) -> u64 {
    match &event.what {
        What::Message(message) => Seen::Message(&message.id).hash(),
        What::Own(own) => Seen::Own(&own.id).hash(),
        What::Reply(reply) => Seen::Reply(&reply.comment).hash(),
        _ => Seen::Event(&event.id).hash(),
    }
}

struct Planner<'a> {
    key: &'a ConversationKey,
    surface: Surface,
    policy: &'a Policy,
    now: Moment,
    next: Conversation,
    /// Whether the event at hand was said in direct messages.
    is_direct: bool,
}

impl Planner<'_> {
    fn decide(&mut self, event: &Event) -> Verdict {
        let cause = cause_of(event);
        self.is_direct = self.surface == Surface::Direct || matches!(event.place, Place::Privately { .. });
        if self.next.has_open(cause) {
            return Verdict::Resumes;
        }
        match &event.what {
            What::Signal { .. } | What::Unknown { .. } => return Verdict::Ignored,
            What::Hint(hint) => return self.hint(hint),
            What::Own(own) => return self.own(own, event.at, cause),
            What::Report(report) => return self.report(report, cause),
            What::Timer => return self.timer(event, cause),
            _ => {}
        }
        if self.next.recent.contains_hash(cause) {
            return self.known(&event.what);
        }
        if self.opened_its_ticket(cause) {
            return self.is_there_but_for_its_files(event, cause);
        }
        let verdict = match &event.what {
            What::Message(message) => self.message(message, event, cause),
            What::Edited(message) => self.edited(message, event, cause),
            What::Activity(_) => self.activity(event, cause),
            What::Removed { message } => self.removed(message, cause),
            What::Hidden { .. } => self.note_if_ticket(cause),
            What::Renamed { to, other_ticket } => self.renamed(event, to, other_ticket.as_deref(), cause),
            What::Reply(reply) => self.reply(reply, &event.place, cause),
            What::Signal { .. }
            | What::Unknown { .. }
            | What::Hint(_)
            | What::Own(_)
            | What::Report(_)
            | What::Timer => Verdict::Ignored,
        };
        match &event.what {
            What::Message(message) => self.remember(Seen::Message(&message.id)),
            What::Reply(reply) => self.remember(Seen::Reply(&reply.comment)),
            _ => self.remember(Seen::Event(&event.id)),
        }
        verdict
    }

    /// Whether a ticket was opened with this event alone, without our recording it.
    fn opened_its_ticket(&self, cause: u64) -> bool {
        self.next.recent.contains(Seen::Contents(&contents_of(&[cause]).to_string()))
    }

    /// An event was dealt with before. A message that was removed before anybody knew of the ticket in which it stands is
    /// taken out of it now.
    fn known(&mut self, what: &What) -> Verdict {
        let What::Message(message) = what else { return Verdict::Duplicate };
        let unredacted = Seen::Unredacted(&message.id).hash();
        let stands_nowhere = self.next.ticket.is_none() && self.next.former.is_empty();
        if stands_nowhere || !self.next.recent.contains_hash(unredacted) {
            return Verdict::Duplicate;
        }
        self.next.recent.forget_hash(unredacted);
        self.redact_what_is_in_doubt(&message.id);
        Verdict::Planned
    }

    /// A message stands in its ticket already, written by an attempt that was not recorded: its files are yet to come.
    fn is_there_but_for_its_files(&mut self, event: &Event, cause: u64) -> Verdict {
        let open = self.next.open.len();
        if let What::Message(message) = &event.what {
            self.copy_files(message, cause);
            if self.next.open.len() > open {
                self.remember(Seen::Message(&message.id));
                return Verdict::Planned;
            }
        }
        self.known(&event.what)
    }

    fn remember(&mut self, seen: Seen<'_>) {
        self.next.recent.remember(seen, self.now, self.policy.horizon);
    }

    fn message(&mut self, message: &Message, event: &Event, cause: u64) -> Verdict {
        self.spoke(message, event);
        if let Some(parent) = &message.parent {
            self.remember(Seen::Parent(parent));
        }
        let in_doubt = self.next.given_up.is_some();
        let verdict = self.bring_in(cause);
        self.copy_files(message, cause);
        if in_doubt || self.is_unredacted(message) {
            self.redact_what_is_in_doubt(&message.id);
        }
        verdict
    }

    /// Whether a message was removed when no ticket was known: an attempt that was not recorded may have written it.
    fn is_unredacted(&self, message: &Message) -> bool {
        self.next.recent.contains(Seen::Unredacted(&message.id))
    }

    /// The original may never have arrived; then the edit is what can be answered.
    fn edited(&mut self, message: &Message, event: &Event, cause: u64) -> Verdict {
        let reply_to = match &event.place {
            Place::Privately { customer, .. } => &mut self.next.side_with(customer).reply_to,
            _ => &mut self.next.reply_to,
        };
        reply_to.get_or_insert_with(|| message.id.clone());
        let verdict = self.bring_in(cause);
        if self.is_unredacted(message) {
            self.redact_what_is_in_doubt(&message.id);
        }
        verdict
    }

    fn activity(&mut self, event: &Event, cause: u64) -> Verdict {
        self.acted(event);
        if self.has_ticket() { self.bring_in(cause) } else { Verdict::Noted }
    }

    /// Brings an event into the ticket in the customer's name: with what is already waiting, or by an effect of its own.
    fn bring_in(&mut self, cause: u64) -> Verdict {
        let fresh_ticket =
            !self.has_ticket() || grace::is_over(&self.next, self.is_direct, self.policy.grace, self.now);
        if !fresh_ticket && self.joins_what_carried_it(cause) {
            return Verdict::Planned;
        }
        if !fresh_ticket && let Some(waiting) = self.mergeable() {
            waiting.causes.push(cause);
        } else if fresh_ticket {
            self.open_ticket(cause);
        } else {
            self.push(append_effect_id(self.key, cause), Task::AppendComment, cause);
        }
        Verdict::Planned
    }

    /// Whether a comment that was given up in doubt had carried this event: then it belongs to that one again, and is not written
    /// beside it before that one was looked up.
    fn joins_what_carried_it(&mut self, cause: u64) -> bool {
        let carried = |effect: &&mut OpenEffect| {
            effect.task == Task::AppendComment
                && effect.begun_with.as_ref().is_some_and(|causes| causes.contains(&cause))
        };
        if let Some(open) = self.next.open.iter_mut().find(carried) {
            open.causes.push(cause);
            return true;
        }
        let comment = |causes: &[u64]| causes.first().map(|first| append_effect_id(self.key, *first));
        let mut given_up = self.next.given_up.iter().flatten();
        let given_up =
            given_up.find(|one| one.causes.contains(&cause) && comment(&one.causes) == Some(one.id));
        let Some(id) = given_up.map(|one| one.id) else { return false };
        self.push(id, Task::AppendComment, cause);
        true
    }

    /// The last open effect (but for files, which follow on their own), if this event may still join it: it must certainly not
    /// have been sent. A ticket's body is bound to its idempotency key from the first attempt on.
    fn mergeable(&mut self) -> Option<&mut OpenEffect> {
        let says = |effect: &OpenEffect| !matches!(effect.task, Task::ShowCard | Task::CopyFiles(_));
        self.next.open.iter_mut().rfind(|effect| says(effect)).filter(|effect| {
            let unsent = match effect.task {
                Task::CreateTicket => effect.attempt == 0,
                Task::AppendComment => effect.state == EffectState::Due,
                _ => false,
            };
            unsent && effect.causes.len() < EVENTS_PER_UPDATE_MAX
        })
    }

    /// The last open effect that says something.
    fn last_open(&mut self) -> Option<&mut OpenEffect> {
        self.next.open.iter_mut().rfind(|effect| effect.task != Task::ShowCard)
    }

    fn open_ticket(&mut self, cause: u64) {
        next_generation(&mut self.next);
        let id = ticket_effect_id(self.key, self.next.generation);
        self.push(id, Task::CreateTicket, cause);
    }

    fn has_ticket(&self) -> bool {
        self.next.ticket.is_some() || self.next.open.iter().any(|effect| effect.task == Task::CreateTicket)
    }

    fn note_if_ticket(&mut self, cause: u64) -> Verdict {
        if !self.has_ticket() {
            return Verdict::Noted;
        }
        match self.last_open() {
            Some(last)
                if last.task == Task::NoteEvents
                    && last.state == EffectState::Due
                    && last.causes.len() < EVENTS_PER_UPDATE_MAX =>
            {
                last.causes.push(cause);
            }
            _ => {
                let id = EffectId::of(&[self.key.as_str(), "note", &cause.to_string()]);
                self.push(id, Task::NoteEvents, cause);
            }
        }
        Verdict::Planned
    }

    fn hint(&mut self, hint: &Hint) -> Verdict {
        let now = self.now;
        let ticket = self.next.ticket.as_mut().filter(|ticket| ticket.id == hint.ticket);
        if let (Some(ticket), Some(status)) = (ticket, hint.status) {
            ticket.hear(status, now);
        }
        Verdict::Noted
    }

    fn renamed(&mut self, event: &Event, to: &str, other_ticket: Option<&str>, cause: u64) -> Verdict {
        let is_own = matches!(&event.place, Place::Thread(thread) if thread.customer == to);
        match other_ticket {
            Some(other) if is_own => renamed::remember_other_ticket(&mut self.next, other),
            _ if is_own => {}
            _ => self.next.address = Some(to.to_owned()),
        }
        self.note_if_ticket(cause)
    }

    fn notify(&mut self, notice: Notice, about: &str, cause: u64) {
        let effect = notice_effect(self.key, notice, about, vec![cause]);
        self.next.open.push(effect);
    }

    fn push(&mut self, id: EffectId, task: Task, cause: u64) {
        let mut effect = due(id, task, vec![cause]);
        known_as_given_up(&mut self.next, &mut effect);
        self.next.open.push(effect);
    }
}

/// An effect that is not started yet.
pub(crate) fn due(id: EffectId, task: Task, causes: Vec<u64>) -> OpenEffect {
    let state = EffectState::Due;
    OpenEffect {
        id,
        task,
        state,
        attempt: 0,
        first_started_at: Moment::default(),
        started_at: Moment::default(),
        causes,
        uncertain: false,
        begun_with: None,
    }
}

/// The effect that writes a notice into the ticket.
pub(crate) fn notice_effect(
    key: &ConversationKey,
    notice: Notice,
    about: &str,
    causes: Vec<u64>,
) -> OpenEffect {
    let id = EffectId::of(&[key.as_str(), "notice", notice.name(), about]);
    due(id, Task::Notify(notice), causes)
}

/// A ticket's effect is named by the conversation and its generation, never by an event: so no later event can open a
/// second one.
pub(crate) fn ticket_effect_id(key: &ConversationKey, generation: u32) -> EffectId {
    EffectId::of(&[key.as_str(), "ticket", &generation.to_string()])
}

/// A comment's effect is named by the first event in it.
pub(crate) fn append_effect_id(key: &ConversationKey, cause: u64) -> EffectId {
    EffectId::of(&[key.as_str(), "append", &cause.to_string()])
}

/// A part of a reply is named by the agent's comment.
pub(crate) fn reply_effect_id(key: &ConversationKey, comment: &str, piece: u32) -> EffectId {
    EffectId::of(&[key.as_str(), "reply", comment, &piece.to_string()])
}

/// A part that is sent again is another effect: it is named by the command.
pub(crate) fn resend_effect_id(key: &ConversationKey, command: &str, piece: u32) -> EffectId {
    EffectId::of(&[key.as_str(), "resend", command, &piece.to_string()])
}

/// Makes room for a new ticket: the present one becomes a former one.
pub(crate) fn next_generation(conversation: &mut Conversation) {
    conversation.generation += 1;
    conversation.card_is_blank();
    conversation.let_go = None;
    if let Some(ticket) = conversation.ticket.take() {
        becomes_former(conversation, ticket);
    }
}

/// A ticket takes no more messages, but what agents wrote there may still have to be read.
pub(crate) fn becomes_former(conversation: &mut Conversation, ticket: Ticket) {
    // Each is looked through for what a customer removes, by one effect of at most 24 requests. Of an older ticket a person is told,
    // unless it was merged: then it looks like a stranger's.
    const FORMER_KEPT: usize = 5;
    conversation.former.push(FormerTicket { id: ticket.id, cursor: ticket.cursor });
    let excess = conversation.former.len().saturating_sub(FORMER_KEPT);
    conversation.former.drain(..excess);
}

/// A ticket that may have been this conversation's before becomes its present one: gives its cursor if it was.
pub(crate) fn is_former_no_more(conversation: &mut Conversation, ticket: &str) -> Option<Option<String>> {
    let at = conversation.former.iter().position(|former| former.id == ticket)?;
    Some(conversation.former.remove(at).cursor)
}

/// Moves the cursor over an agent's comment once none of its pieces is open.
pub(crate) fn reply_published(conversation: &mut Conversation, effect: &OpenEffect) {
    let Task::PostReply(piece) = &effect.task else { return };
    let more = conversation
        .open
        .iter()
        .any(|other| other.causes == effect.causes && !matches!(other.task, Task::Forward(_)));
    if !more {
        conversation.was_sent_again(effect);
        // A tag stands nowhere among the comments.
        if !piece.comment.starts_with(crate::command::TAG_COMMAND) {
            conversation.set_cursor(&piece.ticket, &piece.comment);
        }
    }
}
