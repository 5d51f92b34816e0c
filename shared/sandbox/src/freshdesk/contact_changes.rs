//! Deleting, restoring and merging contacts.

use deskbridge_connectors::http::Response;

use super::body::Form;
use super::errors::{Answer, Refusal};
use super::model::Contact;
use super::server::Freshdesk;
use super::validate::Fields;
use crate::Millis;
use crate::shown::Shown;

impl Freshdesk {
    /// Soft: the contact can still be read, says `deleted: true`, and may be restored.
    pub(super) fn delete_contact(&mut self, id: u64, now: Millis) -> Answer {
        let contact =
            self.contacts.get_mut(&id).filter(|contact| !contact.deleted).ok_or(Refusal::NotFound)?;
        contact.deleted = true;
        self.contact_changed(id, now);
        Ok(Response::empty(204))
    }

    pub(super) fn restore_contact(&mut self, id: u64, now: Millis) -> Answer {
        let contact =
            self.contacts.get_mut(&id).filter(|contact| contact.deleted).ok_or(Refusal::NotFound)?;
        contact.deleted = false;
        self.contact_changed(id, now);
        Ok(Response::empty(204))
    }

    /// Folds the secondary contacts into the primary one: their tickets move over, they themselves are deleted.
    ///
    /// uncertain: a value the primary lacks is taken from the first secondary that has it; all others are lost, as
    /// nothing else than "the secondary contacts are deleted" is documented.
    pub(super) fn merge_contacts(&mut self, form: &Form, now: Millis) -> Answer {
        let mut fields = Fields::new(form, &["primary_contact_id", "secondary_contact_ids", "contact"]);
        let primary = fields.number("primary_contact_id");
        let secondaries = fields.numbers("secondary_contact_ids").unwrap_or_default();
        let alive = |id: &u64| self.contacts.get(id).is_some_and(|contact| !contact.deleted);
        if !primary.as_ref().is_some_and(alive) {
            fields.refuse("primary_contact_id", "There is no contact matching the given id", "invalid_value");
        }
        if secondaries.is_empty() || !secondaries.iter().all(|id| alive(id) && Some(*id) != primary) {
            fields.refuse(
                "secondary_contact_ids",
                "There are no contacts matching the given ids",
                "invalid_value",
            );
        }
        fields.finish()?;
        let mut merged = self.contacts[&primary.unwrap_or_default()].clone();
        for id in &secondaries {
            self.absorb(&mut merged, *id, now);
        }
        let primary = merged.id;
        self.contacts.insert(primary, merged);
        self.contact_changed(primary, now);
        Ok(Response::empty(204))
    }

    fn absorb(&mut self, merged: &mut Contact, secondary: u64, now: Millis) {
        if let Some(contact) = self.contacts.get_mut(&secondary) {
            for key in Contact::KEYS {
                let value = contact.key(key).map(str::to_owned);
                contact.set_key(key, None);
                match value {
                    Some(value) if merged.key(key).is_none() => merged.set_key(key, Some(value)),
                    Some(value) if key == "email" => merged.other_emails.push(value),
                    _ => {}
                }
            }
            merged.other_emails.append(&mut contact.other_emails);
            contact.deleted = true;
        }
        self.contact_changed(secondary, now);
        let moved: Vec<u64> = self
            .tickets
            .values()
            .filter(|ticket| ticket.requester == secondary)
            .map(|ticket| ticket.id)
            .collect();
        for id in moved {
            if let Some(ticket) = self.tickets.get_mut(&id) {
                ticket.requester = merged.id;
            }
            self.ticket_changed(id, now);
        }
    }

    /// Stamps a contact and tells the search index, which will know a while later.
    pub(super) fn contact_changed(&mut self, id: u64, now: Millis) {
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        contact.updated = now;
        let visible = !contact.deleted;
        let json = visible.then(|| Shown::of(&self.contact_json(&self.contacts[&id])));
        self.contact_index.put(id, json, now);
    }
}
