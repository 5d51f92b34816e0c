//! Agents' files and pictures go to the platform, each as a message of its own after the text.

use std::time::Duration;

use deskbridge_sandbox::FaultKind;
use deskbridge_tests::{Desk, House};
use serde_json::json;

use super::{CAT, PLACES, Place, fault, names, open};

const HOUR: Duration = Duration::from_secs(3600);

/// A house in which a customer wrote, and their ticket.
async fn written(place: Place, desk: Desk) -> (House, u64) {
    let house = open("files = \"link\"", "").await;
    place.send(&house, desk, "image", "beach.jpg");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    (house, ticket)
}

#[tokio::test]
async fn a_picture_goes_to_every_platform_from_both_helpdesks() {
    for desk in Desk::BOTH {
        for place in PLACES {
            for files in [["cat.png"], ["inline:cat.png"]] {
                let (house, ticket) = written(place, desk).await;
                desk.reply_with(&house, ticket, "Is it this one?", &files);
                house.settle().await;
                let sent = place.published(&house);
                assert_eq!(sent.len(), 1, "{desk:?} {place:?} {files:?} {}", house.told());
                assert_eq!((sent[0].sha256.as_str(), sent[0].content_type.as_str()), (CAT, "image/png"));
                assert_eq!(desk.ticket(&house).notes(), [""; 0], "{place:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_file_alone_is_a_reply_and_several_keep_their_order() {
    for desk in Desk::BOTH {
        let (house, ticket) = written(Place::WhatsApp, desk).await;
        desk.reply_with(&house, ticket, "", &["manual.pdf", "cat.png", "voice.ogg", "clip.mp4"]);
        house.settle().await;
        let sent = Place::WhatsApp.published(&house);
        let types: Vec<&str> = sent.iter().map(|file| file.content_type.as_str()).collect();
        assert_eq!(types, ["application/pdf", "image/png", "audio/ogg", "video/mp4"], "{}", house.told());
        assert_eq!(names(&sent)[0], "manual.pdf");
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn what_cannot_go_is_told_and_everything_else_goes() {
    for desk in Desk::BOTH {
        let (house, ticket) = written(Place::Messenger, desk).await;
        desk.reply_with(&house, ticket, "Three files.", &["large-9.png", "cat.png", "page.png"]);
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid())[0], "Three files.", "{}", house.told());
        assert_eq!(names(&Place::Messenger.published(&house)), ["cat.png"], "{}", house.told());
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("NOT SENT"), 2, "{:?}", ticket.notes());
        assert_eq!(ticket.times_noted("too large"), 1, "{:?}", ticket.notes());
        assert!(ticket.has_tag("deskbridge_undelivered"));
    }
}

#[tokio::test]
async fn where_no_files_can_go_the_note_says_so_or_the_link_goes() {
    for desk in Desk::BOTH {
        for as_links in [false, true] {
            let house = open(&format!("files_as_links = {as_links}"), "").await;
            let (on, person) = if desk == Desk::Zendesk { ("17501", "9101") } else { ("17502", "9103") };
            house.act(
                house.graph(),
                &json!({"do": "instagram_comment", "on": on, "person": person, "text": "Which?"}),
            );
            house.settle().await;
            let ticket = desk.ticket(&house).id;
            desk.reply_with(&house, ticket, "This one.", &["cat.png"]);
            house.settle().await;
            let state = house.state(house.graph()).to_string();
            let view = desk.ticket(&house);
            assert_eq!(view.times_noted("No files can be sent"), usize::from(!as_links), "{}", house.told());
            assert!(state.contains("This one."), "{}", house.told());
            let linked = state.contains("This one.\\nhttp") || state.contains("This one. http");
            assert_eq!(linked, as_links, "{desk:?} {}", house.told());
        }
    }
}

#[tokio::test]
async fn what_the_scanner_dislikes_never_leaves() {
    let (house, ticket) = written(Place::Messenger, Desk::Zendesk).await;
    Desk::Zendesk.reply_with(&house, ticket, "Here.", &["malware:manual.pdf"]);
    house.settle().await;
    assert_eq!(names(&Place::Messenger.published(&house)), [""; 0]);
    assert_eq!(Desk::Zendesk.ticket(&house).times_noted("malware"), 1, "{}", house.told());
}

#[tokio::test]
async fn private_attachments_are_followed_to_where_they_are() {
    let (house, ticket) = written(Place::Messenger, Desk::Zendesk).await;
    house.control(house.zendesk(), &json!({"do": "private_attachments", "on": true}));
    Desk::Zendesk.reply_with(&house, ticket, "Here.", &["cat.png"]);
    house.settle().await;
    let sent = Place::Messenger.published(&house);
    assert_eq!(sent.iter().map(|file| file.sha256.as_str()).collect::<Vec<_>>(), [CAT], "{}", house.told());
}

#[tokio::test]
async fn a_send_without_an_answer_is_never_repeated() {
    for desk in Desk::BOTH {
        for (place, path) in [
            (Place::WhatsApp, "/messages"),
            (Place::Messenger, "/messages"),
            (Place::Instagram, "/messages"),
            (Place::Comment, "/comments"),
            (Place::XPost, "/2/tweets"),
        ] {
            for kind in [FaultKind::LostAfter, FaultKind::LostBefore] {
                let (house, ticket) = written(place, desk).await;
                let remote = if place == Place::XPost { house.x() } else { house.graph() };
                remote.fault(fault("POST", path, kind.clone(), 1));
                desk.reply_with(&house, ticket, "", &["cat.png"]);
                house.settle_within(HOUR).await;
                let sent = place.published(&house).len();
                assert_eq!(sent, usize::from(kind == FaultKind::LostAfter), "{place:?} {}", house.told());
                let told = desk.ticket(&house).times_noted("COULD NOT CONFIRM");
                // WhatsApp's status and Messenger's echo bear our name for it.
                let proven = matches!(place, Place::WhatsApp | Place::Messenger) && sent == 1;
                assert_eq!(told, usize::from(!proven), "{place:?} {kind:?} {}", house.told());
            }
        }
    }
}

#[tokio::test]
async fn an_upload_without_an_answer_is_simply_made_again() {
    for desk in Desk::BOTH {
        for (place, path) in [
            (Place::WhatsApp, "/media"),
            (Place::Messenger, "/message_attachments"),
            (Place::Instagram, "/message_attachments"),
            (Place::XMessage, "/media/upload"),
        ] {
            let (house, ticket) = written(place, desk).await;
            let remote = if place == Place::XMessage { house.x() } else { house.graph() };
            remote.fault(fault("POST", path, FaultKind::LostAfter, 1));
            desk.reply_with(&house, ticket, "", &["cat.png"]);
            house.settle_within(HOUR).await;
            assert_eq!(place.published(&house).len(), 1, "{place:?} {}", house.told());
            assert_eq!(desk.ticket(&house).notes(), [""; 0], "{place:?}");
        }
    }
}
