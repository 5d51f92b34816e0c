//! One scenario, both helpdesks: what agents do, what tickets look like, and what customers see, in one language.

use serde_json::{Value, json};

use crate::{House, Remote};

/// A helpdesk of the house, with the page that is bridged to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desk {
    /// Page 1001, post `1001_100`.
    Zendesk,
    /// Page 1002, post `1002_200`.
    Freshdesk,
}

/// Who wrote something in a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A customer.
    Customer,
    /// An agent.
    Agent,
    /// The bridge itself.
    Bridge,
}

/// A ticket as agents see it.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// Its number.
    pub id: u64,
    /// Its subject.
    pub subject: String,
    /// `open`, `pending`, `solved` (Freshdesk: resolved), `closed`, `new` or `deleted`.
    pub status: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The conversation key that travels in it.
    pub conversation: String,
    /// Its custom fields, as they are labelled.
    pub fields: std::collections::BTreeMap<String, String>,
    /// The customer's name.
    pub requester: String,
    /// The comments, oldest first; of Freshdesk the description is the first.
    pub entries: Vec<Entry>,
}

/// A comment of a ticket.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who wrote it.
    pub who: Who,
    /// Whether the customer may see it.
    pub public: bool,
    /// The text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The files, each as `name, type, bytes, SHA-256`.
    pub files: Vec<Sample>,
}

/// A file as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its name.
    pub name: String,
    /// Its type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl Sample {
    /// The file that a stand-in shows, if it shows one.
    #[must_use]
    pub fn of(shown: &Value) -> Option<Self> {
        Some(Self {
            name: shown["name"].as_str()?.to_owned(),
            content_type: text(&shown["content_type"]),
            size: shown["size"].as_u64()?,
            sha256: text(&shown["sha256"]),
        })
    }
}

impl Desk {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Zendesk, Self::Freshdesk];

    /// The page's id.
    #[must_use]
    pub fn page(self) -> &'static str {
        if self == Self::Zendesk { "1001" } else { "1002" }
    }

    /// The page's own post.
    #[must_use]
    pub fn post(self) -> &'static str {
        if self == Self::Zendesk { "1001_100" } else { "1002_200" }
    }

    /// The platform account's name, which is also its door.
    #[must_use]
    pub fn door(self) -> &'static str {
        if self == Self::Zendesk { "acme-facebook" } else { "globex-facebook" }
    }

    /// The helpdesk account's name, which is also its door.
    #[must_use]
    pub fn account(self) -> &'static str {
        if self == Self::Zendesk { "acme-zendesk" } else { "globex-freshdesk" }
    }

    /// A customer, by the id in comments.
    #[must_use]
    pub fn person(self) -> &'static str {
        if self == Self::Zendesk { "2001" } else { "2003" }
    }

    /// Another customer, by the id in comments.
    #[must_use]
    pub fn other(self) -> &'static str {
        if self == Self::Zendesk { "2002" } else { "2004" }
    }

    /// The customer, by the id in Messenger.
    #[must_use]
    pub fn psid(self) -> &'static str {
        if self == Self::Zendesk { "3001" } else { "3003" }
    }

    /// The customer's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::Zendesk { "Paula Novak" } else { "Mei Tanaka" }
    }

    /// The stand-in.
    #[must_use]
    pub fn remote(self, house: &House) -> &Remote {
        if self == Self::Zendesk { house.zendesk() } else { house.freshdesk() }
    }

    /// The path of the API under which tickets are made.
    #[must_use]
    pub fn tickets_path(self) -> &'static str {
        "/api/v2/tickets"
    }

    /// The page's comment or message of a customer on this page's own post; gives its id.
    pub fn comment(self, house: &House, text: &str) -> String {
        house.comment(self.post(), self.person(), text)
    }

    /// A direct message of the customer; gives its id.
    pub fn message(self, house: &House, text: &str) -> String {
        house.message(self.page(), self.psid(), text)
    }

    /// What an agent does to a ticket, with a text where it needs one.
    pub fn agent(self, house: &House, deed: &str, ticket: u64, text: &str) {
        let deed = match (self, deed) {
            (Self::Freshdesk, "solve") => "resolve",
            (_, deed) => deed,
        };
        house.act(self.remote(house), &json!({ "do": deed, "ticket": ticket, "text": text }));
    }

    /// An agent's public reply.
    pub fn reply(self, house: &House, ticket: u64, text: &str) {
        self.agent(house, "reply", ticket, text);
    }

    /// An agent's public reply with files, by the names of the sandbox's samples.
    pub fn reply_with(self, house: &House, ticket: u64, text: &str, files: &[&str]) {
        let act = json!({ "do": "reply", "ticket": ticket, "text": text, "files": files });
        house.act(self.remote(house), &act);
    }

    /// An agent's public reply as the editor's HTML.
    pub fn reply_html(self, house: &House, ticket: u64, html: &str) {
        house.act(self.remote(house), &json!({ "do": "reply", "ticket": ticket, "html": html }));
    }

    /// All tickets, oldest first.
    #[must_use]
    pub fn tickets(self, house: &House) -> Vec<TicketView> {
        let state = house.state(self.remote(house));
        let mut tickets: Vec<TicketView> = list(&state["tickets"]).map(|ticket| self.view(ticket)).collect();
        tickets.sort_by_key(|ticket| ticket.id);
        tickets
    }

    /// The only ticket.
    ///
    /// # Panics
    /// When there are none or several.
    #[must_use]
    pub fn ticket(self, house: &House) -> TicketView {
        let mut tickets = self.tickets(house);
        assert_eq!(tickets.len(), 1, "{self:?}: {tickets:#?}");
        tickets.remove(0)
    }

    /// The ticket of that number.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn ticket_of(self, house: &House, id: u64) -> TicketView {
        self.tickets(house).into_iter().find(|ticket| ticket.id == id).expect("a ticket of that number")
    }

    fn view(self, ticket: &Value) -> TicketView {
        let zendesk = self == Self::Zendesk;
        let entries = if zendesk { &ticket["comments"] } else { &ticket["entries"] };
        let key = if zendesk { &ticket["external_id"] } else { &ticket["conversation"] };
        let requester = if zendesk { &ticket["requester"]["name"] } else { &ticket["requester"] };
        let status = match text(&ticket["status"]).to_lowercase() {
            _ if ticket["deleted"] == true => "deleted".to_owned(),
            status if status == "resolved" => "solved".to_owned(),
            status => status,
        };
        TicketView {
            id: ticket["id"].as_u64().unwrap_or_default(),
            subject: text(&ticket["subject"]),
            status,
            tags: list(&ticket["tags"]).map(text).collect(),
            conversation: text(key),
            fields: ticket["fields"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            requester: text(requester),
            entries: list(entries).map(entry).collect(),
        }
    }
}

impl TicketView {
    /// The texts of the customer's public comments.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        let by_customer = |entry: &&Entry| entry.who == Who::Customer && entry.public;
        self.entries.iter().filter(by_customer).map(|entry| entry.text.as_str()).collect()
    }

    /// The files in the customer's public comments.
    #[must_use]
    pub fn files(&self) -> Vec<&Sample> {
        let by_customer = |entry: &&Entry| entry.who == Who::Customer && entry.public;
        self.entries.iter().filter(by_customer).flat_map(|entry| &entry.files).collect()
    }

    /// The texts of the bridge's private notes.
    #[must_use]
    pub fn notes(&self) -> Vec<&str> {
        let notes = self.entries.iter().filter(|entry| entry.who == Who::Bridge && !entry.public);
        notes.map(|entry| entry.text.as_str()).collect()
    }

    /// How often the customer's comments contain this.
    #[must_use]
    pub fn times_said(&self, words: &str) -> usize {
        self.said().iter().map(|text| text.matches(words).count()).sum()
    }

    /// How many notes of the bridge contain this.
    #[must_use]
    pub fn times_noted(&self, words: &str) -> usize {
        self.notes().iter().filter(|text| text.contains(words)).count()
    }

    /// Whether it has this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|one| one == tag)
    }
}

fn entry(entry: &Value) -> Entry {
    let who = match entry["who"].as_str() {
        Some("customer") => Who::Customer,
        Some("bridge") => Who::Bridge,
        Some(_) => Who::Agent,
        None if entry["role"] == "end-user" => Who::Customer,
        None if entry["author"] == "Social bridge" => Who::Bridge,
        None => Who::Agent,
    };
    Entry {
        who,
        public: entry["public"] == true,
        text: text(&entry["text"]),
        html: text(&entry["html"]),
        files: list(&entry["received"]).filter_map(Sample::of).collect(),
    }
}

impl House {
    /// What the page itself wrote as comments, oldest first: (what it answers, text).
    #[must_use]
    pub fn page_comments(&self, page: &str) -> Vec<(String, String)> {
        let state = self.state(self.graph());
        let mut found = Vec::new();
        for one in list(&state["pages"]).filter(|one| one["id"] == page) {
            for post in list(&one["posts"]).chain(list(&one["mentions"])) {
                collect_own(post, &mut found);
            }
        }
        found.sort();
        found.into_iter().map(|(_, on, text)| (on, text)).collect()
    }

    /// What the page itself sent to a customer as direct messages, oldest first.
    #[must_use]
    pub fn page_messages(&self, page: &str, psid: &str) -> Vec<String> {
        let state = self.state(self.graph());
        let pages = list(&state["pages"]).filter(|one| one["id"] == page);
        let threads = pages.flat_map(|one| list(&one["threads"])).filter(|thread| thread["psid"] == psid);
        let messages = threads.flat_map(|thread| list(&thread["messages"]));
        messages
            .filter(|message| message["from_page"] == true && message["native"] == false)
            .map(|message| text(&message["text"]))
            .collect()
    }
}

fn collect_own(node: &Value, found: &mut Vec<(String, String, String)>) {
    for comment in list(&node["comments"]) {
        if comment["author"]["is_page"] == true && comment["removed"] == false {
            let number = text(&comment["id"]);
            found.push((number, text(&node["id"]), text(&comment["text"])));
        }
        collect_own(comment, found);
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}
