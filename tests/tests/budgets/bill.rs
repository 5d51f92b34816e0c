//! A house that counts: what each thing that happens costs until nothing is left to do.

use std::time::Duration;

use deskbridge_connectors::Verified;
use deskbridge_connectors::http::{Method, Request, Url};
use deskbridge_engine::{Disposition, Envelope, relay};
use deskbridge_tests::delivery;
use deskbridge_tests::{House, Remote};
use serde_json::{Value, json};

/// One of the two helpdesks, with the page that is bridged to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    Zendesk,
    Freshdesk,
}

pub(crate) const DESKS: [Desk; 2] = [Desk::Zendesk, Desk::Freshdesk];

/// What something cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bill {
    pub(crate) sign_ins: usize,
    pub(crate) helpdesk: Vec<String>,
    pub(crate) platform: Vec<String>,
    pub(crate) loads: u32,
    pub(crate) saves: u32,
}

/// A house in which everything is counted.
pub(crate) struct Counted {
    pub(crate) house: House,
    pub(crate) desk: Desk,
    counted: (u32, u32),
}

impl Counted {
    pub(crate) async fn open(desk: Desk) -> Self {
        Self { house: House::open().await, desk, counted: (0, 0) }
    }

    pub(crate) fn page(&self) -> &'static str {
        match self.desk {
            Desk::Zendesk => "1001",
            Desk::Freshdesk => "1002",
        }
    }

    /// The post of the page.
    pub(crate) fn post(&self) -> &'static str {
        match self.desk {
            Desk::Zendesk => "1001_100",
            Desk::Freshdesk => "1002_200",
        }
    }

    fn remote(&self) -> &Remote {
        match self.desk {
            Desk::Zendesk => self.house.zendesk(),
            Desk::Freshdesk => self.house.freshdesk(),
        }
    }

    /// Lets an agent act on the first ticket.
    pub(crate) fn agent(&self, deed: &str, text: &str) {
        let deed = match (self.desk, deed) {
            (Desk::Freshdesk, "solve") => "resolve",
            (_, deed) => deed,
        };
        self.house.act(self.remote(), &json!({"do": deed, "ticket": 1, "text": text}));
    }

    /// A person's post on the page, which is a conversation of its own.
    pub(crate) fn visitor_post(&self, person: &str) {
        let act =
            json!({"do": "post", "page": self.page(), "person": person, "text": "Are you open on Monday?"});
        self.house.act(self.house.graph(), &act);
    }

    /// Runs until nothing is left to do; tells what it cost since the last time.
    pub(crate) async fn bill(&mut self) -> Bill {
        self.house.settle_within(Duration::from_secs(3600)).await;
        // People take their time: two hints in one millisecond would be one to the queue.
        self.house.pass(Duration::from_secs(1));
        let calls = self.remote().take_calls();
        let (sign_ins, helpdesk): (Vec<String>, Vec<String>) =
            calls.into_iter().partition(|call| call.contains("/oauth/"));
        let (loads, saves, _) = self.house.bridge.world.store.counts();
        let before = std::mem::replace(&mut self.counted, (loads, saves));
        assert_eq!(self.house.bridge.world.queue.depth(), 0, "something is left to do");
        Bill {
            sign_ins: sign_ins.len(),
            helpdesk,
            platform: [self.house.graph().take_calls(), self.house.x().take_calls()].concat(),
            loads: loads - before.0,
            saves: saves - before.1,
        }
    }

    /// A person has read everything.
    pub(crate) fn receipt(&self, person: &str) {
        self.house.act(self.house.graph(), &json!({"do": "read", "page": self.page(), "person": person}));
    }

    /// A customer takes a message back.
    pub(crate) fn remove(&self, message: &str) {
        self.house.act(self.house.graph(), &json!({"do": "unsend", "id": message}));
    }

    /// Somebody likes something.
    pub(crate) fn react(&self, on: &str) {
        let act = json!({"do": "react", "on": on, "person": "2001", "reaction": "love"});
        self.house.act(self.house.graph(), &act);
    }

    fn delivery(&self, text: &str) -> Vec<u8> {
        let message = json!({
            "sender": {"id": "24001"}, "recipient": {"id": self.page()}, "timestamp": 1_795_000_300_000_i64,
            "message": {"mid": "m_twice", "text": text},
        });
        let entry = json!({"id": self.page(), "time": 1_795_000_300_000_i64, "messaging": [message]});
        json!({"object": "page", "entry": [entry]}).to_string().into_bytes()
    }

    fn door(&self) -> &'static str {
        match self.desk {
            Desk::Zendesk => "acme-facebook",
            Desk::Freshdesk => "globex-facebook",
        }
    }

    /// The same delivery twice at the door before the relay looks; gives the answers.
    pub(crate) async fn deliver_twice(&self, text: &str) -> [u16; 2] {
        let body = self.delivery(text);
        let first = self.house.knock_signed(self.door(), &body).await.status;
        [first, self.house.knock_signed(self.door(), &body).await.status]
    }

    /// The same event once more, past the queue's own memory: only the ledger knows it.
    pub(crate) async fn relay_again(&self) {
        let body = self.delivery("A message that comes twice");
        let connector = &self.house.bridge.directory.get(self.door()).expect("the account").connector;
        let kept = Verified::kept(Request { body: body.into(), ..Request::new(Method::POST, door_url()) });
        for inbound in connector.parse(&kept).expect("it reads") {
            let envelope = Envelope::event(self.door(), inbound.event, self.house.now());
            let delivery = delivery(&envelope.encode(), 1);
            assert_eq!(relay(&self.house.bridge, vec![delivery], None).await, [Disposition::Done]);
        }
    }

    /// What the helpdesk shows, as text to search in.
    pub(crate) fn helpdesk_state(&self) -> Value {
        self.house.state(self.remote())
    }
}

fn door_url() -> Url {
    "http://127.0.0.1:8080/hooks/any".parse().expect("an address")
}

/// Prints one line of the table.
pub(crate) fn row(desk: Desk, what: &str, bill: &Bill) {
    println!(
        "{:9} | {what:44} | helpdesk {:2} | platform {:2} | loads {:2} | saves {:2}",
        format!("{desk:?}"),
        bill.helpdesk.len(),
        bill.platform.len(),
        bill.loads,
        bill.saves
    );
    for call in bill.helpdesk.iter().chain(&bill.platform) {
        println!("{:9} |     {call}", "");
    }
}
