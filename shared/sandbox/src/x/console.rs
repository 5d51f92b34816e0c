//! The sandbox's own HTTP paths: acting as a customer, turning switches, seeing everything.

use deskbridge_connectors::http::{Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::act::Act;
use super::control::{Control, NotPossible};
use super::outbox::WebhookCounts;
use super::state::{Direct, Post, X};
use crate::Millis;

impl X {
    /// Answers `/_sandbox/{path}`: `POST act`, `POST control`, `GET state`.
    pub(super) fn sandbox(&mut self, path: &str, request: &Request, now: Millis) -> Response {
        let answer = match (request.method.as_str(), path) {
            ("GET", "state") => Ok(self.overview()),
            ("POST", "act") => self.acts(request, now),
            ("POST", "control") => self.controls(request, now),
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

    /// One act, or an array of them.
    fn acts(&mut self, request: &Request, now: Millis) -> Result<Value, NotPossible> {
        let acts: Vec<Act> = one_or_several(&request.body)?;
        let ids: Vec<String> = acts.into_iter().map(|act| self.act(act, now)).collect::<Result<_, _>>()?;
        Ok(json!({"id": ids.first(), "ids": ids}))
    }

    /// One switch, or an array of them.
    fn controls(&mut self, request: &Request, now: Millis) -> Result<Value, NotPossible> {
        for control in one_or_several::<Control>(&request.body)? {
            self.control(control, now)?;
        }
        Ok(json!({"success": true}))
    }

    /// Everything there is, for people to look at. Times are milliseconds since the Unix epoch. No key is in it.
    #[must_use]
    pub fn overview(&self) -> Value {
        let accounts = self.accounts.iter().map(|(id, account)| {
            json!({
                "id": id, "name": account.seed.name, "username": account.seed.username, "token": account.token,
                "long_posts": account.seed.long_posts, "older_envelope": account.older,
            })
        });
        let people = self.users.values().filter(|user| !self.accounts.contains_key(&user.id));
        let people = people.map(|user| {
            json!({
                "id": user.id, "name": user.name, "username": user.username, "blocks": user.blocks,
                "protected": user.protected,
            })
        });
        let counts = self.webhooks();
        json!({
            "accounts": accounts.collect::<Vec<_>>(),
            "people": people.collect::<Vec<_>>(),
            "posts": self.posts.values().map(|post| self.post_overview(post)).collect::<Vec<_>>(),
            "messages": self.messages.iter().map(message_overview).collect::<Vec<_>>(),
            "files": self.shelf.overview(),
            "enterprise": self.enterprise,
            "answers_summon": self.answers_summon,
            "credits": self.credits,
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

    fn post_overview(&self, post: &Post) -> Value {
        let id = |id: Option<u64>| id.map(|id| id.to_string());
        json!({
            "id": post.id.to_string(),
            "author": {
                "id": post.author, "name": self.users.get(&post.author).map(|user| &user.name),
                "is_account": self.accounts.contains_key(&post.author),
            },
            "text": post.text,
            "published": self.rendered(post).text,
            "answers": id(post.answers), "quotes": id(post.quotes), "reposts": id(post.reposts),
            "root": post.root.to_string(),
            "first_version": id(post.first),
            "media": post.media,
            "at": post.at,
            "deleted": post.deleted,
        })
    }
}

fn message_overview(message: &Direct) -> Value {
    json!({
        "id": message.id, "account": message.account, "person": message.person, "by_account": message.by_account,
        "text": message.text, "media": message.media, "encrypted": message.encrypted, "at": message.at,
    })
}

fn one_or_several<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, NotPossible> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|problem| NotPossible(format!("the body is not JSON: {problem}")))?;
    let several = if value.is_array() { value } else { json!([value]) };
    serde_json::from_value(several).map_err(|problem| NotPossible(problem.to_string()))
}
