//! The relay: takes deliveries from the queue, decides with `plan`, and makes the effects. One group at a time in order,
//! groups side by side.

mod again;
mod calls;
mod card;
mod context;
mod converse;
mod effects;
mod files;
mod first_attempt;
mod former;
mod hold;
mod introduce;
mod linking;
mod privately;
mod read;
mod renamed;
mod route;
mod tags;
pub(crate) mod timer;
mod told;
mod turns;

use std::time::Duration;

use deskbridge_core::model::{Place, What};
use deskbridge_core::{ConversationKey, Moment, digest};
use futures_util::future::join_all;

pub(crate) use calls::Caller;
pub use calls::{CLAIM_LIFE, FILES_CLAIM_LIFE};
pub use hold::hold_undecodable as quarantine;

use crate::bridge::Bridge;
use crate::envelope::{Cargo, Envelope, Undecodable};
use crate::ports::World;

/// The longest that one request may take. The settle times of connectors are longer than this.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(15);

/// The longest that a request may take that carries a file.
pub const TRANSFER_DEADLINE: Duration = Duration::from_secs(60);

/// What a newer version wrote waits for that version: during an update old and new work side by side.
const NEWER_WAIT: Duration = Duration::from_secs(60);
/// So often; then nobody is going to read it, and it is kept for a person.
const NEWER_RECEIVES_MAX: u32 = 600;

/// One message as the queue delivers it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What [`Envelope::encode`] wrote.
    pub body: String,
    /// How often it was delivered, this time included.
    pub receives: u32,
    /// Whether that count outlives a crash of the consumer, so that the first delivery is certainly the first.
    pub receives_are_durable: bool,
}

/// What the queue is to do with a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It is dealt with for good.
    Done,
    /// It must come again, and with it everything after it in its group.
    Again {
        /// Not sooner than after this while.
        after: Duration,
        /// Why, for the operator: `waits for acme-zendesk: token refused (401)`.
        why: String,
    },
}

impl Disposition {
    pub(crate) fn again(after: Duration, why: impl Into<String>) -> Self {
        Self::Again { after, why: why.into() }
    }

    fn not_sooner_than(self, least: Duration) -> Self {
        match self {
            Self::Again { after, why } => Self::Again { after: after.max(least), why },
            Self::Done => Self::Done,
        }
    }
}

/// A decoded delivery and its place in the batch.
pub(crate) struct Mail {
    pub(crate) at: usize,
    pub(crate) envelope: Envelope,
    pub(crate) receives: u32,
    pub(crate) receives_are_durable: bool,
}

/// Deals with a batch of deliveries; gives one disposition for each, in the same order. `until` is when the process must
/// have returned: no request is begun that might not be finished and recorded by then.
pub async fn relay<W: World>(
    bridge: &Bridge<W>,
    deliveries: Vec<Delivery>,
    until: Option<Moment>,
) -> Vec<Disposition> {
    let mut dispositions: Vec<Option<Disposition>> = vec![None; deliveries.len()];
    let receives: Vec<u32> = deliveries.iter().map(|delivery| delivery.receives).collect();
    let mut groups: Vec<(String, Vec<Mail>)> = Vec::new();
    let mut overtakes = false;
    for (at, delivery) in deliveries.into_iter().enumerate() {
        if overtakes {
            dispositions[at] =
                Some(Disposition::again(NEWER_WAIT, "waits behind what a newer version wrote"));
            continue;
        }
        match Envelope::decode(&delivery.body) {
            Ok(envelope) => {
                let (receives, receives_are_durable) = (delivery.receives, delivery.receives_are_durable);
                let mail = Mail { at, envelope, receives, receives_are_durable };
                match groups.iter_mut().find(|(group, _)| *group == mail.envelope.group) {
                    Some((_, mails)) => mails.push(mail),
                    None => groups.push((mail.envelope.group.clone(), vec![mail])),
                }
            }
            Err(Undecodable::Newer(_)) if delivery.receives < NEWER_RECEIVES_MAX => {
                // Nobody here can tell its group, so nothing behind it may go ahead.
                overtakes = true;
                dispositions[at] = Some(Disposition::again(NEWER_WAIT, "a newer version wrote it"));
            }
            Err(error) => {
                dispositions[at] = Some(quarantine(bridge, &delivery, &error.to_string()).await);
            }
        }
    }
    let handled = join_all(groups.into_iter().map(|(_, mails)| handle_group(bridge, mails, until))).await;
    for (at, disposition) in handled.into_iter().flatten() {
        dispositions[at] = Some(disposition);
    }
    dispositions
        .into_iter()
        .map(|disposition| disposition.unwrap_or_else(|| Disposition::again(Duration::ZERO, "not handled")))
        .zip(receives)
        .map(|(disposition, receives)| disposition.not_sooner_than(patience(receives)))
        .collect()
}

/// Deals with the deliveries of one group, in order: runs of the same conversation together, others one by one. The first
/// that must come again takes everything after it along.
async fn handle_group<W: World>(
    bridge: &Bridge<W>,
    mails: Vec<Mail>,
    until: Option<Moment>,
) -> Vec<(usize, Disposition)> {
    let mut handled: Vec<(usize, Disposition)> = Vec::with_capacity(mails.len());
    let mut rest = mails.into_iter().peekable();
    while let Some(mail) = rest.next() {
        let again = match destination(bridge, &mail.envelope) {
            Destination::Conversation(key) => {
                let mut run = vec![mail];
                while let Some(next) =
                    rest.next_if(|next| matches!(destination(bridge, &next.envelope), Destination::Conversation(other) if other == key))
                {
                    run.push(next);
                }
                let dispositions = converse::converse(bridge, &key, &run, until).await;
                let again = dispositions.iter().find(|one| **one != Disposition::Done).cloned();
                handled.extend(run.iter().map(|mail| mail.at).zip(dispositions));
                again
            }
            Destination::Elsewhere => {
                let disposition = route::route(bridge, &mail).await;
                handled.push((mail.at, disposition.clone()));
                Some(disposition).filter(|one| *one != Disposition::Done)
            }
            Destination::Person(why) => {
                let disposition = hold::hold_mail(bridge, &mail, &why).await;
                handled.push((mail.at, disposition.clone()));
                Some(disposition).filter(|one| *one != Disposition::Done)
            }
        };
        if let Some(again) = again {
            handled.extend(rest.by_ref().map(|mail| (mail.at, again.clone())));
        }
    }
    handled
}

enum Destination {
    /// This conversation.
    Conversation(ConversationKey),
    /// It must be found out whose it is.
    Elsewhere,
    /// A person must look at it.
    Person(String),
}

fn destination<W: World>(bridge: &Bridge<W>, envelope: &Envelope) -> Destination {
    let event = match &envelope.cargo {
        Cargo::Event(event) => event,
        Cargo::Unreadable { why, .. } => return Destination::Person(why.clone()),
    };
    if bridge.directory.get(&envelope.account).is_none() {
        return Destination::Person(format!("account {} is not configured", envelope.account));
    }
    if let What::Unknown { kind, .. } = &event.what {
        return Destination::Person(format!("unknown kind of event: {kind}"));
    }
    match &event.place {
        Place::Thread(thread) | Place::Privately { thread, .. } => {
            Destination::Conversation(ConversationKey::new(&envelope.account, thread))
        }
        Place::Ticket { conversation: Some(text), .. } => match ConversationKey::parse(text) {
            Some((key, account, _)) if bridge.directory.get(&account).is_some() => {
                Destination::Conversation(key)
            }
            _ => Destination::Elsewhere,
        },
        Place::Ticket { .. } | Place::Beside { .. } | Place::Account => Destination::Elsewhere,
    }
}

/// How long to wait before the next try: doubling from five seconds to five minutes, spread by a quarter so that many
/// conversations do not come back at once. `at_least` is what the remote side asked for.
pub(crate) fn backoff(group: &str, receives: u32, at_least: Duration) -> Duration {
    const FIRST: Duration = Duration::from_secs(5);
    const LONGEST: Duration = Duration::from_secs(300);
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(receives.saturating_sub(1).min(6))).min(LONGEST);
    let wait = at_least.max(if at_least.is_zero() { doubled } else { at_least.max(doubled / 5) });
    let spread = digest(&[group, &receives.to_string()]) % 256;
    wait + wait.mul_f64(0.25 * f64::from(u8::try_from(spread).unwrap_or(0)) / 255.0)
}

/// How long a delivery waits at least that came so often, whatever the remote side asks for: a queue that gives up after a
/// thousand receives (SQS allows no more) must last for the two weeks that it keeps messages.
fn patience(receives: u32) -> Duration {
    match receives {
        0..=60 => Duration::ZERO,
        61..=360 => Duration::from_secs(300),
        _ => Duration::from_secs(3600),
    }
}

/// What an event is, in a word for logs and metrics.
pub(crate) fn name_of(what: &What) -> &'static str {
    match what {
        What::Message(_) => "message",
        What::Edited(_) => "edited",
        What::Removed { .. } => "removed",
        What::Hidden { .. } => "hidden",
        What::Own(_) => "own",
        What::Report(_) => "report",
        What::Renamed { .. } => "renamed",
        What::Activity(_) => "activity",
        What::Signal { .. } => "signal",
        What::Hint(_) => "hint",
        What::Timer => "timer",
        What::Reply(_) => "reply",
        What::Unknown { .. } => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_weeks_of_waiting_fit_into_a_thousand_receives() {
        let two_weeks = Duration::from_secs(14 * 24 * 3600);
        let waited: Duration = (1..1000).map(patience).sum();
        assert!(waited > two_weeks, "{waited:?}");
        // Half a day of trouble is still looked at every few minutes.
        let half_a_day: Duration = (1..200).map(patience).sum();
        assert!(half_a_day < Duration::from_secs(12 * 3600) && patience(200) <= Duration::from_secs(300));
    }
}
