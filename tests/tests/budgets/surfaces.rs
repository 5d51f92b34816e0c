//! The ways in which customers write: one for each surface of each platform.

use deskbridge_connectors::REGISTRY;
use deskbridge_core::model::Surface;
use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

/// A way in which customers write, at both helpdesks.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) surface: Surface,
    /// Whether its stand-in is the X API's.
    pub(crate) on_x: bool,
    /// Our account.
    pub(crate) account: fn(Desk) -> &'static str,
    /// A message of the customer with this text, in answer to an earlier one where that matters.
    pub(crate) writes: fn(Desk, &str, Option<&str>) -> Value,
    /// What the same customer does to begin another conversation, or why there is only one.
    pub(crate) begins_another: Result<fn(Desk) -> Value, &'static str>,
    /// Why customers cannot edit what they wrote, if they cannot.
    pub(crate) edits: Result<(), &'static str>,
    /// The customer reads everything, or why we do not learn of it.
    pub(crate) reads: Result<fn(Desk) -> Value, &'static str>,
    /// Why we do not learn of it when a customer takes a message back, if we do not.
    pub(crate) removes: Result<(), &'static str>,
}

fn of(desk: Desk, acme: &'static str, globex: &'static str) -> &'static str {
    if desk == Desk::Zendesk { acme } else { globex }
}

const ONE: &str = "one conversation a person";

/// All of them.
pub(crate) static WAYS: [Way; 7] = [
    Way {
        name: "Facebook comment",
        surface: Surface::Public,
        on_x: false,
        account: |desk| of(desk, "acme-facebook", "globex-facebook"),
        writes: |desk, text, _| json!({"do": "comment", "on": desk.post(), "person": of(desk, "2001", "2003"), "text": text}),
        begins_another: Ok(
            |desk| json!({"do": "post", "page": desk.page(), "person": of(desk, "2001", "2003"), "text": "Are you open on Monday?"}),
        ),
        edits: Ok(()),
        reads: Err("no webhook tells of it"),
        removes: Ok(()),
    },
    Way {
        name: "Messenger",
        surface: Surface::Direct,
        on_x: false,
        account: |desk| of(desk, "acme-facebook", "globex-facebook"),
        writes: |desk, text, _| json!({"do": "message", "page": desk.page(), "person": of(desk, "3001", "3003"), "text": text}),
        begins_another: Err(ONE),
        edits: Ok(()),
        reads: Ok(|desk| json!({"do": "read", "page": desk.page(), "person": of(desk, "3001", "3003")})),
        removes: Ok(()),
    },
    Way {
        name: "Instagram comment",
        surface: Surface::Public,
        on_x: false,
        account: |desk| of(desk, "acme-instagram", "globex-instagram"),
        writes: |desk, text, _| json!({"do": "instagram_comment", "on": of(desk, "17501", "17502"), "person": of(desk, "9101", "9103"), "text": text}),
        begins_another: Err("the sandbox has one post"),
        edits: Err("nobody can edit a comment"),
        reads: Err("no webhook tells of it"),
        removes: Err("no webhook tells of it"),
    },
    Way {
        name: "Instagram message",
        surface: Surface::Direct,
        on_x: false,
        account: |desk| of(desk, "acme-instagram", "globex-instagram"),
        writes: |desk, text, _| json!({"do": "instagram_message", "account": of(desk, "17001", "17002"), "person": of(desk, "9101", "9103"), "text": text}),
        begins_another: Err(ONE),
        edits: Ok(()),
        reads: Ok(
            |desk| json!({"do": "instagram_read", "account": of(desk, "17001", "17002"), "person": of(desk, "9101", "9103")}),
        ),
        removes: Ok(()),
    },
    Way {
        name: "WhatsApp",
        surface: Surface::Direct,
        on_x: false,
        account: |desk| of(desk, "acme-whatsapp", "globex-whatsapp"),
        writes: |desk, text, _| json!({"do": "whatsapp_message", "number": of(desk, "5001", "5002"), "person": "DE.lena", "text": text}),
        begins_another: Err(ONE),
        edits: Ok(()),
        reads: Ok(
            |desk| json!({"do": "whatsapp_read", "number": of(desk, "5001", "5002"), "person": "DE.lena"}),
        ),
        removes: Ok(()),
    },
    Way {
        name: "X post",
        surface: Surface::Public,
        on_x: true,
        account: |desk| of(desk, "acme-x", "globex-x"),
        writes: |desk, text, on| json!({"do": "post", "person": "7001", "on": on, "text": format!("@{} {text}", of(desk, "acme", "globex"))}),
        begins_another: Ok(
            |desk| json!({"do": "post", "person": "7001", "text": format!("@{} are you open on Monday?", of(desk, "acme", "globex"))}),
        ),
        edits: Ok(()),
        reads: Err("no webhook tells of it"),
        removes: Err("no webhook tells of it"),
    },
    Way {
        name: "X message",
        surface: Surface::Direct,
        on_x: true,
        account: |desk| of(desk, "acme-x", "globex-x"),
        writes: |desk, text, _| json!({"do": "message", "person": "7001", "account": of(desk, "9001", "9002"), "text": text}),
        begins_another: Err(ONE),
        edits: Err("nobody can edit a message"),
        reads: Err("no webhook tells of it"),
        removes: Err("no webhook tells of it"),
    },
];

#[tokio::test]
async fn every_surface_of_every_platform_has_its_way() {
    let house = House::open().await;
    let kind =
        |way: &Way| house.bridge.directory.get((way.account)(Desk::Zendesk)).expect("it").registration.kind;
    for registration in REGISTRY {
        for surface in registration.surfaces {
            let has = WAYS.iter().any(|way| way.surface == *surface && kind(way) == registration.kind);
            assert!(has, "{} {surface:?}: add it to WAYS", registration.kind);
        }
    }
}
