//! Making the effects of one conversation, in order: claim, send, record the outcome; or find out about an earlier try.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbridge_connectors::{Found, Trouble};
use deskbridge_core::compose::{Scene, causes_at_hand, compose};
use deskbridge_core::conversation::{Conversation, EffectState, OpenEffect, Task};
use deskbridge_core::effect::{Change, Effect, Guarantee, Outcome, Reason, Refusal};
use deskbridge_core::ledger::{self, Resume, Settled};
use deskbridge_core::model::{Event, Quote};
use deskbridge_core::{EffectId, Moment};

use super::card::CARD_LOOKS_AGAIN;
use super::converse::{Stop, Talk};
use super::files::{Files, carrying};
use super::told::{describe, told, told_of};
use super::turns;
use super::{Caller, Disposition, REQUEST_DEADLINE, backoff, hold};
use crate::directory::Account;
use crate::ports::{Clock, SaveError, Store, Version, World};
use crate::telemetry::{EffectLine, Line};

/// How long an item is kept after the last change: longer than a year, so that a late comment finds its ticket.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(400 * 24 * 3600);

/// The second lock: proof that the intent to make this effect is durable. Only [`Ledger`] makes one: from a successful save,
/// from an effect that it loaded as started, or from a delivery that is itself the intent.
pub(crate) struct Claim {
    effect: EffectId,
    begun_at: Moment,
}

impl Claim {
    /// The one exception to recording intents first: see [`super::first_attempt`].
    fn from_delivery(open: &OpenEffect, begun_at: Moment) -> Self {
        Self { effect: open.id, begun_at }
    }

    pub(crate) fn effect(&self) -> EffectId {
        self.effect
    }

    /// When the effect was begun, as its intent says.
    pub(crate) fn begun_at(&self) -> Moment {
        self.begun_at
    }
}

/// The item of a conversation in hand, and what the events at hand say.
pub(crate) struct Ledger<'a, W> {
    pub(crate) talk: &'a Talk<'a, W>,
    pub(crate) conversation: Conversation,
    pub(crate) version: Version,
    pub(crate) dirty: bool,
    /// The first open effect may be begun without a record.
    pub(crate) first_attempt: bool,
    pub(crate) saves: u32,
    /// What was made, for telemetry.
    pub(crate) made: Vec<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) quotes: BTreeMap<String, Quote>,
}

impl<'a, W: World> Ledger<'a, W> {
    /// Makes all open effects, until one has to wait.
    pub(crate) async fn make_effects(&mut self) -> Result<(), Stop> {
        match self.make_until_one_waits().await {
            Err(Stop::Again(after, why)) => {
                self.show_that_it_waits().await?;
                Err(Stop::Again(after, why))
            }
            other => other,
        }
    }

    async fn make_until_one_waits(&mut self) -> Result<(), Stop> {
        while let Some(open) = self.conversation.open.first().cloned() {
            if let Task::Forward(customer) = &open.task {
                self.talk.lead_here(customer).await?;
                self.conversation.open.remove(0);
                self.dirty = true;
                continue;
            }
            let account = self.account_for(&open);
            let now = self.now();
            if open.task == Task::ShowCard && self.passes_over_card(account, now) {
                continue;
            }
            if let Some(wait) = self.talk.bridge.resting(&account.name, now) {
                self.save_if_dirty().await?;
                return Err(Stop::again(wait, format!("waits for account {}", account.name)));
            }
            let talk = self.talk;
            let _turn = match talk.turn_of(account, &open.task) {
                Ok(turn) => turn,
                Err(wait) => {
                    self.save_if_dirty().await?;
                    return Err(Stop::again(wait, turns::why(account)));
                }
            };
            let Some(effect) = self.compose(&open) else {
                self.cannot_compose(&open).await?;
                continue;
            };
            let guarantee = account.connector.guarantee(effect.change.kind());
            let mut resume = ledger::resume(&open, guarantee, now);
            if resume == Resume::Send && !self.has_all_causes(&open) {
                if open.state == EffectState::Due {
                    ledger::keep_causes(
                        self.talk.key,
                        &mut self.conversation,
                        &causes_at_hand(&open, &self.events),
                    );
                    self.dirty = true;
                    continue;
                }
                // With other messages its key is worth nothing: it must be found, once it can no longer land.
                resume = match guarantee {
                    Guarantee::Keyed { settle, .. } => {
                        ledger::resume(&open, Guarantee::Findable { settle }, now)
                    }
                    _ => Resume::Lookup,
                };
            }
            match resume {
                Resume::Send => self.send(account, &open, effect).await?,
                Resume::Lookup => self.look_up(account, &open, &effect).await?,
                Resume::CannotKnow => {
                    ledger::give_up_knowing(self.talk.key, &mut self.conversation);
                    self.dirty = true;
                }
                Resume::Wait(_) if ledger::let_others_pass(&mut self.conversation) => self.dirty = true,
                Resume::Wait(wait) => {
                    self.save_if_dirty().await?;
                    let wait = if open.task == Task::ShowCard { wait.min(CARD_LOOKS_AGAIN) } else { wait };
                    let why = format!("waits to find out whether {} was made", effect.change.kind().name());
                    return Err(Stop::again(wait, why));
                }
            }
        }
        Ok(())
    }

    pub(super) async fn send(
        &mut self,
        account: &Account,
        open: &OpenEffect,
        effect: Effect,
    ) -> Result<(), Stop> {
        if let Some(until) = self.talk.until
            && self.now().plus(REQUEST_DEADLINE * 2) > until
        {
            self.save_if_dirty().await?;
            return Err(Stop::again(Duration::ZERO, "the process has no time left"));
        }
        let files = match self.files_of(open).await? {
            Files::Ready(files) => files,
            Files::GoOn => return Ok(()),
        };
        let claim = self.claim(open).await?;
        let Some(begun) = self.conversation.open.first() else { return Ok(()) };
        let (first_started_at, started_at) = (begun.first_started_at, begun.started_at);
        let effect = carrying(Effect { first_started_at, started_at, ..effect }, files);
        let called =
            (Caller { bridge: self.talk.bridge, account }).make(claim, &effect, self.talk.until).await;
        let (name, detail) = describe(&called.result);
        if matches!(called.result, Outcome::Done(_)) {
            self.made.push(format!("{} {detail}", effect.change.kind().name()));
        }
        self.record(account, open.attempt + 1, &effect, ("send", name, detail), called.calls);
        self.remember_hints(account, &effect, &called.result);
        self.settle(account, &called.result).await
    }

    /// The claim of an effect that was loaded as started: its intent is durable already.
    pub(super) fn claim_of(open: &OpenEffect) -> Claim {
        debug_assert_eq!(open.state, EffectState::Started, "nothing is known of its intent");
        Claim { effect: open.id, begun_at: open.started_at }
    }

    async fn look_up(&mut self, account: &Account, open: &OpenEffect, effect: &Effect) -> Result<(), Stop> {
        let claim = Self::claim_of(open);
        let caller = Caller { bridge: self.talk.bridge, account };
        let mut called = caller.look_up(claim, effect).await;
        if matches!(called.result, Found::No) {
            self.look_in_former_tickets(&caller, open, effect, &mut called).await;
        }
        let (name, detail) = match &called.result {
            Found::Yes(receipt) => ("found", receipt.id.clone()),
            Found::No => ("not_found", String::new()),
            Found::CannotTell(_) => ("cannot_tell", String::new()),
        };
        self.record(account, open.attempt, effect, ("lookup", name, detail), called.calls);
        match called.result {
            Found::Yes(receipt) => self.settle(account, &Outcome::Done(receipt)).await,
            Found::No => {
                if matches!(open.task, Task::PostReply(_)) {
                    ledger::give_up_knowing(self.talk.key, &mut self.conversation);
                } else {
                    ledger::not_there(&mut self.conversation);
                    if !self.has_all_causes(open) {
                        ledger::keep_causes(
                            self.talk.key,
                            &mut self.conversation,
                            &causes_at_hand(open, &self.events),
                        );
                    }
                }
                self.dirty = true;
                Ok(())
            }
            Found::CannotTell(Trouble::RetryAfter(wait)) => {
                let (now, policy) = (self.now(), &self.talk.policy);
                match ledger::doubt_is_over(self.talk.key, &mut self.conversation, policy, now) {
                    Some(Settled::Hold(refusal)) => {
                        self.dirty = true;
                        return self.park(open, told(account, open, &refusal)).await;
                    }
                    Some(_) => {
                        self.dirty = true;
                        return Ok(());
                    }
                    None => {}
                }
                self.save_if_dirty().await?;
                Err(Stop::again(
                    backoff(self.talk.key.as_str(), self.talk.receives(), wait),
                    "cannot look it up yet",
                ))
            }
            Found::CannotTell(Trouble::Refused(refusal)) => self.cannot_look_up(account, open, refusal).await,
        }
    }

    /// The remote side refuses to tell. A reply is then of unknown fate; anything else is worth more than a duplicate.
    async fn cannot_look_up(
        &mut self,
        account: &Account,
        open: &OpenEffect,
        refusal: Refusal,
    ) -> Result<(), Stop> {
        if refusal.reason == Reason::Token {
            return self.blocked(account, &refusal).await;
        }
        if matches!(open.task, Task::PostReply(_)) {
            ledger::give_up_knowing(self.talk.key, &mut self.conversation);
        } else {
            ledger::not_there(&mut self.conversation);
        }
        self.dirty = true;
        Ok(())
    }

    /// Applies an outcome. The save is left to the next claim where there is one: two steps in one write.
    pub(crate) async fn settle(&mut self, account: &Account, outcome: &Outcome) -> Result<(), Stop> {
        let now = self.now();
        let Some(open) = self.conversation.open.first().cloned() else { return Ok(()) };
        let settled = ledger::settle(self.talk.key, &mut self.conversation, outcome, &self.talk.policy, now);
        self.dirty = true;
        match settled {
            Settled::GoOn => {
                if matches!(outcome, Outcome::Done(_)) {
                    self.talk.bridge.is_well(&account.name);
                }
                Ok(())
            }
            Settled::Later(at_least) => {
                self.save_if_dirty().await?;
                let wait = backoff(self.talk.key.as_str(), self.talk.receives(), at_least);
                let why = match outcome {
                    Outcome::Unknown => format!("{} gave no answer", account.name),
                    _ => format!("{} asks to wait", account.name),
                };
                Err(Stop::again(wait, why))
            }
            Settled::Blocked(refusal) => self.blocked(account, &refusal).await,
            Settled::Hold(refusal) => self.park(&open, told(account, &open, &refusal)).await,
        }
    }

    async fn blocked(&mut self, account: &Account, refusal: &Refusal) -> Result<(), Stop> {
        let wait = self.talk.bridge.fell_ill(&account.name, refusal, self.now());
        self.save_if_dirty().await?;
        Err(Stop::again(wait, crate::bridge::remedy(&account.name, refusal)))
    }

    async fn park(&mut self, open: &OpenEffect, reason: String) -> Result<(), Stop> {
        // The events behind a notice of ours do not make it again: the echo that confirmed a reply, put back, would look
        // like somebody else's answer.
        let remade = !matches!(open.task, Task::Notify(_) | Task::CopyFiles(_));
        let envelopes = if remade { self.talk.envelopes_of(&open.causes) } else { Vec::new() };
        let (account, key) = (&self.talk.platform.name, self.talk.key.as_str());
        let about = open.id.to_string();
        match hold::park(self.talk.bridge, account, key, &about, reason, envelopes).await {
            Disposition::Done => {
                if remade {
                    // Put back by a person, they are to be planned anew.
                    open.causes.iter().for_each(|&cause| self.conversation.recent.forget_hash(cause));
                    ledger::forget_copies(&mut self.conversation, &open.causes);
                }
                Ok(())
            }
            Disposition::Again { after, why } => Err(Stop::Lost(after, why)),
        }
    }

    /// The ticket, or the text of a reply, is not at hand.
    async fn cannot_compose(&mut self, open: &OpenEffect) -> Result<(), Stop> {
        self.dirty = true;
        match (&open.task, open.state) {
            // Nobody knows what became of the try, and the agent's text is gone.
            (Task::PostReply(_), EffectState::Started) => {
                ledger::give_up_knowing(self.talk.key, &mut self.conversation);
                Ok(())
            }
            // The agent took the reply back before it was sent.
            (Task::PostReply(_), EffectState::Due) => {
                self.conversation.open.remove(0);
                Ok(())
            }
            // The message stands in a ticket, perhaps an earlier one.
            (Task::CopyFiles(_), _)
                if self.conversation.ticket.is_some() || !self.conversation.former.is_empty() =>
            {
                ledger::lose_files(self.talk.key, &mut self.conversation);
                Ok(())
            }
            // Nothing of the conversation stands anywhere.
            (Task::Redact(_) | Task::ShowCard | Task::CopyFiles(_), _) => {
                self.conversation.open.remove(0);
                Ok(())
            }
            _ => {
                self.conversation.open.remove(0);
                self.park(open, format!("there is no ticket for {}", told_of(&open.task))).await
            }
        }
    }

    /// Records the intent and thereby takes the right to make the effect.
    async fn claim(&mut self, open: &OpenEffect) -> Result<Claim, Stop> {
        let now = self.now();
        ledger::begin(&mut self.conversation, now);
        self.dirty = true;
        if std::mem::take(&mut self.first_attempt) {
            return Ok(Claim::from_delivery(open, now));
        }
        self.save().await?;
        let effect = self.conversation.open.first().map_or(EffectId(0), |open| open.id);
        Ok(Claim { effect, begun_at: now })
    }

    pub(crate) async fn save_if_dirty(&mut self) -> Result<(), Stop> {
        if self.dirty { self.save().await } else { Ok(()) }
    }

    async fn save(&mut self) -> Result<(), Stop> {
        let expires_at = self.now().plus(KEPT_FOR);
        let bytes = self.conversation.encode();
        self.saves += 1;
        match self.talk.bridge.world.store().save(self.talk.key, bytes, self.version, expires_at).await {
            Ok(version) => {
                self.version = version;
                self.dirty = false;
                Ok(())
            }
            Err(SaveError::Conflict) => Err(Stop::Conflict),
            Err(SaveError::Fault(fault)) => {
                self.talk.bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
                Err(Stop::Lost(Duration::from_secs(5), "the store cannot save".to_owned()))
            }
        }
    }

    pub(super) fn compose(&self, open: &OpenEffect) -> Option<Effect> {
        let scene = Scene {
            key: self.talk.key,
            thread: &self.talk.thread,
            conversation: &self.conversation,
            events: &self.events,
            quotes: &self.quotes,
            policy: &self.talk.policy,
        };
        let mut effect = compose(&scene, open)?;
        let customer = match &mut effect.change {
            Change::CreateTicket(ticket) => &mut ticket.customer,
            Change::AppendComment(comment) => &mut comment.customer,
            Change::AttachFiles(files) => &mut files.comment.customer,
            _ => return Some(effect),
        };
        if customer.requester.is_none() {
            let memo = &self.talk.bridge.memo;
            customer.requester =
                memo.requester_of(&self.talk.helpdesk.name, &customer.platform, &customer.person.id);
        }
        Some(effect)
    }

    fn remember_hints(&self, account: &Account, effect: &Effect, outcome: &Outcome) {
        let Outcome::Done(receipt) = outcome else { return };
        let customer = match &effect.change {
            Change::CreateTicket(ticket) => &ticket.customer,
            Change::AppendComment(comment) => &comment.customer,
            Change::AttachFiles(files) => &files.comment.customer,
            _ => return,
        };
        if let Some(requester) = &receipt.requester {
            let memo = &self.talk.bridge.memo;
            memo.keep_requester(&account.name, &customer.platform, &customer.person.id, requester);
        }
    }

    fn has_all_causes(&self, open: &OpenEffect) -> bool {
        let needs_events = matches!(open.task, Task::CreateTicket | Task::AppendComment | Task::NoteEvents);
        !needs_events || causes_at_hand(open, &self.events).len() == open.causes.len()
    }

    fn account_for(&self, open: &OpenEffect) -> &'a Account {
        match open.task {
            Task::PostReply(_) | Task::Moderate(_) => self.talk.platform,
            _ => self.talk.helpdesk,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.talk.bridge.world.clock().now()
    }

    fn record(
        &self,
        account: &Account,
        attempt: u32,
        effect: &Effect,
        (way, outcome, detail): (&'static str, &'static str, String),
        calls: u32,
    ) {
        self.talk.bridge.world.record(&Line::Effect(EffectLine {
            account: account.name.clone(),
            conversation: self.talk.key.as_str().to_owned(),
            effect: effect.id.to_string(),
            kind: effect.change.kind().name(),
            attempt,
            way,
            outcome,
            detail,
            calls,
        }));
    }
}
