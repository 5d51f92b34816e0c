//! Direct messages by the API.

use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::route::{Answer, Call};
use super::state::{Direct, X};

/// The most characters of a message.
const LENGTH_MAX: usize = 10_000;

impl X {
    /// `POST /2/dm_conversations/with/:participant_id/messages`.
    pub(super) fn send_direct(&mut self, call: &Call<'_>, person: &str) -> Answer {
        #[derive(Deserialize)]
        struct New {
            #[serde(default)]
            text: String,
            #[serde(default)]
            attachments: Vec<Value>,
        }
        let new: New =
            serde_json::from_slice(&call.request.body).map_err(|_| Problem::invalid("not a message"))?;
        let media = self.uploaded(new.attachments.first().map(|one| &one["media_id"]))?;
        if new.text.is_empty() && media.is_none() || new.text.chars().count() > LENGTH_MAX {
            return Err(Problem::invalid("text: size must be between 1 and 10000"));
        }
        self.may_write_to(&call.account, person)?;
        let id = self.snowflake(call.now).to_string();
        let message = Direct {
            id: id.clone(),
            account: call.account.clone(),
            person: person.to_owned(),
            by_account: true,
            text: new.text,
            media,
            encrypted: false,
            at: call.now,
        };
        self.tell_direct(&message, call.now);
        self.messages.push(message);
        let conversation = conversation(&call.account, person);
        Ok((201, json!({"data": {"dm_conversation_id": conversation, "dm_event_id": id}})))
    }

    /// `GET /2/dm_conversations/with/:participant_id/dm_events`, newest first.
    pub(super) fn read_directs(&self, call: &Call<'_>, person: &str) -> Answer {
        let size: usize = call.query("max_results").and_then(|text| text.parse().ok()).unwrap_or(100);
        let before = call.query("pagination_token");
        let mut found: Vec<&Direct> = self
            .messages
            .iter()
            .rev()
            .filter(|one| one.account == call.account && one.person == person && !one.encrypted)
            .skip_while(|one| before.as_ref().is_some_and(|before| one.id >= *before))
            .take(size + 1)
            .collect();
        let more = found.len() > size;
        found.truncate(size);
        let rows: Vec<Value> = found.iter().map(|one| self.row(call, one)).collect();
        let mut body = json!({"meta": {"result_count": rows.len()}});
        if let (true, Some(last)) = (more, found.last()) {
            body["meta"]["next_token"] = last.id.clone().into();
        }
        if !rows.is_empty() {
            body["data"] = rows.into();
        }
        Ok((200, body))
    }
}

impl X {
    fn row(&self, call: &Call<'_>, message: &Direct) -> Value {
        let at = jiff::Timestamp::from_millisecond(message.at).unwrap_or_default();
        let sender = if message.by_account { &message.account } else { &message.person };
        let mut row = json!({
            "id": message.id, "event_type": "MessageCreate", "text": self.rendered_message(message).text, "sender_id": sender,
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
            "dm_conversation_id": conversation(&message.account, &message.person),
        });
        if let Some(fields) = row.as_object_mut() {
            fields.retain(|name, _| {
                matches!(name.as_str(), "id" | "event_type" | "text") || call.wants("dm_event.fields", name)
            });
        }
        row
    }
}

/// A conversation of two is named by both, the smaller id first.
pub(super) fn conversation(one: &str, other: &str) -> String {
    let (first, second) = if (one.len(), one) <= (other.len(), other) { (one, other) } else { (other, one) };
    format!("{first}-{second}")
}
