//! Effects that went to a person although they may have been made.

use crate::conversation::{Conversation, EffectState, GivenUp, OpenEffect, Task};

/// So many effects given up in doubt are remembered, newest last, in case a person puts them back: about 30 bytes each. A
/// conversation gives up one after the other, each after [`Policy::give_up_after`](crate::Policy): more would take a helpdesk
/// that answers nothing clear for a month.
const GIVEN_UP_KEPT: usize = 32;

/// An effect goes to a person, who may put it back. If it may have been made, that is remembered, and it keeps its name: see
/// [`known_as_given_up`].
pub(super) fn put_aside(conversation: &mut Conversation, effect: &OpenEffect, maybe_made: bool) {
    if !maybe_made {
        return;
    }
    if effect.task == Task::CreateTicket {
        conversation.generation = conversation.generation.saturating_sub(1);
    }
    let given_up = conversation.given_up.get_or_insert_default();
    given_up.push(GivenUp {
        id: effect.id,
        first_started_at: effect.first_started_at,
        causes: effect.begun_with.clone().unwrap_or_else(|| effect.causes.clone()),
    });
    let excess = given_up.len().saturating_sub(GIVEN_UP_KEPT);
    given_up.drain(..excess);
}

/// An effect is planned that was given up once although it may have been made: it is as begun as it was then.
pub(crate) fn known_as_given_up(conversation: &mut Conversation, effect: &mut OpenEffect) {
    let Some(given_up) = &mut conversation.given_up else { return };
    let Some(at) = given_up.iter().position(|one| one.id == effect.id) else { return };
    let known = given_up.remove(at);
    effect.state = EffectState::Started;
    effect.attempt = 1;
    effect.first_started_at = known.first_started_at;
    effect.started_at = known.first_started_at;
    effect.uncertain = true;
    effect.begun_with = Some(known.causes);
    conversation.given_up.take_if(|left| left.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConversationKey;
    use crate::conversation::Ticket;
    use crate::ledger::tests::{message, policy};
    use crate::ledger::{begin, doubt_is_over, keep_causes, settle};
    use crate::model::{Surface, TicketStatus};
    use crate::{Moment, Outcome, cause_of, plan};

    #[test]
    fn what_a_comment_in_doubt_carried_belongs_to_it_again_in_whatever_order_it_comes_back() {
        let key = ConversationKey::mark("acme", "test");
        let now = Moment(0);
        let events = [message("m1", now), message("m2", now), message("m3", now)];
        let ticket = Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: now, cursor: None };
        let known = Conversation { generation: 1, ticket: Some(ticket), ..Conversation::default() };
        let mut conversation = plan(&key, Surface::Direct, &known, &events, &policy(), now).next;
        begin(&mut conversation, now);
        settle(&key, &mut conversation, &Outcome::Unknown, &policy(), now);
        let late = now.plus(policy().give_up_after);
        let id = conversation.open[0].id;
        assert!(doubt_is_over(&key, &mut conversation, &policy(), late).is_some());
        events.iter().for_each(|event| conversation.recent.forget_hash(cause_of(event)));
        for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
            let back = order.map(|at| events[at].clone());
            let next = plan(&key, Surface::Direct, &conversation, &back, &policy(), late).next;
            assert_eq!(next.open.len(), 1, "{order:?}: {:?}", next.open);
            assert_eq!((next.open[0].id, next.open[0].state), (id, EffectState::Started), "to be looked up");
            assert_eq!(next.open[0].causes.len(), 3);
        }
    }

    #[test]
    fn a_comment_given_up_in_doubt_is_known_after_weeks_of_others() {
        let key = ConversationKey::mark("acme", "test");
        let now = Moment(0);
        let ticket = Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: now, cursor: None };
        let mut conversation =
            Conversation { generation: 1, ticket: Some(ticket), ..Conversation::default() };
        let event = |day: usize| message(&format!("m{day}"), now);
        let mut first = None;
        for day in 0..30_usize {
            let today = now.plus(policy().give_up_after.saturating_mul(day as u32));
            let next = plan(&key, Surface::Direct, &conversation, &[event(day)], &policy(), today).next;
            conversation = next;
            first.get_or_insert(conversation.open[0].id);
            begin(&mut conversation, today);
            settle(&key, &mut conversation, &Outcome::Unknown, &policy(), today);
            let late = today.plus(policy().give_up_after);
            assert!(doubt_is_over(&key, &mut conversation, &policy(), late).is_some(), "day {day}");
        }
        let later = now.plus(policy().give_up_after.saturating_mul(31));
        conversation.recent.forget_hash(cause_of(&event(0)));
        let next = plan(&key, Surface::Direct, &conversation, &[event(0)], &policy(), later).next;
        let open: Vec<_> = next.open.iter().map(|one| (Some(one.id), one.state)).collect();
        assert_eq!(open, [(first, EffectState::Started)], "to be looked up, not written again");
    }

    #[test]
    fn what_was_left_of_a_comment_is_looked_up_when_it_comes_back_with_what_it_lost() {
        let key = ConversationKey::mark("acme", "test");
        let now = Moment(0);
        let events = [message("m1", now), message("m2", now)];
        let ticket = Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: now, cursor: None };
        let known = Conversation { generation: 1, ticket: Some(ticket), ..Conversation::default() };
        let mut conversation = plan(&key, Surface::Direct, &known, &events, &policy(), now).next;
        keep_causes(&key, &mut conversation, &[cause_of(&events[1])]);
        begin(&mut conversation, now);
        settle(&key, &mut conversation, &Outcome::Unknown, &policy(), now);
        let late = now.plus(policy().give_up_after);
        let id = conversation.open[0].id;
        assert!(doubt_is_over(&key, &mut conversation, &policy(), late).is_some());
        conversation.recent.forget_hash(cause_of(&events[1]));
        let next = plan(&key, Surface::Direct, &conversation, &events, &policy(), late).next;
        let open: Vec<_> = next.open.iter().map(|one| (one.state, one.causes.len())).collect();
        assert_eq!(
            open,
            [(EffectState::Due, 1), (EffectState::Started, 1)],
            "one is new, one is to be looked up"
        );
        assert_eq!(next.open[1].id, id);
    }
}
