//! The door: the automation's webhook, which says no more than that something happened in a ticket.

use deskbridge_core::model::{Event, Hint, Place, TicketStatus, What};
use deskbridge_core::{Moment, digest};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::wire::status_of;
use crate::http::{HeaderName, Request};
use crate::{Inbound, Reject, Unreadable, Verified};

/// The header in which the automation sends the door's key.
const KEY_HEADER: &str = "x-deskbridge-key";
/// The most digits of a ticket id that can be real.
const TICKET_DIGITS: usize = 20;

/// Adds the key as an automation rule does.
pub(super) fn sign(request: Request, key: &SecretString, _now: Moment) -> Request {
    request.secret_header(HeaderName::from_static(KEY_HEADER), key)
}

/// Checks the key. Freshdesk signs nothing, so the body may be anybody's: it is only ever a hint.
pub(super) fn verify(request: Request, keys: &[SecretString]) -> Result<Verified, Reject> {
    if !request.headers.contains_key(KEY_HEADER) {
        return Err(Reject::NoSignature);
    }
    match request.only_header(KEY_HEADER).map(str::to_owned) {
        Some(claimed) if !claimed.is_empty() => Verified::by_static_secret(request, keys, &claimed),
        _ => Err(Reject::MalformedSignature),
    }
}

/// Reads the hint out of the advanced layout that we document, or of the simple one that Freshdesk makes by itself.
///
/// The webhook has neither an id nor a usable time. The event's id is the body's hash: two changes of a ticket may look
/// the same, so hints must not be dropped for being known already. Its moment is the epoch, which says "unknown".
pub(super) fn parse(body: &[u8], owner: &str, conversation_field: &str) -> Result<Vec<Inbound>, Unreadable> {
    let json: Value =
        serde_json::from_slice(body).map_err(|error| unreadable(format!("not JSON: {error}")))?;
    let fields = json.get("freshdesk_webhook").unwrap_or(&json);
    let fields = fields.as_object().ok_or_else(|| unreadable("not a JSON object"))?;
    let ticket = fields.get("ticket_id").ok_or_else(|| unreadable("no ticket_id"))?;
    let ticket = ticket_id(ticket).ok_or_else(|| unreadable("ticket_id is not an id"))?;
    let status = first(fields, &["status", "ticket_status"]).and_then(status);
    let own = format!("ticket_{conversation_field}");
    let conversation = first(fields, &["conversation", conversation_field, &own])
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(str::to_owned);
    let event = Event {
        id: event_id(body, &ticket),
        at: Moment::default(),
        place: Place::Ticket { ticket: ticket.clone(), conversation },
        what: What::Hint(Hint { ticket, status }),
    };
    Ok(vec![Inbound { owner: owner.to_owned(), event }])
}

fn event_id(body: &[u8], ticket: &str) -> String {
    format!("{:016x}", digest(&[ticket, &hex::encode(body)]))
}

fn unreadable(why: impl Into<String>) -> Unreadable {
    Unreadable { why: why.into() }
}

fn first<'a>(fields: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| fields.get(*name))
}

/// A ticket id from a number or a text such as `35`, `#35` or `[#INC-35]`. Two numbers in one text are none.
fn ticket_id(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let number = numbers.next().filter(|number| number.len() <= TICKET_DIGITS)?;
    numbers.next().is_none().then(|| number.to_owned())
}

/// A status from its English label or its id. Accounts may rename and translate labels: what is not known is left open.
fn status(value: &Value) -> Option<TicketStatus> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_lowercase(),
        _ => return None,
    };
    match text.as_str() {
        "open" => Some(TicketStatus::Open),
        "pending" => Some(TicketStatus::Pending),
        "resolved" | "closed" => Some(TicketStatus::Solved),
        waiting if waiting.starts_with("waiting on ") => Some(TicketStatus::Pending),
        id => id.parse().ok().filter(|id| *id >= 2).map(status_of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderValue, Url};

    fn keys(keys: &[&str]) -> Vec<SecretString> {
        keys.iter().map(|key| SecretString::from(*key)).collect()
    }

    fn delivery(sent: &[&str]) -> Request {
        let mut request = Request::get(Url::parse("https://bridge.example/hooks/acme").unwrap());
        for key in sent {
            request.headers.append(KEY_HEADER, HeaderValue::from_str(key).unwrap());
        }
        request
    }

    fn only(body: &str) -> Result<Event, Unreadable> {
        let mut events = parse(body.as_bytes(), "acme.freshdesk.com", "cf_deskbridge")?;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].owner, "acme.freshdesk.com");
        Ok(events.remove(0).event)
    }

    #[test]
    fn the_key_must_be_there_exactly_once_and_be_one_of_ours() {
        let ours = keys(&["old-key", "new-key"]);
        let cases: &[(&[&str], Option<Reject>)] = &[
            (&["old-key"], None),
            (&["new-key"], None),
            (&["new-kez"], Some(Reject::WrongSignature)),
            (&["new-key "], Some(Reject::WrongSignature)),
            (&["old-keynew-key"], Some(Reject::WrongSignature)),
            (&[], Some(Reject::NoSignature)),
            (&[""], Some(Reject::MalformedSignature)),
            (&["new-key", "new-key"], Some(Reject::MalformedSignature)),
            (&["new-këy"], Some(Reject::MalformedSignature)),
        ];
        for (sent, reject) in cases {
            assert_eq!(verify(delivery(sent), &ours).err(), *reject, "{sent:?}");
        }
        assert_eq!(verify(delivery(&["old-key"]), &[]).err(), Some(Reject::WrongSignature));
    }

    #[test]
    fn signing_is_the_counterpart_of_verifying() {
        let ours = keys(&["a-key"]);
        let signed = sign(delivery(&[]), &ours[0], Moment(0));
        assert!(verify(signed, &ours).is_ok());
    }

    #[test]
    fn reads_both_layouts() {
        let advanced = only(
            r#"{"v":1,"ticket_id":"35","conversation":"fb-1","status":"Open","event":"{ticket_action:update}"}"#,
        );
        let simple = only(
            r#"{"freshdesk_webhook":{"ticket_id":35,"ticket_status":"Resolved","ticket_cf_deskbridge":"fb-1"}}"#,
        );
        for (event, status) in [(advanced, TicketStatus::Open), (simple, TicketStatus::Solved)] {
            let event = event.unwrap();
            let place = Place::Ticket { ticket: "35".to_owned(), conversation: Some("fb-1".to_owned()) };
            assert_eq!(event.place, place);
            assert_eq!(event.what, What::Hint(Hint { ticket: "35".to_owned(), status: Some(status) }));
        }
    }

    #[test]
    fn an_empty_field_is_no_conversation() {
        for body in [r#"{"ticket_id":"35","conversation":" "}"#, r#"{"ticket_id":"35","conversation":null}"#]
        {
            let place = Place::Ticket { ticket: "35".to_owned(), conversation: None };
            assert_eq!(only(body).unwrap().place, place);
        }
    }

    #[test]
    fn ticket_ids_in_every_dress() {
        let cases = [
            (r#""35""#, Some("35")),
            ("35", Some("35")),
            (r##""[#35]""##, Some("35")),
            (r##""#INC-35 ""##, Some("35")),
            ("9007199254740993", Some("9007199254740993")),
            (r#""35 of 40""#, None),
            ("35.5", None),
            ("-35", None),
            (r#""""#, None),
            ("null", None),
            (r#""{{ticket.id}}""#, None),
            (r#""123456789012345678901""#, None),
        ];
        for (id, expected) in cases {
            let event = only(&format!(r#"{{"ticket_id":{id}}}"#));
            let read = event.ok().map(|event| match event.what {
                What::Hint(hint) => hint.ticket,
                other => panic!("{other:?}"),
            });
            assert_eq!(read.as_deref(), expected, "{id}");
        }
    }

    #[test]
    fn statuses_by_label_or_id_and_none_for_foreign_words() {
        let cases = [
            (r#""Open""#, Some(TicketStatus::Open)),
            (r#""PENDING ""#, Some(TicketStatus::Pending)),
            (r#""Resolved""#, Some(TicketStatus::Solved)),
            (r#""Closed""#, Some(TicketStatus::Solved)),
            (r#""Waiting on Customer""#, Some(TicketStatus::Pending)),
            (r#""Wacht op klant""#, None),
            (r#""""#, None),
            ("5", Some(TicketStatus::Solved)),
            (r#""7""#, Some(TicketStatus::Pending)),
            ("0", None),
            ("true", None),
        ];
        for (label, expected) in cases {
            let event = only(&format!(r#"{{"ticket_id":1,"status":{label}}}"#)).unwrap();
            assert_eq!(event.what, What::Hint(Hint { ticket: "1".to_owned(), status: expected }), "{label}");
        }
    }

    #[test]
    fn what_is_no_hint_is_not_understood() {
        for body in
            ["", "ticket_id=35", "[]", "null", "{}", r#"{"freshdesk_webhook":null}"#, "{\"ticket_id\":\"35\""]
        {
            assert!(only(body).is_err(), "{body}");
        }
    }

    #[test]
    fn ids_are_stable_and_differ_by_content() {
        let id = |body: &str| only(body).unwrap().id;
        let first = r#"{"ticket_id":"35","modified":"a"}"#;
        assert_eq!(id(first), id(first));
        assert_ne!(id(first), id(r#"{"ticket_id":"35","modified":"b"}"#));
    }
}
