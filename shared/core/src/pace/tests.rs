//! Windows, lanes, slots and refusals, told by the minute.

use std::time::Duration;

use super::*;
use crate::model::{Hint, Message, Person, Thread};

const START: Moment = Moment(1_795_000_000_000);

fn at(seconds: u64) -> Moment {
    START.plus(Duration::from_secs(seconds))
}

fn told(limit: u32, left: u32, resets: u64) -> Limits {
    let left = Left { limit, left, resets: Some(Duration::from_secs(resets)) };
    Limits { calls: Some(left), ..Limits::default() }
}

fn updates(limit: u32, left: u32, resets: u64) -> Limits {
    Limits { updates: told(limit, left, resets).calls, ..Limits::default() }
}

fn refused(limit: Limit, wait: u64) -> Limits {
    Limits { refused: Some(Refused { limit, wait: Duration::from_secs(wait) }), ..Limits::default() }
}

fn asking(lane: Lane, calls: u32, updates: u32) -> Asking {
    Asking { lane, need: Need { calls, updates }, has_ticket: false, waited: true }
}

fn heard(limits: &[Limits], now: Moment) -> Pace {
    let mut pace = Pace::default();
    limits.iter().for_each(|limits| pace.hear(limits, now));
    pace
}

/// How many may begin now, one after the other, all on their way.
fn admitted(pace: &mut Pace, asking: Asking, now: Moment) -> u32 {
    (0..10_000).take_while(|_| pace.begin(asking, now).is_ok()).count().try_into().unwrap()
}

#[test]
fn lanes_are_told_by_the_event_alone() {
    let thread = |surface| {
        let post = if surface == Surface::Public { "p".to_owned() } else { String::new() };
        Place::Thread(Thread { surface, post, customer: "c".to_owned() })
    };
    let message = || {
        What::Message(Message {
            id: "m".into(),
            author: Person { id: "c".into(), name: None },
            text: "hello".into(),
            attachments: Vec::new(),
            permalink: None,
            parent: None,
            context: None,
        })
    };
    let hint = || What::Hint(Hint { ticket: "35".into(), status: None });
    let ticket = Place::Ticket { ticket: "35".into(), conversation: None };
    let removed = || What::Removed { message: "m".into() };
    let liked = || What::Signal { name: "reaction".into() };
    for (place, what, lane) in [
        (thread(Surface::Public), message(), Lane::Ordinary),
        (thread(Surface::Direct), message(), Lane::Urgent),
        (thread(Surface::Public), removed(), Lane::Urgent),
        (thread(Surface::Public), What::Timer, Lane::Urgent),
        (thread(Surface::Direct), liked(), Lane::Ordinary),
        (ticket, hint(), Lane::Urgent),
    ] {
        let event = Event { id: "e".into(), at: START, place, what };
        assert_eq!(Lane::of(&event, false), lane, "{event:?}");
        let talks = !matches!(event.what, What::Signal { .. });
        assert_eq!(Lane::of(&event, true) == Lane::Urgent, talks, "{event:?}");
    }
}

#[test]
fn an_account_that_tells_nothing_is_not_held_up() {
    let mut pace = Pace::default();
    assert_eq!(admitted(&mut pace, asking(Lane::Ordinary, 2, 1), START), 10_000);
    assert_eq!(Pace::default().opening(Lane::Ordinary, START), Opening::Now(u32::MAX));
}

#[test]
fn the_ordinary_lane_uses_half_at_once_and_the_rest_as_time_passes() {
    for (second, room) in [(0, 350), (15, 437), (30, 525), (45, 612), (59, 694)] {
        let mut pace = heard(&[told(700, 700, 60)], START);
        assert_eq!(admitted(&mut pace, asking(Lane::Ordinary, 1, 0), at(second)), room, "{second}");
        // Whatever is urgent may have all the rest at any time.
        assert_eq!(admitted(&mut pace, asking(Lane::Urgent, 1, 0), at(second)), 700 - room, "{second}");
        assert_eq!(pace.begin(asking(Lane::Urgent, 1, 0), at(second)), Err(at(60).since(at(second))));
    }
}

#[test]
fn whoever_comes_back_when_told_may_begin() {
    let mut pace = heard(&[told(700, 350, 60)], START);
    let mut now = START;
    let mut begun = 0;
    while now < at(60) {
        match pace.begin(asking(Lane::Ordinary, 2, 0), now) {
            Ok(()) => begun += 1,
            Err(wait) => now = now.plus(wait),
        }
    }
    assert!(begun >= 174, "nothing is left unused at the end of the window: {begun}");
}

#[test]
fn what_is_on_its_way_counts_until_it_is_over() {
    let mut pace = heard(&[told(100, 20, 1)], START);
    let need = Need { calls: 2, updates: 0 };
    assert_eq!(admitted(&mut pace, asking(Lane::Urgent, 2, 0), START), 10);
    pace.hear(&told(100, 18, 1), START);
    pace.end(need);
    assert_eq!(admitted(&mut pace, asking(Lane::Urgent, 2, 0), START), 0);
    // Answers overtake each other.
    pace.hear(&told(100, 19, 1), START);
    pace.end(need);
    assert_eq!(admitted(&mut pace, asking(Lane::Urgent, 2, 0), START), 1);
}

#[test]
fn a_new_window_is_full_again() {
    let mut pace = heard(&[told(100, 0, 30)], START);
    assert_eq!(pace.opening(Lane::Urgent, START), Opening::At(at(30)));
    assert_eq!(pace.opening(Lane::Urgent, at(30)), Opening::Now(100));
    assert_eq!(pace.opening(Lane::Ordinary, at(30)), Opening::Now(25));
    // Somebody else used most of it already.
    pace.hear(&told(100, 7, 58), at(32));
    assert_eq!(pace.opening(Lane::Ordinary, at(32)), Opening::At(at(84)));
}

#[test]
fn without_a_reset_a_window_lasts_a_minute_or_until_more_is_left() {
    let left = |left| Limits { calls: Some(Left { limit: 100, left, resets: None }), ..Limits::default() };
    let mut pace = heard(&[left(90)], START);
    pace.hear(&left(3), at(20));
    assert!(matches!(pace.opening(Lane::Ordinary, at(20)), Opening::At(_)));
    pace.hear(&left(99), at(40));
    assert_eq!(pace.opening(Lane::Urgent, at(40)), Opening::Now(99));
    pace.hear(&left(0), at(50));
    assert_eq!(pace.opening(Lane::Urgent, at(50)), Opening::At(at(100)));
}

#[test]
fn updates_have_a_limit_of_their_own() {
    let mut pace = heard(&[told(700, 690, 60), updates(100, 0, 40)], START);
    assert_eq!(pace.begin(asking(Lane::Urgent, 1, 1), START), Err(Duration::from_secs(40)));
    assert_eq!(pace.begin(asking(Lane::Ordinary, 2, 0), START), Ok(()));
}

#[test]
fn who_has_a_ticket_goes_before_who_has_none_but_leaves_updates_to_agents() {
    let mut pace = heard(&[told(700, 350, 60), updates(100, 60, 60)], START);
    assert!(pace.begin(asking(Lane::Ordinary, 1, 0), START).is_err());
    let follows = Asking { has_ticket: true, ..asking(Lane::Ordinary, 1, 1) };
    assert_eq!(admitted(&mut pace, follows, START), 10);
}

#[test]
fn those_who_wait_come_back_one_after_the_other_and_go_before_those_who_come_later() {
    let mut pace = heard(&[told(700, 690, 60), updates(100, 0, 60)], START);
    let asks = Asking { waited: false, ..asking(Lane::Ordinary, 1, 1) };
    let waits: Vec<u64> = (0..100).map(|_| pace.begin(asks, START).unwrap_err().as_secs()).collect();
    assert_eq!((waits[0], waits[1], waits[50], waits[99]), (60, 60, 90, 119));
    // There is room in the next window, but it is kept.
    assert!(pace.begin(asks, at(60)).is_err());
    assert!(pace.begin(Asking { waited: true, ..asks }, at(60)).is_ok());
    assert!(pace.begin(asking(Lane::Urgent, 1, 1), at(60)).is_ok());
}

#[test]
fn nobody_is_sent_away_for_longer_than_a_quarter_of_an_hour() {
    let mut pace = heard(&[told(700, 690, 60), updates(100, 0, 60)], START);
    let longest = (0..5000).map(|_| pace.begin(asking(Lane::Ordinary, 1, 1), START).unwrap_err()).max();
    assert_eq!(longest, Some(Duration::from_secs(900)));
}

#[test]
fn after_a_refusal_everybody_waits_and_one_goes_ahead() {
    let mut pace = heard(&[told(700, 500, 60), refused(Limit::Calls, 93)], START);
    // Answers to what was asked before the refusal change nothing.
    pace.hear(&told(700, 499, 60), at(1));
    for lane in [Lane::Urgent, Lane::Ordinary] {
        assert_eq!(pace.opening(lane, at(92)), Opening::At(at(93)));
    }
    assert_eq!(pace.opening(Lane::Urgent, at(93)), Opening::Now(1));
    let one = asking(Lane::Urgent, 1, 0);
    assert_eq!(pace.begin(one, at(93)), Ok(()));
    assert_eq!(pace.begin(one, at(93)), Err(Duration::from_secs(1)));
    // It does not come back; another one tries.
    assert_eq!(pace.begin(one, at(123)), Ok(()));
    pace.hear(&refused(Limit::Calls, 7), at(124));
    pace.end(one.need);
    assert_eq!(pace.begin(one, at(125)), Err(Duration::from_secs(6)));
    assert_eq!(pace.begin(one, at(131)), Ok(()));
    pace.hear(&told(700, 699, 60), at(131));
    pace.end(one.need);
    assert_eq!(pace.begin(one, at(131)), Ok(()));
}

#[test]
fn a_side_that_only_ever_refuses_is_tried_by_one_at_a_time() {
    let mut pace = heard(&[refused(Limit::Calls, 30)], START);
    let one = asking(Lane::Ordinary, 1, 0);
    assert_eq!(pace.begin(one, START), Err(Duration::from_secs(30)));
    assert_eq!(pace.begin(one, at(30)), Ok(()));
    assert!(pace.begin(one, at(30)).is_err());
    pace.end(one.need);
    assert_eq!(admitted(&mut pace, one, at(31)), 10_000);
}

#[test]
fn a_clock_that_was_set_back_holds_nobody_up() {
    let mut pace = heard(&[told(700, 0, 60), updates(100, 0, 60)], at(7200));
    assert!(pace.begin(asking(Lane::Ordinary, 1, 1), at(7200)).is_err());
    assert_eq!(pace.begin(asking(Lane::Ordinary, 1, 1), START), Ok(()));
    pace.hear(&told(700, 300, 60), START);
    assert!(pace.begin(asking(Lane::Ordinary, 1, 0), START).is_err());
    pace.hear(&refused(Limit::Calls, 60), at(7200));
    assert_eq!(pace.begin(asking(Lane::Urgent, 1, 0), START), Ok(()));
}

#[test]
fn of_four_groups_one_is_ordinary() {
    let firsts: Vec<Lane> = (0..8).map(Lane::first_for).collect();
    let four = [Lane::Urgent, Lane::Urgent, Lane::Urgent, Lane::Ordinary];
    assert_eq!(firsts, [four, four].concat());
}
