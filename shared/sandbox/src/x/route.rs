//! From an HTTP request to the part that answers it, and back with the headers of its budget.

use deskbridge_connectors::http::{Request, Response};
use serde_json::Value;

use super::limits::Meter;
use super::problem::Problem;
use super::state::X;
use crate::shelf::Shelf;
use crate::{Millis, StandIn, Webhook};

/// One API call, taken apart.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    /// Whose keys it carries.
    pub(super) account: String,
    pub(super) now: Millis,
}

impl Call<'_> {
    pub(super) fn query(&self, name: &str) -> Option<String> {
        self.request.query(name)
    }

    /// Whether a comma-separated parameter names this.
    pub(super) fn wants(&self, parameter: &str, name: &str) -> bool {
        self.wanted(parameter)(name)
    }

    /// What a comma-separated parameter names.
    pub(super) fn wanted(&self, parameter: &str) -> impl Fn(&str) -> bool {
        let list = self.query(parameter).unwrap_or_default();
        move |name| list.split(',').any(|one| one == name)
    }
}

/// A status and a body.
pub(super) type Answer = Result<(u16, Value), Problem>;

impl StandIn for X {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        if let Some(path) = request.url.path().strip_prefix("/_sandbox/") {
            self.shelf.is_at(&request.url);
            return self.sandbox(path, request, now);
        }
        if request.url.path() == "/2/oauth2/token" {
            return self.refresh(request, now);
        }
        if request.url.path() == "/2/webhooks/replay" {
            return self.send_again(request, now);
        }
        self.shelf.is_at(&request.url);
        if Shelf::is_asked(request) {
            return self.serve_file(request, now);
        }
        let account = match self.caller(request, now) {
            Ok(account) => account,
            Err(problem) => return problem.response(),
        };
        let fault = self.fault(request);
        if let Some(fault) = fault.as_ref().filter(|fault| !fault.performed) {
            return fault.response();
        }
        let call = Call { request, account, now };
        let path: Vec<&str> = request.url.path_segments().into_iter().flatten().collect();
        let mut meters = Vec::new();
        let answer = self.answer(&call, &path, &mut meters);
        let response = match (fault, answer) {
            (Some(fault), _) => fault.response(),
            (None, Ok((status, body))) => Response::json(status, &body),
            (None, Err(problem)) => problem.response(),
        };
        self.meters.tell(response, &meters, &call.account)
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        self.outbox.due(now)
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.outbox.delivered(id, status, now);
    }

    fn next_due(&self) -> Option<Millis> {
        self.outbox.next_due()
    }
}

impl X {
    fn answer(&mut self, call: &Call<'_>, path: &[&str], meters: &mut Vec<Meter>) -> Answer {
        let (needed, paid): (&[Meter], bool) = match (call.request.method.as_str(), path) {
            ("POST", ["2", "tweets"]) => (&[Meter::Posts], true),
            ("POST", ["2", "dm_conversations", "with", _, "messages"]) => {
                (&[Meter::Messages, Meter::MessagesOfDay], true)
            }
            ("GET", ["2", "dm_conversations", "with", _, "dm_events"]) => (&[Meter::MessageReads], true),
            ("GET", ["2", "users", "me"]) => (&[Meter::Me], false),
            ("GET", ["2", "users", _, "tweets" | "mentions"] | ["2", "tweets", ..]) => {
                (&[Meter::PostReads], true)
            }
            ("GET", ["2", "users", ..]) => (&[Meter::UserReads], true),
            _ => (&[], false),
        };
        meters.extend(needed);
        for meter in needed {
            self.meters.count(*meter, &call.account, call.now)?;
        }
        if paid {
            self.pay()?;
        }
        match (call.request.method.as_str(), path) {
            ("POST", ["2", "tweets"]) => self.create_post(call),
            ("POST", ["2", "media", "upload"]) => self.upload(call),
            ("DELETE", ["2", "tweets", id]) => self.delete_post(call, id),
            ("GET", ["2", "tweets", id]) => self.read_post(call, id),
            ("GET", ["2", "tweets"]) => self.read_posts(call),
            ("GET", ["2", "users", "me"]) => Ok(self.read_me(call)),
            ("GET", ["2", "users", "by", "username", name]) => Ok(self.read_user_named(call, name)),
            ("GET", ["2", "users", id, "tweets"]) => self.timeline(call, id),
            ("GET", ["2", "users", id, "mentions"]) => self.mentions_of(call, id),
            ("GET", ["2", "users", id]) => Ok(self.read_user(call, id)),
            ("POST", ["2", "dm_conversations", "with", id, "messages"]) => self.send_direct(call, id),
            ("GET", ["2", "dm_conversations", "with", id, "dm_events"]) => self.read_directs(call, id),
            _ => Err(Problem::new(404, "", "Not Found")),
        }
    }

    fn pay(&mut self) -> Result<(), Problem> {
        match &mut self.credits {
            Some(0) => Err(Problem::no_credits()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}
