//! How often the one-process bridge forces its file to the disk while its doors are busy.

use std::sync::Arc;

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, Place, Surface, Thread, What};
use deskbridge_embedded::{Sqlite, SystemClock};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::Queue;
use tokio::task::JoinSet;

use crate::ALONE;

/// How many webhooks are at the doors at once, and how many of them share a commit (one fsync) at least.
const SHARED_BY: [(usize, u64); 3] = [(1, 1), (8, 4), (64, 32)];
/// How many webhooks come over each connection.
const EACH: usize = 50;

fn envelope(conversation: usize, number: usize) -> Envelope {
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: conversation.to_string() };
    let what = What::Unknown { kind: "any".to_owned(), raw: "x".repeat(300) };
    let event = Event {
        id: format!("{conversation}-{number}"),
        at: Moment(1_795_334_400_000),
        place: Place::Thread(thread),
        what,
    };
    Envelope::event("acme", event, Moment(1_795_334_400_000))
}

#[tokio::test]
async fn webhooks_that_come_together_share_their_fsync() {
    let _alone = ALONE.lock().await;
    for (at_once, shared_by) in SHARED_BY {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Sqlite::open(folder.path(), Arc::new(SystemClock::default())).expect("a file");
        let before = file.counts();
        let mut senders = JoinSet::new();
        for conversation in 0..at_once {
            let file = file.clone();
            senders.spawn(async move {
                for number in 0..EACH {
                    file.send(&[envelope(conversation, number)]).await.expect("it is taken");
                }
            });
        }
        senders.join_all().await;
        let (commands, commits) =
            (file.counts().commands - before.commands, file.counts().commits - before.commits);
        println!("{at_once:>3} at once: {commits} commits for {commands} webhooks");
        assert!(
            commits * shared_by <= commands,
            "{at_once} at once: {commits} commits for {commands} webhooks"
        );
    }
}
