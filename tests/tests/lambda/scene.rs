//! What the functions' tests stage: a house with a helpdesk in front of it, customers' messages, and a relay.

use std::time::Duration;

use deskbridge_aws::SystemClock;
use deskbridge_connectors::http::{Method, Request};
use deskbridge_core::model::{Event, Message, Place, Surface, Thread, What};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::Clock as _;
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{ServeOptions, Served, StandIn, serve};
use deskbridge_tests::lambda::{Function, House};
use deskbridge_tests::until;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A house with a helpdesk and a platform.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) zendesk: Served,
    _graph: Served,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let nowhere = "http://127.0.0.1:9/".parse().unwrap();
        let graph = serve_stand_in(Graph::new(GraphSeed::demo(&nowhere))).await;
        let zendesk = serve_stand_in(Zendesk::new(ZendeskSeed::demo(&nowhere))).await;
        let url = |served: &Served| format!("http://{}", served.addr());
        Self { house: House::build(&url(&graph), &url(&zendesk)).await, zendesk, _graph: graph }
    }

    /// Puts a customer's direct message into the queue.
    pub(crate) fn write(&self, customer: &str, text: &str) {
        let envelope = message(customer, text);
        self.house.sqs.put(&envelope.group, &envelope.encode());
    }

    /// Switches a fault of a stand-in on.
    pub(crate) fn fault(&self, stand_in: &Served, fault: &Value) {
        control(stand_in, Method::POST, "/_sandbox/faults", Some(fault));
    }

    /// Switches all faults of a stand-in off.
    pub(crate) fn mend(&self, stand_in: &Served) {
        control(stand_in, Method::DELETE, "/_sandbox/faults", None);
    }

    /// Lets the queue's trigger work until the queue is empty.
    pub(crate) async fn drain(&self, relay: &Function) {
        until("the queue is empty", PATIENCE, async || {
            let empty = self.house.sqs.messages().is_empty();
            if !empty {
                self.house.trigger(relay).await;
            }
            empty.then_some(())
        })
        .await;
    }

    /// How many tickets hold this text.
    pub(crate) fn tickets_with(&self, text: &str) -> usize {
        let state = control(&self.zendesk, Method::GET, "/_sandbox/state", None);
        let tickets = state["tickets"].as_array().unwrap();
        tickets.iter().filter(|ticket| ticket.to_string().contains(text)).count()
    }
}

/// A customer's direct message as the door hands it over.
pub(crate) fn message(customer: &str, text: &str) -> Envelope {
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: customer.to_owned() };
    let message: Message = serde_json::from_value(
        json!({ "id": format!("m_{text}"), "text": text, "author": { "id": customer, "name": "Lena" } }),
    )
    .unwrap();
    let now = SystemClock.now();
    let event =
        Event { id: text.to_owned(), at: now, place: Place::Thread(thread), what: What::Message(message) };
    Envelope::event("acme-facebook", event, now)
}

fn control(stand_in: &Served, method: Method, path: &str, body: Option<&Value>) -> Value {
    let request = Request::new(method, format!("http://{}{path}", stand_in.addr()).parse().unwrap());
    let answer = stand_in.call(&match body {
        Some(body) => request.json(body),
        None => request,
    });
    assert!(answer.is_success(), "{path}: {}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

async fn serve_stand_in(stand_in: impl StandIn + 'static) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, Box::new(stand_in), ServeOptions::default()).await.unwrap()
}
