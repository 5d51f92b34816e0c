//! One API call on its way to a handler: who calls, when, and what they sent.

use deskbridge_connectors::http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors::Problem;
use crate::Millis;
use crate::shown::{Shown, shown};

/// Ids of Zendesk are numbers; -1 is the system itself.
pub(super) type Id = i64;

/// The author of what automations do.
pub(super) const SYSTEM: Id = -1;

/// How a change came in.
#[derive(Clone)]
pub(super) struct Via {
    pub(super) channel: &'static str,
    pub(super) from: Value,
    pub(super) rel: Option<&'static str>,
}

impl Via {
    pub(super) fn api() -> Self {
        Self { channel: "api", from: json!({}), rel: None }
    }

    pub(super) fn web() -> Self {
        Self { channel: "web", from: json!({}), rel: None }
    }

    pub(super) fn automation(title: &str) -> Self {
        Self { channel: "rule", from: json!({"title": title}), rel: Some("automation") }
    }

    /// The number that trigger conditions use for the channel.
    pub(super) fn number(&self) -> &'static str {
        match (self.channel, self.rel) {
            ("api", _) => "5",
            ("rule", _) => "8",
            _ => "0",
        }
    }

    pub(super) fn view(&self) -> Shown {
        let source = shown!({"from": self.from, "to": shown!({}), "rel": self.rel});
        shown!({"channel": self.channel, "source": source})
    }
}

/// Who makes a change, how and when. The *updater*, who need not be the author of a comment.
#[derive(Clone)]
pub(super) struct Actor {
    pub(super) user: Id,
    pub(super) via: Via,
    pub(super) now: Millis,
}

/// An authenticated call.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) body: Value,
    pub(super) actor: Actor,
}

impl Call<'_> {
    /// The object that the body must hold under a name.
    pub(super) fn object(&self, name: &str) -> Result<&Value, Problem> {
        self.body.get(name).filter(|value| value.is_object()).ok_or_else(|| Problem::missing(name))
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        self.request.query(name).filter(|value| !value.is_empty())
    }

    /// Whether `include=` names this.
    pub(super) fn includes(&self, wanted: &str) -> bool {
        self.query("include").is_some_and(|include| include.split(',').any(|name| name == wanted))
    }

    pub(super) fn now(&self) -> Millis {
        self.actor.now
    }
}

/// A text field that is there and not null.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// An id, sent as a number or as a string of digits.
pub(super) fn id(value: &Value) -> Option<Id> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The id under a name.
pub(super) fn id_of(value: &Value, name: &str) -> Option<Id> {
    value.get(name).and_then(id)
}

/// A moment as the API writes it: UTC, whole seconds.
pub(super) fn stamp(at: Millis) -> String {
    Timestamp::from_second(at.div_euclid(1_000)).unwrap_or_default().to_string()
}

/// The second that a stamp names.
pub(super) fn seconds(stamp: &str) -> Option<i64> {
    stamp.parse::<Timestamp>().ok().map(Timestamp::as_second)
}
