//! What the helpdesks hold, in one shape.

use serde_json::Value;

use crate::remotes::{Remotes, Side};
use crate::renaming::Names;
use crate::words::visible;

/// Who wrote an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Customer,
    Agent,
    Bridge,
}

/// One entry of a ticket.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) who: Who,
    pub(crate) public: bool,
    pub(crate) text: String,
    /// The lengths of its files in bytes.
    pub(crate) files: Vec<u64>,
}

/// A ticket.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) side: Side,
    pub(crate) id: u64,
    /// The key that it bears ...
    pub(crate) key: String,
    /// ... and the name that this conversation began with.
    pub(crate) conversation: String,
    pub(crate) deleted: bool,
    pub(crate) closed: bool,
    pub(crate) subject: String,
    pub(crate) tags: Vec<String>,
    pub(crate) entries: Vec<Entry>,
}

/// All tickets of a helpdesk, oldest first.
pub(crate) fn tickets_of(remotes: &Remotes, side: Side, names: &Names) -> Vec<Ticket> {
    let view = match side {
        Side::Zendesk => remotes.zendesk.state(),
        Side::Freshdesk => remotes.freshdesk.state(),
        Side::Graph | Side::X => Value::Null,
    };
    let rows = view["tickets"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().rev().map(|row| ticket(side, row, names)).collect()
}

fn ticket(side: Side, row: &Value, names: &Names) -> Ticket {
    let zendesk = side == Side::Zendesk;
    let (key, list) = if zendesk { ("external_id", "comments") } else { ("conversation", "entries") };
    let status = row["status"].as_str().unwrap_or_default().to_lowercase();
    let entries = row[list].as_array().map(Vec::as_slice).unwrap_or_default();
    Ticket {
        side,
        id: row["id"].as_u64().unwrap_or_default(),
        conversation: names.first_key(row[key].as_str().unwrap_or_default()),
        key: row[key].as_str().unwrap_or_default().to_owned(),
        deleted: status == "deleted" || row["deleted"] == true || row["spam"] == true,
        closed: status == "closed",
        subject: row["subject"].as_str().unwrap_or_default().to_owned(),
        tags: tags(&row["tags"]),
        entries: entries.iter().map(entry).collect(),
    }
}

fn tags(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn entry(row: &Value) -> Entry {
    let who = match row["role"].as_str().or(row["who"].as_str()).unwrap_or_default() {
        "end-user" | "customer" => Who::Customer,
        "admin" | "bridge" => Who::Bridge,
        _ => Who::Agent,
    };
    let text = visible(row["html"].as_str().unwrap_or_default());
    let files = row["received"].as_array().into_iter().flatten();
    let files = files.filter_map(|file| file["size"].as_u64()).collect();
    Entry { who, public: row["public"] == true, text, files }
}
