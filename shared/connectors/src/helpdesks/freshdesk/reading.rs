//! Reading: agents' replies, what tickets say of themselves, and whether the credential will do.

use deskbridge_core::command::is_command;
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::file::FileRef;
use deskbridge_core::model::{AgentReply, Attachment};
use deskbridge_core::text;
use serde::Deserialize;

use super::Freshdesk;
use super::api::{Asked, Walk};
use super::errors::Failure;
use super::lookup::time;
use super::marker;
use super::wire::{Entry, File, Id, STATUS_CLOSED, Ticket, order};
use crate::{Next, Query, Reading, Replies, Trouble};

/// The most pages of a ticket's conversation that are read: 2,000 entries. One walk may make two dozen requests.
const ENTRY_PAGES: usize = 20;
/// The most pages of changed tickets that are read at once: 2,000 tickets.
const TICKET_PAGES: usize = 20;
/// An entry that an agent sent with Reply.
const SOURCE_REPLY: i64 = 0;
/// A note, public or private. Others (forwards, surveys, phone calls ...) are never mirrored.
const SOURCE_NOTE: i64 = 2;
/// The ticket scope of an agent who sees all tickets.
const SCOPE_ALL: u64 = 1;

type Read = Result<Reading, Trouble>;
type Way = Result<Read, Next<Read>>;

impl Freshdesk {
    pub(super) fn answer_query(&self, query: &Query, walk: &mut Walk<'_>) -> Way {
        match query {
            Query::Replies { ticket, after } => self.replies(ticket, after.as_deref(), walk),
            Query::Ticket { ticket } => self.ticket(ticket, walk),
            Query::Agent { id } => self.agent(id, walk),
            Query::Changed { since } => self.changed(&time(*since), walk),
            Query::File { attachment, .. } => self.find_file(attachment, walk),
            Query::Health => self.health(walk),
            Query::Context { .. } | Query::Owner { .. } | Query::Missed { .. } => {
                Ok(refused(Reason::Invalid, "only platforms tell this"))
            }
        }
    }

    /// All entries of a ticket's conversation, by ascending id.
    pub(super) fn entries<T>(&self, ticket: &str, walk: &mut Walk<'_>) -> Asked<Vec<Entry>, T> {
        let page_of = |page: &[(&str, &str)]| self.api.get(&["tickets", ticket, "conversations"], page);
        let listing = match walk.list(page_of, ENTRY_PAGES, |_: &[Entry]| false)? {
            Ok(listing) => listing,
            Err(failure) => return Ok(Err(failure)),
        };
        if !listing.whole {
            return Ok(Err(Failure::Endless));
        }
        let mut entries = listing.entries;
        entries.sort_by(|a, b| order(&a.id.0).cmp(&order(&b.id.0)));
        Ok(Ok(entries))
    }

    fn replies(&self, ticket: &str, after: Option<&str>, walk: &mut Walk<'_>) -> Way {
        let after = after.filter(|cursor| !cursor.is_empty());
        if after.is_some_and(|after| order(after).is_none()) {
            return Ok(refused(Reason::Invalid, "cursor is not a conversation id"));
        }
        let entries = match self.entries(ticket, walk)? {
            Ok(entries) => entries,
            Err(failure) => return Ok(Err(failure.trouble(Reason::TicketDeleted))),
        };
        let after = after.and_then(order);
        let newest = entries.last().map(|entry| entry.id.0.clone());
        let new = entries.into_iter().filter(|entry| order(&entry.id.0) > after);
        let replies = new.filter(|entry| self.is_reply(entry)).map(|entry| self.agent_reply(entry)).collect();
        Ok(Ok(Reading::Replies(Replies { replies, newest, status: None })))
    }

    /// Whether an agent wrote this for the customer, or for us: a private note with a command. Freshdesk documents
    /// `private` and `incoming` on every entry; one without them is not mirrored, since nothing private may ever get out.
    fn is_reply(&self, entry: &Entry) -> bool {
        if entry.incoming != Some(false) {
            return false;
        }
        match entry.private {
            Some(false) => self.is_public_reply(entry),
            Some(true) => {
                entry.source == Some(SOURCE_NOTE)
                    && is_command(html(entry))
                    && !self.is_by_bridge(entry)
                    && !marker::ends_as_ours(entry)
            }
            None => false,
        }
    }

    /// Pictures that stand in the text are not among Freshdesk's attachments.
    fn agent_reply(&self, entry: Entry) -> AgentReply {
        let html = html(&entry).to_owned();
        let pictures = text::images(&html).into_iter().filter(|address| self.is_own_picture(address));
        let pictures: Vec<Attachment> = pictures.map(picture).collect();
        let files = entry.attachments.unwrap_or_default().into_iter().map(attachment);
        AgentReply {
            comment: entry.id.0,
            agent: None,
            html,
            private: entry.private == Some(true),
            agent_id: entry.user_id.map(|id| id.0),
            earlier: None,
            target: None,
            attachments: files.chain(pictures).collect(),
        }
    }

    fn is_public_reply(&self, entry: &Entry) -> bool {
        match entry.source {
            Some(SOURCE_REPLY) => true,
            Some(SOURCE_NOTE) => {
                self.settings.mirror_public_notes
                    && !self.is_by_bridge(entry)
                    && !marker::ends_as_ours(entry)
                    && !marker::tells_of_merge(entry)
            }
            _ => false,
        }
    }

    fn is_by_bridge(&self, entry: &Entry) -> bool {
        let bridge = self.settings.bridge_agent_id.map(|id| id.to_string());
        bridge.is_some() && entry.user_id.as_ref().map(|id| &id.0) == bridge.as_ref()
    }

    fn ticket(&self, id: &str, walk: &mut Walk<'_>) -> Way {
        let ticket: Ticket = match walk.ask(self.api.get(&["tickets", id], &[]))? {
            Ok(ticket) => ticket,
            Err(failure) => return Ok(Err(failure.trouble(Reason::TicketDeleted))),
        };
        if ticket.is_gone() {
            return Ok(refused(Reason::TicketDeleted, "in the trash or marked as spam"));
        }
        if let Some(into) = ticket.merged_into() {
            return Ok(Err(Failure::Merged(into.to_owned()).trouble(Reason::TicketDeleted)));
        }
        if ticket.status == STATUS_CLOSED {
            // A merge closes the ticket, and only a note says so.
            let entries = match self.entries(id, walk)? {
                Ok(entries) => entries,
                Err(failure) => return Ok(Err(failure.trouble(Reason::TicketDeleted))),
            };
            if let Some(into) = entries.iter().rev().find_map(marker::merged_into).filter(|into| *into != id)
            {
                return Ok(Err(Failure::Merged(into.to_owned()).trouble(Reason::TicketDeleted)));
            }
        }
        Ok(Ok(Reading::Ticket(ticket.facts(&self.settings.conversation_field))))
    }

    fn agent(&self, id: &str, walk: &mut Walk<'_>) -> Way {
        let agent = match walk.ask::<Agent, _>(self.api.get(&["agents", id], &[]))? {
            Ok(agent) => agent.contact.and_then(|contact| contact.name),
            // An agent who was deleted since, or whom the bridge's user may not see, has no name.
            Err(failure) if failure.refusal().is_some_and(|error| matches!(error.status(), 403 | 404)) => {
                None
            }
            Err(failure) => return Ok(Err(failure.trouble(Reason::Invalid))),
        };
        Ok(Ok(Reading::Agent(agent)))
    }

    fn changed(&self, since: &str, walk: &mut Walk<'_>) -> Way {
        let page_of = |page: &[(&str, &str)]| {
            let mut query = vec![("updated_since", since), ("order_by", "updated_at"), ("order_type", "asc")];
            query.extend(page);
            self.api.get(&["tickets"], &query)
        };
        let listing = match walk.list(page_of, TICKET_PAGES, |_: &[Ticket]| false)? {
            Ok(listing) if listing.whole => listing,
            Ok(_) => {
                return Ok(refused(Reason::Invalid, "over 2000 tickets changed; look at a shorter time"));
            }
            Err(failure) => return Ok(Err(failure.trouble(Reason::Invalid))),
        };
        let field = &self.settings.conversation_field;
        let ours = listing.entries.iter().filter(|ticket| ticket.conversation(field).is_some());
        Ok(Ok(Reading::Tickets(ours.map(|ticket| ticket.facts(field)).collect())))
    }

    fn health(&self, walk: &mut Walk<'_>) -> Way {
        let agent: Agent = match walk.ask(self.api.get(&["agents", "me"], &[]))? {
            Ok(agent) => agent,
            Err(failure) => return Ok(Err(failure.trouble(Reason::Invalid))),
        };
        if let Some(scope) = agent.ticket_scope.filter(|scope| *scope != SCOPE_ALL) {
            let code = format!("ticket_scope {scope}: give the bridge's agent global access to tickets");
            return Ok(refused(Reason::Permission, code));
        }
        let id = agent.id.0.clone();
        if self.settings.bridge_agent_id.is_some_and(|expected| expected.to_string() != id) {
            return Ok(refused(
                Reason::Invalid,
                format!("the API key is of agent {id}: correct bridge_agent_id"),
            ));
        }
        let fields: Vec<TicketField> = match walk.ask(self.api.get(&["ticket_fields"], &[]))? {
            Ok(fields) => fields,
            // uncertain whether every agent may see the fields; not seeing them hinders nothing.
            Err(failure) if failure.refusal().is_some_and(|error| error.status() == 403) => {
                return Ok(Ok(Reading::Healthy(agent.name())));
            }
            Err(failure) => return Ok(Err(failure.trouble(Reason::Invalid))),
        };
        Ok(match self.missing_field(&fields) {
            Some(what) => refused(Reason::Invalid, what),
            None => Ok(Reading::Healthy(agent.name())),
        })
    }

    /// What the account's ticket form lacks, or wants and does not get from us.
    fn missing_field(&self, fields: &[TicketField]) -> Option<String> {
        let own = &self.settings.conversation_field;
        if !fields.iter().any(|field| field.name == *own) {
            return Some(format!(
                "no ticket field {own}: create it as single-line text (Admin > Ticket fields)"
            ));
        }
        let unset = fields.iter().find(|field| {
            field.required_for_agents == Some(true)
                && field.name.starts_with("cf_")
                && field.name != *own
                && !self.settings.custom_fields.contains_key(&field.name)
        })?;
        Some(format!("ticket field {0} is mandatory: set custom_fields.{0}", unset.name))
    }
}

fn refused(reason: Reason, code: impl Into<String>) -> Read {
    Err(Trouble::Refused(Refusal::new(reason, code)))
}

fn html(entry: &Entry) -> &str {
    entry.body.as_deref().or(entry.body_text.as_deref()).unwrap_or_default()
}

fn attachment(file: File) -> Attachment {
    let kind = match file.content_type.as_deref().and_then(|kind| kind.split('/').next()) {
        Some("image") => "photo",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "file",
    };
    let (bytes, content_type) = (file.size, file.content_type);
    let by = file.attachment_url.clone().map(|by| FileRef { bytes, content_type, ..FileRef::by(by) });
    Attachment { kind: kind.to_owned(), url: file.attachment_url, title: file.name, file: by }
}

fn picture(address: String) -> Attachment {
    let file = Some(FileRef::by(address.clone()));
    Attachment { kind: "photo".to_owned(), url: Some(address), title: None, file }
}

/// The agent whose API key we use.
#[derive(Deserialize)]
struct Agent {
    id: Id,
    #[serde(default)]
    ticket_scope: Option<u64>,
    #[serde(default)]
    contact: Option<AgentContact>,
}

#[derive(Deserialize)]
struct AgentContact {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

impl Agent {
    fn name(self) -> String {
        let contact = self.contact.unwrap_or(AgentContact { name: None, email: None });
        contact.name.or(contact.email).unwrap_or(self.id.0)
    }
}

/// A field of the account's ticket form.
#[derive(Deserialize)]
struct TicketField {
    name: String,
    #[serde(default)]
    required_for_agents: Option<bool>,
}
