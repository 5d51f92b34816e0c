//! Customers' files are in the ticket, byte for byte, after their message and in their name.

use std::time::Duration;

use deskbridge_sandbox::FaultKind;
use deskbridge_tests::{Desk, House, Who};
use serde_json::json;

use super::{CAT, PLACES, Place, fault, open, status};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_photo_is_copied_from_every_platform_into_both_helpdesks() {
    for desk in Desk::BOTH {
        for place in PLACES {
            let house = House::open().await;
            place.send(&house, desk, "image", "cat.png");
            house.settle().await;
            let ticket = desk.ticket(&house);
            let files = ticket.files();
            assert_eq!(files.len(), 1, "{desk:?} {place:?}: {}", house.told());
            assert_eq!((files[0].sha256.as_str(), files[0].content_type.as_str()), (CAT, "image/png"));
            assert_eq!(files[0].name, if place == Place::WhatsApp { "cat.png" } else { "photo.png" });
            assert_eq!(ticket.notes(), [""; 0], "{desk:?} {place:?}");
            let with_file = ticket.entries.iter().find(|entry| !entry.files.is_empty()).unwrap();
            assert!(with_file.who == Who::Customer && with_file.public, "{with_file:?}");
            assert_eq!(ticket.entries.len(), 2, "the message, and its file");
            assert!(house.parked().await.is_empty() && house.quarantined().await.is_empty());
        }
    }
}

#[tokio::test]
async fn all_kinds_of_files_arrive_and_those_of_one_message_in_one_comment() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let file = |kind: &str, name: &str| json!({"type": kind, "url": format!("sandbox:{name}")});
        let attachments = json!([
            file("image", "beach.jpg"),
            file("video", "clip.mp4"),
            file("audio", "voice.ogg"),
            file("file", "manual.pdf"),
        ]);
        let act =
            json!({"do": "message", "page": desk.page(), "person": desk.psid(), "attachments": attachments});
        house.act(house.graph(), &act);
        house.settle().await;
        let ticket = desk.ticket(&house);
        let types: Vec<&str> = ticket.files().iter().map(|file| file.content_type.as_str()).collect();
        assert_eq!(types, ["image/jpeg", "video/mp4", "audio/ogg", "application/pdf"], "{}", house.told());
        assert_eq!(ticket.said().len(), 2);
    }
}

#[tokio::test]
async fn messages_that_come_together_are_one_comment_and_their_files_follow() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        Place::Messenger.send(&house, desk, "image", "cat.png");
        desk.message(&house, "This is Tom.");
        Place::Messenger.send(&house, desk, "image", "beach.jpg");
        house.deliver_webhooks().await;
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.said().len(), ticket.files().len()), (3, 2), "{}", house.told());
    }
}

#[tokio::test]
async fn an_address_that_died_is_asked_for_again() {
    for desk in Desk::BOTH {
        for place in [Place::Messenger, Place::Comment] {
            let house = House::open().await;
            house.graph().fault(fault("GET", "/media/", status(403), 1));
            place.send(&house, desk, "image", "cat.png");
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!((ticket.files().len(), ticket.notes().len()), (1, 0), "{place:?} {}", house.told());
        }
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_doubles_no_file_and_loses_none() {
    for desk in Desk::BOTH {
        for kind in [FaultKind::LostAfter, FaultKind::LostBefore] {
            let house = House::open().await;
            desk.message(&house, "First.");
            house.settle().await;
            let (method, path) = match desk {
                Desk::Zendesk => ("PUT", "/tickets/1"),
                Desk::Freshdesk => ("POST", "/notes"),
            };
            let mut rule = fault(method, path, kind.clone(), 1);
            // The comment of the message itself comes first.
            rule.skip = 1;
            desk.remote(&house).fault(rule);
            Place::Messenger.send(&house, desk, "image", "cat.png");
            house.settle_within(2 * HOUR).await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.files().len(), 1, "{desk:?} {kind:?} {}", house.told());
            assert_eq!(ticket.notes(), [""; 0]);
        }
    }
}

/// The answer to the copy got lost. Before it is looked up, the ticket is closed, and the next message opens another one.
#[tokio::test]
async fn a_file_in_doubt_is_found_in_the_ticket_that_was_closed_meanwhile() {
    let desk = Desk::Zendesk;
    let house = House::open().await;
    desk.message(&house, "First.");
    house.settle().await;
    let mut rule = fault("PUT", "/tickets/1", FaultKind::LostAfter, 1);
    rule.skip = 1;
    desk.remote(&house).fault(rule);
    Place::Messenger.send(&house, desk, "image", "cat.png");
    house.settle_within(Duration::from_secs(5)).await;
    desk.agent(&house, "close", 1, "");
    desk.message(&house, "Second.");
    house.settle_within(2 * HOUR).await;
    let files: Vec<usize> = desk.tickets(&house).iter().map(|ticket| ticket.files().len()).collect();
    assert_eq!(files, [1, 0], "{}", house.told());
}

#[tokio::test]
async fn a_process_that_dies_between_upload_and_comment_doubles_no_file() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let path = if desk == Desk::Zendesk { "/uploads" } else { "/notes" };
        desk.remote(&house).fault(fault("POST", path, FaultKind::LostAfter, 1));
        Place::Messenger.send(&house, desk, "image", "cat.png");
        house.deliver_webhooks().await;
        house.relay_due().await;
        let house = house.restart().await;
        house.settle_within(2 * HOUR).await;
        assert_eq!(desk.ticket(&house).files().len(), 1, "{desk:?} {}", house.told());
    }
}

#[tokio::test]
async fn stories_are_copied_only_where_that_is_wanted_and_nothing_where_links_are() {
    for desk in Desk::BOTH {
        for (settings, photos) in [("", 0), ("ephemeral_files = \"copy\"", 1), ("files = \"link\"", 0)] {
            let house = open(settings, "").await;
            let (account, person) = if desk == Desk::Zendesk { ("17001", "9101") } else { ("17002", "9103") };
            let act = json!({"do": "instagram_message", "account": account, "person": person,
                "story_mention": "sandbox:cat.png"});
            house.act(house.graph(), &act);
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(
                (ticket.files().len(), ticket.notes().len()),
                (photos, 0),
                "{settings} {}",
                house.told()
            );
            assert!(ticket.entries[0].html.contains("/media/"), "the link is there anyway: {ticket:?}");
        }
        let house = open("files = \"link\"", "").await;
        Place::WhatsApp.send(&house, desk, "image", "cat.png");
        house.settle().await;
        assert_eq!(desk.ticket(&house).files().len(), 0);
    }
}
