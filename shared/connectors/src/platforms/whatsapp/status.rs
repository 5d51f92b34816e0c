//! `statuses`: how far our messages got. They bear the handle that we sent along; those without were not sent by us.

use deskbridge_core::model::{Event, Fate, Place, Report, What};
use deskbridge_core::notes::Cause;
use serde::Deserialize;

use super::errors;
use super::inbound::Around;
use super::part::{Handle, Read, thread};
use crate::json::Part;
use crate::meta::wire::{Id, Time, lenient};

#[derive(Deserialize)]
struct Status {
    id: Id,
    status: String,
    #[serde(default, deserialize_with = "lenient")]
    timestamp: Option<Time>,
    #[serde(default, deserialize_with = "lenient")]
    biz_opaque_callback_data: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    errors: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
}

/// Reads one status.
pub(super) fn read(around: &Around, raw: Part<'_>) -> Read<Event> {
    let status: Status = raw.read().map_err(|_| "statuses".to_owned())?;
    let fate = status.fate().ok_or_else(|| format!("statuses/{}", status.status))?;
    let at = status.timestamp.map_or(around.sent_at, |time| time.0);
    let id = format!("report:{}:{}", status.id, status.status);
    let handle = status.biz_opaque_callback_data.as_deref().and_then(Handle::parse);
    let Some(handle) = handle else {
        // Of a message that another system sent from the same number.
        let what = What::Signal { name: status.status };
        return Ok(Event { id, at, place: Place::Account, what });
    };
    let report = Report { message: status.id.0, handle: Some(handle.effect.to_string()), fate, until: None };
    Ok(Event { id, at, place: thread(&handle.customer), what: What::Report(report) })
}

impl Status {
    fn fate(&self) -> Option<Fate> {
        Some(match self.status.as_str() {
            "sent" => Fate::Sent,
            "delivered" => Fate::Delivered,
            "read" | "played" => Fate::Read,
            "failed" => {
                let code = self.errors.iter().flatten().next().map(|failure| failure.code);
                let cause = code.map_or(Cause::Invalid, |code| Cause::of(&errors::of_failure(code)));
                Fate::Failed { cause, code: code.map(|code| code.to_string()).unwrap_or_default() }
            }
            _ => return None,
        })
    }
}
