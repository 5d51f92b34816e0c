//! Files where a conversation has a private side, and in replies that are sent again.

use deskbridge_tests::{Desk, House};
use serde_json::json;

use super::{CAT, Place, fault, names, status};

async fn commented(desk: Desk) -> (House, u64) {
    let house = House::open().await;
    desk.comment(&house, "My parcel is late");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    (house, ticket)
}

#[tokio::test]
async fn after_a_private_reply_files_go_where_the_customer_wrote_last() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        desk.agent(&house, "note", ticket, "/private Please send us a photo.");
        house.settle().await;
        Place::Messenger.send(&house, desk, "image", "cat.png");
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!(view.files().len(), 1, "{desk:?} {}", house.told());
        desk.reply_with(&house, ticket, "Like this?", &["manual.pdf", "cat.png"]);
        house.settle().await;
        assert_eq!(
            names(&Place::Messenger.published(&house)),
            ["manual.pdf", "cat.png"],
            "a comment takes no documents, a message does: {}",
            house.told()
        );
        assert_eq!(house.page_comments(desk.page()).len(), 0, "nothing in public");
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "{}", house.told());
    }
}

#[tokio::test]
async fn a_refused_reply_is_sent_again_with_its_files() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        house.graph().fault(fault("POST", "/comments", status(400), 1));
        desk.reply_with(&house, ticket, "Like this?", &["cat.png"]);
        house.settle().await;
        assert_eq!(Place::Comment.published(&house).len(), 0);
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        let sent = Place::Comment.published(&house);
        assert_eq!(
            sent.iter().map(|file| file.sha256.as_str()).collect::<Vec<_>>(),
            [CAT],
            "{}",
            house.told()
        );
        assert_eq!(house.page_comments(desk.page()).len(), 2, "the text and the file");
        assert!(!desk.ticket(&house).has_tag("deskbridge_undelivered"), "{}", house.told());
    }
}

#[tokio::test]
async fn a_file_that_was_refused_is_told_and_not_tried_again() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        let body = json!({"error": {"message": "(#324) Bad image", "type": "OAuthException", "code": 324}});
        let kind = deskbridge_sandbox::FaultKind::Status { code: 400, retry_after_s: None, body: Some(body) };
        house.graph().fault(fault("POST", "/photos", kind.clone(), 9));
        let mut refused = fault("POST", "/comments", kind, 1);
        refused.skip = 1;
        house.graph().fault(refused);
        desk.reply_with(&house, ticket, "Like this?", &["cat.png"]);
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("NOT SENT"), 1, "{}", house.told());
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("cannot go out as it is"), 1, "{}", house.told());
        assert_eq!(house.page_comments(desk.page()).len(), 1, "the text, once");
        assert!(house.parked().await.is_empty());
    }
}
