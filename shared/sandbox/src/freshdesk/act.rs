//! What an agent does in the browser: the same operations as the API's, without key and rate limit, and with the
//! editor's HTML around what was typed.

use deskbridge_connectors::http::{Request, Response};
use serde::Deserialize;
use serde_json::json;

use super::body::{File, Form};
use super::errors::{Answer, Refusal};
use super::html::typed;
use super::model::{CLOSED, OPEN, RESOLVED};
use super::server::Freshdesk;
use crate::Millis;
use crate::multipart::Received;
use crate::samples::sample;

/// One thing an agent does to one ticket: `{"do":"reply","ticket":1,"text":"..."}`.
#[derive(Clone, Debug, Deserialize)]
pub struct AgentAct {
    /// The ticket's number.
    pub ticket: u64,
    /// The agent's e-mail address; without it, the account's first agent.
    pub agent: Option<String>,
    /// What is done.
    #[serde(flatten)]
    pub act: Act,
}

/// What agents can do.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// Answer the customer.
    Reply(Words),
    /// Leave a private note.
    Note(Words),
    /// Leave a note that the customer may see.
    PublicNote(Words),
    /// Set the status to Resolved.
    Resolve,
    /// Set the status to Closed.
    Close,
    /// Set the status to Open.
    Reopen,
    /// Merge the ticket into another one and close it.
    Merge {
        /// The ticket that stays.
        into: u64,
    },
    /// Move the ticket to the trash.
    Delete,
    /// Move the ticket to spam.
    Spam,
}

/// What an agent writes: typed text, or HTML as pasted.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Words {
    /// Typed lines; the editor makes HTML of them.
    pub text: Option<String>,
    /// HTML that goes in as it is; wins over `text`.
    pub html: Option<String>,
    /// Files that come with it, by the names of the sandbox's samples: `cat.png`; `inline:cat.png` stands in the text.
    #[serde(default)]
    pub files: Vec<String>,
}

impl Words {
    /// Typed lines.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    fn body(&self) -> String {
        let written = || self.text.as_deref().filter(|text| !text.trim().is_empty()).map(typed);
        // The editor leaves this where nothing was written; a file alone can be sent so.
        let nothing = if self.files.is_empty() { "" } else { "<div><br></div>" };
        self.html.clone().or_else(written).unwrap_or_else(|| nothing.to_owned())
    }
}

impl AgentAct {
    /// What the account's first agent does.
    #[must_use]
    pub const fn new(ticket: u64, act: Act) -> Self {
        Self { ticket, agent: None, act }
    }
}

impl Freshdesk {
    /// Lets an agent act and gives the API's answer to it: 2xx, or the refusal in Freshdesk's words.
    pub fn act(&mut self, act: &AgentAct, now: Millis) -> Response {
        self.perform(act, now).unwrap_or_else(|refusal| refusal.response())
    }

    fn perform(&mut self, AgentAct { ticket, agent, act }: &AgentAct, now: Millis) -> Answer {
        let chosen = self.agents.iter().find(|one| match agent {
            Some(email) => one.email.eq_ignore_ascii_case(email),
            None => one.id != self.bridge,
        });
        let actor = chosen.map(|agent| agent.id).ok_or_else(|| {
            Refusal::field("agent", "There is no agent matching the given e-mail address", "invalid_value")
        })?;
        let ticket = *ticket;
        let (inline, files) = match act {
            Act::Reply(words) | Act::Note(words) | Act::PublicNote(words) => self.files_of(words, now),
            _ => (String::new(), Vec::new()),
        };
        let body = |words: &Words| format!("{}{inline}", words.body());
        let note = |words: &Words, private: bool| Form {
            files: files.clone(),
            ..Form::of(json!({ "body": body(words), "private": private }))
        };
        let status = |status: u64| Form::of(json!({ "status": status }));
        match act {
            Act::Reply(words) => {
                let form = Form { files: files.clone(), ..Form::of(json!({ "body": body(words) })) };
                self.add_reply(actor, ticket, form, now)
            }
            Act::Note(words) => self.add_note(actor, ticket, note(words, true), now),
            Act::PublicNote(words) => self.add_note(actor, ticket, note(words, false), now),
            Act::Resolve => self.update_ticket(actor, ticket, status(RESOLVED), now),
            Act::Close => self.update_ticket(actor, ticket, status(CLOSED), now),
            Act::Reopen => self.update_ticket(actor, ticket, status(OPEN), now),
            Act::Merge { into } => {
                let merge = json!({ "primary_id": into, "ticket_ids": [ticket] });
                self.merge_tickets(actor, &Form::of(merge), now)
            }
            Act::Delete => self.delete_ticket(actor, ticket, now),
            Act::Spam => self.mark_spam(actor, ticket, now),
        }
    }

    /// The pictures in a text, and the files beside it.
    fn files_of(&mut self, words: &Words, now: Millis) -> (String, Vec<File>) {
        let (mut inline, mut files) = (String::new(), Vec::new());
        for name in &words.files {
            let (shown, name) =
                name.strip_prefix("inline:").map_or((false, name.as_str()), |name| (true, name));
            let Some(Received { name, content_type, bytes }) = sample(name) else { continue };
            files.push(File { name, content_type, bytes });
            if shown {
                let id = self.store_files(files.drain(files.len() - 1..).collect(), now)[0];
                let base = self.base_url.as_str().trim_end_matches('/');
                inline
                    .push_str(&format!("<img class=\"inline\" src=\"{base}/inline/attachment?token={id}\">"));
            }
        }
        (inline, files)
    }

    /// `POST /_sandbox/act`.
    pub(super) fn act_request(&mut self, request: &Request, now: Millis) -> Response {
        match serde_json::from_slice::<AgentAct>(&request.body) {
            _ if request.method != "POST" => Refusal::Method("POST").response(),
            Ok(act) => self.act(&act, now),
            Err(error) => Response::json(400, &json!({ "message": error.to_string() })),
        }
    }
}
