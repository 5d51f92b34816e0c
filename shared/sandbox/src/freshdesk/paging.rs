//! Pages: `page`, `per_page`, and the `Link` header that leads to the next one.

use deskbridge_connectors::http::{Request, Url};

use super::errors::{Answer, Refusal};
use crate::shown::{Show, Shown};

/// Deepest page that lists serve.
const MAX_PAGE: usize = 300;

/// The asked-for part of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// Reads `page` (default 1) and `per_page` (default 30, at most 100) and refuses parameters not in `known`.
    pub(super) fn of(request: &Request, known: &[&str]) -> Result<Self, Refusal> {
        let parameters = request.url.query_pairs();
        let unknown = parameters
            .map(|(name, _)| name)
            .find(|name| !known.contains(&name.as_ref()) && name != "page" && name != "per_page");
        if let Some(name) = unknown {
            return Err(Refusal::field(&name, "Unexpected/invalid field in request", "invalid_field"));
        }
        let number = positive(request, "page", 1, MAX_PAGE)?;
        Ok(Self { number, size: positive(request, "per_page", 30, 100)? })
    }

    /// This page of `items`; a `Link` header only if there is another.
    pub(super) fn answer<T: Show>(self, items: &[T], request: &Request, base: &Url) -> Answer {
        let more = items.len() > self.number * self.size;
        let start = items.len().min((self.number - 1) * self.size);
        let response = Shown::of(&items[start..items.len().min(start + self.size)]).answer(200);
        Ok(if more { response.header("link", &self.next_link(request, base)) } else { response })
    }

    fn next_link(self, request: &Request, base: &Url) -> String {
        let mut url = base.clone();
        url.set_path(request.url.path());
        let kept = request.url.query_pairs().filter(|(name, _)| name != "page");
        url.query_pairs_mut().extend_pairs(kept).append_pair("page", &(self.number + 1).to_string());
        format!("<{url}>; rel=\"next\"")
    }
}

/// A positive number from the query, at most `max`.
pub(super) fn positive(request: &Request, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
    let Some(text) = request.query(name) else { return Ok(default) };
    text.parse().ok().filter(|number| (1..=max).contains(number)).ok_or_else(|| {
        let message = format!("It should be a Positive Integer less than or equal to {max}");
        Refusal::field(name, message, "invalid_value")
    })
}
