//! WhatsApp: people without a phone number, statuses, the window, changed ids.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);
/// Shows her phone number.
const LENA: &str = "DE.lena";
/// Hides his.
const RAVI: &str = "IN.ravi";

fn number(desk: Desk) -> &'static str {
    match desk {
        Desk::Zendesk => "5001",
        Desk::Freshdesk => "5002",
    }
}

fn act(house: &House, desk: Desk, act: Value) -> String {
    let mut act = act;
    act["number"] = number(desk).into();
    house.act(house.graph(), &act)["id"].as_str().unwrap_or_default().to_owned()
}

fn write(house: &House, desk: Desk, person: &str, text: &str) -> String {
    act(house, desk, json!({"do": "whatsapp_message", "person": person, "text": text}))
}

/// Our messages in a chat: text and status.
fn sent(house: &House, desk: Desk, person: &str) -> Vec<(String, String)> {
    let state = house.state(house.graph());
    let numbers = state["whatsapp"].as_array().expect("numbers").clone();
    let number = numbers.into_iter().find(|one| one["id"] == number(desk)).expect("the number");
    let chats = number["chats"].as_array().expect("chats").clone();
    let chat = chats.into_iter().find(|chat| chat["person"] == person).expect("the chat");
    let messages = chat["messages"].as_array().expect("messages").clone();
    let ours =
        messages.into_iter().filter(|message| message["from_us"] == true && message["native"] == false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    ours.map(|message| (text(&message["text"]), text(&message["status"]))).collect()
}

/// The next send gets no answer.
fn lost(kind: FaultKind) -> FaultRule {
    FaultRule { method: Some("POST".to_owned()), path: "messages".to_owned(), kind, times: 1, skip: 0 }
}

fn pair(text: &str, status: &str) -> (String, String) {
    (text.to_owned(), status.to_owned())
}

#[tokio::test]
async fn a_message_becomes_a_ticket_and_the_answer_comes_back() {
    for desk in Desk::BOTH {
        for (person, name) in [(LENA, "Lena Vogt"), (RAVI, "Ravi Shah")] {
            let house = House::open().await;
            write(&house, desk, person, "Is the shop open?");
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!((ticket.requester.as_str(), ticket.times_said("Is the shop open?")), (name, 1));
            desk.reply(&house, ticket.id, "Until eight.");
            house.settle().await;
            assert_eq!(sent(&house, desk, person), [pair("Until eight.", "delivered")]);
            act(&house, desk, json!({"do": "whatsapp_read", "person": person}));
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.notes(), [""; 0], "what goes well tells nobody anything");
            assert!(house.quarantined().await.is_empty());
        }
    }
}

#[tokio::test]
async fn a_reply_that_was_accepted_and_not_delivered_is_told_with_its_reason() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "Hello?");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_undeliverable", "person": LENA, "code": 131_026}));
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Hello Lena.");
        house.settle().await;
        assert_eq!(sent(&house, desk, LENA), [pair("Hello Lena.", "failed")]);
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_noted("NOT DELIVERED"), ticket.times_noted("131026")), (1, 1));
        assert!(ticket.has_tag("deskbridge_undelivered"), "{ticket:?}");
    }
}

#[tokio::test]
async fn a_reply_that_was_not_delivered_can_be_sent_again() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "Hello?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Earlier.");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_undeliverable", "person": LENA, "code": 131_026}));
        desk.reply(&house, ticket, "Hello Lena.");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_undeliverable", "person": LENA}));
        desk.agent(&house, "note", ticket, "/retry");
        house.settle().await;
        let wanted =
            [pair("Earlier.", "delivered"), pair("Hello Lena.", "failed"), pair("Hello Lena.", "delivered")];
        assert_eq!(sent(&house, desk, LENA), wanted);
        assert_eq!(desk.ticket(&house).times_noted("NOT DELIVERED"), 1);
    }
}

#[tokio::test]
async fn after_a_day_the_agent_learns_that_the_window_is_closed() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "Hello?");
        house.settle().await;
        house.pass(25 * HOUR);
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Sorry, it took a while.");
        house.settle().await;
        assert_eq!(sent(&house, desk, LENA), []);
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_noted("NOT SENT"), ticket.times_noted("template")), (1, 1));
        write(&house, desk, LENA, "Still there?");
        house.settle().await;
        desk.reply(&house, ticket.id, "Yes!");
        house.settle().await;
        assert_eq!(
            sent(&house, desk, LENA),
            [pair("Yes!", "delivered")],
            "she wrote again, so the window is open"
        );
    }
}

#[tokio::test]
async fn a_send_whose_answer_never_came_is_settled_by_its_status() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, RAVI, "Hello?");
        house.settle().await;
        house.graph().fault(lost(FaultKind::LostAfter));
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Hello Ravi.");
        house.settle().await;
        assert_eq!(sent(&house, desk, RAVI), [pair("Hello Ravi.", "delivered")], "sent once");
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn a_send_that_nobody_proves_is_told_and_never_repeated() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, RAVI, "Hello?");
        house.settle().await;
        house.graph().fault(lost(FaultKind::LostBefore));
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Hello Ravi.");
        house.settle().await;
        assert_eq!(sent(&house, desk, RAVI), []);
        assert_eq!(desk.ticket(&house).times_noted("COULD NOT CONFIRM"), 1);
    }
}

#[tokio::test]
async fn one_conversation_survives_a_changed_id() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "My old phone");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_rename", "person": LENA, "to": "FR.lena2"}));
        house.settle().await;
        write(&house, desk, "FR.lena2", "My new phone");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_said("My old phone"), ticket.times_said("My new phone")), (1, 1));
        assert_eq!(ticket.times_noted("new id or number"), 1, "told twice, noted once");
        desk.reply(&house, ticket.id, "Good to hear.");
        house.settle().await;
        assert_eq!(sent(&house, desk, "FR.lena2"), [pair("Good to hear.", "delivered")]);
        act(&house, desk, json!({"do": "whatsapp_rename", "person": "FR.lena2", "to": "ES.lena3"}));
        house.settle().await;
        write(&house, desk, "ES.lena3", "And another one");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_said("And another one"), 1);
    }
}

#[tokio::test]
async fn edits_revocations_and_the_phone_are_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let first = write(&house, desk, LENA, "Size M please");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "edit", "id": first, "text": "Size L please"}));
        let second = write(&house, desk, LENA, "My address is secret");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "remove", "id": second}));
        act(&house, desk, json!({"do": "whatsapp_native", "person": LENA, "text": "Done on the phone"}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("Size L please"), 1);
        assert_eq!(ticket.times_noted("removed a message"), 1);
        assert_eq!(ticket.times_said("My address is secret"), 0);
        assert_eq!(ticket.times_noted("Done on the phone"), 1);
    }
}

#[tokio::test]
async fn an_album_is_one_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        for n in 0..10 {
            let part =
                json!({"id": format!("90{n}"), "mime_type": "image/jpeg", "caption": format!("picture {n}")});
            act(
                &house,
                desk,
                json!({"do": "whatsapp_message", "person": RAVI, "type": "image", "part": part}),
            );
        }
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert!((0..10).all(|n| ticket.times_said(&format!("picture {n}")) == 1), "{ticket:?}");
    }
}

#[tokio::test]
async fn after_the_window_an_agent_sends_a_template() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "Where is my order?");
        house.settle().await;
        house.pass(30 * HOUR);
        let ticket = desk.ticket(&house).id;
        desk.agent(&house, "note", ticket, "/template");
        house.settle().await;
        let notes = desk.ticket(&house).notes().join(" | ");
        for wanted in ["approved are", "order_update (en_US)", "come_back (de)"] {
            assert!(notes.contains(wanted), "{notes}");
        }
        desk.agent(&house, "note", ticket, "/template order_update | Lena");
        desk.agent(&house, "note", ticket, "/template come_back");
        desk.agent(&house, "note", ticket, "/template gone");
        house.settle().await;
        let notes = desk.ticket(&house).notes().join(" | ");
        for wanted in
            ["takes 2 values (1, 2), 1 given", "say the language: en_US, de", "no approved template gone"]
        {
            assert!(notes.contains(wanted), "{wanted}: {notes}");
        }
        assert_eq!(sent(&house, desk, LENA), []);
        desk.agent(&house, "note", ticket, "/template order_update | Lena | no. 7");
        desk.agent(&house, "note", ticket, "/template come_back de");
        house.settle().await;
        let wanted = [
            pair("Hello Lena, your order no. 7 is on its way.", "delivered"),
            pair("Wir haben Neuigkeiten. Passt es gerade?", "delivered"),
        ];
        assert_eq!(sent(&house, desk, LENA), wanted);
    }
}

#[tokio::test]
async fn a_new_id_that_has_a_conversation_already_keeps_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "My old phone");
        write(&house, desk, RAVI, "I am somebody else");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_rename", "person": LENA, "to": RAVI}));
        house.settle().await;
        write(&house, desk, RAVI, "Still me");
        house.settle().await;
        let tickets = desk.tickets(&house);
        let said = |words: &str| tickets.iter().position(|ticket| ticket.times_said(words) == 1);
        assert_eq!(tickets.len(), 2);
        assert_eq!(said("Still me"), said("I am somebody else"), "nothing is taken over: {tickets:?}");
        let (old, new) = (&tickets[0], &tickets[1]);
        assert_eq!(old.times_noted(&format!("what they write now is in ticket #{}", new.id)), 1, "{old:#?}");
        assert_eq!(new.times_noted(&format!("under that is in ticket #{}", old.id)), 1, "{new:#?}");
        // Told once, and answers go to the number that is in use, whichever ticket they are written in.
        house.pass(Duration::from_secs(3_600));
        house.settle().await;
        assert_eq!((old.notes().len(), new.notes().len()), (1, 1));
        desk.reply(&house, old.id, "From the old ticket.");
        desk.reply(&house, new.id, "From the new one.");
        house.settle().await;
        let answers = [pair("From the old ticket.", "delivered"), pair("From the new one.", "delivered")];
        let mut answered = sent(&house, desk, RAVI);
        answered.sort();
        assert!(answers.iter().all(|one| answered.contains(one)), "{answered:?}");
    }
}

#[tokio::test]
async fn a_new_id_under_which_nobody_wrote_yet_leads_on_whatever_was_heard_of_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "My old phone");
        house.settle().await;
        act(
            &house,
            desk,
            json!({"do": "whatsapp_native", "person": RAVI, "text": "Is this your new number?"}),
        );
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_rename", "person": LENA, "to": RAVI}));
        house.settle().await;
        // What the platform says of an answer comes under the new id, and is all that tells of this one.
        let unanswered = FaultRule {
            method: Some("POST".to_owned()),
            path: "/messages".to_owned(),
            kind: FaultKind::LostAfter,
            times: 1,
            skip: 0,
        };
        house.graph().fault(unanswered);
        desk.reply(&house, desk.ticket(&house).id, "Hello again.");
        house.settle().await;
        write(&house, desk, RAVI, "My new phone");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("UNCONFIRMED"), 0, "{ticket:#?}");
        assert_eq!(ticket.times_said("My new phone"), 1);
        assert_eq!(desk.tickets(&house).len(), 1);
    }
}

#[tokio::test]
async fn emphasis_is_carried_as_the_platform_shows_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, LENA, "Is the shop open?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.reply_html(&house, ticket, "<p>Until <b>eight</b>, on <i>Fridays</i> until nine.</p>");
        desk.reply_html(&house, ticket, "<p><b>/hide</b> this</p>");
        house.settle().await;
        let texts: Vec<String> = sent(&house, desk, LENA).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, ["Until *eight*, on _Fridays_ until nine."]);
        assert_eq!(desk.ticket(&house).times_noted("HELD BACK"), 1, "a command is one in bold, too");
    }
}

#[tokio::test]
async fn what_was_said_under_the_old_id_is_removed_under_the_new_one() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let secret = write(&house, desk, LENA, "My card number is secret");
        write(&house, desk, RAVI, "I wrote under my new id before that was known");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_rename", "person": LENA, "to": RAVI}));
        house.settle().await;
        house.act(house.graph(), &json!({"do": "remove", "id": secret}));
        house.settle().await;
        let tickets = desk.tickets(&house);
        let said = tickets.iter().map(|ticket| ticket.times_said("My card number is secret")).sum::<usize>();
        let told = tickets.iter().map(|ticket| ticket.times_noted("removed a message")).sum::<usize>();
        assert_eq!((tickets.len(), said, told), (2, 0, 1), "{tickets:#?}");
    }
}
