//! What a ticket shows of its conversation beside its comments: how far the latest reply got, and until when replies are taken.
//! Fields and tags, so that views, SLAs and triggers can use it.

mod standing;

use minicbor::{Decode, Encode};

use crate::Moment;
use crate::conversation::Conversation;
use crate::effect::{EffectId, Receipt};
use crate::model::Fate;
use crate::policy::Policy;
use crate::ring::Seen;

/// What a ticket shows. Showing it twice is the same as showing it once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Card {
    /// How far the latest reply got, if that is to be shown.
    #[n(0)]
    pub delivery: Option<Delivery>,
    /// Until when the platform takes replies, where it has such a rule.
    #[n(1)]
    pub reply_by: Option<Moment>,
    /// Whether that time is near or over.
    #[n(2)]
    pub window: Window,
}

/// How far the latest reply got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Delivery {
    /// It could not be sent yet, and will be tried again.
    #[n(0)]
    Queued,
    /// The platform took it.
    #[n(1)]
    Accepted,
    /// It reached the customer's device.
    #[n(2)]
    Delivered,
    /// The customer has seen it.
    #[n(3)]
    Read,
    /// Nobody can say whether it was published.
    #[n(4)]
    Unconfirmed,
    /// It, or a part of it, was not published or will not arrive.
    #[n(5)]
    Failed,
}

/// The platform's reply window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Window {
    /// Open, or there is no such rule.
    #[default]
    #[n(0)]
    Open,
    /// It closes soon, and the customer has no answer yet.
    #[n(1)]
    Closing,
    /// It is closed.
    #[n(2)]
    Closed,
}

impl Delivery {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Accepted, Self::Delivered, Self::Read, Self::Unconfirmed, Self::Failed];

    /// Its word in ticket fields.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Unconfirmed => "unconfirmed",
            Self::Failed => "undelivered",
        }
    }

    /// Its tag. A drop-down field of Zendesk takes it as a value, too.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Queued => "deskbridge_queued",
            Self::Accepted => "deskbridge_accepted",
            Self::Delivered => "deskbridge_delivered",
            Self::Read => "deskbridge_read",
            Self::Unconfirmed => Policy::TAG_UNCONFIRMED,
            Self::Failed => Policy::TAG_UNDELIVERED,
        }
    }

    /// Reports come in any order: one of a higher rank stands.
    fn rank(self) -> u8 {
        match self {
            Self::Queued | Self::Unconfirmed => 0,
            Self::Accepted => 1,
            Self::Failed => 2,
            Self::Delivered => 3,
            Self::Read => 4,
        }
    }

    /// Whether an agent must know of it whatever the helpdesk's settings say.
    fn is_trouble(self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Failed)
    }
}

impl Window {
    /// Its tag, if it has one.
    #[must_use]
    pub fn tag(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Closing => Some("deskbridge_window_closing"),
            Self::Closed => Some("deskbridge_window_closed"),
        }
    }
}

impl Card {
    /// The tags that it stands for.
    pub fn tags(&self) -> impl Iterator<Item = &'static str> {
        self.delivery.map(Delivery::tag).into_iter().chain(self.window.tag())
    }

    /// A ticket's tags once it shows this card: those of other cards are gone, all others stay. `None` if nothing changes.
    #[must_use]
    pub fn tags_after(&self, now: &[String]) -> Option<Vec<String>> {
        let ours = |tag: &str| {
            Delivery::ALL.iter().any(|one| one.tag() == tag)
                || [Window::Closing, Window::Closed].iter().any(|one| one.tag() == Some(tag))
        };
        let kept = now.iter().filter(|tag| !ours(tag) || self.tags().any(|own| own == **tag)).cloned();
        let mut tags: Vec<String> = kept.collect();
        for tag in self.tags() {
            if !tags.iter().any(|one| one == tag) {
                tags.push(tag.to_owned());
            }
        }
        (tags != now).then_some(tags)
    }
}

/// What is remembered for the card of a conversation's ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct CardState {
    /// What the ticket shows.
    #[n(0)]
    pub shown: Card,
    /// How far the latest reply got.
    #[n(1)]
    pub delivery: Option<Delivery>,
    /// The latest reply.
    #[n(2)]
    pub latest: Option<Latest>,
    /// Whether the reply window is near its end.
    #[n(3)]
    pub window: Window,
    /// When a colleague last answered in the platform's own app.
    #[n(4)]
    pub native_at: Option<Moment>,
    /// When a reply first went out late by an exception, since the customer last wrote; agents were told.
    #[n(5)]
    pub late_from: Option<Moment>,
}

/// The latest reply, or what stands for it: its last part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Latest {
    /// The helpdesk's id of the agent's comment.
    #[n(0)]
    pub comment: String,
    /// The effect that publishes its last part; 0 if it has none.
    #[n(1)]
    pub part: EffectId,
    /// When that was begun; once it is made.
    #[n(2)]
    pub sent_at: Option<Moment>,
    /// The hash of the platform's id of it.
    #[n(3)]
    pub message: Option<u64>,
    /// How often the ticket was changed to show how far it got.
    #[n(4)]
    pub updates: u8,
    /// A part of it was not published, and agents were told: whatever is reported of the others.
    #[n(5)]
    pub incomplete: bool,
    /// The platform's ids of its parts, where a reply can be taken back.
    #[n(6)]
    pub standing: Option<Vec<String>>,
}

/// So many updates of a ticket show how far one reply got. What comes later is shown with the next update of whatever kind.
const UPDATES_MAX: u8 = 2;

impl Conversation {
    /// What the ticket should show.
    #[must_use]
    pub fn card(&self, policy: &Policy) -> Card {
        let rules = policy.card;
        let delivery = self.card.as_ref().and_then(|card| card.delivery);
        let delivery = delivery.filter(|delivery| rules.delivery || delivery.is_trouble());
        let window = if policy.reply_window_length.is_some() { self.window() } else { Window::Open };
        Card { delivery, reply_by: self.reply_by(policy).filter(|_| rules.reply_by), window }
    }

    /// What the ticket shows.
    fn shown(&self) -> Card {
        self.card.as_ref().map_or_else(Card::default, |card| card.shown)
    }

    /// Whether the reply window is near its end, as far as that was noticed.
    pub(crate) fn window(&self) -> Window {
        self.card.as_ref().map_or(Window::Open, |card| card.window)
    }

    /// Until when the platform takes replies, where it has such a rule.
    #[must_use]
    pub fn reply_by(&self, policy: &Policy) -> Option<Moment> {
        Some(self.window_from?.plus(policy.reply_window_length?))
    }

    /// Whether the customer's last act was answered.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        let Some(card) = &self.card else { return false };
        let sent_at = card.latest.as_ref().and_then(|latest| latest.sent_at);
        sent_at.max(card.native_at) > self.window_from
    }

    fn card_state(&mut self) -> &mut CardState {
        self.card.get_or_insert_default()
    }

    /// An agent's reply is planned; `part` publishes the end of it.
    pub(crate) fn reply_begins(&mut self, comment: &str, part: EffectId) {
        let comment = comment.to_owned();
        let latest = Latest {
            comment,
            part,
            sent_at: None,
            message: None,
            updates: 0,
            incomplete: false,
            standing: None,
        };
        self.card_state().latest = Some(latest);
    }

    /// An agent's reply is not published.
    pub(crate) fn reply_is_held(&mut self, comment: &str) {
        self.reply_begins(comment, EffectId(0));
        self.reply_fails(comment);
    }

    /// A colleague answered in the platform's own app.
    pub(crate) fn was_answered_natively(&mut self, at: Moment) {
        self.card_state().native_at = Some(at);
    }

    /// A part of a reply was made.
    pub(crate) fn part_was_made(&mut self, part: EffectId, begun_at: Moment, receipt: &Receipt) {
        let Some((latest, delivery)) = self.latest_and_delivery() else { return };
        if latest.part != part {
            return;
        }
        latest.sent_at = Some(begun_at);
        latest.message = (!receipt.id.is_empty()).then(|| Seen::Own(&receipt.id).hash());
        if !latest.incomplete {
            *delivery = Some(Delivery::Accepted);
        }
    }

    /// The reply of this comment has to wait, or nobody knows its fate.
    pub(crate) fn reply_has(&mut self, news: Delivery, comment: &str) {
        if let Some((latest, delivery)) = self.latest_and_delivery()
            && latest.comment == comment
            && !latest.incomplete
        {
            *delivery = Some(news);
        }
    }

    /// The reply of this comment, or a part of it, is not published, and agents are told.
    pub(crate) fn reply_fails(&mut self, comment: &str) {
        if let Some((latest, delivery)) = self.latest_and_delivery()
            && latest.comment == comment
        {
            latest.incomplete = true;
            *delivery = Some(Delivery::Failed);
        }
    }

    /// The proof arrived that a part of unknown fate was published. The parts behind it were not.
    pub(crate) fn doubt_is_withdrawn(&mut self, comment: &str, whole: bool) {
        if self.card.as_ref().is_none_or(|card| card.delivery != Some(Delivery::Unconfirmed)) {
            return;
        }
        if whole {
            self.reply_has(Delivery::Accepted, comment);
        } else {
            self.reply_fails(comment);
        }
    }

    fn latest_and_delivery(&mut self) -> Option<(&mut Latest, &mut Option<Delivery>)> {
        let card = self.card.as_mut()?;
        Some((card.latest.as_mut()?, &mut card.delivery))
    }

    /// The platform reports how far a message of ours got. Never backwards.
    pub(crate) fn message_got(&mut self, message: &str, handle: Option<EffectId>, fate: &Fate) {
        let hash = Seen::Own(message).hash();
        let Some((latest, delivery)) = self.latest_and_delivery() else { return };
        if latest.incomplete || (handle != Some(latest.part) && latest.message != Some(hash)) {
            return;
        }
        let news = match fate {
            Fate::Sent => Delivery::Accepted,
            Fate::Delivered => Delivery::Delivered,
            Fate::Read => Delivery::Read,
            Fate::Failed { .. } => Delivery::Failed,
        };
        if delivery.is_none_or(|before| news.rank() > before.rank()) {
            *delivery = Some(news);
        }
    }

    /// Everything that was sent until then got so far.
    pub(crate) fn got_until(&mut self, until: Moment, fate: &Fate) {
        let latest = self.card.as_ref().and_then(|card| card.latest.as_ref());
        if let Some(latest) = latest.filter(|latest| latest.sent_at.is_some_and(|sent| sent <= until)) {
            let part = latest.part;
            self.message_got("", Some(part), fate);
        }
    }

    /// The window opens anew.
    pub(crate) fn window_opened(&mut self) {
        if let Some(card) = &mut self.card {
            card.window = Window::Open;
            card.late_from = None;
        }
    }

    /// A reply went out late by an exception. Gives whether it is the first one since the customer last wrote.
    pub(crate) fn went_out_late(&mut self, at: Moment) -> bool {
        let card = self.card_state();
        let first = card.late_from.is_none();
        card.late_from.get_or_insert(at);
        first
    }

    /// The window is near its end, or over.
    pub(crate) fn window_is(&mut self, window: Window) {
        self.card_state().window = window;
    }

    /// The ticket shows this now.
    pub(crate) fn card_is_shown(&mut self, shown: Card) {
        if self.card.is_none() && shown == Card::default() {
            return;
        }
        let card = self.card_state();
        if card.shown.delivery != shown.delivery
            && let Some(latest) = &mut card.latest
        {
            latest.updates = latest.updates.saturating_add(1);
        }
        card.shown = shown;
    }

    /// A comment in the customer's name changed the ticket's fields along with it.
    pub(crate) fn comment_showed(&mut self, policy: &Policy) {
        let reply_by = self.card(policy).reply_by;
        if let Some(card) = &mut self.card {
            card.shown.reply_by = reply_by;
        }
    }

    /// A new ticket shows nothing of the old one.
    pub(crate) fn card_is_blank(&mut self) {
        if let Some(card) = &mut self.card {
            card.shown = Card::default();
        }
    }

    /// Whether the ticket shows something else than it should.
    pub(crate) fn card_differs(&self, policy: &Policy) -> bool {
        self.card(policy) != self.shown()
    }

    /// Whether the ticket must be changed to show the card.
    pub(crate) fn card_is_stale(&self, policy: &Policy) -> bool {
        if !self.card_differs(policy) {
            return false;
        }
        let (wanted, shown) = (self.card(policy), self.shown());
        let updates =
            self.card.as_ref().and_then(|card| card.latest.as_ref()).map_or(0, |latest| latest.updates);
        let may_wait = wanted.delivery == Some(Delivery::Read) && shown.delivery == Some(Delivery::Delivered);
        let only_delivery = Card { delivery: shown.delivery, ..wanted } == shown;
        !(only_delivery && may_wait && updates >= UPDATES_MAX)
    }
}

#[cfg(test)]
mod tests;
