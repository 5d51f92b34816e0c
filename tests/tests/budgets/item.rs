//! How large the one item of a conversation is, with ids as long as Facebook's.

use std::time::Duration;

use deskbridge_core::conversation::{EffectState, OpenEffect, ReplyPiece, Task, Ticket};
use deskbridge_core::effect::EffectId;
use deskbridge_core::model::TicketStatus;
use deskbridge_core::ring::{Ring, Seen};
use deskbridge_core::{Conversation, Moment};

const NOW: Moment = Moment(1_795_334_400_000);
const ITEM_BYTES_MAX: usize = 1_024;
const COMMENT: &str = "122166513488123456_1234567890123456";
const MESSAGE: &str =
    "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdjfipqxqMvK8ma6AC8fplwlqLP_5cgXIbu7I3rBN0P8";

fn full_ring() -> Ring {
    let mut ring = Ring::default();
    for nth in 0..Ring::ENTRIES_KEPT {
        ring.remember(Seen::Message(&format!("{COMMENT}{nth}")), NOW, Duration::from_secs(8 * 24 * 3600));
    }
    assert_eq!(ring.len(), Ring::ENTRIES_KEPT);
    ring
}

fn open(task: Task, causes: u64) -> OpenEffect {
    OpenEffect {
        id: EffectId(u64::MAX - 1),
        task,
        state: EffectState::Started,
        attempt: 3,
        first_started_at: NOW,
        started_at: NOW.plus(Duration::from_secs(30)),
        causes: (0..causes).map(|nth| u64::MAX / 65_536 - nth).collect(),
    }
}

fn conversation(reply_to: &str, open: OpenEffect) -> Conversation {
    Conversation {
        generation: 2,
        ticket: Some(Ticket {
            id: "1234567".to_owned(),
            status: TicketStatus::Open,
            status_at: NOW,
            cursor: Some("41234567890123".to_owned()),
        }),
        requester: Some("41234567890999".to_owned()),
        recent: full_ring(),
        open: vec![open],
        reply_to: Some(reply_to.to_owned()),
        window_from: Some(NOW),
        unconfirmed: Vec::new(),
        former: Vec::new(),
    }
}

#[test]
fn a_full_ring_and_one_open_effect_fit_into_a_kilobyte() {
    let reply = |answers: &str| {
        Task::PostReply(ReplyPiece {
            ticket: "1234567".to_owned(),
            comment: "41234567890124".to_owned(),
            answers: answers.to_owned(),
            piece: 1,
            of: 3,
            fingerprint: u64::MAX - 5,
        })
    };
    for (what, reply_to, effect) in [
        ("nothing but a ticket opened", COMMENT, open(Task::CreateTicket, 1)),
        ("a customer's comment under way", COMMENT, open(Task::AppendComment, 1)),
        ("ten customers' messages under way", MESSAGE, open(Task::AppendComment, 10)),
        ("a public reply under way", COMMENT, open(reply(COMMENT), 1)),
        ("a direct reply under way", MESSAGE, open(reply(MESSAGE), 1)),
    ] {
        let bytes = conversation(reply_to, effect.clone()).encode();
        println!("{what:40} | {:4} B", bytes.len());
        assert!(bytes.len() <= ITEM_BYTES_MAX, "{what}: {} B", bytes.len());
        assert_eq!(Conversation::decode(&bytes), Ok(conversation(reply_to, effect)), "{what}");
    }
}
