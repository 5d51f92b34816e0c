//! Direct messages as the API shows them. Only the 20 newest of a conversation can be read.

use serde_json::{Value, json};

use super::state::Account;
use crate::graph::error::GraphError;
use crate::graph::fields::{Field, parse};
use crate::graph::limits::Meter;
use crate::graph::lists::{ListArgs, listed};
use crate::graph::read::{asked, show, unknown_field};
use crate::graph::route::Call;
use crate::graph::state::{Graph, Message, Thread};
use crate::graph::webhook::graph_time;

/// How many messages of a conversation can be read.
const READABLE: usize = 20;

impl Graph {
    /// `GET /{page or account}/conversations?platform=instagram&user_id=PERSON`.
    pub(super) fn direct_threads(&mut self, call: &Call, account: &str) -> Result<Value, GraphError> {
        self.meters.count(&self.rates, Meter::ConversationReads, account, call.now)?;
        let account = self.accounts.get(account).ok_or_else(|| call.gone(account))?;
        if call.params.text("platform").as_deref() != Some("instagram") {
            return Ok(json!({ "data": [] }));
        }
        let args = ListArgs::of_call(call, "id,updated_time")?;
        let user = call.params.text("user_id");
        let found = account.threads.iter().filter(|(person, thread)| {
            user.as_ref().is_none_or(|user| user == *person) && !thread.messages.is_empty()
        });
        let slice = args.cut((1..).zip(found).collect(), true)?;
        listed(call, account.sender(), "conversations", &slice, &args, |(person, thread)| {
            show(&thread.id, &args.fields, |field| {
                Ok(Some(match field.name.as_str() {
                    "updated_time" => {
                        let at = thread.messages.last().map_or(0, |message| message.at);
                        graph_time(at.div_euclid(1_000)).into()
                    }
                    "messages" => account.message_list(call, person, thread, &ListArgs::of_field(field))?,
                    _ => return Err(unknown_field(field, "UnifiedThread")),
                }))
            })
        })
    }

    /// `GET /{thread}/messages`.
    pub(super) fn direct_messages(
        &mut self,
        call: &Call,
        account: &str,
        id: &str,
    ) -> Result<Value, GraphError> {
        self.meters.count(&self.rates, Meter::ConversationReads, account, call.now)?;
        let account = self.accounts.get(account).ok_or_else(|| call.gone(id))?;
        let found = account.threads.iter().find(|(_, thread)| thread.id == id);
        let (person, thread) = found.ok_or_else(|| call.gone(id))?;
        account.message_list(call, person, thread, &ListArgs::of_call(call, "id,created_time")?)
    }
}

impl Account {
    /// The messages of a thread, newest first; of those that cannot be read any more only the ids.
    fn message_list(
        &self,
        call: &Call,
        person: &str,
        thread: &Thread,
        args: &ListArgs,
    ) -> Result<Value, GraphError> {
        let default = parse("id,created_time")?;
        let fields = if args.fields.is_empty() { &default } else { &args.fields };
        let messages = (1..).zip(&thread.messages).filter(|(_, message)| !message.deleted);
        let slice = args.cut(messages.collect(), true)?;
        listed(call, &thread.id, "messages", &slice, args, |message| {
            match thread.messages.iter().rev().take(READABLE).any(|one| one.mid == message.mid) {
                true => self.show_direct(person, message, fields),
                false => Ok(json!({ "id": message.mid })),
            }
        })
    }

    /// `GET /{message}`.
    pub(super) fn read_direct(&self, call: &Call, mid: &str) -> Result<Value, GraphError> {
        let person = self.mids.get(mid).ok_or_else(|| call.gone(mid))?;
        let thread = self.threads.get(person).ok_or_else(|| call.gone(mid))?;
        let found = thread.messages.iter().rev().take(READABLE).find(|one| one.mid == mid && !one.deleted);
        let message = found
            .ok_or_else(|| GraphError::new(9_000_001, "The message is deleted, or too old to be read"))?;
        self.show_direct(person, message, &asked(call, "id,created_time")?)
    }

    fn show_direct(&self, person: &str, message: &Message, fields: &[Field]) -> Result<Value, GraphError> {
        let us = json!({"username": self.seed.username, "id": self.seed.id});
        let them = json!({"username": self.username(Some(person)), "id": person});
        let (from, to) = if message.from_page { (us, them) } else { (them, us) };
        show(&message.mid, fields, |field| {
            Ok(Some(match field.name.as_str() {
                "created_time" => graph_time(message.at.div_euclid(1_000)).into(),
                "message" => message.text.as_str().into(),
                "from" => from.clone(),
                "to" => json!({ "data": [to] }),
                _ => return Err(unknown_field(field, "Message")),
            }))
        })
    }

    /// `GET /{person}`: only of those who wrote to the account.
    pub(super) fn read_person(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let person = self.people.get(id).ok_or_else(|| call.gone(id))?;
        let wrote = self.threads.get(id).is_some_and(|thread| thread.last_user_act.is_some());
        if person.unreadable || !wrote {
            return Err(GraphError::new(230, "(#230) User consent is required to access user profile"));
        }
        show(id, &asked(call, "name,username")?, |field| {
            Ok(Some(match field.name.as_str() {
                "name" => person.name.as_str().into(),
                "username" => person.username.as_str().into(),
                "profile_pic" => format!("https://media.sandbox.example/{id}.jpg").into(),
                _ => return Err(unknown_field(field, "IGUser")),
            }))
        })
    }
}
