//! The sandbox's own door under `/_sandbox/`: what happens in the account besides API calls, shortcuts for an agent, and
//! a view of everything for a page.

use std::collections::BTreeMap;

use deskbridge_connectors::http::{Method, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Actor, Call, Id, SYSTEM, Via, stamp};
use super::errors::{Answer, Problem};
use super::limits::Limits;
use super::redaction::Redacting;
use super::seed::Role;
use super::ticket::{Comment, Status, Ticket};
use super::uploads::Attachment;
use crate::Millis;

/// Something that happens to the account. As JSON: `{"do":"suspend_user","user":10003}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// All OAuth tokens expire now; new ones can be had.
    ExpireTokens,
    /// A person's legacy API token stops for good.
    RevokeApiToken {
        /// Their e-mail address.
        email: String,
    },
    /// An OAuth client is deleted, and its tokens with it.
    RevokeClient {
        /// The client's identifier.
        client: String,
    },
    /// A person gets another role.
    SetRole {
        /// Their e-mail address.
        email: String,
        /// `end-user`, `agent` or `admin`.
        role: Role,
    },
    /// Suspends a user, or lifts it.
    SuspendUser {
        /// The user's id.
        user: i64,
        /// `false` lifts the suspension.
        #[serde(default = "yes")]
        suspended: bool,
    },
    /// An agent writes an e-mail address into the profile of a ticket's requester.
    RequesterEmail {
        /// The ticket's id.
        ticket: i64,
        /// The address.
        email: String,
    },
    /// Closes a solved ticket, as the automation does after some days.
    Close {
        /// The ticket's id.
        ticket: i64,
    },
    /// Every API call answers 503 with an HTML page.
    Maintenance {
        /// Whether it begins or ends.
        on: bool,
        /// What `Retry-After` says, if anything.
        #[serde(default)]
        retry_after_s: Option<i64>,
    },
    /// Who may redact, and how.
    Redaction {
        /// Whether roles have the right.
        #[serde(default = "yes")]
        allowed: bool,
        /// Whether the account has Agent Workspace.
        #[serde(default = "yes")]
        workspace: bool,
    },
    /// Whether attachments are private: for staff only, behind a redirect.
    PrivateAttachments {
        /// From now on.
        on: bool,
    },
    /// Other limits from now on; those not named are off.
    Limits {
        /// The new limits.
        limits: Limits,
    },
}

fn yes() -> bool {
    true
}

/// What an agent does. As JSON: `{"do":"reply","ticket":1,"text":"Hello"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Act {
    /// The deed.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// The ticket it is done to.
    pub ticket: i64,
    /// The comment as plain text.
    #[serde(default)]
    pub text: Option<String>,
    /// The comment as HTML; wins over `text`.
    #[serde(default)]
    pub html: Option<String>,
    /// For a merge: the ticket that `ticket` is merged into.
    #[serde(default)]
    pub into: Option<i64>,
    /// E-mail address of the agent; the first agent of the seed if it is not named.
    #[serde(default)]
    pub agent: Option<String>,
    /// Files that come with the comment, by the names of the sandbox's samples: `cat.png`, `inline:cat.png`, `malware:setup.exe`.
    #[serde(default)]
    pub files: Vec<String>,
}

/// The things an agent can do from the sandbox's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A public comment; takes the ticket if nobody has it.
    Reply,
    /// A private note.
    Note,
    /// Status solved.
    Solve,
    /// Status closed.
    Close,
    /// Status open.
    Reopen,
    /// Merge into another ticket.
    Merge,
    /// Delete.
    Delete,
}

impl Zendesk {
    pub(super) fn sandbox_route(&mut self, door: &str, request: &Request, now: Millis) -> Response {
        let answer = match (request.method.as_str(), door) {
            ("GET", "state") => return Response::json(200, &self.state()),
            ("POST", "control") => read::<Control>(request).and_then(|control| self.control(&control, now)),
            ("POST", "act") => match read::<Act>(request) {
                Ok(act) => return self.act(&act, now),
                Err(why) => Err(why),
            },
            _ => return Problem::no_endpoint().into_response(),
        };
        match answer {
            Ok(()) => Response::json(200, &json!({"ok": true})),
            Err(why) => Response::json(422, &json!({"error": why})),
        }
    }

    /// Makes something happen to the account.
    ///
    /// # Errors
    /// When it names somebody or something that is not there; the text says what.
    pub fn control(&mut self, control: &Control, now: Millis) -> Result<(), String> {
        match control {
            Control::ExpireTokens => self.tokens.values_mut().for_each(|token| token.expires = Some(now)),
            Control::RevokeApiToken { email } => {
                self.api_tokens
                    .remove(&email.to_lowercase())
                    .ok_or("nobody with that address has an API token")?;
            }
            Control::RevokeClient { client } => {
                self.seed.oauth_clients.retain(|known| known.id != *client);
                let prefix = format!("{client}-access-");
                self.tokens.retain(|token, _| !token.starts_with(&prefix));
            }
            Control::SetRole { email, role } => {
                let id = self.user_by_email(email).map(|user| user.id);
                let user = id.and_then(|id| self.users.get_mut(&id)).ok_or("no user has that address")?;
                user.role = *role;
            }
            Control::SuspendUser { user, suspended } => {
                self.users.get_mut(user).ok_or("no user has that id")?.suspended = *suspended;
            }
            Control::RequesterEmail { ticket, email } => {
                let requester = self.ticket(*ticket).map(|ticket| ticket.requester).ok();
                let user = requester.and_then(|id| self.users.get_mut(&id)).ok_or("no ticket has that id")?;
                user.email = Some(email.clone());
            }
            Control::Close { ticket } => self.close_solved(*ticket, now)?,
            Control::Maintenance { on, retry_after_s } => self.maintenance = on.then_some(*retry_after_s),
            Control::Redaction { allowed, workspace } => {
                self.redacting = Redacting { allowed: *allowed, workspace: *workspace };
            }
            Control::PrivateAttachments { on } => self.private_files = *on,
            Control::Limits { limits } => self.seed.limits = limits.clone(),
        }
        Ok(())
    }

    fn close_solved(&mut self, id: Id, now: Millis) -> Result<(), String> {
        let solved = self.ticket(id).is_ok_and(|ticket| ticket.status == Status::Solved);
        let ticket = solved.then(|| self.tickets.remove(&id)).flatten();
        let mut ticket = ticket.ok_or("no solved ticket has that id")?;
        let before = ticket.tracked();
        ticket.status = Status::Closed;
        let via = Via::automation("Close ticket 4 days after status is set to solved");
        let actor = Actor { user: SYSTEM, via, now };
        self.record(ticket, Some(&before), None, &Value::Null, &actor);
        Ok(())
    }

    /// Lets an agent do something in the ticket tool. It goes through the same code as the agent's API call.
    pub fn act(&mut self, act: &Act, now: Millis) -> Response {
        self.try_act(act, now).unwrap_or_else(Problem::into_response)
    }

    fn try_act(&mut self, act: &Act, now: Millis) -> Answer {
        let email =
            act.agent.as_deref().or_else(|| self.seed.agents.first().map(|agent| agent.email.as_str()));
        let agent = email.and_then(|email| self.user_by_email(email)).map(|user| user.id);
        let actor = Actor { user: agent.ok_or_else(Problem::unauthenticated)?, via: Via::web(), now };
        self.require_staff(&actor)?;
        let id = act.ticket.to_string();
        let (method, path, body) = match act.deed {
            Deed::Reply | Deed::Note => ("PUT", vec![&*id], self.comment_body(act, actor.user, now)?),
            Deed::Solve => ("PUT", vec![&*id], json!({"ticket": {"status": "solved"}})),
            Deed::Close => ("PUT", vec![&*id], json!({"ticket": {"status": "closed"}})),
            Deed::Reopen => ("PUT", vec![&*id], json!({"ticket": {"status": "open"}})),
            Deed::Delete => ("DELETE", vec![&*id], Value::Null),
            Deed::Merge => ("POST", vec![], json!({"ids": [act.ticket]})),
        };
        let into = act.into.map(|id| id.to_string());
        let path = match (&into, act.deed) {
            (Some(into), Deed::Merge) => vec![into.as_str(), "merge"],
            (None, Deed::Merge) => return Err(Problem::missing("into")),
            _ => path,
        };
        let request = Request::new(Method::POST, self.seed.base_url.clone());
        self.tickets_route(&Call { request: &request, body, actor }, method, &path)
    }

    fn comment_body(&mut self, act: &Act, agent: Id, now: Millis) -> Result<Value, Problem> {
        let public = act.deed == Deed::Reply;
        let mut comment = json!({"public": public});
        match (&act.html, &act.text) {
            (Some(html), _) => comment["html_body"] = json!(html),
            (None, Some(text)) => comment["body"] = json!(text),
            (None, None) => return Err(Problem::missing("text")),
        }
        let mut tokens = Vec::new();
        for name in &act.files {
            let (token, shown) = self.upload_of_agent(name, now).ok_or_else(|| Problem::missing("files"))?;
            tokens.push(token);
            if let Some(address) = shown {
                let html = comment["html_body"].as_str().map(str::to_owned);
                let html = html
                    .or_else(|| act.text.as_deref().map(|text| format!("<p>{text}</p>")))
                    .unwrap_or_default();
                comment["html_body"] = format!("{html}<p><img src=\"{address}\"></p>").into();
            }
        }
        comment["uploads"] = tokens.into();
        let mut ticket = json!({"comment": comment});
        if public && self.ticket(act.ticket)?.assignee.is_none() {
            ticket["assignee_id"] = agent.into();
        }
        Ok(json!({"ticket": ticket}))
    }

    /// Everything that a page needs to show the account: tickets, newest first, with their comments.
    #[must_use]
    pub fn state(&self) -> Value {
        let tickets: Vec<_> = self.tickets.values().rev().map(|ticket| self.ticket_state(ticket)).collect();
        let agents = self.users.values().filter(|user| user.role != Role::EndUser);
        let agents: Vec<_> =
            agents.map(|user| json!({"id": user.id, "name": user.name, "email": user.email})).collect();
        json!({
            "account": self.seed.subdomain,
            "maintenance": self.maintenance.is_some(),
            "agents": agents,
            "webhooks": {"waiting": self.outbound.waiting(), "accepted": self.outbound.accepted,
                "given_up": self.outbound.given_up, "dropped": self.outbound.dropped},
            "tickets": tickets,
        })
    }

    /// The values of custom fields by the title that agents see.
    fn named_fields<'a>(&'a self, ticket: &'a Ticket) -> BTreeMap<&'a str, &'a Value> {
        let value = |id: &i64| ticket.fields.get(id).filter(|value| !value.is_null());
        let fields = self.seed.fields.iter();
        fields.filter_map(|field| Some((field.title.as_str(), value(&field.id)?))).collect()
    }

    fn ticket_state(&self, ticket: &Ticket) -> Value {
        let name = |id: Id| self.users.get(&id).map_or("System", |user| user.name.as_str());
        let comment = |comment: &Comment| {
            let files: Vec<_> = comment.attachments.iter().map(|file| &file.name).collect();
            let received: Vec<_> = comment.attachments.iter().map(Attachment::overview).collect();
            json!({"id": comment.id, "author": name(comment.author),
                "role": self.users.get(&comment.author).map_or("system", |user| user.role.name()),
                "public": comment.public, "text": comment.rendered.plain.replace("&nbsp;", "\u{a0}"),
                "html": comment.rendered.html, "files": files, "received": received, "at": stamp(comment.at)})
        };
        json!({
            "id": ticket.id,
            "subject": ticket.subject,
            "status": if ticket.deleted.is_some() { "deleted" } else { ticket.status.name() },
            "tags": ticket.tags,
            "external_id": ticket.external_id,
            "requester": {"id": ticket.requester, "name": name(ticket.requester)},
            "assignee": ticket.assignee.map(name),
            "created_at": stamp(ticket.created),
            "updated_at": stamp(ticket.updated),
            "fields": self.named_fields(ticket),
            "comments": ticket.comments.iter().map(comment).collect::<Vec<_>>(),
        })
    }
}

fn read<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}
