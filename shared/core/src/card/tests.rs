//! How a card follows what is reported of the latest reply.

use super::*;

const PART: EffectId = EffectId(7);

fn sent() -> Conversation {
    let mut conversation = Conversation::default();
    conversation.reply_begins("501", PART);
    conversation.part_was_made(PART, Moment(1_000), &Receipt::of("m1"));
    conversation
}

fn delivery(conversation: &Conversation) -> Option<Delivery> {
    conversation.card.as_ref().and_then(|card| card.delivery)
}

fn failed() -> Fate {
    Fate::Failed { cause: crate::notes::Cause::Blocked, code: String::new() }
}

#[test]
fn reports_in_any_order_end_in_the_same_state_and_never_go_backwards() {
    let fates = [Fate::Sent, Fate::Delivered, Fate::Read];
    for first in 0..3 {
        for second in 0..3 {
            let mut conversation = sent();
            for fate in [&fates[first], &fates[second], &failed(), &Fate::Read, &fates[first]] {
                conversation.message_got("m1", None, fate);
            }
            assert_eq!(delivery(&conversation), Some(Delivery::Read));
        }
    }
    let mut conversation = sent();
    conversation.message_got("m1", None, &failed());
    conversation.message_got("m1", Some(PART), &Fate::Sent);
    assert_eq!(delivery(&conversation), Some(Delivery::Failed), "it left, and did not arrive");
}

#[test]
fn what_is_reported_of_earlier_replies_is_not_taken_for_the_latest() {
    let mut conversation = sent();
    conversation.message_got("m0", Some(EffectId(6)), &Fate::Read);
    conversation.got_until(Moment(999), &Fate::Read);
    assert_eq!(delivery(&conversation), Some(Delivery::Accepted));
    conversation.got_until(Moment(1_000), &Fate::Delivered);
    assert_eq!(delivery(&conversation), Some(Delivery::Delivered));
    conversation.reply_begins("502", EffectId(8));
    conversation.got_until(Moment(9_000), &Fate::Read);
    assert_eq!(delivery(&conversation), Some(Delivery::Delivered), "the new one is not sent yet");
}

#[test]
fn what_an_agent_has_to_deal_with_stays_and_only_a_doubt_is_withdrawn() {
    let mut conversation = sent();
    conversation.reply_fails("501");
    conversation.doubt_is_withdrawn("501", true);
    conversation.message_got("m1", Some(PART), &Fate::Delivered);
    conversation.got_until(Moment(9_000), &Fate::Read);
    assert_eq!(delivery(&conversation), Some(Delivery::Failed));
    for (whole, state) in [(true, Delivery::Accepted), (false, Delivery::Failed)] {
        let mut conversation = sent();
        conversation.reply_has(Delivery::Unconfirmed, "501");
        conversation.doubt_is_withdrawn("500", true);
        assert_eq!(delivery(&conversation), Some(Delivery::Unconfirmed), "that was an earlier one");
        conversation.doubt_is_withdrawn("501", whole);
        assert_eq!(delivery(&conversation), Some(state));
    }
}

#[test]
fn a_reply_that_is_held_is_shown_until_another_one_is_sent() {
    let mut conversation = sent();
    conversation.reply_is_held("502");
    assert_eq!(delivery(&conversation), Some(Delivery::Failed));
    conversation.reply_begins("503", EffectId(9));
    conversation.part_was_made(EffectId(9), Moment(2_000), &Receipt::of("m3"));
    assert_eq!(delivery(&conversation), Some(Delivery::Accepted));
}

#[test]
fn tags_of_other_cards_go_and_all_others_stay() {
    let tags = |list: &[&str]| -> Vec<String> { list.iter().map(|tag| (*tag).to_owned()).collect() };
    let card = Card { delivery: Some(Delivery::Delivered), reply_by: None, window: Window::Closed };
    let now = tags(&["vip", "deskbridge_accepted", "deskbridge", "deskbridge_window_closing"]);
    let after = tags(&["vip", "deskbridge", "deskbridge_delivered", "deskbridge_window_closed"]);
    assert_eq!(card.tags_after(&now), Some(after.clone()));
    assert_eq!(card.tags_after(&after), None);
    assert_eq!(Card::default().tags_after(&after), Some(tags(&["vip", "deskbridge"])));
}
