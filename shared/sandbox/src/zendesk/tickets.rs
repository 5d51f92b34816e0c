//! Tickets: create, read, list, update, delete.

use std::collections::{BTreeMap, BTreeSet};

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::account::{BRAND, FORM};
use super::call::{Call, Id, Via, id_of, seconds, stamp, text};
use super::errors::{Answer, Details, Problem};
use super::paging::{newest_first, page};
use super::seed::Role;
use super::ticket::{Status, Ticket, tags};
use crate::Millis;
use crate::shown::{Shown, shown};

/// How long the answer to an `Idempotency-Key` is remembered.
const KEY_LIFETIME: Millis = 2 * 60 * 60_000;
const LONGEST_KEY: usize = 255;
/// How often keys are forgotten that are too old.
const FORGET_EVERY: Millis = 60_000;

/// The answer that a repeated key gets again.
pub(super) struct Remembered {
    at: Millis,
    body: Value,
    response: Response,
}

impl Zendesk {
    /// `POST /tickets`, once per `Idempotency-Key`.
    pub(super) fn create_ticket(&mut self, call: &Call<'_>) -> Answer {
        let Some(key) = call.request.only_header("idempotency-key").map(str::to_owned) else {
            return self.create(call);
        };
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(Problem::bad_request(
                "IdempotentRequestError",
                "The idempotency key has an invalid length",
            ));
        }
        self.forget_keys(call.now());
        let alive = |entry: &&Remembered| call.now() < entry.at + KEY_LIFETIME;
        if let Some(entry) = self.remembered.get(&key).filter(alive) {
            if entry.body != call.body {
                return Err(Problem::key_mismatch());
            }
            return Ok(entry.response.clone().header("x-idempotency-lookup", "hit"));
        }
        let response = self.create(call)?;
        let entry = Remembered { at: call.now(), body: call.body.clone(), response: response.clone() };
        self.remembered.insert(key, entry);
        Ok(response.header("x-idempotency-lookup", "miss"))
    }

    /// Forgets the keys that are too old, not every time: there may be tens of thousands.
    fn forget_keys(&mut self, now: Millis) {
        if now >= self.keys_forgotten_at + FORGET_EVERY {
            self.remembered.retain(|_, entry| now < entry.at + KEY_LIFETIME);
            self.keys_forgotten_at = now;
        }
    }

    fn create(&mut self, call: &Call<'_>) -> Answer {
        let input = call.object("ticket")?;
        let mut details = Details::default();
        self.check_fields(input, &mut details);
        self.check_person(input, "requester_id")?;
        self.check_person(input, "submitter_id")?;
        let submitter = id_of(input, "submitter_id");
        let mut comment = self.read_comment(input, submitter, true, &call.actor)?;
        // The older way to say it, which client libraries still use.
        if let (None, Some(description)) =
            (&comment, input.get("description").filter(|text| text.is_string()))
        {
            let input = json!({ "comment": { "body": description } });
            comment = self.read_comment(&input, submitter, true, &call.actor)?;
        }
        if comment.is_none() {
            details.add("base", "Description: cannot be blank", "BlankValue");
        }
        details.check()?;
        let requester = match (id_of(input, "requester_id"), input.get("requester")) {
            (Some(id), _) => id,
            (None, Some(requester)) if requester.is_object() => self.requester(requester, call.now())?,
            (None, _) => call.actor.user,
        };
        if self.users.get(&requester).is_some_and(|user| user.suspended) {
            return Err(Problem::suspended());
        }
        self.last_ticket += 1;
        let id = self.last_ticket;
        let public_by_default = comment.as_ref().is_none_or(|comment| comment.public);
        let submitter = submitter.unwrap_or(call.actor.user);
        let mut ticket = blank(id, requester, submitter, public_by_default, call);
        self.follow_up(&mut ticket, input);
        ticket.apply(input, &self.field_options());
        ticket.requester = requester;
        let audit = self.record(ticket, None, comment, input, &call.actor);
        let location = self.url(&format!("tickets/{id}.json"));
        Ok(self.answer(201, id, audit)?.header("location", &location))
    }

    /// Continues a closed ticket. A source that is not closed is ignored without a word, as the real API does.
    fn follow_up(&mut self, ticket: &mut Ticket, input: &Value) {
        let source = id_of(input, "via_followup_source_id").and_then(|id| self.tickets.get_mut(&id));
        let Some(source) =
            source.filter(|source| source.status == Status::Closed && source.deleted.is_none())
        else {
            return;
        };
        source.followups.push(ticket.id);
        let from = json!({"ticket_id": source.id, "subject": source.subject, "channel": source.via.channel});
        ticket.via = Via { from, rel: Some("follow_up"), ..ticket.via.clone() };
        ticket.tags.clone_from(&source.tags);
    }

    /// `{ticket, audit}`, as writing a ticket answers.
    pub(super) fn answer(&self, status: u16, id: Id, audit: Option<Id>) -> Answer {
        let ticket = self.ticket(id)?;
        let audit = ticket.audits.iter().find(|row| Some(row.id) == audit);
        let audit = audit.map(|audit| self.audit_view(ticket, audit));
        Ok(shown!({"ticket": self.ticket_view(ticket), "audit": audit}).answer(status))
    }

    /// A ticket that is there: deleted ones are not.
    pub(super) fn ticket(&self, id: Id) -> Result<&Ticket, Problem> {
        self.tickets.get(&id).filter(|ticket| ticket.deleted.is_none()).ok_or_else(Problem::not_found)
    }

    /// Takes a ticket out to change it; [`Zendesk::store`] or [`Zendesk::record`] puts it back.
    pub(super) fn take(&mut self, id: Id) -> Result<Ticket, Problem> {
        self.ticket(id)?;
        self.tickets.remove(&id).ok_or_else(Problem::not_found)
    }

    pub(super) fn show_ticket(&self, call: &Call<'_>, id: Id) -> Answer {
        let ticket = self.ticket(id)?;
        let mut shown = Shown::object().with("ticket", &self.ticket_view(ticket));
        if call.includes("users") {
            let users: BTreeSet<Id> =
                [ticket.requester, ticket.submitter].into_iter().chain(ticket.assignee).collect();
            shown = shown.with("users", &self.user_views(&users));
        }
        Ok(shown.end().answer(200))
    }

    /// `GET /tickets/show_many?ids=`: those of at most 100 that are there.
    pub(super) fn show_many_tickets(&self, call: &Call<'_>) -> Answer {
        let ids = call.query("ids").ok_or_else(|| Problem::missing("ids"))?;
        let ids: Vec<Id> = ids.split(',').filter_map(|id| id.trim().parse().ok()).collect();
        if ids.len() > 100 {
            return Err(Problem::bad_request("TooManyValues", "at most 100 ids can be asked for at once"));
        }
        let rows: Vec<_> = ids.iter().filter_map(|id| self.ticket(*id).ok()).collect();
        let list = page(call, "tickets", &rows, |ticket| ticket.id, |ticket| self.ticket_view(ticket))?;
        Ok(list.end().answer(200))
    }

    /// `GET /tickets`, also by `external_id`: the primary store, which never lags.
    pub(super) fn list_tickets(&self, call: &Call<'_>) -> Answer {
        let external_id = call.query("external_id");
        let wanted = |ticket: &&Ticket| {
            let same = external_id.is_none() || ticket.external_id == external_id;
            same && ticket.deleted.is_none()
        };
        let mut rows: Vec<_> = self.tickets.values().filter(wanted).collect();
        if newest_first(call) {
            rows.reverse();
        }
        let list = page(call, "tickets", &rows, |ticket| ticket.id, |ticket| self.ticket_view(ticket))?;
        Ok(list.end().answer(200))
    }

    pub(super) fn count_tickets(&self, call: &Call<'_>) -> Answer {
        let count = self.tickets.values().filter(|ticket| ticket.deleted.is_none()).count();
        Ok(Response::json(200, &json!({"count": {"value": count, "refreshed_at": stamp(call.now())}})))
    }

    /// `PUT /tickets/{id}`. The caller is the updater; `author_id` only names the author of the comment, so a
    /// customer's comment written by the bridge reopens nothing by itself.
    pub(super) fn update_ticket(&mut self, call: &Call<'_>, id: Id) -> Answer {
        let input = call.object("ticket")?;
        self.ticket(id)?;
        self.limiter.update(&self.seed.limits, call.actor.user, id, call.now())?;
        self.check_stamp(id, input)?;
        let ticket = self.ticket(id)?;
        if ticket.status == Status::Closed {
            return Err(Problem::closed());
        }
        let mut details = Details::default();
        self.check_fields(input, &mut details);
        // Uncertain: the wording; that a ticket is new only once is documented.
        if text(input, "status") == Some("new") && ticket.status != Status::New {
            details.add("status", "Status: cannot be changed back to new", "InvalidValue");
        }
        self.check_person(input, "requester_id")?;
        let comment = self.read_comment(input, None, ticket.public_by_default, &call.actor)?;
        if comment.is_some() && ticket.comments.len() >= self.seed.limits.comments_per_ticket {
            let why =
                format!("Ticket: cannot have more than {} comments", self.seed.limits.comments_per_ticket);
            details.add("base", &why, "InvalidValue");
        }
        details.check()?;
        let options = self.field_options();
        let mut ticket = self.take(id)?;
        let before = ticket.tracked();
        ticket.apply(input, &options);
        // Whoever solves a ticket that nobody holds becomes its assignee.
        if ticket.status == Status::Solved && ticket.assignee.is_none() {
            ticket.assignee = Some(call.actor.user);
        }
        let audit = self.record(ticket, Some(&before), comment, input, &call.actor);
        self.answer(200, id, audit)
    }

    /// Safe update. Its trap: the key alone switches it on, even when it says `false`.
    pub(super) fn check_stamp(&self, id: Id, input: &Value) -> Result<(), Problem> {
        if input.get("safe_update").is_none() {
            return Ok(());
        }
        let read = text(input, "updated_stamp").and_then(seconds);
        if read == Some(self.ticket(id)?.updated.div_euclid(1_000)) { Ok(()) } else { Err(Problem::stale()) }
    }

    /// `PUT` adds tags, `POST` sets them, `DELETE` removes them.
    pub(super) fn change_tags(&mut self, call: &Call<'_>, method: &str, id: Id) -> Answer {
        let given = tags(call.body.get("tags").ok_or_else(|| Problem::missing("tags"))?);
        self.ticket(id)?;
        self.limiter.update(&self.seed.limits, call.actor.user, id, call.now())?;
        self.check_stamp(id, &call.body)?;
        if self.ticket(id)?.status == Status::Closed {
            return Err(Problem::closed());
        }
        let mut ticket = self.take(id)?;
        let before = ticket.tracked();
        match method {
            "PUT" => ticket.tags.extend(given),
            "POST" => ticket.tags = given,
            _ => ticket.tags.retain(|tag| !given.contains(tag)),
        }
        self.record(ticket, Some(&before), None, &Value::Null, &call.actor);
        let status = if method == "POST" { 201 } else { 200 };
        Ok(Response::json(status, &json!({"tags": self.ticket(id)?.tags})))
    }

    pub(super) fn delete_ticket(&mut self, call: &Call<'_>, id: Id) -> Answer {
        self.ticket(id)?;
        self.limiter.delete(&self.seed.limits, call.now())?;
        let mut ticket = self.take(id)?;
        ticket.deleted = Some((call.now(), call.actor.user));
        self.store(ticket, &call.actor);
        Ok(Response::empty(204))
    }

    pub(super) fn list_deleted(&self, call: &Call<'_>) -> Answer {
        let rows: Vec<_> = self.tickets.values().filter(|ticket| ticket.deleted.is_some()).collect();
        let view = |ticket: &&Ticket| {
            let (at, by) = ticket.deleted.unwrap_or_default();
            let name = self.users.get(&by).map(|user| &user.name);
            shown!({"id": ticket.id, "subject": ticket.subject, "deleted_at": stamp(at),
                "actor": shown!({"id": by, "name": name}), "previous_state": ticket.status.name()})
        };
        Ok(page(call, "deleted_tickets", &rows, |ticket| ticket.id, view)?.end().answer(200))
    }

    pub(super) fn restore_ticket(&mut self, call: &Call<'_>, id: Id) -> Answer {
        if self.tickets.get(&id).is_none_or(|ticket| ticket.deleted.is_none()) {
            return Err(Problem::not_found());
        }
        let mut ticket = self.tickets.remove(&id).ok_or_else(Problem::not_found)?;
        ticket.deleted = None;
        self.store(ticket, &call.actor);
        Ok(Response::json(200, &json!({})))
    }

    /// Whether somebody works for the account.
    pub(super) fn is_staff(&self, user: Id) -> bool {
        self.users.get(&user).is_some_and(|user| user.role != Role::EndUser)
    }
}

fn blank(id: Id, requester: Id, submitter: Id, public_by_default: bool, call: &Call<'_>) -> Ticket {
    Ticket {
        id,
        subject: String::new(),
        external_id: None,
        requester,
        submitter,
        assignee: None,
        group: None,
        brand: BRAND,
        form: FORM,
        problem: None,
        status: Status::New,
        priority: None,
        kind: None,
        tags: BTreeSet::new(),
        fields: BTreeMap::new(),
        comments: Vec::new(),
        audits: Vec::new(),
        created: call.now(),
        updated: call.now(),
        via: call.actor.via.clone(),
        followups: Vec::new(),
        public_by_default,
        deleted: None,
        indexed: Vec::new(),
    }
}
