//! Customers as Zendesk users: one user per person of a platform, found by an external id that never changes.

use std::time::Duration;

use deskbridge_core::Outcome;
use deskbridge_core::effect::{Customer, Reason, Refusal};
use serde_json::{Value, json};

use super::api::Talk;
use super::errors::{Failure, Problem};
use super::wire::{User, UserAnswer, Users};
use crate::Next;

/// How long to wait when an answer names no user.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The user who stands for a customer, and whether Zendesk confirmed it just now.
pub(super) struct Requester {
    pub(super) id: String,
    confirmed: bool,
}

impl Requester {
    /// The known user, or the one that Zendesk finds or makes now.
    pub(super) fn of(customer: &Customer, talk: &mut Talk<'_>) -> Result<Self, Next<Outcome>> {
        match &customer.requester {
            Some(id) => Ok(Self { id: id.clone(), confirmed: false }),
            None => Ok(Self { id: resolve(customer, talk)?, confirmed: true }),
        }
    }

    /// Asks Zendesk, once, who stands for the customer now: users are merged and deleted. Whether that is somebody else.
    pub(super) fn renew(&mut self, customer: &Customer, talk: &mut Talk<'_>) -> Result<bool, Next<Outcome>> {
        if self.confirmed {
            return Ok(false);
        }
        let id = resolve(customer, talk)?;
        self.confirmed = true;
        let changed = id != self.id;
        self.id = id;
        Ok(changed)
    }
}

fn resolve(customer: &Customer, talk: &mut Talk<'_>) -> Result<String, Next<Outcome>> {
    let external_id = external_id(&customer.platform, &customer.person.id);
    let user =
        match talk.post::<UserAnswer, _>(&["users", "create_or_update"], || body(customer, &external_id))? {
            Ok(answer) => answer.user,
            // Somebody else made the user at the same moment: then it can be found.
            Err(Failure::Said(problem)) if problem.is_duplicate() => find(&external_id, &problem, talk)?,
            // Asking twice for the same user makes one user, so a lost answer needs no caution.
            Err(failure) => return Err(Next::Settled(failure.harmless())),
        };
    if user.suspended {
        let refusal = Refusal::new(Reason::CustomerSuspended, "user suspended");
        return Err(Next::Settled(Outcome::Refused(refusal)));
    }
    user.id.map(|id| id.0).ok_or(Next::Settled(Outcome::RetryAfter(ASK_AGAIN)))
}

fn find(external_id: &str, problem: &Problem, talk: &mut Talk<'_>) -> Result<User, Next<Outcome>> {
    let found = talk.get::<Users, _>(&["users", "search"], &[("external_id", external_id)])?;
    let users = found.map_err(|failure| Next::Settled(failure.harmless()))?.users;
    let ours =
        |user: &User| user.external_id.as_ref().is_some_and(|id| id.0.eq_ignore_ascii_case(external_id));
    users.into_iter().find(ours).ok_or_else(|| Next::Settled(problem.outcome()))
}

fn body(customer: &Customer, external_id: &str) -> Value {
    let shown: String =
        customer.display_name.chars().filter(|letter| !letter.is_control()).take(200).collect();
    let name = match shown.trim() {
        "" => format!("{} customer {}", customer.platform, customer.person.id),
        name => name.to_owned(),
    };
    json!({"user": {"name": name, "external_id": external_id, "skip_verify_email": true}})
}

/// The external id of a person. Zendesk compares external ids without regard to case, so an id that is not made of digits
/// and lower-case letters only is written in hexadecimal; the `x-` keeps it apart from ids that look like that anyway.
pub(super) fn external_id(platform: &str, person: &str) -> String {
    let plain = !person.is_empty() && person.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
    if plain {
        format!("deskbridge:{platform}:{person}")
    } else {
        format!("deskbridge:{platform}:x-{}", hex::encode(person))
    }
}
