//! From an HTTP request to the part that answers it, and back with the usage headers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbridge_connectors::http::{Method, Request, Response, Url};
use serde_json::{Value, json};

use super::auth::Caller;
use super::error::GraphError;
use super::limits::Meter;
use super::params::Params;
use super::state::{Graph, opaque};
use crate::multipart::{self, Received};
use crate::shelf::Shelf;
use crate::{Millis, StandIn, Webhook};

/// One API call, taken apart.
pub(super) struct Call {
    pub(super) method: Method,
    /// The path without the version.
    pub(super) path: Vec<String>,
    pub(super) params: Params,
    pub(super) caller: Caller,
    pub(super) token: String,
    pub(super) url: Url,
    /// The form's file, whatever its field is called.
    pub(super) file: Option<Received>,
    pub(super) now: Millis,
}

impl Call {
    pub(super) fn gone(&self, id: &str) -> GraphError {
        GraphError::gone(self.method.as_str(), id)
    }

    /// The current second.
    pub(super) fn second(&self) -> i64 {
        self.now.div_euclid(1_000)
    }

    /// The pages the caller's token is for.
    pub(super) fn pages(&self) -> &[String] {
        match &self.caller {
            Caller::App(_) => &[],
            Caller::Pages(pages) => pages,
        }
    }
}

impl StandIn for Graph {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        if let Some(path) = request.url.path().strip_prefix("/_sandbox/") {
            self.shelf.is_at(&request.url);
            return self.sandbox(path, request, now);
        }
        self.shelf.is_at(&request.url);
        if Shelf::is_asked(request) {
            return self.serve_file(request, now);
        }
        self.faults.retain(|fault| fault.calls != Some(0));
        let mut touched = None;
        let response = match self.answer(request, now, &mut touched) {
            Ok(value) => Response::json(200, &value),
            Err(error) => {
                let trace_seed = format!("{} {} {now}", request.method, request.url.path());
                error.response(&format!("A{}", &opaque(&trace_seed)[..22]))
            }
        };
        self.with_usage(response.header("facebook-api-version", "v26.0"), touched.as_deref(), now)
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

impl Graph {
    fn answer(
        &mut self,
        request: &Request,
        now: Millis,
        touched: &mut Option<String>,
    ) -> Result<Value, GraphError> {
        let params = Params::of(request)?;
        let (caller, token) = self.authenticate(request, &params, now)?;
        let mut path: Vec<String> = request
            .url
            .path_segments()
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        if path.first().is_some_and(|part| is_version(part)) {
            path.remove(0);
        }
        let file = ["filedata", "source", "file"].iter().find_map(|name| multipart::file(request, name));
        let (method, url) = (request.method.clone(), request.url.clone());
        let mut call = Call { method, path, params, caller, token, url, file, now };
        self.resolve_me(&mut call);
        *touched = call.path.first().and_then(|id| self.page_of(&call, id));
        self.spend(touched.as_deref(), now)?;
        let late = self.fault_for(&call, touched.as_deref())?;
        let answer = self.dispatch(&call)?;
        late.map_or(Ok(answer), Err)
    }

    fn dispatch(&mut self, call: &Call) -> Result<Value, GraphError> {
        if let ("POST", [owner, edge]) = (call.method.as_str(), call.path.as_slice())
            && edge == "message_attachments"
        {
            return self.upload_attachment(call, owner);
        }
        if let Some(answer) = self.instagram(call) {
            return answer;
        }
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        match (call.method.as_str(), path.as_slice()) {
            ("GET", ["refresh_access_token"]) => self.refresh_token(call),
            ("GET", ["debug_token"]) => self.debug_token(call),
            ("GET", [app, "subscriptions"]) => self.app_subscriptions(call, app),
            ("GET", [number]) if self.numbers.contains_key(*number) => self.read_number(call, number),
            ("POST", [number, "media"]) if self.numbers.contains_key(*number) => {
                self.upload_media(call, number)
            }
            ("GET", [media]) if self.shelf.get(media).is_some() => self.read_media(call, media),
            ("POST", [number, "messages"]) if self.numbers.contains_key(*number) => {
                self.send_whatsapp(call, number)
            }
            ("GET", [business, "message_templates"]) => self.message_templates(call, business),
            ("GET", [business, "subscribed_apps"]) if self.is_business(business) => {
                self.business_apps(call, business)
            }
            ("GET" | "POST" | "DELETE", [page, "subscribed_apps"]) => self.subscribed_apps(call, page),
            ("GET", [page, "conversations"]) => self.conversations(call, page),
            ("GET", [thread, "messages"]) => self.thread_messages(call, thread),
            ("GET", [page, "feed" | "posts" | "visitor_posts"]) => self.feed(call, page),
            ("GET", [id, "comments"]) => self.comments(call, id),
            ("GET", [id]) => self.read(call, id),
            ("POST", [page, "messages"]) => self.send(call, page),
            ("POST", [page, "feed"]) => self.publish(call, page),
            ("POST", [id, "comments"]) => self.reply(call, id),
            ("POST" | "DELETE", [id, "likes"]) => self.like(call, id),
            ("POST", [id]) => self.change(call, id),
            ("DELETE", [id]) => self.delete(call, id),
            _ => Err(GraphError::unknown_path(&format!("/{}", path.join("/")))),
        }
    }

    /// `me` is the token's page. Where one token serves several (only in the demo), it is the page that knows the
    /// recipient, else the first.
    fn resolve_me(&self, call: &mut Call) {
        if call.path.first().is_none_or(|part| part != "me") {
            return;
        }
        let recipient = call.params.object("recipient").ok().flatten();
        let psid = recipient.and_then(|recipient| recipient.get("id").and_then(super::params::as_text));
        let knows = |page: &&String| {
            psid.as_ref()
                .is_some_and(|psid| self.person(page, psid).is_some() || self.has_follower(page, psid))
        };
        let pages = call.pages();
        if let Some(page) = pages.iter().find(knows).or(pages.first()).cloned() {
            call.path[0] = page;
        }
    }

    /// The page that an id in a path belongs to.
    pub(super) fn page_of(&self, call: &Call, id: &str) -> Option<String> {
        if self.pages.contains_key(id) || self.numbers.contains_key(id) {
            return Some(id.to_owned());
        }
        if let Some(account) = self.account_of(call, id) {
            return Some(account);
        }
        if let Some(node) = self.nodes.get(id) {
            return Some(node.page.clone());
        }
        if let Some((page, _)) = self.mids.get(id) {
            return Some(page.clone());
        }
        if id.starts_with("t_") {
            return self
                .threads
                .iter()
                .find(|(_, thread)| thread.id == id)
                .map(|((page, _), _)| page.clone());
        }
        call.pages().iter().find(|page| self.person(page, id).is_some()).cloned()
    }

    fn spend(&mut self, page: Option<&str>, now: Millis) -> Result<(), GraphError> {
        self.meters.count(&self.rates, Meter::App, "", now)?;
        match page {
            Some(page) => self.meters.count(&self.rates, Meter::Page, page, now),
            None => Ok(()),
        }
    }

    /// The switched-on fault for a call: an error at once, or one to answer with after the call was carried out.
    fn fault_for(&mut self, call: &Call, page: Option<&str>) -> Result<Option<GraphError>, GraphError> {
        let edge = call.path.last().map(String::as_str);
        let found = self.faults.iter().position(|fault| {
            fault.calls != Some(0)
                && fault.page.as_deref().is_none_or(|wanted| Some(wanted) == page)
                && fault.edge.as_deref().is_none_or(|wanted| Some(wanted) == edge)
                && fault
                    .method
                    .as_deref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(call.method.as_str()))
        });
        let Some(index) = found else { return Ok(None) };
        let fault = &mut self.faults[index];
        let (error, performed) = (fault.error(), fault.performed);
        if let Some(calls) = &mut fault.calls {
            *calls -= 1;
        }
        if performed { Ok(Some(error)) } else { Err(error) }
    }

    /// The usage headers, where there is a budget or a throttle that they can tell about.
    fn with_usage(&self, mut response: Response, page: Option<&str>, now: Millis) -> Response {
        let gauge =
            |percent: u32| json!({"call_count": percent, "total_cputime": percent, "total_time": percent});
        let throttle = self.faults.iter().find(|fault| fault.is_throttle());
        let app = self.meters.usage(&self.rates, Meter::App, "", now).map(|(percent, _)| percent);
        let app = throttle.filter(|fault| fault.code < 1_000).map(|_| 100).or(app);
        if let Some(percent) = app {
            response = response.header("x-app-usage", &gauge(percent).to_string());
        }
        let Some(page) = page else { return response };
        let counted = self.meters.usage(&self.rates, Meter::Page, page, now);
        let forced = throttle.filter(|fault| fault.page.as_deref().is_none_or(|of| of == page));
        let forced = forced.filter(|fault| fault.code >= 80_000);
        let kind = if forced.is_some_and(|fault| fault.code == 80_006) { "messenger" } else { "pages" };
        if let Some((percent, minutes)) = forced.map(|fault| (100, fault.minutes.unwrap_or(1))).or(counted) {
            let mut usage = gauge(percent);
            usage["type"] = kind.into();
            usage["estimated_time_to_regain_access"] = minutes.into();
            response = response.header("x-business-use-case-usage", &json!({ page: [usage] }).to_string());
        }
        response
    }
}

/// `v26.0` and the like.
fn is_version(part: &str) -> bool {
    let numbers = part.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// A paging cursor: opaque to clients, the place in the list to us.
pub(super) fn cursor(place: u64) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

pub(super) fn place(cursor: &str) -> Option<u64> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?.parse().ok()
}
