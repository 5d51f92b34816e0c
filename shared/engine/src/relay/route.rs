//! Events that do not tell whose conversation they belong to: finds out, and sends them on to its group.

use std::time::Duration;

use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::ConversationKey;
use deskbridge_core::effect::Reason;
use deskbridge_core::model::{Event, Place, Surface, Thread, TicketStatus, What};

use super::{Caller, Disposition, Mail, backoff, hold};
use crate::bridge::Bridge;
use crate::directory::Account;
use crate::envelope::{Cargo, Envelope};
use crate::ports::{Clock, Queue, World};
use crate::telemetry::{Delivered, Line};

/// Finds out where an event belongs and puts it there.
pub(crate) async fn route<W: World>(bridge: &Bridge<W>, mail: &Mail) -> Disposition {
    let Cargo::Event(event) = &mail.envelope.cargo else { return Disposition::Done };
    let Some(account) = bridge.directory.get(&mail.envelope.account) else { return Disposition::Done };
    let found = match (&event.place, &event.what) {
        (_, What::Signal { .. }) | (Place::Account, _) => Ok(None),
        (Place::Beside { message }, what) => {
            let found = thread_of(bridge, account, message).await;
            let found = without_owner(bridge, account, message, what, found).await;
            found.map(|thread| thread.map(|thread| (Place::Thread(thread), None)))
        }
        (Place::Ticket { ticket, .. }, _) => conversation_of(bridge, account, ticket).await,
        (Place::Thread(_) | Place::Privately { .. }, _) => Ok(None),
    };
    match found {
        Ok(Some((place, status))) => send_on(bridge, mail, event, place, status).await,
        Ok(None) => {
            record(bridge, mail, event, "ignored");
            Disposition::Done
        }
        Err(trouble) => in_trouble(bridge, mail, account, trouble).await,
    }
}

async fn read<W: World>(bridge: &Bridge<W>, account: &Account, query: &Query) -> Result<Reading, Trouble> {
    let result = (Caller { bridge, account }).read(query).await.result;
    if result.is_ok() {
        bridge.can_read(&account.name);
    }
    result
}

/// Whose conversation a message belongs to.
async fn thread_of<W: World>(
    bridge: &Bridge<W>,
    account: &Account,
    message: &str,
) -> Result<Option<Thread>, Trouble> {
    if let Some(thread) = bridge.memo.thread_of(&account.name, message) {
        return Ok(Some(thread));
    }
    let query = Query::Owner { message: message.to_owned() };
    match read(bridge, account, &query).await {
        // Our own posts are nobody's conversation.
        Ok(Reading::Thread(thread)) if thread.customer == account.connector.owner() => Ok(None),
        Ok(Reading::Thread(thread)) => {
            bridge.memo.keep_thread(&account.name, message, &thread);
            Ok(Some(thread))
        }
        Ok(_) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// What to do if the platform does not show the message. What a customer said gets a conversation of its own, so that
/// nothing is lost; anything else was about a message that nobody can see any more.
async fn without_owner<W: World>(
    bridge: &Bridge<W>,
    account: &Account,
    message: &str,
    what: &What,
    found: Result<Option<Thread>, Trouble>,
) -> Result<Option<Thread>, Trouble> {
    let Err(Trouble::Refused(refusal)) = &found else { return found };
    let hidden = match refusal.reason {
        Reason::Gone => true,
        // Either this one message is out of reach, as others' posts are, or the account has lost a right.
        Reason::Permission => {
            read(bridge, account, &Query::Health).await?;
            true
        }
        _ => false,
    };
    match what {
        _ if !hidden => found,
        What::Message(_) | What::Edited(_) => {
            let (post, customer) = (message.to_owned(), message.to_owned());
            Ok(Some(Thread { surface: Surface::Public, post, customer }))
        }
        _ => Ok(None),
    }
}

/// The conversation that travels in a ticket, if the ticket is one of ours, and the ticket's true status.
async fn conversation_of<W: World>(
    bridge: &Bridge<W>,
    helpdesk: &Account,
    ticket: &str,
) -> Result<Option<(Place, Option<TicketStatus>)>, Trouble> {
    let query = Query::Ticket { ticket: ticket.to_owned() };
    match read(bridge, helpdesk, &query).await {
        Ok(Reading::Ticket(facts)) => {
            let ours = facts.conversation.filter(|text| {
                ConversationKey::parse(text)
                    .is_some_and(|(_, account, _)| bridge.directory.get(&account).is_some())
            });
            let place =
                |conversation| Place::Ticket { ticket: facts.ticket, conversation: Some(conversation) };
            Ok(ours.map(|conversation| (place(conversation), Some(facts.status))))
        }
        Err(Trouble::Refused(refusal)) if refusal.reason == Reason::TicketDeleted => Ok(None),
        Ok(_) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// Puts events into that place of their account, in order, until one has to wait; gives a disposition for each up to that one.
pub(crate) async fn send_all_to<W: World>(
    bridge: &Bridge<W>,
    mails: &[Mail],
    place: &Place,
) -> Vec<Disposition> {
    let mut dispositions = Vec::with_capacity(mails.len());
    for mail in mails {
        let disposition = match &mail.envelope.cargo {
            Cargo::Event(event) => send_on(bridge, mail, event, place.clone(), None).await,
            Cargo::Unreadable { .. } => Disposition::Done,
        };
        let waits = disposition != Disposition::Done;
        dispositions.push(disposition);
        if waits {
            break;
        }
    }
    dispositions
}

async fn send_on<W: World>(
    bridge: &Bridge<W>,
    mail: &Mail,
    event: &Event,
    place: Place,
    status: Option<TicketStatus>,
) -> Disposition {
    let mut event = Event { place, ..event.clone() };
    if let What::Hint(hint) = &mut event.what {
        // What the webhook said may be made up; this was read.
        hint.status = status;
    }
    if let (Place::Thread(thread), What::Message(message) | What::Edited(message)) =
        (&event.place, &mut event.what)
        && message.author.id.is_empty()
    {
        message.author.id.clone_from(&thread.customer);
    }
    let envelope = Envelope::event(&mail.envelope.account, event.clone(), mail.envelope.received_at)
        .of_trace(&mail.envelope.trace);
    // The same event in its final place is another message for the queue.
    let envelope = Envelope { id: format!("{}+", mail.envelope.id), ..envelope };
    match bridge.world.queue().send(&[envelope]).await {
        Ok(()) => {
            record(bridge, mail, &event, "routed");
            Disposition::Done
        }
        Err(fault) => {
            bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
            Disposition::again(Duration::from_secs(5), "the queue refuses")
        }
    }
}

async fn in_trouble<W: World>(
    bridge: &Bridge<W>,
    mail: &Mail,
    account: &Account,
    trouble: Trouble,
) -> Disposition {
    let now = bridge.world.clock().now();
    match trouble {
        Trouble::RetryAfter(wait) => {
            let why = format!("{} asks to wait", account.name);
            Disposition::again(backoff(&mail.envelope.group, mail.receives, wait), why)
        }
        // That we may not read one message (of somebody else's post, say) says nothing about the account.
        Trouble::Refused(refusal) if refusal.reason == Reason::Token => {
            let wait = bridge.fell_ill(&account.name, &refusal, now);
            Disposition::again(wait, crate::bridge::remedy(&account.name, &refusal))
        }
        Trouble::Refused(refusal) => {
            let why = format!("nobody can tell whose conversation this belongs to ({})", refusal.code);
            hold::hold_mail(bridge, mail, &why).await
        }
    }
}

fn record<W: World>(bridge: &Bridge<W>, mail: &Mail, event: &Event, verdict: &'static str) {
    let now = bridge.world.clock().now();
    bridge.world.record(&Line::Delivery(Delivered {
        account: mail.envelope.account.clone(),
        group: mail.envelope.group.clone(),
        verdicts: vec![verdict],
        events: vec![super::name_of(&event.what)],
        traces: Some(mail.envelope.trace.clone()).into_iter().filter(|trace| !trace.is_empty()).collect(),
        done: 1,
        age_ms: u64::try_from(now.since(mail.envelope.received_at).as_millis()).unwrap_or(u64::MAX),
        ..Delivered::default()
    }));
}
