//! Customers as Freshdesk contacts: made first, and found by the answer that says they exist.

use deskbridge_core::effect::{Customer, Outcome, Reason, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Freshdesk;
use super::api::{Asked, Walk};
use super::errors::Failure;
use super::settings::ContactBy;
use super::wire::{Id, Made};
use crate::Next;

/// The most characters of a contact's name.
const NAME_CHARACTERS: usize = 255;

/// A contact in a list, with the fields that may identify it.
#[derive(Deserialize)]
struct Contact {
    id: Id,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// Names a customer for ever. Only lower-case letters, digits and a few marks: uncertain whether Freshdesk compares such
/// values with regard to case, and platforms' ids may differ by it alone.
pub(super) fn identity(customer: &Customer) -> String {
    let mut text = format!("deskbridge:{}:", customer.platform);
    for byte in customer.person.id.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => text.push(char::from(byte)),
            _ => text.push_str(&format!("_{byte:02x}")),
        }
    }
    text
}

impl Freshdesk {
    /// The contact's id. A contact that cannot be had ends the walk.
    ///
    /// Making comes first: it is one call for a new customer, and the answer for a known one tells the id. It may be
    /// repeated without harm, since the second time is refused as a duplicate.
    pub(super) fn contact(&self, customer: &Customer, walk: &mut Walk<'_>) -> Result<String, Next<Outcome>> {
        let forced = self.settings.contact_by;
        let by = forced.unwrap_or(ContactBy::UniqueExternalId);
        let mut made = self.make_or_find(customer, by, walk)?;
        let lacking =
            |failure: &Failure| failure.refusal().is_some_and(|error| error.lacks_field(by.field()));
        if forced.is_none() && made.as_ref().is_err_and(lacking) {
            made = self.make_or_find(customer, ContactBy::TwitterId, walk)?;
        }
        made.map_err(|failure| Next::Settled(failure.outcome_of_repeatable(Reason::Invalid)))
    }

    fn make_or_find(
        &self,
        customer: &Customer,
        by: ContactBy,
        walk: &mut Walk<'_>,
    ) -> Asked<String, Outcome> {
        let name: String = customer.display_name.chars().take(NAME_CHARACTERS).collect();
        let body = json!({"name": name, by.field(): identity(customer)});
        let failure = match walk.ask::<Made, _>(self.api.post(&["contacts"], &body))? {
            Ok(made) => return Ok(Ok(made.id.0)),
            Err(failure) => failure,
        };
        let Some(error) = failure.refusal().filter(|error| error.is_duplicate()) else {
            return Ok(Err(failure));
        };
        if let Some(holder) = error.holder() {
            return Ok(Ok(holder));
        }
        match self.find_contact(customer, by, walk)? {
            Ok(Some(id)) => Ok(Ok(id)),
            // Taken, and still not listed: the contact is deleted or blocked.
            Ok(None) => {
                let refusal = Refusal::new(Reason::CustomerSuspended, error.code());
                Err(Next::Settled(Outcome::Refused(refusal)))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// The contact's id, if it is listed.
    pub(super) fn find_contact<T>(
        &self,
        customer: &Customer,
        by: ContactBy,
        walk: &mut Walk<'_>,
    ) -> Asked<Option<String>, T> {
        let identity = identity(customer);
        let request = self.api.get(&["contacts"], &[(by.field(), &identity)]);
        let listed = walk.ask::<Vec<Contact>, T>(request)?;
        Ok(listed.map(|contacts| {
            // uncertain: `twitter_id` is not documented as a filter, and unknown filters may be passed over.
            let same = |contact: &Contact| {
                let value = contact.fields.get(by.field()).and_then(Value::as_str);
                value.is_some_and(|value| value.eq_ignore_ascii_case(&identity))
            };
            contacts.into_iter().find(same).map(|contact| contact.id.0)
        }))
    }
}
