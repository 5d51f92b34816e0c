//! The stand-ins served on loopback by the test itself; what agents and customers see.

use deskbridge_connectors::http::Url;
use deskbridge_sandbox::freshdesk::{Freshdesk, FreshdeskSeed};
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{ServeOptions, Served, StandIn, serve};
use serde_json::Value;
use tokio::net::TcpListener;

use super::site::Site;

/// The sites around a bridge.
#[derive(Clone)]
pub struct Sites {
    /// The stand-in of Zendesk.
    pub zendesk: Site,
    /// The stand-in of Freshdesk.
    pub freshdesk: Site,
    /// The stand-in of the Graph API.
    pub graph: Site,
}

/// The stand-ins, served in the test's own process, so that they go on while the bridge is down.
pub struct StandIns {
    /// Where they are.
    pub sites: Sites,
    /// Where they are, as the configuration says it: Zendesk, Freshdesk, Graph.
    pub urls: [String; 3],
    _served: Vec<Served>,
}

impl StandIns {
    /// Serves the demo's stand-ins for a bridge at this port.
    pub async fn serve(bridge_port: u16) -> Self {
        let bridge: Url = format!("http://127.0.0.1:{bridge_port}/").parse().expect("an address");
        let listeners = [listen().await, listen().await, listen().await];
        let ports = [0, 1, 2].map(|at: usize| listeners[at].local_addr().expect("an address").port());
        let urls = ports.map(|port| format!("http://127.0.0.1:{port}"));
        let base = |at: usize| urls[at].parse::<Url>().expect("an address");
        let zendesk = ZendeskSeed { base_url: base(0), ..ZendeskSeed::demo(&bridge) };
        let freshdesk = FreshdeskSeed { base_url: base(1), ..FreshdeskSeed::demo(&bridge) };
        let stand_ins: [Box<dyn StandIn>; 3] = [
            Box::new(Zendesk::new(zendesk)),
            Box::new(Freshdesk::new(freshdesk)),
            Box::new(Graph::new(GraphSeed::demo(&bridge))),
        ];
        let mut served = Vec::new();
        for (listener, stand_in) in listeners.into_iter().zip(stand_ins) {
            served.push(serve(listener, stand_in, ServeOptions::default()).await.expect("it is served"));
        }
        let [zendesk, freshdesk, graph] = ports.map(Site::at);
        Self { sites: Sites { zendesk, freshdesk, graph }, urls, _served: served }
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

/// One thing in a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whether the customer sees it.
    pub public: bool,
    /// What it says.
    pub text: String,
}

/// A ticket as an agent sees it.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Its number.
    pub id: u64,
    /// The conversation that it says it belongs to.
    pub conversation: String,
    /// What is in it, oldest first.
    pub entries: Vec<Entry>,
}

impl Ticket {
    /// Whether something public, or private, contains this.
    pub fn has(&self, public: bool, text: &str) -> bool {
        self.entries.iter().any(|entry| entry.public == public && entry.text.contains(text))
    }
}

/// The tickets of a helpdesk, oldest first.
pub async fn tickets(helpdesk: &Site) -> Vec<Ticket> {
    tickets_in(&helpdesk.state().await)
}

/// The tickets in what a helpdesk shows, oldest first.
pub fn tickets_in(state: &Value) -> Vec<Ticket> {
    let mut tickets: Vec<Ticket> = list(&state["tickets"]).iter().map(ticket).collect();
    tickets.sort_by_key(|ticket| ticket.id);
    tickets
}

fn ticket(shown: &Value) -> Ticket {
    // Zendesk shows comments and an external id, Freshdesk entries and a custom field.
    let entries = list(&shown["comments"]).iter().chain(list(&shown["entries"]));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let conversation = [&shown["external_id"], &shown["conversation"]].into_iter().find_map(Value::as_str);
    Ticket {
        id: shown["id"].as_u64().expect("a ticket's number"),
        conversation: conversation.unwrap_or_default().to_owned(),
        entries: entries
            .map(|entry| Entry { public: entry["public"] == true, text: word(&entry["text"]) })
            .collect(),
    }
}

/// The texts that a page published: comments (also under comments) and direct messages, oldest first in each thread.
pub async fn published(graph: &Site, page: &str) -> Vec<String> {
    let state = graph.state().await;
    let page = list(&state["pages"]).iter().find(|shown| shown["id"] == page).expect("the page").clone();
    let mut texts = Vec::new();
    for post in list(&page["posts"]) {
        collect(post, &mut texts);
    }
    for thread in list(&page["threads"]) {
        let own = list(&thread["messages"]).iter().filter(|message| message["from_page"] == true);
        texts.extend(own.filter_map(|message| message["text"].as_str()).map(str::to_owned));
    }
    texts
}

fn collect(node: &Value, texts: &mut Vec<String>) {
    for comment in list(&node["comments"]) {
        if comment["author"]["is_page"] == true {
            texts.extend(comment["text"].as_str().map(str::to_owned));
        }
        collect(comment, texts);
    }
}

/// The elements of an array; none of anything else.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
