//! Files that are not copied: agents learn it, and nothing else waits for long.

use std::time::Duration;

use deskbridge_tests::{Desk, House};
use serde_json::json;

use super::{Place, fault, open, status};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_file_that_is_gone_is_told_at_once() {
    for desk in Desk::BOTH {
        for place in [Place::WhatsApp, Place::Messenger, Place::Instagram, Place::XMessage] {
            let house = House::open().await;
            let remote = if place == Place::XMessage { house.x() } else { house.graph() };
            remote.fault(fault("GET", "/media/", status(404), 9));
            place.send(&house, desk, "image", "cat.png");
            house.settle_within(MINUTE).await;
            let ticket = desk.ticket(&house);
            assert_eq!(
                (ticket.files().len(), ticket.times_noted("NOT COPIED")),
                (0, 1),
                "{place:?} {}",
                house.told()
            );
            assert_eq!(ticket.times_noted("404"), 1, "{ticket:?}");
            assert!(!ticket.has_tag("deskbridge_undelivered"));
        }
    }
}

#[tokio::test]
async fn what_is_not_what_it_says_or_runs_by_itself_stays_outside() {
    for desk in Desk::BOTH {
        for (kind, file) in [
            ("image", "page.png"),
            ("image", "setup.exe"),
            ("image", "drawing.svg"),
            ("file", "setup.exe"),
            ("file", "page.png"),
            ("audio", "cat.png"),
        ] {
            let house = House::open().await;
            Place::Messenger.send(&house, desk, kind, file);
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(
                (ticket.files().len(), ticket.times_noted("NOT COPIED")),
                (0, 1),
                "{kind} {file} {}",
                house.told()
            );
        }
        let house = open("", "refused_file_types = [\"png\"]").await;
        Place::Messenger.send(&house, desk, "image", "cat.png");
        Place::Messenger.send(&house, desk, "file", "setup.exe");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.files().len(), ticket.times_noted("NOT COPIED")), (1, 1), "{ticket:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_and_the_others_are_copied() {
    for desk in Desk::BOTH {
        let house = open("files_max_mb = 1", "").await;
        let file = |name: &str| json!({"type": "image", "url": format!("sandbox:{name}")});
        let attachments = json!([file("large-2.png"), file("cat.png"), file("page.png")]);
        let act =
            json!({"do": "message", "page": desk.page(), "person": desk.psid(), "attachments": attachments});
        house.act(house.graph(), &act);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.files().len(), ticket.times_noted("NOT COPIED")), (1, 2), "{}", house.told());
        assert_eq!(ticket.times_noted("too large"), 1, "{:?}", ticket.notes());
    }
}

#[tokio::test]
async fn a_helpdesk_has_limits_of_its_own() {
    for (desk, megabytes) in [(Desk::Zendesk, 51), (Desk::Freshdesk, 20)] {
        let house = House::open().await;
        Place::Messenger.send(&house, desk, "image", &format!("large-{megabytes}.png"));
        Place::Messenger.send(&house, desk, "image", "large-18.png");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.files().len(), ticket.times_noted("too large")), (1, 1), "{}", house.told());
    }
}

#[tokio::test]
async fn what_the_helpdesk_refuses_is_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "First.");
        house.settle().await;
        let (path, skip) = if desk == Desk::Zendesk { ("/uploads", 0) } else { ("/notes", 1) };
        let mut rule = fault("POST", path, status(413), 1);
        rule.skip = skip;
        desk.remote(&house).fault(rule);
        Place::Messenger.send(&house, desk, "image", "cat.png");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(
            (ticket.files().len(), ticket.times_noted("NOT COPIED")),
            (0, 1),
            "{desk:?} {}",
            house.told()
        );
    }
}

#[tokio::test]
async fn nobody_waits_for_a_file_that_does_not_come() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.graph().fault(fault("GET", "/media/", status(503), 9_999));
        Place::Messenger.send(&house, desk, "image", "cat.png");
        house.settle_within(MINUTE).await;
        desk.message(&house, "Did you get it?");
        house.settle_within(6 * MINUTE).await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_said("Did you get it?"), ticket.notes().len()), (1, 0), "{}", house.told());
        desk.reply(&house, ticket.id, "Not yet.");
        house.settle_within(6 * MINUTE).await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Not yet."], "{}", house.told());
        house.settle_within(2 * HOUR).await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.files().len(), ticket.times_noted("for too long")), (0, 1), "{}", house.told());
        assert!(house.parked().await.is_empty(), "{}", house.told());
    }
}

#[tokio::test]
async fn a_short_trouble_only_delays_a_file() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.graph().fault(fault("GET", "/media/", status(503), 3));
        Place::WhatsApp.send(&house, desk, "image", "cat.png");
        house.settle_within(HOUR).await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.files().len(), ticket.notes().len()), (1, 0), "{}", house.told());
    }
}
