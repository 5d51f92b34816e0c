//! Sending an approved template: looked up by its name first, so that what an agent wrote is checked before anything is sent.

use deskbridge_core::command::Template;
use deskbridge_core::effect::{Outcome, Reason, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};

use super::WhatsApp;
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{List, answer_to};
use crate::meta::wire::lenient;

/// So many templates are listed for an agent who asks which there are.
const LISTED: &str = "100";
/// The longest list in a refusal, in characters.
const LIST_CHARACTERS: usize = 400;

/// A template as WhatsApp lists it.
#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    status: String,
    #[serde(default, deserialize_with = "lenient")]
    components: Option<Vec<Component>>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    format: Option<String>,
}

/// What comes before sending.
pub(super) enum Prepared {
    /// The list must be asked for first.
    Ask(Request),
    /// It cannot be sent so, or not now.
    Not(Outcome),
    /// The `template` part of the message.
    Ready(Value),
}

/// Prepares a template. `exchanges` begins with the answer to the list.
pub(super) fn prepare(whatsapp: &WhatsApp, wanted: &Template, exchanges: &[Exchange]) -> Prepared {
    let Some(exchange) = exchanges.first() else {
        let mut query = vec![("fields", "name,language,status,components"), ("limit", LISTED)];
        if !wanted.name.is_empty() {
            query.push(("name", wanted.name.as_str()));
        }
        let path = [whatsapp.business_account.as_str(), "message_templates"];
        return match whatsapp.graph.request(Method::GET, &path, &query) {
            Ok(request) => Prepared::Ask(request),
            Err(refusal) => Prepared::Not(Outcome::Refused(refusal)),
        };
    };
    let list = match answer_to::<List<Listed>>(&whatsapp.graph, exchange) {
        Ok(list) => list,
        Err(outcome) => return Prepared::Not(outcome),
    };
    let approved: Vec<Listed> = list.data.into_iter().filter(|one| one.status == "APPROVED").collect();
    match chosen(wanted, &approved).and_then(|template| Ok((template, parameters(wanted, template)?))) {
        Ok((template, parameters)) => Prepared::Ready(part(template, &parameters)),
        Err(code) => Prepared::Not(Outcome::Refused(Refusal::new(Reason::Template, code))),
    }
}

/// The one that is meant; else what there is.
fn chosen<'a>(wanted: &Template, approved: &'a [Listed]) -> Result<&'a Listed, String> {
    // Asked for by name, WhatsApp also lists names that merely contain it.
    let named: Vec<&Listed> = approved.iter().filter(|one| one.name == wanted.name).collect();
    let in_language =
        |one: &&&Listed| wanted.language.as_ref().is_none_or(|language| one.language == *language);
    let mut fitting = named.iter().filter(in_language);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(format!("say the language: {}", languages(&named))),
        (None, _) if named.is_empty() && wanted.name.is_empty() => {
            Err(format!("approved are: {}", names(approved)))
        }
        (None, _) if named.is_empty() => Err(format!("no approved template {}", wanted.name)),
        (None, _) => Err(format!("{} is approved in: {}", wanted.name, languages(&named))),
    }
}

fn languages(named: &[&Listed]) -> String {
    named.iter().map(|one| one.language.as_str()).collect::<Vec<_>>().join(", ")
}

fn names(approved: &[Listed]) -> String {
    let mut names: Vec<String> =
        approved.iter().map(|one| format!("{} ({})", one.name, one.language)).collect();
    names.sort();
    let list = names.join(", ");
    if list.is_empty() { "none".to_owned() } else { list.chars().take(LIST_CHARACTERS).collect() }
}

/// The values for the placeholders of the body, which are numbers or names; other parts with placeholders are not supported.
fn parameters(wanted: &Template, template: &Listed) -> Result<Vec<Value>, String> {
    let components = template.components.as_deref().unwrap_or_default();
    for component in components.iter().filter(|component| component.kind != "BODY") {
        let media = component.format.as_deref().is_some_and(|format| format != "TEXT");
        if media || component.text.as_deref().is_some_and(|text| !placeholders(text).is_empty()) {
            return Err(format!(
                "its {} needs a value, which a command cannot give",
                component.kind.to_lowercase()
            ));
        }
    }
    let body =
        components.iter().find(|component| component.kind == "BODY").and_then(|body| body.text.as_deref());
    let places = placeholders(body.unwrap_or_default());
    if places.len() != wanted.values.len() {
        return Err(format!(
            "it takes {} values ({}), {} given",
            places.len(),
            places.join(", "),
            wanted.values.len()
        ));
    }
    let numbered = places.iter().all(|place| place.bytes().all(|byte| byte.is_ascii_digit()));
    if numbered {
        return Ok(wanted.values.iter().map(|value| json!({"type": "text", "text": value})).collect());
    }
    let value_of = |place: &str| {
        wanted.values.iter().find_map(|value| value.split_once('=').filter(|(name, _)| name.trim() == place))
    };
    let named = places.iter().map(|place| match value_of(place) {
        Some((_, value)) => Ok(json!({"type": "text", "parameter_name": place, "text": value.trim()})),
        None => Err(format!("write the values as name=value: {}", places.join(", "))),
    });
    named.collect()
}

/// The placeholders of a text, `{{1}}` or `{{name}}`, each once, as they come.
fn placeholders(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in text.split("{{").skip(1) {
        let name = part.split("}}").next().unwrap_or_default().trim();
        if !name.is_empty() && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn part(template: &Listed, parameters: &[Value]) -> Value {
    let mut part = json!({"name": template.name, "language": {"code": template.language}});
    if !parameters.is_empty() {
        part["components"] = json!([{"type": "body", "parameters": parameters}]);
    }
    part
}
