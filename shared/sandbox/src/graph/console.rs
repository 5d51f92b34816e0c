//! The sandbox's own HTTP paths: acting as a customer, turning switches, seeing everything.

use deskbridge_connectors::http::{Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::act::{Act, Acted};
use super::auth::PERMISSIONS;
use super::control::{Control, NotPossible};
use super::outbox::WebhookCounts;
use super::perform_messenger::PAGE_INBOX;
use super::state::{Author, Graph, Message, Node, Page, Thread};
use crate::Millis;

/// The standard messaging window.
const WINDOW: Millis = 24 * 3_600 * 1_000;

impl Graph {
    /// Answers `/_sandbox/{path}`: `POST act`, `POST control`, `GET state`.
    pub(super) fn sandbox(&mut self, path: &str, request: &Request, now: Millis) -> Response {
        let answer = match (request.method.as_str(), path) {
            ("GET", "state") => Ok(self.overview()),
            ("POST", "act") => self.act_over_http(request, now),
            ("POST", "control") => self.control_over_http(request, now),
            (_, "act" | "control" | "state") => return Response::empty(405),
            _ => {
                return Response::json(404, &json!({"error": "the sandbox has act, control and state here"}));
            }
        };
        match answer {
            Ok(value) => Response::json(200, &value),
            Err(problem) => Response::json(400, &json!({ "error": problem.to_string() })),
        }
    }

    /// One act; an array of acts, told about in one POST; or `{"batch": true, "acts": [..]}`, where `false` tells
    /// about each on its own.
    fn act_over_http(&mut self, request: &Request, now: Millis) -> Result<Value, NotPossible> {
        let mut together = true;
        let acts: Vec<Act> = match decoded::<Value>(&request.body)? {
            Value::Array(acts) => typed(acts.into())?,
            Value::Object(mut object) if object.contains_key("acts") => {
                together = object.get("batch").and_then(Value::as_bool).unwrap_or(true);
                typed(object.remove("acts").unwrap_or_default())?
            }
            one => vec![typed(one)?],
        };
        let done: Vec<Acted> = if together {
            self.act_together(acts, now)?
        } else {
            acts.into_iter().map(|act| self.act(act, now)).collect::<Result<_, _>>()?
        };
        let ids: Vec<&str> = done.iter().map(|acted| acted.id.as_str()).collect();
        Ok(json!({"id": ids.first(), "ids": ids}))
    }

    /// One switch, or an array of them.
    fn control_over_http(&mut self, request: &Request, now: Millis) -> Result<Value, NotPossible> {
        let controls: Vec<Control> = match decoded::<Value>(&request.body)? {
            Value::Array(controls) => typed(controls.into())?,
            one => vec![typed(one)?],
        };
        for control in controls {
            self.control(control, now)?;
        }
        Ok(json!({"success": true}))
    }

    /// Everything there is, for people to look at: pages with their posts, comments, mentions and threads. Times are
    /// milliseconds since the Unix epoch. No token or secret is in it.
    #[must_use]
    pub fn overview(&self) -> Value {
        let pages: Vec<Value> = self.pages.values().map(|page| self.page_overview(page)).collect();
        let counts = self.webhooks();
        json!({
            "pages": pages,
            "instagram": self.accounts_overview(),
            "files": self.shelf.overview(),
            "whatsapp": self.numbers_overview(),
            "adopts_unknown": self.adopts_unknown,
            "batching": self.outbox.batching,
            "faults": self.faults.iter().filter(|fault| fault.calls != Some(0)).collect::<Vec<_>>(),
            "webhooks": {
                "delivered": counts.delivered, "failed_attempts": counts.failed_attempts,
                "dropped": counts.dropped, "waiting": counts.waiting,
            },
        })
    }

    /// What became of the webhooks so far.
    #[must_use]
    pub fn webhooks(&self) -> WebhookCounts {
        self.outbox.counts()
    }

    fn page_overview(&self, page: &Page) -> Value {
        let id = &page.seed.id;
        let nodes = |ids: &[String]| -> Vec<Value> {
            ids.iter().filter_map(|id| self.nodes.get(id)).map(|node| self.node_overview(node)).collect()
        };
        let threads = self.threads.iter().filter(|((of, _), _)| of == id);
        let people = self.people.values().filter(|person| person.page == *id).map(|person| {
            json!({
                "feed_id": person.feed_id, "psid": person.psid, "name": person.name,
                "block": person.block, "unreadable": person.unreadable,
            })
        });
        let granted = PERMISSIONS.iter().filter(|(permission, _)| page.has(*permission));
        json!({
            "id": id,
            "name": page.seed.name,
            "token": page.token,
            "permissions": granted.map(|(_, name)| *name).collect::<Vec<_>>(),
            "posts": nodes(&page.posts),
            "mentions": nodes(&page.mentions),
            "threads": threads.map(|((_, psid), it)| self.thread_overview(id, psid, it)).collect::<Vec<_>>(),
            "people": people.collect::<Vec<_>>(),
        })
    }

    fn node_overview(&self, node: &Node) -> Value {
        let author = match &node.author {
            Author::Page => json!({"id": node.page, "name": self.page_name(&node.page), "is_page": true}),
            Author::Unknown => Value::Null,
            Author::Person(id) => {
                let name = self.person(&node.page, id).map(|person| person.name.as_str());
                json!({"id": id, "name": name, "is_page": false})
            }
        };
        let comments = node.children.iter().filter_map(|id| self.nodes.get(id));
        let media = node
            .media
            .as_ref()
            .map(|media| json!({"kind": media.kind, "url": media.url, "file": self.shelf.view(&media.url)}));
        json!({
            "id": node.id,
            "author": author,
            "text": node.text,
            "media": media,
            "at": node.created * 1_000,
            "edited_at": node.edited.map(|second| second * 1_000),
            "hidden": node.hidden,
            "removed": node.removed,
            "published": node.published,
            "placeholder": node.adopted,
            "permalink": self.permalink(node),
            "reactions": node.reactions,
            "comments": comments.map(|comment| self.node_overview(comment)).collect::<Vec<_>>(),
        })
    }

    fn message_overview(&self, message: &Message) -> Value {
        json!({
            "id": message.mid,
            "from_page": message.from_page,
            "native": message.app_id.as_deref() == Some(PAGE_INBOX),
            "text": message.text,
            "attachments": self.with_files(&message.attachments),
            "reply_to": message.reply_to,
            "at": message.at,
            "edits": message.edits,
            "unsent": message.deleted,
            "reactions": message.reactions,
        })
    }

    fn thread_overview(&self, page: &str, psid: &str, thread: &Thread) -> Value {
        let person = self.person(page, psid);
        json!({
            "id": thread.id,
            "psid": psid,
            "name": person.map(|person| person.name.as_str()),
            "window_open_until": thread.last_user_act.map(|at| at + WINDOW),
            "read_until": thread.read,
            "standby": thread.elsewhere,
            "placeholder": thread.adopted,
            "messages": thread.messages.iter().map(|one| self.message_overview(one)).collect::<Vec<_>>(),
        })
    }
}

fn decoded<T: DeserializeOwned>(body: &[u8]) -> Result<T, NotPossible> {
    serde_json::from_slice(body).map_err(|problem| NotPossible(format!("the body is not JSON: {problem}")))
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, NotPossible> {
    serde_json::from_value(value).map_err(|problem| NotPossible(problem.to_string()))
}
