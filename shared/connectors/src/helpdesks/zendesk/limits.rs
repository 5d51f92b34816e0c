//! What Zendesk's answers tell of the account's limits: of all calls (`X-Rate-Limit`, `X-Rate-Limit-Remaining`, `ratelimit-reset`), and of
//! changes to tickets, which have one of their own (`Zendesk-RateLimit-<endpoint>: total=100; remaining=93; resets=41`).
//!
//! Uncertain: which answers bear which of these. Each is used where it is there. The limit of updates of a single ticket is the
//! matter of that ticket's conversation alone.

use std::time::Duration;

use deskbridge_core::pace::{Left, Limit, Limits, Refused};

use super::errors::{THROTTLED, retry_after};
use crate::http::{Answer, Exchange, Method, Response};

/// The account's limit of updates counts by the minute, that of one ticket by ten minutes.
const LONGEST_OF_ACCOUNT: Duration = Duration::from_secs(60);

pub(super) fn told(exchange: &Exchange) -> Limits {
    let Answer::Response(response) = &exchange.answer else { return Limits::default() };
    let request = &exchange.request;
    let is_update =
        matches!(request.method, Method::PUT | Method::DELETE) && request.url.path().contains("/tickets/");
    let (calls, updates) = (of_calls(response), of_updates(response));
    let refused = (response.status == 429).then(|| refused(response, calls, updates, is_update));
    Limits { calls, updates, refused: refused.flatten() }
}

fn of_calls(response: &Response) -> Option<Left> {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| number(response.header_text(name)?));
    Some(Left {
        limit: first(["x-rate-limit", "ratelimit-limit"])?,
        left: first(["x-rate-limit-remaining", "ratelimit-remaining"])?,
        resets: response.header_text("ratelimit-reset").and_then(number).map(seconds),
    })
}

/// The header's last word is not certain: `tickets-update` or some such.
fn of_updates(response: &Response) -> Option<Left> {
    let of_updates = |name: &str| {
        name.strip_prefix("zendesk-ratelimit-").is_some_and(|endpoint| endpoint.contains("update"))
    };
    let (_, value) = response.headers.iter().find(|(name, _)| of_updates(name.as_str()))?;
    let value = value.to_str().ok()?;
    let part = |name: &str| {
        let mut parts = value.split(';').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).and_then(|(_, value)| number(value))
    };
    Some(Left { limit: part("total")?, left: part("remaining")?, resets: part("resets").map(seconds) })
}

/// Which limit of the account a 429 is about; `None`: it may well be that of one ticket.
fn refused(
    response: &Response,
    calls: Option<Left>,
    updates: Option<Left>,
    is_update: bool,
) -> Option<Refused> {
    let wait = retry_after(response).unwrap_or(THROTTLED);
    let limit = match (calls, updates) {
        (Some(Left { left: 0, .. }), _) => Limit::Calls,
        _ if !is_update => Limit::Calls,
        (_, Some(Left { left: 0, .. })) => Limit::Updates,
        (_, Some(_)) => return None,
        (None, None) => Limit::Calls,
        (Some(_), None) if wait <= LONGEST_OF_ACCOUNT => Limit::Updates,
        (Some(_), None) => return None,
    };
    Some(Refused { limit, wait })
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(u64::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Request, Url};

    fn exchange(method: Method, path: &str, response: Response) -> Exchange {
        let url: Url = format!("https://acme.zendesk.com/api/v2/{path}").parse().unwrap();
        Exchange { request: Request::new(method, url), answer: Answer::Response(response) }
    }

    fn left(limit: u32, left: u32, resets: Option<u64>) -> Option<Left> {
        Some(Left { limit, left, resets: resets.map(Duration::from_secs) })
    }

    fn labelled(status: u16, remaining: &str) -> Response {
        Response::empty(status).header("x-rate-limit", "700").header("x-rate-limit-remaining", remaining)
    }

    fn refusal(limit: Limit, wait: u64) -> Option<Refused> {
        Some(Refused { limit, wait: Duration::from_secs(wait) })
    }

    #[test]
    fn what_is_left_is_read_from_whatever_headers_are_there() {
        let newer = Response::empty(200)
            .header("ratelimit-limit", "700")
            .header("ratelimit-remaining", "12")
            .header("ratelimit-reset", "41");
        let update = "total=100; remaining=93; resets=7";
        let both = labelled(200, "12").header("zendesk-ratelimit-tickets-update", update);
        for (response, calls, updates) in [
            (labelled(200, "12"), left(700, 12, None), None),
            (newer, left(700, 12, Some(41)), None),
            (both, left(700, 12, None), left(100, 93, Some(7))),
            (Response::empty(200).header("x-rate-limit", "many"), None, None),
            (Response::empty(200).header("zendesk-ratelimit-tickets-update", "odd"), None, None),
        ] {
            let told = told(&exchange(Method::PUT, "tickets/35", response));
            assert_eq!(told, Limits { calls, updates, refused: None });
        }
        let lost =
            Exchange { answer: Answer::Lost, ..exchange(Method::PUT, "tickets/35", Response::empty(200)) };
        assert_eq!(told(&lost), Limits::default());
    }

    #[test]
    fn a_refusal_is_about_the_account_only_where_it_must_be() {
        let wait = |response: Response, seconds: &str| response.header("retry-after", seconds);
        let updates = |left: u32| {
            let value = format!("total=100; remaining={left}; resets=30");
            wait(labelled(429, "80").header("zendesk-ratelimit-tickets-update", &value), "30")
        };
        for (method, path, response, refused) in [
            (Method::POST, "tickets", wait(labelled(429, "0"), "9"), refusal(Limit::Calls, 9)),
            (Method::POST, "tickets", Response::empty(429), refusal(Limit::Calls, 30)),
            (Method::PUT, "tickets/35", wait(labelled(429, "0"), "9"), refusal(Limit::Calls, 9)),
            (Method::PUT, "tickets/35", updates(0), refusal(Limit::Updates, 30)),
            // There is room for other tickets, so it is this one's own limit.
            (Method::PUT, "tickets/35", updates(60), None),
            (Method::PUT, "tickets/35", wait(labelled(429, "80"), "30"), refusal(Limit::Updates, 30)),
            (Method::PUT, "tickets/35", wait(labelled(429, "80"), "480"), None),
        ] {
            let exchange = exchange(method, path, response);
            assert_eq!(told(&exchange).refused, refused, "{exchange:?}");
        }
    }
}
