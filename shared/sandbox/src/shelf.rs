//! The files of a platform: those that people send, behind addresses that end after a while, and those that we uploaded.

use std::collections::BTreeMap;

use deskbridge_connectors::http::{Request, Response, Url};
use serde_json::Value;

use crate::Millis;
use crate::multipart::Received;
use crate::samples::sample;

/// What an act writes instead of an address, for a file that the stand-in has: `sandbox:cat.png`.
const SCHEME: &str = "sandbox:";
/// The path below which files are served.
const PATH: &str = "/media/";

struct Kept {
    file: Received,
    /// After this an address is dead.
    expires: Millis,
}

/// The files.
#[derive(Default)]
pub(crate) struct Shelf {
    /// Where the stand-in was called last: its files are there.
    origin: String,
    kept: BTreeMap<u64, Kept>,
}

impl Shelf {
    /// Learns where the stand-in is.
    pub(crate) fn is_at(&mut self, url: &Url) {
        self.origin = url.origin().ascii_serialization();
    }

    /// Whether somebody asks for a file here.
    pub(crate) fn is_asked(request: &Request) -> bool {
        request.method == "GET" && request.url.path().starts_with(PATH)
    }

    /// Keeps a file; gives its id and its address.
    pub(crate) fn keep(&mut self, file: Received, expires: Millis) -> (String, String) {
        let id = 500_000 + self.kept.len() as u64;
        let address = format!("{}{PATH}{id}?expires={expires}", self.origin);
        self.kept.insert(id, Kept { file, expires });
        (id.to_string(), address)
    }

    /// The file that `sandbox:NAME` names, kept for somebody to fetch; `None`: it is an ordinary address, or there is no such file.
    pub(crate) fn named(&mut self, name: &str, expires: Millis) -> Option<(String, String)> {
        sample(name.strip_prefix(SCHEME)?).map(|file| self.keep(file, expires))
    }

    /// The address of what an act names: of a file of ours, or the one that it is.
    pub(crate) fn address(&mut self, of: String, expires: Millis) -> String {
        self.named(&of, expires).map_or(of, |(_, address)| address)
    }

    /// A new address for a file, for `lifetime` longer.
    pub(crate) fn renewed(&mut self, id: &str, expires: Millis) -> Option<String> {
        let kept = self.kept.get_mut(&id.parse().ok()?)?;
        kept.expires = expires;
        Some(format!("{}{PATH}{id}?expires={expires}", self.origin))
    }

    /// A file by its id.
    pub(crate) fn get(&self, id: &str) -> Option<&Received> {
        self.kept.get(&id.parse().ok()?).map(|kept| &kept.file)
    }

    /// The id in an address of ours.
    pub(crate) fn id_in(&self, address: &str) -> Option<String> {
        let url = Url::parse(address).ok()?;
        url.path().strip_prefix(PATH).map(str::to_owned).filter(|id| self.get(id).is_some())
    }

    /// What people see of the file at an address; `null` if it is none of ours.
    pub(crate) fn view(&self, address: &str) -> Value {
        let file = self.id_in(address).and_then(|id| self.get(&id).map(Received::view));
        file.unwrap_or(Value::Null)
    }

    /// What people see of all files, by their ids.
    pub(crate) fn overview(&self) -> Value {
        self.kept
            .iter()
            .map(|(id, kept)| (id.to_string(), kept.file.view()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// Serves a file: 403 once its address has ended, as content networks say.
    pub(crate) fn serve(&self, request: &Request, now: Millis) -> Response {
        let id = request.url.path().strip_prefix(PATH).and_then(|id| id.parse::<u64>().ok());
        let Some(kept) = id.and_then(|id| self.kept.get(&id)) else { return Response::empty(404) };
        if request.query("fresh").is_some() {
            return kept.answer();
        }
        let told: Millis = request.query("expires").and_then(|at| at.parse().ok()).unwrap_or_default();
        if told < now || kept.expires < now {
            return Response::text(403, "URL signature expired");
        }
        kept.answer()
    }
}

impl Kept {
    fn answer(&self) -> Response {
        Response { body: self.file.bytes.clone(), ..Response::empty(200) }
            .header("content-type", &self.file.content_type)
    }
}

/// The address as the API tells it when it is asked again: one that works.
pub(crate) fn fresh(address: &str) -> String {
    if address.contains(PATH) { format!("{address}&fresh=1") } else { address.to_owned() }
}
