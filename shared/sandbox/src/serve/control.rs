//! The paths that every stand-in has besides its API.

use deskbridge_connectors::http::{Method, Request, Response};
use serde_json::{Value, json};

use crate::faults::CONTROL_PREFIX;
use crate::{FaultRule, Faults};

/// The stream of changes.
pub(super) const CHANGES: &str = "/_sandbox/changes";
const FAULTS: &str = "/_sandbox/faults";

/// Answers what concerns the faults, and the question of a page on another port whether it may call a control path.
pub(super) fn answer(faults: &mut Faults, request: &Request) -> Option<Response> {
    let path = request.url.path();
    if request.method == Method::OPTIONS && path.starts_with(CONTROL_PREFIX) {
        return Some(preflight());
    }
    if path != FAULTS {
        return None;
    }
    Some(match request.method {
        Method::GET => Response::json(200, faults.rules()),
        Method::POST => add(faults, &request.body),
        Method::DELETE => {
            faults.clear();
            Response::empty(204)
        }
        _ => Response::text(405, "GET, POST or DELETE\n").header("allow", "GET, POST, DELETE"),
    })
}

/// Adds one rule or an array of rules; all of them or none.
fn add(faults: &mut Faults, body: &[u8]) -> Response {
    let rules = serde_json::from_slice(body).and_then(|value| match value {
        Value::Array(rules) => rules.into_iter().map(serde_json::from_value).collect(),
        rule => serde_json::from_value(rule).map(|rule| vec![rule]),
    });
    match rules {
        Ok::<Vec<FaultRule>, _>(rules) => {
            rules.into_iter().for_each(|rule| faults.add(rule));
            Response::json(201, faults.rules())
        }
        Err(error) => Response::json(400, &json!({"error": format!("not a fault: {error}")})),
    }
}

fn preflight() -> Response {
    Response::empty(204)
        .header("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
        .header("access-control-allow-headers", "authorization, content-type")
        .header("access-control-max-age", "600")
}

/// Lets pages of other ports read the answers of control paths. The APIs themselves stay closed to pages.
pub(super) fn open_to_pages(path: &str, response: Response) -> Response {
    if path.starts_with(CONTROL_PREFIX) {
        response.header("access-control-allow-origin", "*")
    } else {
        response
    }
}
