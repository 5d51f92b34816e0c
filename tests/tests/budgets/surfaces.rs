//! What a conversation costs on each surface: the first message, another one, and the agent's reply with everything that the
//! platform tells afterwards.

use serde_json::{Value, json};

use crate::bill::{Bill, Counted, DESKS, Desk, row};

/// A way in which customers write: what they do, by helpdesk.
struct Surface {
    name: &'static str,
    /// Whether its stand-in is the X API's.
    on_x: bool,
    /// A message of a person with this text.
    writes: fn(Desk, &str) -> Value,
    /// The most calls to the platform: for the first message, for another one, for a reply.
    platform: [usize; 3],
}

fn of(desk: Desk, acme: &'static str, globex: &'static str) -> &'static str {
    if desk == Desk::Zendesk { acme } else { globex }
}

const SURFACES: [Surface; 7] = [
    Surface {
        name: "Facebook comment",
        on_x: false,
        writes: |desk, text| {
            let (post, person) = (of(desk, "1001_100", "1002_200"), of(desk, "2001", "2003"));
            json!({"do": "comment", "on": post, "person": person, "text": text})
        },
        platform: [1, 0, 1],
    },
    Surface {
        name: "Messenger",
        on_x: false,
        writes: |desk, text| {
            let (page, person) = (of(desk, "1001", "1002"), of(desk, "3001", "3003"));
            json!({"do": "message", "page": page, "person": person, "text": text})
        },
        platform: [1, 0, 1],
    },
    Surface {
        name: "Instagram comment",
        on_x: false,
        writes: |desk, text| {
            let (post, person) = (of(desk, "17501", "17502"), of(desk, "9101", "9103"));
            json!({"do": "instagram_comment", "on": post, "person": person, "text": text})
        },
        platform: [1, 0, 2],
    },
    Surface {
        name: "Instagram message",
        on_x: false,
        writes: |desk, text| {
            let (account, person) = (of(desk, "17001", "17002"), of(desk, "9101", "9103"));
            json!({"do": "instagram_message", "account": account, "person": person, "text": text})
        },
        platform: [1, 0, 1],
    },
    Surface {
        name: "WhatsApp",
        on_x: false,
        writes: |desk, text| json!({"do": "whatsapp_message", "number": of(desk, "5001", "5002"), "person": "DE.lena", "text": text}),
        platform: [0, 0, 1],
    },
    Surface {
        name: "X mention",
        on_x: true,
        writes: |desk, text| json!({"do": "post", "person": "7001", "text": format!("@{} {text}", of(desk, "acme", "globex"))}),
        platform: [0, 0, 1],
    },
    Surface {
        name: "X message",
        on_x: true,
        writes: |desk, text| json!({"do": "message", "person": "7001", "account": of(desk, "9001", "9002"), "text": text}),
        platform: [0, 0, 1],
    },
];

impl Surface {
    async fn check(&self, house: &mut Counted, what: &str, helpdesk: usize, platform: usize) -> Bill {
        let bill = house.bill().await;
        let what = format!("{}: {what}", self.name);
        row(house.desk, &what, &bill);
        assert!(bill.helpdesk.len() <= helpdesk, "{what}: {:?}", bill.helpdesk);
        assert!(bill.platform.len() <= platform, "{what}: {:?}", bill.platform);
        bill
    }

    fn write(&self, house: &Counted, text: &str) {
        let remote = if self.on_x { house.house.x() } else { house.house.graph() };
        house.house.act(remote, &(self.writes)(house.desk, text));
    }
}

#[tokio::test]
async fn a_conversation_on_every_surface() {
    for desk in DESKS {
        for surface in &SURFACES {
            let mut house = Counted::open(desk).await;
            let [first, another, reply] = surface.platform;
            // A credential that the bridge renews is looked up once in ten minutes and process: here that of Instagram Login.
            let more = u32::from(desk == Desk::Freshdesk && surface.name.starts_with("Instagram"));
            surface.write(&house, "Where is my parcel?");
            let bill = surface.check(&mut house, "first message", 2, first).await;
            assert!(bill.saves <= 2 && bill.loads <= 1 + more, "{}: {bill:?}", surface.name);
            surface.write(&house, "It was to come on Monday.");
            let bill = surface.check(&mut house, "another message", 1, another).await;
            assert!(bill.saves <= 2 && bill.loads <= 1 + more, "{}: {bill:?}", surface.name);
            house.agent("reply", "On its way.");
            // One reading, and at most two updates of the ticket that show how far it got, each after reading its tags.
            let bill = surface.check(&mut house, "reply, and what the platform tells of it", 5, reply).await;
            let updates = bill.helpdesk.iter().filter(|call| !call.starts_with("GET ")).count();
            assert!(updates <= 2, "{}: {bill:?}", surface.name);
            assert!(bill.saves <= 6 && bill.loads <= 4 + more, "{}: {bill:?}", surface.name);
        }
    }
}
