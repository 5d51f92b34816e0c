//! One conversation's deliveries: load what is remembered, read what the helpdesk says, plan, make the effects.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use deskbridge_connectors::{Query, Reading, Replies};
use deskbridge_core::conversation::{Conversation, Task, Undecodable};
use deskbridge_core::model::{Event, Hint, Place, Quote, Thread, What};
use deskbridge_core::pace::Lane;
use deskbridge_core::{ConversationKey, Moment, Policy, cause_of, plan};

use super::effects::Ledger;
use super::privately::public_key_of;
use super::{Disposition, Mail, hold, name_of, turns};
use crate::bridge::Bridge;
use crate::directory::Account;
use crate::envelope::{Cargo, Envelope};
use crate::ports::{Clock, Store, Version, World};
use crate::telemetry::{Delivered, Line};

/// Somebody else saved in between: so often the deliveries are taken up anew at once.
pub(super) const CONFLICTS_MAX: u32 = 3;

/// A conversation and its deliveries.
pub(crate) struct Talk<'a, W> {
    pub(crate) bridge: &'a Bridge<W>,
    pub(crate) key: &'a ConversationKey,
    pub(crate) thread: Thread,
    pub(crate) platform: &'a Account,
    pub(crate) helpdesk: &'a Account,
    pub(crate) policy: Policy,
    pub(crate) mails: &'a [Mail],
    pub(crate) until: Option<Moment>,
    /// The most urgent of its deliveries at hand.
    pub(crate) lane: Lane,
    /// Whether the helpdesk's limit of calls has room for it already.
    pub(crate) has_turn: bool,
    /// Whether the item was read as the last save left it.
    pub(crate) is_latest: bool,
}

/// Why the work on a conversation stops before all is done.
pub(crate) enum Stop {
    /// Somebody else saved first: nothing of ours is durable, take it up anew.
    Conflict,
    /// What was read may be old, and what would follow from it could not be taken back: nothing was made, read it anew.
    Old,
    /// What was planned is durable, and must go on later.
    Again(Duration, String),
    /// What was planned may not be durable.
    Lost(Duration, String),
}

impl Stop {
    pub(crate) fn again(after: Duration, why: impl Into<String>) -> Self {
        Self::Again(after, why.into())
    }
}

/// What was read and planned from, and which causes each mail stands for.
#[derive(Default)]
struct Material {
    events: Vec<Event>,
    /// By mail: what must be settled before it is done.
    pending: Vec<Pending>,
    /// The newest comment seen, by ticket.
    newest: Vec<(String, String)>,
    quotes: BTreeMap<String, Quote>,
}

/// What a mail stands for.
#[derive(Default)]
struct Pending {
    /// The causes whose effects must be settled.
    causes: Vec<u64>,
    /// Its ticket may be the one whose making is in doubt: what agents wrote there can only be read later.
    unread: bool,
}

/// Deals with deliveries of one conversation; one disposition for each.
pub(crate) async fn converse<W: World>(
    bridge: &Bridge<W>,
    key: &ConversationKey,
    mails: &[Mail],
    until: Option<Moment>,
) -> Vec<Disposition> {
    let Some((_, name, thread)) = ConversationKey::parse(key.as_str()) else { return all_done(mails) };
    let accounts = bridge
        .directory
        .get(&name)
        .and_then(|platform| bridge.directory.helpdesk_of(platform).map(|helpdesk| (platform, helpdesk)));
    let Some((platform, helpdesk)) = accounts else {
        let why = format!("account {name} has no helpdesk");
        let mut dispositions = Vec::with_capacity(mails.len());
        for mail in mails {
            dispositions.push(hold::hold_mail(bridge, mail, &why).await);
        }
        return dispositions;
    };
    let policy = helpdesk.limiting(platform.policy_on(thread.surface, helpdesk));
    let lane = turns::lane_of(mails);
    let (has_turn, is_latest) = (false, false);
    let mut talk =
        Talk { bridge, key, thread, platform, helpdesk, policy, mails, until, lane, has_turn, is_latest };
    let mut dispositions = Vec::with_capacity(mails.len());
    while dispositions.len() < mails.len() {
        talk.mails = &mails[dispositions.len()..];
        dispositions.extend(talk.next_run().await);
        if let Some(again @ Disposition::Again { .. }) = dispositions.last().cloned() {
            dispositions.resize(mails.len(), again);
        }
    }
    dispositions
}

fn all_done(mails: &[Mail]) -> Vec<Disposition> {
    mails.iter().map(|_| Disposition::Done).collect()
}

impl<W: World> Talk<'_, W> {
    pub(super) fn all_again(&self, after: Duration, why: &str) -> Vec<Disposition> {
        self.mails.iter().map(|_| Disposition::again(after, why)).collect()
    }

    /// How often the first delivery came.
    pub(crate) fn receives(&self) -> u32 {
        self.mails.first().map_or(1, |mail| mail.receives)
    }

    /// The envelopes of the events with these causes.
    pub(crate) fn envelopes_of(&self, causes: &[u64]) -> Vec<Envelope> {
        let of_cause = |mail: &&Mail| match &mail.envelope.cargo {
            Cargo::Event(event) => causes.contains(&cause_of(event)),
            Cargo::Unreadable { .. } => false,
        };
        self.mails.iter().filter(of_cause).map(|mail| mail.envelope.clone()).collect()
    }

    /// Deals with as many mails as go together; gives the dispositions of those, or of all.
    async fn next_run(&self) -> Vec<Disposition> {
        let mut latest = self.needs_latest();
        for _ in 0..CONFLICTS_MAX {
            match self.attempt(latest).await {
                Err(Stop::Conflict | Stop::Old) => latest = true,
                Err(Stop::Again(after, why) | Stop::Lost(after, why)) => return self.all_again(after, &why),
                Ok(dispositions) => return dispositions,
            }
        }
        self.all_again(Duration::from_secs(1), "another process works on this conversation")
    }

    /// `latest`: the item is read as the last save left it.
    async fn attempt(&self, latest: bool) -> Result<Vec<Disposition>, Stop> {
        let (conversation, version) = self.load(latest).await?;
        if !latest && conversation.leads_on() {
            // What is sent on does not come back.
            return Err(Stop::Old);
        }
        // Nothing was ever begun under a key that leads on: of a direct conversation every attempt is recorded.
        if let Some(earlier) = &conversation.continues {
            return Ok(self.forward(earlier).await);
        }
        if let Some(public) = public_key_of(&conversation) {
            return Ok(self.forward_to_public(public).await);
        }
        let turn = self.turn_of_all(&conversation)?;
        let run = Talk {
            mails: &self.mails[..self.first_run(&conversation)],
            has_turn: turn.is_some(),
            is_latest: latest,
            thread: self.thread.clone(),
            policy: self.policy.clone(),
            ..*self
        };
        run.make(conversation, version).await
    }

    async fn make(&self, conversation: Conversation, version: Version) -> Result<Vec<Disposition>, Stop> {
        let mut material = self.gather(&conversation).await?;
        self.leave_forwarding(&conversation, &mut material.events).await?;
        self.add_context(&conversation, &mut material.events, &mut material.quotes).await;
        let now = self.now();
        let mut planned =
            plan(self.key, self.thread.surface, &conversation, &material.events, &self.policy, now);
        self.assume_begun(&conversation, &mut planned.next);
        self.keep_timer(&conversation, &planned.next).await?;
        let verdicts: Vec<&'static str> = planned.verdicts.iter().map(|verdict| verdict.name()).collect();
        let names = material.events.iter().map(|event| name_of(&event.what)).collect();
        let mut ledger = Ledger {
            talk: self,
            first_attempt: self.is_latest && self.is_first_attempt(&conversation, &planned.next),
            dirty: planned.next != conversation,
            conversation: planned.next,
            version,
            saves: 0,
            made: Vec::new(),
            events: material.events,
            quotes: material.quotes,
        };
        let mut made = ledger.make_effects().await;
        if made.is_ok() {
            for (ticket, comment) in &material.newest {
                ledger.conversation.set_cursor(ticket, comment);
            }
            made = ledger.save_if_dirty().await;
        }
        let stop = match made {
            Ok(()) => None,
            Err(Stop::Again(after, why)) => Some((after, why)),
            Err(other) => {
                if !ledger.made.is_empty() {
                    self.record(&ledger, verdicts, names, &self.all_again(Duration::ZERO, "not recorded"));
                }
                return Err(other);
            }
        };
        let dispositions = self.dispositions(&ledger.conversation, &material.pending, stop.as_ref());
        self.record(&ledger, verdicts, names, &dispositions);
        Ok(dispositions)
    }

    async fn load(&self, latest: bool) -> Result<(Conversation, Version), Stop> {
        self.load_of(self.key, latest).await
    }

    pub(crate) async fn load_of(
        &self,
        key: &ConversationKey,
        latest: bool,
    ) -> Result<(Conversation, Version), Stop> {
        let store = self.bridge.world.store();
        let loaded = if latest { store.load_latest(key).await } else { store.load(key).await };
        match loaded {
            Ok(None) => Ok((Conversation::default(), 0)),
            Ok(Some(item)) => match Conversation::decode(&item.bytes) {
                Ok(conversation) => Ok((conversation, item.version)),
                Err(undecodable) => {
                    let why = match undecodable {
                        Undecodable::Newer => {
                            "a newer version wrote the conversation's item: finish the update, or the way back"
                        }
                        Undecodable::Damaged => {
                            "the conversation's item is damaged: restore the table or file"
                        }
                    };
                    self.bridge.world.record(&Line::Fault { what: "reading an item", why: why.to_owned() });
                    Err(Stop::Lost(Duration::from_secs(300), why.to_owned()))
                }
            },
            Err(fault) => {
                self.bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
                Err(Stop::Lost(Duration::from_secs(5), "the store cannot load".to_owned()))
            }
        }
    }

    /// The events at hand: those delivered, and behind each hint what agents wrote since.
    async fn gather(&self, conversation: &Conversation) -> Result<Material, Stop> {
        let mut material = Material::default();
        let mut read: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for mail in self.mails {
            let Cargo::Event(event) = &mail.envelope.cargo else {
                material.pending.push(Pending::default());
                continue;
            };
            if let What::Message(message) = &event.what {
                self.bridge.memo.keep_thread(&self.platform.name, &message.id, &self.thread);
            }
            let mut causes = vec![cause_of(event)];
            let mut unread = false;
            if let What::Hint(hint) = &event.what {
                unread = is_in_doubt(conversation, hint);
                if !read.contains_key(&hint.ticket) {
                    let replies = self.read_replies(conversation, hint, &mut material).await?;
                    read.insert(hint.ticket.clone(), replies);
                }
                causes.extend(read.get(&hint.ticket).into_iter().flatten());
            }
            material.events.push((**event).clone());
            material.pending.push(Pending { causes, unread });
        }
        self.reread_open_replies(conversation, &read, &mut material).await?;
        Ok(material)
    }

    /// An earlier delivery left replies open, and no hint of their tickets is at hand: their texts are still needed.
    async fn reread_open_replies(
        &self,
        conversation: &Conversation,
        read: &BTreeMap<String, Vec<u64>>,
        material: &mut Material,
    ) -> Result<(), Stop> {
        let open = conversation.open.iter().filter_map(|effect| match &effect.task {
            Task::PostReply(piece) if !read.contains_key(&piece.ticket) => Some(piece.ticket.clone()),
            _ => None,
        });
        for ticket in open.collect::<BTreeSet<_>>() {
            self.read_replies(conversation, &Hint { ticket, status: None }, material).await?;
        }
        Ok(())
    }

    /// Reads what agents wrote in a ticket since the cursor; gives the causes of the replies.
    async fn read_replies(
        &self,
        conversation: &Conversation,
        hint: &Hint,
        material: &mut Material,
    ) -> Result<Vec<u64>, Stop> {
        let Some(cursor) = conversation.cursor_of(&hint.ticket) else {
            let in_doubt = is_in_doubt(conversation, hint);
            return if in_doubt { Ok(Vec::new()) } else { self.unknown_ticket(hint).await };
        };
        let query = Query::Replies { ticket: hint.ticket.clone(), after: cursor.map(str::to_owned) };
        let Some(Reading::Replies(Replies { replies, newest, status })) = self.read(&query).await? else {
            return Ok(Vec::new());
        };
        material.newest.extend(newest.map(|comment| (hint.ticket.clone(), comment)));
        let place =
            Place::Ticket { ticket: hint.ticket.clone(), conversation: Some(self.key.as_str().to_owned()) };
        let mut replies = self.introduce(replies).await?;
        replies.extend(self.commands_by_tag(conversation, &hint.ticket).await?);
        let replies = self.with_earlier(conversation, replies).await?;
        let replies = self.with_targets(replies).await?;
        let now = self.now();
        let mut events: Vec<Event> = replies
            .into_iter()
            .map(|reply| Event {
                id: format!("reply:{}", reply.comment),
                at: now,
                place: place.clone(),
                what: What::Reply(reply),
            })
            .collect();
        let causes = events.iter().map(cause_of).collect();
        material.events.append(&mut events);
        if status.is_some() {
            let what = What::Hint(Hint { ticket: hint.ticket.clone(), status });
            material.events.push(Event { id: String::new(), at: now, place, what });
        }
        Ok(causes)
    }

    /// A ticket that claims to belong to this conversation without our knowing. If it is true, memory was lost and its
    /// replies would be; a person must see that. If not, somebody made the claim up.
    async fn unknown_ticket(&self, hint: &Hint) -> Result<Vec<u64>, Stop> {
        if !self.is_latest {
            return Err(Stop::Old);
        }
        let query = Query::Ticket { ticket: hint.ticket.clone() };
        let Some(Reading::Ticket(facts)) = self.read(&query).await? else { return Ok(Vec::new()) };
        if facts.conversation.as_deref() != Some(self.key.as_str()) {
            return Ok(Vec::new());
        }
        let reason = format!(
            "ticket {} belongs to this conversation, but the bridge does not remember it; answers in it are not sent, and what the \
             customer removes may stay in it",
            hint.ticket
        );
        let (account, key) = (&self.platform.name, self.key.as_str());
        match hold::park(self.bridge, account, key, &hint.ticket, reason, Vec::new()).await {
            Disposition::Done => Ok(Vec::new()),
            Disposition::Again { after, why } => Err(Stop::Lost(after, why)),
        }
    }

    fn dispositions(
        &self,
        conversation: &Conversation,
        pending: &[Pending],
        stop: Option<&(Duration, String)>,
    ) -> Vec<Disposition> {
        let (mut waiting, mut unread) = (false, false);
        let mut dispositions: Vec<Disposition> = pending
            .iter()
            .map(|mail| {
                waiting |= mail.causes.iter().any(|&cause| conversation.has_open(cause));
                unread |= mail.unread;
                match stop {
                    Some((after, why)) if waiting => Disposition::again(*after, why.clone()),
                    _ if unread => Disposition::again(Duration::from_secs(1), "the ticket was not known yet"),
                    _ => Disposition::Done,
                }
            })
            .collect();
        // Something is open that none of these mails stands for: one of them must bring us back to it.
        if let (Some((after, why)), Some(last), false) = (stop, dispositions.last_mut(), waiting)
            && !conversation.open.is_empty()
        {
            *last = Disposition::again(*after, why.clone());
        }
        dispositions
    }

    fn record(
        &self,
        ledger: &Ledger<'_, W>,
        verdicts: Vec<&'static str>,
        events: Vec<&'static str>,
        dispositions: &[Disposition],
    ) {
        let done = dispositions.iter().filter(|one| **one == Disposition::Done).count();
        let why = dispositions.iter().find_map(|one| match one {
            Disposition::Again { why, .. } => Some(why.clone()),
            Disposition::Done => None,
        });
        let received = self.mails.iter().map(|mail| mail.envelope.received_at).min().unwrap_or_default();
        self.bridge.world.record(&Line::Delivery(Delivered {
            account: self.platform.name.clone(),
            group: self.key.as_str().to_owned(),
            verdicts,
            events,
            traces: traces_of(self.mails),
            done,
            again: dispositions.len() - done,
            why,
            made: ledger.made.clone(),
            ticket: ledger.conversation.ticket.as_ref().map(|ticket| ticket.id.clone()),
            loads: 1,
            saves: ledger.saves,
            age_ms: u64::try_from(self.now().since(received).as_millis()).unwrap_or(u64::MAX),
        }));
    }

    pub(crate) fn now(&self) -> Moment {
        self.bridge.world.clock().now()
    }
}

/// The webhooks that these came with, each once.
fn traces_of(mails: &[Mail]) -> Vec<String> {
    let mut traces: Vec<String> = mails.iter().map(|mail| mail.envelope.trace.clone()).collect();
    traces.dedup();
    traces.retain(|trace| !trace.is_empty());
    traces
}

/// Whether a ticket that we do not know may be the one that we are just making.
fn is_in_doubt(conversation: &Conversation, hint: &Hint) -> bool {
    conversation.cursor_of(&hint.ticket).is_none()
        && conversation.open.iter().any(|effect| effect.task == Task::CreateTicket && effect.attempt > 0)
}
