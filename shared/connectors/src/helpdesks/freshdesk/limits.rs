//! What Freshdesk's answers tell of the account's limit (`X-RateLimit-Total`, `X-RateLimit-Remaining`). When it begins anew they do not
//! say. A 429 may be about the limit of a kind of call (creating, updating), which bears no numbers of its own.

use deskbridge_core::pace::{Left, Limit, Limits, Refused};

use super::errors::throttled;
use crate::http::{Answer, Exchange, Method, Response};

pub(super) fn told(exchange: &Exchange) -> Limits {
    let Answer::Response(response) = &exchange.answer else { return Limits::default() };
    let calls = of_calls(response);
    let is_update =
        exchange.request.method == Method::PUT && exchange.request.url.path().contains("/tickets/");
    let refused = (response.status == 429).then(|| {
        let used_up = calls.is_none_or(|calls| calls.left == 0);
        let limit = if is_update && !used_up { Limit::Updates } else { Limit::Calls };
        Refused { limit, wait: throttled(response) }
    });
    Limits { calls, updates: None, refused }
}

fn of_calls(response: &Response) -> Option<Left> {
    let number = |name: &str| response.header_text(name)?.trim().parse().ok();
    Some(Left { limit: number("x-ratelimit-total")?, left: number("x-ratelimit-remaining")?, resets: None })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::{Request, Url};

    #[test]
    fn what_is_left_and_what_is_refused() {
        let labelled = |status: u16, left: &str| {
            Response::empty(status).header("x-ratelimit-total", "400").header("x-ratelimit-remaining", left)
        };
        let throttled = |left: &str| labelled(429, left).header("retry-after", "20");
        let refusal = |limit, wait| Some(Refused { limit, wait: Duration::from_secs(wait) });
        for (method, response, left, refused) in [
            (Method::POST, labelled(201, "399"), Some(399), None),
            (Method::POST, throttled("0"), Some(0), refusal(Limit::Calls, 20)),
            (Method::PUT, throttled("90"), Some(90), refusal(Limit::Updates, 20)),
            (Method::PUT, Response::empty(429), None, refusal(Limit::Calls, 60)),
            (Method::GET, Response::empty(200), None, None),
        ] {
            let url: Url = "https://acme.freshdesk.com/api/v2/tickets/35".parse().unwrap();
            let exchange =
                Exchange { request: Request::new(method, url), answer: Answer::Response(response) };
            let calls = left.map(|left| Left { limit: 400, left, resets: None });
            assert_eq!(told(&exchange), Limits { calls, updates: None, refused });
        }
    }
}
