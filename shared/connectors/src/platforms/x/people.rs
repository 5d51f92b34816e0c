//! People as answers and webhooks describe them.

use deskbridge_core::model::Person;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Id, items, lenient, values};

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
    told: Option<&'a RawValue>,
    added: Vec<User>,
}

impl<'a> People<'a> {
    /// People however they are wrapped: a list, a map by id, each bare or under `data`.
    pub(super) fn of(told: Option<&'a RawValue>) -> Self {
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

fn find(raw: &RawValue, id: &str, depth: u8) -> Option<User> {
    if depth == 0 {
        return None;
    }
    match serde_json::from_str::<Named<'_>>(raw.get()) {
        Ok(named) if named.is_named() => {
            if named.is(id) {
                serde_json::from_str(raw.get()).ok()
            } else {
                None
            }
        }
        _ => {
            let mut found = None;
            let mut look = |inner| found = found.take().or_else(|| find(inner, id, depth - 1));
            items(raw, &mut look);
            values(raw, look);
            found
        }
    }
}

/// What of a person tells who it is.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id_str: Option<&'a RawValue>,
}

impl Named<'_> {
    fn told(&self) -> impl Iterator<Item = &str> {
        let is_id =
            |raw: &&RawValue| raw.get().starts_with(|first: char| first == '"' || first.is_ascii_digit());
        let both = [self.id_str, self.id].into_iter().flatten().filter(is_id);
        both.map(|raw| raw.get().trim_matches('"')).filter(|id| !id.is_empty())
    }

    fn is_named(&self) -> bool {
        self.told().next().is_some()
    }

    fn is(&self, id: &str) -> bool {
        self.told().next() == Some(id)
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
