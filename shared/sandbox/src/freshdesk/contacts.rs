//! `/contacts`: finding, reading and making the people who ask.

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::body::{self, Form};
use super::errors::{Answer, Refusal};
use super::model::Contact;
use super::paging::Page;
use super::server::{Call, Freshdesk, number};
use super::time::{iso, parse};
use super::validate::Fields;
use crate::Millis;

const FIELDS: [&str; 15] = [
    "name",
    "email",
    "phone",
    "mobile",
    "twitter_id",
    "unique_external_id",
    "other_emails",
    "address",
    "description",
    "job_title",
    "language",
    "time_zone",
    "tags",
    "view_all_tickets",
    "custom_fields",
];

impl Freshdesk {
    pub(super) fn route_contacts(&mut self, call: Call<'_>, path: &[&str]) -> Answer {
        match (call.request.method.as_str(), path) {
            ("GET", []) => self.list_contacts(call.request),
            ("POST", []) => self.create_contact(&body::read(call.request)?, call.now),
            (_, []) => Err(Refusal::Method("GET, POST")),
            ("POST", ["merge"]) => self.merge_contacts(&body::read(call.request)?, call.now),
            (_, ["merge"]) => Err(Refusal::Method("POST")),
            ("GET", [id]) => {
                let contact = self.contacts.get(&number(id)?).ok_or(Refusal::NotFound)?;
                Ok(Response::json(200, &self.contact_json(contact)))
            }
            ("PUT", [id]) => self.update_contact(number(id)?, &body::read(call.request)?, call.now),
            ("DELETE", [id]) => self.delete_contact(number(id)?, call.now),
            (_, [_]) => Err(Refusal::Method("GET, PUT, DELETE")),
            ("PUT", [id, "restore"]) => self.restore_contact(number(id)?, call.now),
            (_, [_, "restore"]) => Err(Refusal::Method("PUT")),
            _ => Err(Refusal::NotFound),
        }
    }

    fn create_contact(&mut self, form: &Form, now: Millis) -> Answer {
        let draft = Contact { created: now, updated: now, ..Contact::default() };
        let contact = self.contact_from(form, draft)?;
        let id = self.add_contact(contact, now);
        let location = self.address(&format!("contacts/{id}"));
        Ok(Response::json(201, &self.contact_json(&self.contacts[&id])).header("location", &location))
    }

    /// Files a checked contact under a new id.
    pub(super) fn add_contact(&mut self, contact: Contact, now: Millis) -> u64 {
        let id = self.ids.user();
        self.contacts.insert(id, Contact { id, ..contact });
        self.contact_changed(id, now);
        id
    }

    fn update_contact(&mut self, id: u64, form: &Form, now: Millis) -> Answer {
        let old = self.contacts.get(&id).filter(|contact| !contact.deleted).ok_or(Refusal::NotFound)?;
        let contact = self.contact_from(form, old.clone())?;
        self.contacts.insert(id, contact);
        self.contact_changed(id, now);
        Ok(Response::json(200, &self.contact_json(&self.contacts[&id])))
    }

    /// `base` with the given fields written over it, checked against all rules.
    fn contact_from(&self, form: &Form, base: Contact) -> Result<Contact, Refusal> {
        if form.fields.contains_key("unique_external_id") {
            self.external_ids()?;
        }
        let mut fields = Fields::new(form, &FIELDS);
        let mut contact = base;
        if fields.given("name") || contact.id == 0 {
            contact.name = fields.required_text("name");
        }
        for key in Contact::KEYS {
            if fields.given(key) {
                let value = fields.short_text(key, 255);
                if key == "email" && value.as_deref().is_some_and(|email| !looks_like_email(email)) {
                    fields.refuse(
                        "email",
                        "It should be in the 'valid email address' format",
                        "invalid_value",
                    );
                }
                contact.set_key(key, value);
            }
        }
        read_details(&mut fields, &mut contact);
        if let Some(name) = fields.object("custom_fields").and_then(|custom| custom.keys().next()) {
            // The account defines no contact fields.
            fields.refuse(name, "Unexpected/invalid field in request", "invalid_field");
        }
        if Contact::KEYS.iter().all(|key| contact.key(key).is_none() && !fields.has(key)) {
            let message = format!("Please fill at least 1 of {} fields", Contact::KEYS.join(", "));
            fields.refuse("email", message, "missing_field");
        }
        fields.finish()?;
        self.check_unique(&contact)?;
        Ok(contact)
    }

    /// Refuses values that another user holds. uncertain: a deleted contact is taken to hold its values still, since it
    /// can be restored.
    pub(super) fn check_unique(&self, contact: &Contact) -> Result<(), Refusal> {
        for field in Contact::KEYS {
            let holder = contact.key(field).and_then(|value| self.holder(field, value));
            if let Some(user_id) = holder.filter(|holder| *holder != contact.id) {
                return Err(Refusal::Duplicate { field, user_id });
            }
        }
        Ok(())
    }

    /// The user known by this value: a contact, deleted or not, or an agent.
    pub(super) fn holder(&self, field: &str, value: &str) -> Option<u64> {
        let contact = self.contacts.values().find(|contact| contact.is_known_by(field, value));
        let agent =
            || self.agents.iter().find(|agent| field == "email" && agent.email.eq_ignore_ascii_case(value));
        contact.map(|contact| contact.id).or_else(|| agent().map(|agent| agent.id))
    }

    /// uncertain: how a plan without external ids refuses them is not documented; `require_feature` is Freshdesk's code
    /// for everything that a plan lacks.
    pub(super) fn external_ids(&self) -> Result<(), Refusal> {
        if self.external_ids_allowed { Ok(()) } else { Err(Refusal::Feature("unique_external_id")) }
    }

    fn list_contacts(&self, request: &Request) -> Answer {
        let known: Vec<&str> = Contact::KEYS.into_iter().chain(["state", "updated_since"]).collect();
        let page = Page::of(request, &known)?;
        if request.query("unique_external_id").is_some() {
            self.external_ids()?;
        }
        let state = request.query("state");
        if state
            .as_deref()
            .is_some_and(|state| !matches!(state, "blocked" | "deleted" | "unverified" | "verified"))
        {
            let message = "It should be one of these values: 'blocked,deleted,unverified,verified'";
            return Err(Refusal::field("state", message, "invalid_value"));
        }
        let since = time_filter(request, "updated_since")?;
        let mut found: Vec<&Contact> = self.contacts.values().collect();
        for key in Contact::KEYS {
            if let Some(value) = request.query(key) {
                found.retain(|contact| contact.is_known_by(key, &value));
            }
        }
        found
            .retain(|contact| contact.updated.div_euclid(1000) >= since.unwrap_or(i64::MIN).div_euclid(1000));
        found.retain(|contact| match state.as_deref() {
            Some("deleted") => contact.deleted,
            Some("blocked") => contact.blocked && !contact.deleted,
            // Nobody signs in to a portal here, so nobody is verified.
            Some("verified") => false,
            _ => !contact.deleted && !contact.blocked,
        });
        page.answer(
            &found.into_iter().map(|contact| self.contact_json(contact)).collect::<Vec<_>>(),
            request,
            &self.base_url,
        )
    }

    /// A contact as the API shows it.
    pub(super) fn contact_json(&self, contact: &Contact) -> Value {
        let mut json = json!({
            "active": false,
            "address": contact.address,
            "avatar": null,
            "company_id": null,
            "created_at": iso(contact.created),
            "custom_fields": {},
            "description": contact.description,
            "email": contact.email,
            "facebook_id": null,
            "id": contact.id,
            "job_title": contact.job_title,
            "language": contact.language.as_deref().unwrap_or("en"),
            "mobile": contact.mobile,
            "name": contact.name,
            "org_contact_id": 1_860_000_000_000_000_000 + contact.id,
            "other_companies": [],
            "other_emails": contact.other_emails,
            "phone": contact.phone,
            "tags": contact.tags,
            "time_zone": contact.time_zone.as_deref().unwrap_or("Eastern Time (US & Canada)"),
            "twitter_id": contact.twitter_id,
            "updated_at": iso(contact.updated),
            "view_all_tickets": contact.view_all_tickets,
            "visitor_id": format!("sandbox-{}", contact.id),
        });
        if self.external_ids_allowed {
            json["unique_external_id"] = json!(contact.external_id);
        }
        if contact.deleted {
            json["deleted"] = json!(true);
        }
        if contact.blocked {
            json["blocked"] = json!(true);
        }
        json
    }
}

fn read_details(fields: &mut Fields<'_>, contact: &mut Contact) {
    let Contact { address, description, job_title, language, time_zone, .. } = contact;
    let details = [
        ("address", address),
        ("description", description),
        ("job_title", job_title),
        ("language", language),
        ("time_zone", time_zone),
    ];
    for (name, detail) in details {
        if fields.given(name) {
            *detail = fields.text(name);
        }
    }
    if let Some(emails) = fields.texts("other_emails", 255) {
        contact.other_emails = emails;
    }
    if let Some(tags) = fields.texts("tags", 32) {
        contact.tags = tags;
    }
    contact.view_all_tickets = fields.flag("view_all_tickets").unwrap_or(contact.view_all_tickets);
}

/// Whether a text could be an e-mail address.
pub(super) fn looks_like_email(text: &str) -> bool {
    let dotted = |domain: &str| domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    text.split_once('@')
        .is_some_and(|(user, domain)| !user.is_empty() && dotted(domain) && !domain.contains('@'))
        && !text.contains(char::is_whitespace)
}

/// A time from the query.
pub(super) fn time_filter(request: &Request, name: &str) -> Result<Option<Millis>, Refusal> {
    let Some(text) = request.query(name) else { return Ok(None) };
    let message = "It should be in the 'combined date and time ISO8601' format";
    parse(&text).map(Some).ok_or_else(|| Refusal::field(name, message, "invalid_value"))
}
