//! Agents' names under their replies.

use deskbridge_tests::{Desk, House, config_with};

async fn signed(desk: Desk, lines: &str) -> House {
    let house = House::open_with(&config_with(&[(desk.door(), lines)]), &[]).await;
    desk.comment(&house, "When do you open?");
    house.settle().await;
    house
}

fn published(house: &House, desk: Desk) -> Vec<String> {
    house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect()
}

#[tokio::test]
async fn replies_are_signed_as_the_account_wants_it() {
    for (desk, name, first, initials) in
        [(Desk::Zendesk, "Ana Agent", "Ana", "AA"), (Desk::Freshdesk, "Maya Torres", "Maya", "MT")]
    {
        for (lines, wanted) in [
            ("signature = \"none\"".to_owned(), "At nine.".to_owned()),
            ("signature = \"name\"".to_owned(), format!("At nine.\n\n{name}")),
            ("signature = \"caret\"".to_owned(), format!("At nine. ^{first}")),
            ("signature = \"initials\"".to_owned(), format!("At nine. ^{initials}")),
            (
                format!("signature = \"caret\"\naliases = {{ \"{name}\" = \"Your friend\" }}"),
                "At nine. ^Your friend".to_owned(),
            ),
        ] {
            let house = signed(desk, &lines).await;
            desk.reply(&house, desk.ticket(&house).id, "At nine.");
            house.settle().await;
            assert_eq!(published(&house, desk), [wanted], "{desk:?} {lines}");
            assert_eq!(desk.ticket(&house).notes(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_signed_reply_whose_answer_is_lost_is_still_known_again() {
    use deskbridge_sandbox::{FaultKind, FaultRule};
    for desk in Desk::BOTH {
        let house = signed(desk, "signature = \"caret\"").await;
        house.graph().fault(FaultRule {
            method: Some("POST".into()),
            path: "/comments".into(),
            kind: FaultKind::LostAfter,
            times: 1,
            skip: 0,
        });
        desk.reply(&house, desk.ticket(&house).id, "At nine.");
        house.settle().await;
        assert_eq!(published(&house, desk).len(), 1);
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn an_agents_name_is_asked_for_once() {
    let desk = Desk::Freshdesk;
    let house = signed(desk, "signature = \"caret\"").await;
    let ticket = desk.ticket(&house).id;
    for text in ["One.", "Two.", "Three."] {
        desk.reply(&house, ticket, text);
        house.settle().await;
    }
    assert_eq!(published(&house, desk), ["One. ^Maya", "Two. ^Maya", "Three. ^Maya"]);
    let asked = desk.remote(&house).take_calls().iter().filter(|call| call.contains("/agents/")).count();
    assert_eq!(asked, 1);
}
