//! What the ledger does with outcomes, doubts and tickets that change.

use super::*;
use crate::EffectId;
use crate::compose::contents_of;
use crate::conversation::FormerTicket;
use crate::effect::Outcome;
use crate::model::{Event, Message, Person, Place, Surface, Thread, What};
use crate::plan::{append_effect_id, due, ticket_effect_id};

const HOUR: Duration = Duration::from_secs(3600);
const SETTLE: Duration = Duration::from_secs(90);
const KEYED: Guarantee = Guarantee::Keyed { window: Duration::from_secs(7200), settle: SETTLE };

pub(crate) fn policy() -> Policy {
    Policy {
        platform: "facebook",
        platform_title: "Facebook",
        grace: HOUR,
        horizon: HOUR,
        reply_characters_max: 100,
        reply_window: "",
        reply_window_length: None,
        links_cost: false,
        verbs: &[],
        reply_measure: crate::text::Measure::Characters,
        reply_markup: crate::text::Markup::None,
        give_up_after: 24 * HOUR,
        tags: Vec::new(),
        card: crate::policy::CardRules::default(),
        nudge_before: None,
        fallback_template: None,
        fallback_email: true,
        files: crate::file::FilePolicy::default(),
        style: std::sync::Arc::default(),
        direct: None,
    }
}

fn opening() -> (ConversationKey, Conversation) {
    let key = ConversationKey::mark("acme", "test");
    let effect = due(EffectId(1), Task::CreateTicket, vec![7]);
    (key, Conversation { open: vec![effect], ..Conversation::default() })
}

#[test]
fn an_unanswered_attempt_stays_in_doubt_though_a_later_one_was_turned_away() {
    let (key, mut conversation) = opening();
    let start = Moment::from_seconds(1_000);
    begin(&mut conversation, start);
    settle(&key, &mut conversation, &Outcome::Unknown, &policy(), start);
    let second = start.plus(HOUR);
    assert_eq!(resume(&conversation.open[0], KEYED, second), Resume::Send);
    begin(&mut conversation, second);
    let throttled = Outcome::RetryAfter(Duration::from_secs(60));
    settle(&key, &mut conversation, &throttled, &policy(), second);
    // The remote side has forgotten the key by now: sending again could open a second ticket.
    assert_eq!(resume(&conversation.open[0], KEYED, start.plus(3 * HOUR)), Resume::Lookup);
    not_there(&mut conversation);
    assert_eq!(resume(&conversation.open[0], KEYED, start.plus(3 * HOUR)), Resume::Send);
}

pub(crate) fn message(id: &str, at: Moment) -> Event {
    let author = Person { id: "7".to_owned(), name: None };
    let message = Message {
        id: id.to_owned(),
        author,
        text: String::new(),
        attachments: Vec::new(),
        permalink: None,
        parent: None,
        context: None,
    };
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: "7".to_owned() };
    Event { id: id.to_owned(), at, place: Place::Thread(thread), what: What::Message(message) }
}

#[test]
fn a_ticket_given_up_in_doubt_is_looked_up_when_it_is_planned_again() {
    let (key, mut conversation) = opening();
    conversation.generation = 1;
    conversation.open[0].id = ticket_effect_id(&key, 1);
    let start = Moment::from_seconds(1_000);
    begin(&mut conversation, start);
    settle(&key, &mut conversation, &Outcome::Unknown, &policy(), start);
    assert_eq!(doubt_is_over(&key, &mut conversation, &policy(), start.plus(23 * HOUR)), None);
    let over = start.plus(24 * HOUR);
    let settled = doubt_is_over(&key, &mut conversation, &policy(), over);
    assert!(matches!(settled, Some(Settled::Hold(_))), "{settled:?}");
    assert_eq!((conversation.open.len(), conversation.generation), (0, 0));

    let event = message("m", over);
    let planned = crate::plan(&key, Surface::Direct, &conversation, &[event], &policy(), over).next;
    assert_eq!(planned.open[0].id, ticket_effect_id(&key, 1), "under the same name");
    assert_eq!(resume(&planned.open[0], KEYED, over), Resume::Lookup, "no key is trusted");

    // It is found, and was opened with the message that was given up: that one is there, the new one is not.
    let mut found = planned.clone();
    let done = Outcome::Done(Receipt::of("35"));
    settle(&key, &mut found, &done, &policy(), over);
    assert!(found.recent.contains_hash(7));
    let open: Vec<(&Task, &[u64])> =
        found.open.iter().map(|open| (&open.task, open.causes.as_slice())).collect();
    assert_eq!(open, [(&Task::AppendComment, planned.open[0].causes.as_slice())]);

    // It is not there, and is made anew: then the new message is in it, and nothing is known of the other.
    let mut anew = planned;
    not_there(&mut anew);
    begin(&mut anew, over);
    settle(&key, &mut anew, &done, &policy(), over);
    assert!(anew.open.is_empty() && !anew.recent.contains_hash(7));
}

#[test]
fn a_refusal_ends_the_doubt_and_the_next_ticket_has_a_name_of_its_own() {
    let (key, mut conversation) = opening();
    conversation.generation = 1;
    let start = Moment::from_seconds(1_000);
    begin(&mut conversation, start);
    settle(&key, &mut conversation, &Outcome::Unknown, &policy(), start);
    begin(&mut conversation, start);
    let refused = Outcome::Refused(Refusal::new(Reason::Invalid, "400"));
    assert!(matches!(settle(&key, &mut conversation, &refused, &policy(), start), Settled::Hold(_)));
    assert_eq!((conversation.generation, conversation.given_up), (1, None));
}

#[test]
fn the_wait_counts_from_the_unanswered_request_not_from_the_intent() {
    let (key, mut conversation) = opening();
    let start = Moment::from_seconds(1_000);
    begin(&mut conversation, start);
    // The process stood still between the two: its request left long after the intent.
    let unanswered = start.plus(HOUR);
    settle(&key, &mut conversation, &Outcome::Unknown, &policy(), unanswered);
    let findable = Guarantee::Findable { settle: SETTLE };
    assert_eq!(resume(&conversation.open[0], findable, unanswered), Resume::Wait(SETTLE));
    assert_eq!(resume(&conversation.open[0], findable, unanswered.plus(SETTLE)), Resume::Lookup);
}

fn with_ticket(cursor: Option<&str>) -> (ConversationKey, Conversation) {
    let (key, mut conversation) = opening();
    conversation.open[0].task = Task::AppendComment;
    conversation.ticket = Some(Ticket {
        id: "35".to_owned(),
        status: TicketStatus::Open,
        status_at: Moment(0),
        cursor: cursor.map(str::to_owned),
    });
    (key, conversation)
}

#[test]
fn what_a_comment_in_doubt_carried_is_not_written_once_more_when_it_is_found() {
    let (key, mut conversation) = with_ticket(None);
    conversation.open[0].causes = vec![7, 8];
    let start = Moment::from_seconds(1_000);
    begin(&mut conversation, start);
    settle(&key, &mut conversation, &Outcome::Unknown, &policy(), start);
    let over = start.plus(24 * HOUR);
    assert!(matches!(doubt_is_over(&key, &mut conversation, &policy(), over), Some(Settled::Hold(_))));

    // Put back, the first message has the comment's name; the others cannot join what was begun.
    let mut again = due(EffectId(1), Task::AppendComment, vec![7]);
    known_as_given_up(&mut conversation, &mut again);
    conversation.open = vec![again, due(EffectId(2), Task::AppendComment, vec![8, 9])];
    let mut found = conversation.clone();
    settle(&key, &mut found, &Outcome::Done(Receipt::of("501")), &policy(), over);
    let causes: Vec<&[u64]> = found.open.iter().map(|open| open.causes.as_slice()).collect();
    assert_eq!(causes, [&[9_u64][..]]);
    assert!(found.recent.contains_hash(8) && !found.recent.contains_hash(9));

    // It is not there: everything is written.
    not_there(&mut conversation);
    begin(&mut conversation, over);
    settle(&key, &mut conversation, &Outcome::Done(Receipt::of("501")), &policy(), over);
    assert_eq!(conversation.open.len(), 1);
    assert!(!conversation.recent.contains_hash(8));
}

#[test]
fn messages_that_are_not_in_the_ticket_are_brought_in() {
    let (key, mut conversation) = opening();
    begin(&mut conversation, Moment(5));
    let done = Outcome::Done(Receipt { opened_with: Some(8), ..Receipt::of("35") });
    assert_eq!(settle(&key, &mut conversation, &done, &policy(), Moment(6)), Settled::GoOn);
    assert_eq!(conversation.ticket.as_ref().map(|ticket| ticket.id.as_str()), Some("35"));
    let open: Vec<(&Task, &[u64])> =
        conversation.open.iter().map(|open| (&open.task, open.causes.as_slice())).collect();
    assert_eq!(open, [(&Task::AppendComment, &[7_u64][..])]);
}

#[test]
fn the_message_that_a_ticket_was_opened_with_is_not_brought_in_once_more() {
    let (key, mut conversation) = opening();
    begin(&mut conversation, Moment(5));
    // It came back while the ticket was being looked for, alone and together with another one.
    conversation.open.push(due(EffectId(2), Task::AppendComment, vec![6, 9]));
    conversation.open.push(due(EffectId(3), Task::AppendComment, vec![6]));
    let done = Outcome::Done(Receipt { opened_with: Some(contents_of(&[6])), ..Receipt::of("35") });
    settle(&key, &mut conversation, &done, &policy(), Moment(6));
    let causes: Vec<&[u64]> = conversation.open.iter().map(|open| open.causes.as_slice()).collect();
    assert_eq!(causes, [&[7_u64][..], &[9][..]]);
}

#[test]
fn what_may_have_been_begun_is_sent_with_its_key_or_looked_up() {
    let (_, mut conversation) = opening();
    let (start, later) = (Moment::from_seconds(1_000), Moment::from_seconds(2_000));
    assume_begun(&mut conversation, EffectId(1), start, later);
    let open = &conversation.open[0];
    assert_eq!(resume(open, KEYED, later), Resume::Send);
    assert_eq!(resume(open, KEYED, start.plus(3 * HOUR)), Resume::Lookup);
    assert_eq!(resume(open, Guarantee::Findable { settle: SETTLE }, later), Resume::Wait(SETTLE));
}

#[test]
fn what_is_assumed_takes_nothing_back_of_what_is_known() {
    let (_, mut conversation) = opening();
    let (start, later) = (Moment::from_seconds(1_000), Moment::from_seconds(2_000));
    begin(&mut conversation, start);
    // The same event came in once more, much later.
    assume_begun(&mut conversation, EffectId(1), later, later.plus(HOUR));
    let open = &conversation.open[0];
    assert_eq!(
        (open.first_started_at, open.started_at),
        (start, later.plus(HOUR)),
        "what it made may be so old"
    );
}

#[test]
fn our_own_comment_does_not_hide_an_older_reply() {
    let (key, mut conversation) = with_ticket(None);
    let done = Outcome::Done(Receipt::of("501"));
    assert_eq!(settle(&key, &mut conversation, &done, &policy(), Moment(5)), Settled::GoOn);
    assert_eq!(conversation.cursor_of("35"), Some(None), "an agent may have written before comment 501");
}

#[test]
fn after_a_merge_the_new_ticket_is_read_from_our_comment_on_and_the_old_one_further() {
    let (key, mut conversation) = with_ticket(Some("400"));
    let merged = Outcome::Refused(Refusal::new(Reason::TicketMerged("36".to_owned()), "merged"));
    assert_eq!(settle(&key, &mut conversation, &merged, &policy(), Moment(5)), Settled::GoOn);
    let done = Outcome::Done(Receipt::of("501"));
    assert_eq!(settle(&key, &mut conversation, &done, &policy(), Moment(6)), Settled::GoOn);
    assert_eq!(conversation.cursor_of("36"), Some(Some("501")));
    assert_eq!(conversation.cursor_of("35"), Some(Some("400")), "replies from before the merge are owed");
}

#[test]
fn what_may_be_done_depends_on_what_the_remote_side_promises() {
    let start = Moment::from_seconds(1_000);
    let (_, mut conversation) = opening();
    assert_eq!(resume(&conversation.open[0], Guarantee::Blind, start), Resume::Send, "not begun");
    begin(&mut conversation, start);
    let open = &conversation.open[0];
    let soon = start.plus(Duration::from_secs(30));
    let findable = Guarantee::Findable { settle: SETTLE };
    for (guarantee, at, expected) in [
        (Guarantee::Natural, start, Resume::Send),
        (Guarantee::Overwrites { settle: SETTLE }, soon, Resume::Wait(Duration::from_secs(60))),
        (Guarantee::Overwrites { settle: SETTLE }, start.plus(SETTLE), Resume::Send),
        (Guarantee::Blind, start, Resume::CannotKnow),
        (Guarantee::Echoed { settle: SETTLE }, soon, Resume::Wait(Duration::from_secs(60))),
        (Guarantee::Echoed { settle: SETTLE }, start.plus(SETTLE), Resume::CannotKnow),
        (findable, soon, Resume::Wait(Duration::from_secs(60))),
        (findable, start.plus(SETTLE), Resume::Lookup),
        (KEYED, soon, Resume::Send),
        (KEYED, start.plus(3 * HOUR), Resume::Lookup),
    ] {
        assert_eq!(resume(open, guarantee, at), expected, "{guarantee:?} at {at}");
    }
}

#[test]
fn what_is_left_of_an_update_does_not_keep_the_name_of_a_message_that_is_not_in_it() {
    let (key, mut conversation) = with_ticket(None);
    let named_by_first = append_effect_id(&key, 6);
    conversation.open = vec![due(named_by_first, Task::AppendComment, vec![6, 9])];
    let mut without_last = conversation.clone();
    keep_causes(&key, &mut without_last, &[6]);
    assert_eq!(
        (without_last.open[0].id, without_last.open[0].causes.as_slice()),
        (named_by_first, &[6_u64][..])
    );
    // Its first message became a dead letter. When it comes back it gets its name, and must not find the other one under it.
    keep_causes(&key, &mut conversation, &[9]);
    assert_eq!(conversation.open[0].causes, [9]);
    assert_ne!(conversation.open[0].id, named_by_first);
}

#[test]
fn a_message_that_is_not_at_hand_is_not_held_by_the_note_about_its_deleted_ticket() {
    let (key, mut conversation) = with_ticket(None);
    conversation.open = vec![due(append_effect_id(&key, 6), Task::AppendComment, vec![6, 9])];
    let deleted = Outcome::Refused(Refusal::new(Reason::TicketDeleted, "404"));
    assert_eq!(settle(&key, &mut conversation, &deleted, &policy(), Moment(5)), Settled::GoOn);
    assert_eq!(conversation.open.len(), 2, "a new ticket, and a note");
    keep_causes(&key, &mut conversation, &[9]);
    assert!(!conversation.has_open(6), "it is planned anew when it comes back");
    assert!(conversation.has_open(9));
}

#[test]
fn a_card_that_may_be_shown_is_shown_anew_though_the_one_before_is_wanted_again() {
    let (key, mut conversation) = with_ticket(None);
    conversation.open = vec![due(EffectId(1), Task::ShowCard, Vec::new())];
    begin(&mut conversation, Moment(0));
    let unanswered = settle(&key, &mut conversation, &Outcome::Unknown, &policy(), Moment(1));
    assert_eq!(unanswered, Settled::Later(Duration::ZERO));
    assert!(!drop_card_if_shown(&mut conversation, &policy()), "the ticket may show anything");
    begin(&mut conversation, Moment(2));
    let wait = Outcome::RetryAfter(Duration::from_secs(15));
    settle(&key, &mut conversation, &wait, &policy(), Moment(3));
    assert!(!drop_card_if_shown(&mut conversation, &policy()), "the first request may have been carried out");
}

#[test]
fn nothing_but_files_waits_for_a_card_without_an_answer() {
    let (key, conversation) = with_ticket(None);
    for (behind, passes) in [
        (vec![Task::NoteEvents], true),
        (vec![Task::CopyFiles(0), Task::AppendComment], true),
        (vec![Task::CopyFiles(0)], false),
        (vec![], false),
    ] {
        let tasks = std::iter::once(Task::ShowCard).chain(behind);
        let open = (0_u64..).zip(tasks).map(|(id, task)| due(EffectId(id), task, vec![id])).collect();
        let mut conversation = Conversation { open, ..conversation.clone() };
        begin(&mut conversation, Moment(0));
        let settled = settle(&key, &mut conversation, &Outcome::Unknown, &policy(), Moment(1));
        assert_eq!(settled, if passes { Settled::GoOn } else { Settled::Later(Duration::ZERO) });
        let at = if passes { conversation.open.len() - 1 } else { 0 };
        assert_eq!(conversation.open[at].task, Task::ShowCard);
    }
}

#[test]
fn a_ticket_merged_into_an_earlier_one_of_ours_is_read_on_from_where_it_was() {
    let key = ConversationKey::mark("acme", "test");
    let now = Moment::from_seconds(1_000);
    let merged = Outcome::Refused(Refusal::new(Reason::TicketMerged("35".to_owned()), "closed"));
    let former =
        |cursor: Option<&str>| FormerTicket { id: "35".to_owned(), cursor: cursor.map(str::to_owned) };
    for (known, cursor) in [
        (vec![former(Some("7"))], Some("7")),
        // Nothing in it was dealt with: all that agents wrote there is ours to publish.
        (vec![former(None)], Some("")),
        // Somebody else's: what stands there before our first comment is not.
        (vec![], Some("9")),
    ] {
        let ticket = Ticket { id: "36".to_owned(), status: TicketStatus::Open, status_at: now, cursor: None };
        let mut conversation = Conversation {
            generation: 2,
            ticket: Some(ticket),
            former: known,
            open: vec![due(EffectId(1), Task::AppendComment, vec![7])],
            ..Conversation::default()
        };
        begin(&mut conversation, now);
        settle(&key, &mut conversation, &merged, &policy(), now);
        begin(&mut conversation, now);
        settle(&key, &mut conversation, &Outcome::Done(Receipt::of("9")), &policy(), now);
        let present = conversation.ticket.as_ref().expect("it has one");
        assert_eq!((present.id.as_str(), present.cursor.as_deref()), ("35", cursor));
        let former: Vec<&str> = conversation.former.iter().map(|former| former.id.as_str()).collect();
        assert_eq!(former, ["36"]);
    }
}
