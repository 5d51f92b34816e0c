//! What happens, and until when it is counted: always until nothing is left to do.

use deskbridge_tests::{Desk, House};
use serde_json::json;

use crate::counter::{Count, Side};
use crate::stage::Stage;
use crate::surfaces::{WAYS, Way};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    New,
    NewOfKnownPerson,
    FollowUp,
    FollowUpToSolved,
    Burst,
    Edit,
    Removal,
    Duplicate,
    Reply,
    Echo,
    Read,
    Pieces,
    Note,
    Solve,
    FollowUpThrottled,
    ReplyThrottled,
    FollowUpAndCrash,
    ReplyAndCrash,
}

use Scenario::*;

/// All of them, in the order of the table.
pub(crate) const ALL: [Scenario; 18] = [
    New,
    NewOfKnownPerson,
    FollowUp,
    FollowUpToSolved,
    Burst,
    Edit,
    Removal,
    Duplicate,
    Reply,
    Echo,
    Read,
    Pieces,
    Note,
    Solve,
    FollowUpThrottled,
    ReplyThrottled,
    FollowUpAndCrash,
    ReplyAndCrash,
];

const FIRST: &str = "Where is my parcel? It was to come on Monday.";

impl Scenario {
    pub(crate) fn name(self) -> &'static str {
        match self {
            New => "new",
            NewOfKnownPerson => "new, of a known person",
            FollowUp => "follow-up",
            FollowUpToSolved => "follow-up, ticket solved",
            Burst => "burst of ten",
            Edit => "edit",
            Removal => "removal",
            Duplicate => "duplicate",
            Reply => "reply",
            Echo => "echo and receipts of a reply",
            Read => "customer reads the reply",
            Pieces => "reply of three pieces",
            Note => "agent's note",
            Solve => "agent solves",
            FollowUpThrottled => "follow-up, 429 first",
            ReplyThrottled => "reply, 429 first",
            FollowUpAndCrash => "follow-up, crash, resume",
            ReplyAndCrash => "reply, crash, resume",
        }
    }

    /// Counts it once, in a house of its own; or why it cannot happen there.
    async fn count(self, desk: Desk, way: &'static Way) -> Result<Count, &'static str> {
        let house = House::open().await;
        let stage = Stage::open(&house, desk, way);
        let first = stage.write(FIRST, None);
        let count = stage.settle().await;
        if self == New { Ok(count) } else { self.count_later(&stage, &first).await }
    }

    /// The same, after a first message.
    async fn count_later(self, stage: &Stage<'_>, first: &str) -> Result<Count, &'static str> {
        let follow_up = || drop(stage.write("It has still not arrived.", Some(first)));
        let reply = || stage.agent("reply", "It is on its way and comes tomorrow.");
        match self {
            New => {}
            NewOfKnownPerson => drop(stage.act(&(stage.way.begins_another?)(stage.desk))),
            FollowUp => follow_up(),
            FollowUpToSolved => {
                stage.agent("solve", "");
                stage.settle().await;
                follow_up();
            }
            Burst => (0..10).for_each(|nth| drop(stage.write(&format!("Line {nth}"), Some(first)))),
            Edit => {
                let new = (stage.way.writes)(stage.desk, "Where is my parcel 4711?", None);
                let edit = json!({"do": "edit", "id": first, "text": new["text"]});
                stage.way.edits.map(|()| stage.act(&edit))?;
            }
            Removal => {
                stage.way.removes.map(|()| stage.act(&json!({"do": "remove", "id": first})))?;
            }
            Duplicate => return Ok(stage.deliver_again().await),
            Reply | Echo => {
                reply();
                let made = stage.settle_before_the_platform_tells().await;
                let told = stage.settle().await;
                return Ok(if self == Reply { made } else { told });
            }
            Read => {
                reply();
                stage.settle().await;
                stage.act(&(stage.way.reads?)(stage.desk));
            }
            Pieces => stage.agent("reply", &stage.three_pieces()),
            Note => stage.agent("note", "Ask the warehouse."),
            Solve => stage.agent("solve", ""),
            FollowUpThrottled => {
                stage.throttle(Side::Helpdesk);
                follow_up();
            }
            ReplyThrottled => {
                stage.throttle(Side::Platform);
                reply();
            }
            FollowUpAndCrash => {
                stage.die_after(Side::Helpdesk);
                follow_up();
            }
            ReplyAndCrash => {
                stage.die_after(Side::Platform);
                reply();
            }
        }
        Ok(stage.settle().await)
    }
}

impl Stage<'_> {
    /// Sentences that the platform takes in three pieces.
    fn three_pieces(&self) -> String {
        let sentence = "This is one of many sentences. ";
        sentence.repeat(self.reply_rules().characters_max * 5 / 2 / sentence.len())
    }
}

/// A scenario on a way to a helpdesk.
pub(crate) struct Counted {
    pub(crate) scenario: Scenario,
    pub(crate) way: &'static Way,
    pub(crate) desk: Desk,
    /// What it cost, or why it cannot happen there.
    pub(crate) count: Result<Count, &'static str>,
}

/// Counts all scenarios on all ways to all helpdesks.
pub(crate) async fn count_all() -> Vec<Counted> {
    let mut all = Vec::new();
    for scenario in ALL {
        for way in &WAYS {
            for desk in Desk::BOTH {
                all.push(Counted { scenario, way, desk, count: scenario.count(desk, way).await });
            }
        }
    }
    all
}
