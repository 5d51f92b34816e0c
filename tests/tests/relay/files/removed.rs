//! What a customer removes is removed with its files.

use deskbridge_sandbox::FaultKind;
use deskbridge_tests::{Desk, House};
use serde_json::json;

use super::{CAT, Place, fault, status};

/// Whether the cat is still to be seen somewhere.
fn shows_it(house: &House, desk: Desk) -> bool {
    desk.tickets(house)
        .iter()
        .flat_map(|ticket| &ticket.entries)
        .flat_map(|entry| &entry.files)
        .any(|file| file.sha256 == CAT)
}

#[tokio::test]
async fn a_removed_message_takes_its_files_along() {
    for desk in Desk::BOTH {
        for place in [Place::Messenger, Place::WhatsApp, Place::Comment] {
            let house = House::open().await;
            let id = place.send(&house, desk, "image", "cat.png");
            house.settle().await;
            assert!(shows_it(&house, desk), "{place:?} {}", house.told());
            house.act(house.graph(), &json!({"do": "remove", "id": id}));
            house.settle().await;
            assert!(!shows_it(&house, desk), "{place:?} {}", house.told());
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted("NOT REDACTED"), 0, "{:?}", ticket.notes());
        }
    }
}

#[tokio::test]
async fn a_file_whose_message_is_gone_is_not_copied_any_more() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.graph().fault(fault("GET", "/media/", status(503), 2));
        let id = Place::Messenger.send(&house, desk, "image", "cat.png");
        house.deliver_webhooks().await;
        house.relay_due().await;
        house.act(house.graph(), &json!({"do": "remove", "id": id}));
        house.settle().await;
        assert!(!shows_it(&house, desk), "{}", house.told());
        assert_eq!(desk.ticket(&house).times_noted("NOT COPIED"), 0);
    }
}

#[tokio::test]
async fn a_file_in_doubt_is_looked_for_before_it_is_redacted() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "First.");
        house.settle().await;
        let (method, path) = if desk == Desk::Zendesk { ("PUT", "/tickets/1") } else { ("POST", "/notes") };
        let mut rule = fault(method, path, FaultKind::LostAfter, 1);
        rule.skip = 1;
        desk.remote(&house).fault(rule);
        let id = Place::Messenger.send(&house, desk, "image", "cat.png");
        house.deliver_webhooks().await;
        house.relay_due().await;
        assert!(shows_it(&house, desk), "{}", house.told());
        house.act(house.graph(), &json!({"do": "remove", "id": id}));
        house.settle().await;
        assert!(!shows_it(&house, desk), "{desk:?} {}", house.told());
    }
}
