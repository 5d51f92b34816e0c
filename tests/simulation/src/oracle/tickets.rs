//! What the helpdesks hold, in one shape.

use deskbridge_sandbox::zendesk::Role;
use deskbridge_sandbox::{freshdesk, zendesk};

use crate::remotes::{Remotes, Side};
use crate::renaming::Names;
use crate::words::visible;

/// Who wrote an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Customer,
    Agent,
    Bridge,
}

/// One entry of a ticket.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) who: Who,
    pub(crate) public: bool,
    pub(crate) text: String,
    /// The lengths of its files in bytes.
    pub(crate) files: Vec<u64>,
}

/// A ticket.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) side: Side,
    pub(crate) id: u64,
    /// The key that it bears ...
    pub(crate) key: String,
    /// ... and the name that this conversation began with.
    pub(crate) conversation: String,
    pub(crate) deleted: bool,
    pub(crate) closed: bool,
    pub(crate) subject: String,
    pub(crate) tags: Vec<String>,
    pub(crate) entries: Vec<Entry>,
}

/// All tickets of a helpdesk, oldest first.
pub(crate) fn tickets_of(remotes: &Remotes, side: Side, names: &Names) -> Vec<Ticket> {
    all(remotes, side, names, true)
}

/// The same without what stands in them: enough to choose one.
pub(crate) fn outlines_of(remotes: &Remotes, side: Side, names: &Names) -> Vec<Ticket> {
    all(remotes, side, names, false)
}

fn all(remotes: &Remotes, side: Side, names: &Names, whole: bool) -> Vec<Ticket> {
    match side {
        Side::Zendesk => remotes.zendesk.glances().map(|ticket| of_zendesk(&ticket, names, whole)).collect(),
        Side::Freshdesk => {
            remotes.freshdesk.glances().map(|ticket| of_freshdesk(&ticket, names, whole)).collect()
        }
        Side::Graph | Side::X => Vec::new(),
    }
}

fn of_zendesk(ticket: &zendesk::Glance<'_>, names: &Names, whole: bool) -> Ticket {
    let entry = |comment: &zendesk::GlanceAtComment<'_>| Entry {
        who: match comment.role {
            Some(Role::EndUser) => Who::Customer,
            Some(Role::Admin) => Who::Bridge,
            Some(Role::Agent) | None => Who::Agent,
        },
        public: comment.public,
        text: visible(comment.html),
        files: comment.files.iter().map(|length| *length as u64).collect(),
    };
    let key = ticket.external_id.unwrap_or_default();
    Ticket {
        side: Side::Zendesk,
        id: u64::try_from(ticket.id).unwrap_or_default(),
        conversation: names.first_key(key),
        key: key.to_owned(),
        deleted: ticket.deleted,
        closed: ticket.closed && !ticket.deleted,
        subject: ticket.subject.to_owned(),
        tags: ticket.tags.iter().cloned().collect(),
        entries: ticket.comments.iter().filter(|_| whole).map(entry).collect(),
    }
}

fn of_freshdesk(ticket: &freshdesk::Glance<'_>, names: &Names, whole: bool) -> Ticket {
    let entry = |entry: &freshdesk::GlanceAtEntry<'_>| Entry {
        who: match entry.who {
            "customer" => Who::Customer,
            "bridge" => Who::Bridge,
            _ => Who::Agent,
        },
        public: entry.public,
        text: visible(entry.html),
        files: entry.files.iter().map(|length| *length as u64).collect(),
    };
    let key = ticket.conversation.unwrap_or_default();
    Ticket {
        side: Side::Freshdesk,
        id: ticket.id,
        conversation: names.first_key(key),
        key: key.to_owned(),
        deleted: ticket.deleted,
        closed: ticket.closed,
        subject: ticket.subject.to_owned(),
        tags: ticket.tags.to_vec(),
        entries: ticket.entries.iter().filter(|_| whole).map(entry).collect(),
    }
}
