//! `POST /2/webhooks/replay`: the app asks for the webhooks of a time to be sent again.

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::problem::Problem;
use super::route::Answer;
use super::state::X;
use crate::Millis;

const MINUTE: Millis = 60_000;

impl X {
    /// Only with the app's own token: accounts' tokens are not taken.
    pub(super) fn send_again(&mut self, request: &Request, now: Millis) -> Response {
        let answer = if request.only_header("authorization") == Some(&format!("Bearer {}", self.app_token)) {
            self.job(request, now)
        } else {
            Err(Problem::unauthorized())
        };
        match answer {
            Ok((status, body)) => Response::json(status, &body),
            Err(problem) => problem.response(),
        }
    }

    fn job(&mut self, request: &Request, now: Millis) -> Answer {
        if let Some(fault) = self.fault(request) {
            return Err(Problem::new(fault.status, "", "Something is broken"));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let time = |name: &str| body[name].as_str().and_then(minute).ok_or_else(|| Problem::invalid(name));
        let (from, to) = (time("from_date")?, time("to_date")?);
        if request.method != "POST" || body["webhook_id"] != self.webhook_id.as_str() {
            return Err(Problem::invalid("webhook_id"));
        }
        if from > to || from < now - 24 * 60 * MINUTE - MINUTE {
            return Err(Problem::invalid("from_date: only the last 24 hours"));
        }
        self.outbox.replay(from, to + MINUTE, now);
        Ok((200, json!({"data": {"job_id": self.number().to_string()}})))
    }
}

/// `yyyymmddhhmm`, UTC.
fn minute(text: &str) -> Option<Millis> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M", text).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}
