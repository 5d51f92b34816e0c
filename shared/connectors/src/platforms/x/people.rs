//! People as answers and webhooks describe them.

use deskbridge_core::model::Person;
use serde::Deserialize;

use super::wire::{Id, lenient};
use crate::json::Part;

/// One person, in the present or the older format.
#[derive(Clone, Deserialize)]
pub(super) struct User {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    id_str: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, alias = "screen_name", deserialize_with = "lenient")]
    pub(super) username: Option<String>,
}

impl User {
    pub(super) fn id(&self) -> Option<&str> {
        self.id_str.as_ref().or(self.id.as_ref()).map(|id| id.0.as_str())
    }

    /// The name as agents know it: with the @name, by which people are found on X.
    pub(super) fn shown(&self) -> Option<String> {
        let name = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        match (name, self.handle()) {
            (Some(name), Some(handle)) => Some(format!("{name} (@{handle})")),
            (None, Some(handle)) => Some(format!("@{handle}")),
            (name, None) => name.map(str::to_owned),
        }
    }

    /// The @name, if it is one that can stand in an address.
    pub(super) fn handle(&self) -> Option<&str> {
        let legal = |name: &&str| {
            (1..=50).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        self.username.as_deref().filter(legal)
    }
}

/// The people that a webhook or an answer tells about.
#[derive(Default)]
pub(super) struct People<'a> {
    /// As a webhook tells about them. Hardly any of them is looked for, so they are read only then.
    told: Option<Part<'a>>,
    added: Vec<User>,
}

impl<'a> People<'a> {
    /// People however they are wrapped: a list, a map by id, each bare or under `data`.
    pub(super) fn of(told: Option<Part<'a>>) -> Self {
        Self { told, added: Vec::new() }
    }

    pub(super) fn add(&mut self, user: User) {
        self.added.push(user);
    }

    pub(super) fn get(&self, id: &str) -> Option<User> {
        let added = self.added.iter().rfind(|user| user.id() == Some(id)).cloned();
        added.or_else(|| find(self.told?, id, 4))
    }

    pub(super) fn person(&self, id: &str) -> Person {
        Person { id: id.to_owned(), name: self.get(id).and_then(|user| user.shown()) }
    }
}

fn find(told: Part<'_>, id: &str, depth: u8) -> Option<User> {
    if depth == 0 {
        return None;
    }
    if let Some(named) = named(told) {
        return if named == id { told.read().ok() } else { None };
    }
    let look = |inner| find(inner, id, depth - 1);
    match told.items() {
        Some(mut items) => items.find_map(look),
        None => told.fields().find_map(|(_, value)| look(value)),
    }
}

/// Who it is that is described there, if it is somebody.
fn named(told: Part<'_>) -> Option<&str> {
    let ids = ["id_str", "id"].into_iter().filter_map(|name| told.get(name)).map(Part::raw);
    let ids = ids.filter(|id| id.starts_with(|first: char| first == '"' || first.is_ascii_digit()));
    ids.map(|id| id.trim_matches('"')).find(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Json};

    #[test]
    fn people_are_found_however_they_are_wrapped() {
        for json in [
            r#"[{"id":"7","name":"Kim Park","username":"kim"}]"#,
            r#"[{"data":{"id":"7","name":" Kim Park ","username":"kim"}}]"#,
            r#"{"7":{"id":"7","name":"Kim Park","screen_name":"kim"},"8":{"odd":1}}"#,
            r#"{"7":{"data":{"id":"7","name":"Kim Park","username":"kim"}}}"#,
            r#"{"id":7,"id_str":"7","name":"Kim Park","screen_name":"kim"}"#,
        ] {
            let told = Json::of(json.as_bytes()).unwrap();
            let people = People::of(Some(told.root()));
            assert_eq!(people.person("7").name.as_deref(), Some("Kim Park (@kim)"), "{json}");
            assert_eq!(people.person("8").name, None, "{json}");
        }
        assert!(People::of(None).get("7").is_none());
    }

    #[test]
    fn a_name_that_cannot_be_one_is_left_out() {
        let shown = |json: &str| json::read::<User>(json.as_bytes()).unwrap().shown();
        assert_eq!(shown(r#"{"id":"7","username":"a/b"}"#), None);
        assert_eq!(shown(r#"{"id":"7","username":"kim"}"#).as_deref(), Some("@kim"));
        assert_eq!(shown(r#"{"id":"7","name":"Kim"}"#).as_deref(), Some("Kim"));
    }
}
