//! Stored items and queue messages of the format before are read by this version, and what this version writes is what its
//! format says: frozen samples of every format since the first.
//!
//! A format that has no samples yet gets them from this test; commit them. Samples are never changed afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use deskbridge_connectors::Verified;
use deskbridge_connectors::http::{Method, Request};
use deskbridge_core::command::Verb;
use deskbridge_core::conversation::{
    Conversation, EffectState, FormerTicket, LinkTask, OpenEffect, ReplyPiece, Task, Ticket, Unconfirmed,
};
use deskbridge_core::model::TicketStatus;
use deskbridge_core::notes::{Cause, FileTrouble, NotLinked, Notice, Unredacted};
use deskbridge_core::ring::Seen;
use deskbridge_core::text::preflight::Caution;
use deskbridge_core::{EffectId, Moment};
use deskbridge_engine::Envelope;
use deskbridge_laws::subjects::subjects;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("frozen")
}

/// The lines of a file of samples; written first if there are none of this format yet.
fn samples(name: &str, format: u8, made: impl Fn() -> Vec<String>) -> Vec<String> {
    let file = folder().join(format!("{name}-{format}.txt"));
    if !file.exists() {
        fs::write(&file, made().join("\n") + "\n").expect("the samples are written");
        panic!("{} is new: look at it, commit it, and run this again", file.display());
    }
    let text = fs::read_to_string(&file).expect("samples");
    text.lines().map(str::to_owned).collect()
}

fn moment(minutes: i64) -> Moment {
    Moment(1_795_000_000_000 + minutes * 60_000)
}

fn piece(piece: u32) -> ReplyPiece {
    ReplyPiece {
        ticket: "35".to_owned(),
        comment: "503".to_owned(),
        answers: "m_1".to_owned(),
        piece,
        of: 2,
        fingerprint: 0x0123_4567_89ab_cdef,
        fallback: None,
        file: None,
    }
}

fn open(id: u64, task: Task, state: EffectState) -> OpenEffect {
    OpenEffect {
        id: EffectId(id),
        task,
        state,
        attempt: u32::from(state == EffectState::Started),
        first_started_at: moment(1),
        started_at: moment(2),
        causes: vec![7, 8],
        uncertain: id == 2,
        begun_with: None,
    }
}

/// An item for everything that an item can hold.
fn items() -> Vec<(&'static str, Conversation)> {
    let ticket = Ticket {
        id: "35".to_owned(),
        status: TicketStatus::Open,
        status_at: moment(0),
        cursor: Some("501".to_owned()),
    };
    let plain = Conversation {
        generation: 1,
        ticket: Some(ticket),
        requester: Some("9001".to_owned()),
        reply_to: Some("m_1".to_owned()),
        window_from: Some(moment(0)),
        ..Conversation::default()
    };
    let mut busy = plain.clone();
    for nth in 0..80 {
        let horizon = std::time::Duration::from_secs(8 * 24 * 3600);
        busy.recent.remember(Seen::Event(&nth.to_string()), moment(nth), horizon);
    }
    let refused = Notice::Refused {
        piece: 1,
        of: 2,
        cause: Cause::Window,
        code: "10/2018278".to_owned(),
        window_from: Some(moment(0)),
    };
    let tasks = [
        Task::CreateTicket,
        Task::AppendComment,
        Task::NoteEvents,
        Task::Notify(refused),
        Task::Notify(Notice::TicketMerged("34".to_owned())),
        Task::PostReply(piece(1)),
    ];
    let both = [EffectState::Due, EffectState::Started];
    let working = Conversation {
        open: (1..).zip(tasks).map(|(id, task)| open(id, task, both[(id % 2) as usize])).collect(),
        ..plain.clone()
    };
    let doubtful = Conversation {
        unconfirmed: vec![Unconfirmed { id: EffectId(9), piece: piece(2) }],
        former: vec![FormerTicket { id: "33".to_owned(), cursor: None }],
        ..plain.clone()
    };
    vec![
        ("empty", Conversation::default()),
        ("plain", plain),
        ("busy", busy),
        ("working", working),
        ("doubtful", doubtful),
    ]
}

fn item_samples(format: u8) -> Vec<(String, Vec<u8>)> {
    let made =
        || items().iter().map(|(name, item)| format!("{name} {}", hex::encode(item.encode()))).collect();
    let read = |line: String| {
        let (name, hex) = line.split_once(' ').expect("a name and bytes");
        (name.to_owned(), hex::decode(hex).expect("bytes"))
    };
    samples("items", format, made).into_iter().map(read).collect()
}

#[test]
fn items_of_this_format_and_the_one_before_say_the_same() {
    let now = item_samples(Conversation::FORMAT);
    assert_eq!(now.len(), items().len());
    for (name, bytes) in &now {
        let item = Conversation::decode(bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(&item.encode(), bytes, "{name}: what is written has changed without a new format");
    }
    if Conversation::FORMAT == 1 {
        return;
    }
    for ((name, before), (_, now)) in item_samples(Conversation::FORMAT - 1).iter().zip(&now) {
        assert_eq!(Conversation::decode(before), Conversation::decode(now), "{name}");
    }
}

/// Tasks that items of this format hold since its samples were frozen, as bytes that stay.
#[test]
fn tasks_added_since_stay_as_they_are() {
    let not_redacted = Notice::NotRedacted { cause: Unredacted::Unclear, code: "ticket #35: 403".to_owned() };
    let cautions = vec![Caution::Card, Caution::Asked];
    let link = LinkTask {
        ticket: "36".to_owned(),
        status: TicketStatus::Pending,
        cursor: Some("601".to_owned()),
        comment: "503".to_owned(),
    };
    let not_linked =
        Notice::NotLinked { ticket: "36".to_owned(), why: NotLinked::Taken, code: "x".to_owned() };
    let spent = Notice::NotDone { verb: Verb::Private, cause: Cause::Spent, code: String::new() };
    let goes_on = Notice::GoesOn { here: "35".to_owned(), there: "36".to_owned() };
    let code = || "http 404".to_owned();
    let not_copied = Notice::FilesNotCopied { count: 2, trouble: FileTrouble::Gone, code: code() };
    let held_back = Notice::FilesHeldBack { count: 1, trouble: FileTrouble::TooLarge, code: code() };
    for (task, bytes) in [
        (
            Task::LinkTicket(link),
            "028900f6f640818801820a818462333602633630316335303300001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080b63db50c",
        ),
        (
            Task::Notify(Notice::Cautioned { cautions: cautions.clone(), parts: 3 }),
            "028900f6f6408188018203818217828200050300001b000001a1ee5748601b000001a1ee5832c0820708f4f6f680803964e229",
        ),
        (
            Task::Notify(Notice::Held { cautions }),
            "028900f6f6408188018203818218188182000500001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080d22344b4",
        ),
        (
            Task::Notify(Notice::Linked("35".to_owned())),
            "028900f6f6408188018203818218198162333500001b000001a1ee5748601b000001a1ee5832c0820708f4f6f680809b44938a",
        ),
        (
            Task::Notify(goes_on),
            "028900f6f64081880182038182181a8262333562333600001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080f6ce1588",
        ),
        (
            Task::Notify(not_linked),
            "028900f6f64081880182038182181b8362333603617800001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080f276fc7d",
        ),
        (
            Task::Notify(Notice::TagTaken(Verb::Hide)),
            "028900f6f64081880182038182181d810500001b000001a1ee5748601b000001a1ee5832c0820708f4f6f6808024919624",
        ),
        (
            Task::Forward("3001".to_owned()),
            "028900f6f640818801820b81643330303100001b000001a1ee5748601b000001a1ee5832c0820708f4f6f680807898e1a8",
        ),
        (
            Task::Notify(spent),
            "028900f6f640818801820381820c83030a6000001b000001a1ee5748601b000001a1ee5832c0820708f4f6f680807dd50b03",
        ),
        (
            Task::Notify(Notice::Unlinked),
            "028900f6f64081880182038182181c8000001b000001a1ee5748601b000001a1ee5832c0820708f4f6f6808001ccfd6f",
        ),
        (
            Task::Redact(0x0000_1234_5678_9abc),
            "028900f6f6408188018206811b0000123456789abc00001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080e3671b90",
        ),
        (
            Task::Notify(not_redacted),
            "028900f6f640818801820381820d82016f7469636b6574202333353a2034303300001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080acebef80",
        ),
        (
            Task::CopyFiles(0b101),
            "028900f6f6408188018208810500001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080fb509faf",
        ),
        (
            Task::PostReply(ReplyPiece { file: Some(3), fingerprint: 0, ..piece(2) }),
            "028900f6f6408188018204818762333563353033636d5f310202000300001b000001a1ee5748601b000001a1ee5832c0820708f4f6f68080ed985593",
        ),
        (
            Task::Notify(not_copied),
            "028900f6f640818801820381821283020068687474702034303400001b000001a1ee5748601b000001a1ee5832c0820708f4f6f680805fef92c7",
        ),
        (
            Task::Notify(held_back),
            "028900f6f640818801820381821383010168687474702034303400001b000001a1ee5748601b000001a1ee5832c0820708f4f6f680802d438c9e",
        ),
    ] {
        let item = Conversation { open: vec![open(1, task, EffectState::Due)], ..Conversation::default() };
        assert_eq!(hex::encode(item.encode()), bytes);
        assert_eq!(Conversation::decode(&item.encode()), Ok(item));
    }
}

/// What else items hold since.
#[test]
fn fields_added_since_stay_as_they_are() {
    use deskbridge_core::not_sent::{NotSent, Why};
    use deskbridge_core::private::{Private, Side};
    let not_sent = NotSent {
        ticket: "35".to_owned(),
        comment: Some("503".to_owned()),
        effect: EffectId(9),
        why: Why::Unconfirmed,
        first: 2,
        alone: false,
        again: Some("504".to_owned()),
    };
    let side = Side {
        customer: "3001".to_owned(),
        reply_to: Some("m_2".to_owned()),
        window_from: Some(moment(4)),
        latest: true,
        spent: Some("1001_5".to_owned()),
        pieces: vec![EffectId(11)],
    };
    let of = Some("acme-facebook:post:1001_100:2001".to_owned());
    let private = Private { side: Some(side), of };
    for (item, bytes) in [
        (
            Conversation { not_sent: Some(not_sent), ..Conversation::default() },
            "028f00f6f64080f6f68080f6f6f6f6f68762333563353033090202f463353034416a7b08",
        ),
        (
            Conversation { private: Some(private), ..Conversation::default() },
            "029300f6f64080f6f68080f6f6f6f6f6f6f6f6f682866433303031636d5f321b000001a1ee5a0780f566313030315f35810b782061636d652d66616365626f6f6b3a706f73743a313030315f3130303a32303031871e5483",
        ),
        (
            Conversation { let_go: Some(moment(3)), ..Conversation::default() },
            "029200f6f64080f6f68080f6f6f6f6f6f6f6f61b000001a1ee591d20dc044bb5",
        ),
    ] {
        assert_eq!(hex::encode(item.encode()), bytes);
        assert_eq!(Conversation::decode(&item.encode()), Ok(item));
    }
}

/// An envelope for every event that a connector's fixtures tell.
fn envelopes() -> Vec<String> {
    let mut lines = Vec::new();
    for subject in subjects() {
        for fixture in subject.registration.fixtures {
            let url = "http://127.0.0.1/hooks/any".parse().expect("an address");
            let request = Request { body: fixture.body.into(), ..Request::new(Method::POST, url) };
            let Ok(inbound) = subject.connector.parse(&Verified::kept(request)) else { continue };
            for one in inbound {
                lines.push(Envelope::event("acme", one.event, moment(0)).of_trace("0123456789ab").encode());
            }
        }
    }
    lines
}

#[test]
fn envelopes_of_this_format_and_the_one_before_are_read_whole() {
    for format in (1..=Envelope::FORMAT).rev().take(2) {
        let lines = samples("envelopes", format, envelopes);
        assert!(lines.len() > 20, "{}", lines.len());
        for line in lines {
            let envelope = Envelope::decode(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let (frozen, read): (Value, Value) = (
                serde_json::from_str(&line).expect("JSON"),
                serde_json::from_str(&envelope.encode()).expect("JSON"),
            );
            for part in ["id", "group", "account", "received_at", "cargo"] {
                assert_eq!(frozen[part], read[part], "{part} of {line}");
            }
        }
    }
}
