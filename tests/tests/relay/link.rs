//! `/link` and `/unlink`: an agent leads a conversation to another ticket, or to a new one.

use deskbridge_tests::{Desk, House, TicketView};
use serde_json::json;

const AGENT: [&str; 2] = ["agent@acme.example/token:demo-agent-token", "demo-agent-key:X"];

fn credentials(desk: Desk) -> &'static str {
    if desk == Desk::Zendesk { AGENT[0] } else { AGENT[1] }
}

/// A house with a conversation in its ticket, and a ticket that came by e-mail, with an answer in it.
async fn two_tickets(desk: Desk) -> (House, u64, u64) {
    let house = House::open().await;
    desk.message(&house, "Hello?");
    house.settle().await;
    let ours = desk.ticket(&house).id;
    let body = match desk {
        Desk::Zendesk => json!({"ticket": {
            "subject": "By mail", "comment": {"body": "A mail."},
            "requester": {"name": "Tom", "email": "tom@example.org"},
        }}),
        Desk::Freshdesk => json!({
            "subject": "By mail", "description": "A mail.", "email": "tom@example.org", "status": 2, "priority": 1,
        }),
    };
    house.call(desk.remote(&house), "POST", desk.tickets_path(), credentials(desk), &body);
    let all = desk.tickets(&house);
    assert_eq!(all.len(), 2, "{all:#?}");
    let other = all.iter().map(|one| one.id).find(|id| *id != ours).expect("the other");
    desk.reply(&house, other, "Answered by mail.");
    house.settle().await;
    (house, ours, other)
}

fn view(house: &House, desk: Desk, ticket: u64) -> TicketView {
    desk.tickets(house).into_iter().find(|one| one.id == ticket).expect("the ticket")
}

fn sent(house: &House, desk: Desk) -> Vec<String> {
    house.page_messages(desk.page(), desk.psid())
}

#[tokio::test]
async fn a_conversation_goes_on_in_the_ticket_that_an_agent_names() {
    for desk in Desk::BOTH {
        let (house, ours, other) = two_tickets(desk).await;
        desk.agent(&house, "note", ours, &format!("/link #{other}"));
        house.settle().await;
        assert_eq!(view(&house, desk, ours).times_noted(&format!("goes on in ticket #{other}")), 1);
        assert_eq!(view(&house, desk, other).times_noted(&format!("of ticket #{ours} goes on here")), 1);
        assert_eq!(view(&house, desk, other).conversation, view(&house, desk, ours).conversation);
        assert!(view(&house, desk, other).has_tag("deskbridge"), "for triggers and rules");
        assert_eq!(sent(&house, desk), [""; 0], "what was written there before is nobody's to publish");
        desk.message(&house, "And one more thing");
        house.settle().await;
        assert_eq!(view(&house, desk, other).times_said("And one more thing"), 1);
        assert_eq!(view(&house, desk, ours).times_said("And one more thing"), 0);
        desk.reply(&house, other, "From the new one.");
        house.settle().await;
        desk.reply(&house, ours, "From the old one.");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["From the new one.", "From the old one."]);
        assert!(house.parked().await.is_empty());
        assert_eq!(desk.tickets(&house).len(), 2);
    }
}

#[tokio::test]
async fn and_it_may_come_back() {
    for desk in Desk::BOTH {
        let (house, ours, other) = two_tickets(desk).await;
        desk.agent(&house, "note", ours, &format!("/link {other}"));
        house.settle().await;
        desk.reply(&house, ours, "Once.");
        house.settle().await;
        desk.agent(&house, "note", other, &format!("/link {ours}"));
        house.settle().await;
        desk.message(&house, "Back again");
        house.settle().await;
        assert_eq!(view(&house, desk, ours).times_said("Back again"), 1, "{:#?}", desk.tickets(&house));
        assert_eq!(sent(&house, desk), ["Once."]);
    }
}

#[tokio::test]
async fn what_cannot_be_linked_changes_nothing_and_says_why() {
    for desk in Desk::BOTH {
        for (command, wanted) in [
            ("/link", "Write the number"),
            ("/link the other one", "Write the number"),
            ("/link 987654", "There is no such ticket"),
            ("/link OURS", "in that ticket already"),
            ("/link THIRD", "the one of another conversation"),
        ] {
            let (house, ours, _) = two_tickets(desk).await;
            house.comment(desk.post(), desk.other(), "I have a question, too");
            house.settle().await;
            let third = desk.tickets(&house).iter().map(|one| one.id).max().expect("tickets");
            let command = command.replace("OURS", &ours.to_string()).replace("THIRD", &third.to_string());
            desk.agent(&house, "note", ours, &command);
            house.settle().await;
            let told = view(&house, desk, ours);
            assert_eq!((told.notes().len(), told.times_noted("NOT LINKED")), (1, 1), "{command}: {told:#?}");
            assert_eq!(told.times_noted(wanted), 1, "{command}: {told:#?}");
            desk.message(&house, "Still here");
            house.settle().await;
            assert_eq!(view(&house, desk, ours).times_said("Still here"), 1);
        }
    }
}

#[tokio::test]
async fn after_unlink_the_next_message_opens_a_new_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        let ours = desk.ticket(&house).id;
        desk.agent(&house, "note", ours, "/unlink");
        house.settle().await;
        assert_eq!(view(&house, desk, ours).times_noted("UNLINKED"), 1);
        desk.reply(&house, ours, "Still sent.");
        desk.message(&house, "Something else");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2, "{tickets:#?}");
        assert_eq!(tickets[1].times_said("Something else"), 1);
        desk.message(&house, "More of it");
        house.settle().await;
        assert_eq!(view(&house, desk, tickets[1].id).times_said("More of it"), 1);
        assert_eq!(sent(&house, desk), ["Still sent."]);
        desk.agent(&house, "note", tickets[1].id, "/unlink");
        house.settle().await;
        desk.agent(&house, "note", tickets[1].id, &format!("/link {}", tickets[1].id));
        house.settle().await;
        desk.message(&house, "I stay");
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 2, "it was taken back");
        assert!(house.parked().await.is_empty());
    }
}

#[tokio::test]
async fn a_link_is_made_once_whatever_dies() {
    for desk in Desk::BOTH {
        for steps in 1..14 {
            let (house, ours, other) = two_tickets(desk).await;
            desk.agent(&house, "note", ours, &format!("/link {other}"));
            house.deliver_webhooks().await;
            house.relay_and_die_after(steps);
            let house = house.restart().await;
            house.settle_within(std::time::Duration::from_secs(3600)).await;
            desk.message(&house, "And one more thing");
            house.settle().await;
            let there = view(&house, desk, other);
            assert_eq!((there.times_noted("goes on here"), there.times_said("And one more thing")), (1, 1));
            assert_eq!(view(&house, desk, ours).times_noted("goes on in ticket"), 1, "after {steps} steps");
        }
    }
}
