//! People as answers and webhooks describe them.

use std::collections::BTreeMap;

use deskbridge_core::model::Person;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Id, lenient};

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
        let handle = self.handle().map(|handle| format!("@{handle}"));
        match (name, handle) {
            (Some(name), Some(handle)) => Some(format!("{name} ({handle})")),
            (name, handle) => handle.or(name.map(str::to_owned)),
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

/// The people that a webhook tells about, by id.
#[derive(Default)]
pub(super) struct People(BTreeMap<String, User>);

impl People {
    /// Gathers people however they are wrapped: a list, a map by id, each bare or under `data`.
    pub(super) fn of(raw: Option<&RawValue>) -> Self {
        let mut people = Self::default();
        if let Some(raw) = raw {
            people.gather(raw, 4);
        }
        people
    }

    fn gather(&mut self, raw: &RawValue, depth: u8) {
        if depth == 0 {
            return;
        }
        match serde_json::from_str::<User>(raw.get()) {
            Ok(user) if user.id().is_some() => self.add(user),
            _ => {
                let list: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
                let map: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
                list.into_iter().chain(map.into_values()).for_each(|inner| self.gather(inner, depth - 1));
            }
        }
    }

    pub(super) fn add(&mut self, user: User) {
        if let Some(id) = user.id() {
            self.0.insert(id.to_owned(), user);
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&User> {
        self.0.get(id)
    }

    pub(super) fn person(&self, id: &str) -> Person {
        Person { id: id.to_owned(), name: self.get(id).and_then(User::shown) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_however_they_are_wrapped() {
        for json in [
            r#"[{"id":"7","name":"Kim Park","username":"kim"}]"#,
            r#"[{"data":{"id":"7","name":" Kim Park ","username":"kim"}}]"#,
            r#"{"7":{"id":"7","name":"Kim Park","screen_name":"kim"},"8":{"odd":1}}"#,
            r#"{"7":{"data":{"id":"7","name":"Kim Park","username":"kim"}}}"#,
            r#"{"id":7,"id_str":"7","name":"Kim Park","screen_name":"kim"}"#,
        ] {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            let people = People::of(Some(raw));
            assert_eq!(people.person("7").name.as_deref(), Some("Kim Park (@kim)"), "{json}");
            assert_eq!(people.person("8").name, None, "{json}");
        }
        assert!(People::of(None).get("7").is_none());
    }

    #[test]
    fn a_name_that_cannot_be_one_is_left_out() {
        let shown = |json: &str| serde_json::from_str::<User>(json).unwrap().shown();
        assert_eq!(shown(r#"{"id":"7","username":"a/b"}"#), None);
        assert_eq!(shown(r#"{"id":"7","username":"kim"}"#).as_deref(), Some("@kim"));
        assert_eq!(shown(r#"{"id":"7","name":"Kim"}"#).as_deref(), Some("Kim"));
    }
}
