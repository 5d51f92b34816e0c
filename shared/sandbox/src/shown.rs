//! JSON as text from the start. What an API shows is written once and read by nobody here, so it needs no tree of values: those
//! were most of what a stand-in did.

use std::collections::{BTreeMap, BTreeSet};

use deskbridge_connectors::http::Response;
use serde::Serialize;
use serde_json::Value;

/// The value `null`.
pub(crate) const NULL: () = ();
/// An empty list.
pub(crate) const NOTHING: [(); 0] = [];

/// One JSON value, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown(Vec<u8>);

impl Shown {
    /// An object whose fields are added by [`Shown::with`] until [`Shown::end`].
    pub(crate) fn object() -> Self {
        let mut text = Vec::with_capacity(512);
        text.push(b'{');
        Self(text)
    }

    /// With one more field. Its name holds nothing that JSON escapes, and is not there yet.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &(impl Show + ?Sized)) -> Self {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
        value.show(&mut self.0);
        self
    }

    /// The object, whole.
    #[must_use]
    pub(crate) fn end(mut self) -> Self {
        self.0.push(b'}');
        self
    }

    /// A value that is no object, or one that is there as a tree.
    pub(crate) fn of(value: &(impl Show + ?Sized)) -> Self {
        let mut text = Vec::new();
        value.show(&mut text);
        Self(text)
    }

    /// The value as a tree, for those who look into it.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.0).unwrap_or_default()
    }

    /// An answer that shows it.
    pub(crate) fn answer(self, status: u16) -> Response {
        let response = Response { body: self.0.into(), ..Response::empty(status) };
        response.header("content-type", "application/json; charset=utf-8")
    }
}

/// What can be shown.
pub(crate) trait Show {
    /// Appends it as JSON.
    fn show(&self, out: &mut Vec<u8>);
}

/// What serde writes.
fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Writing into memory fails for nothing that is shown here.
    let _ = serde_json::to_writer(out, value);
}

macro_rules! written {
    ($($kind:ty),*) => {
        $(impl Show for $kind {
            fn show(&self, out: &mut Vec<u8>) {
                write(out, self);
            }
        })*
    };
}

written!(bool, u8, u32, u64, i32, i64, usize, str, String, Value, serde_json::Map<String, Value>);

impl Show for Shown {
    fn show(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Show for () {
    fn show(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"null");
    }
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self, out: &mut Vec<u8>) {
        (**self).show(out);
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.show(out),
            None => ().show(out),
        }
    }
}

impl<T: Show> Show for [T] {
    fn show(&self, out: &mut Vec<u8>) {
        list(self, out);
    }
}

impl<T: Show, const N: usize> Show for [T; N] {
    fn show(&self, out: &mut Vec<u8>) {
        list(self, out);
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self, out: &mut Vec<u8>) {
        list(self, out);
    }
}

impl<T: Show> Show for BTreeSet<T> {
    fn show(&self, out: &mut Vec<u8>) {
        list(self, out);
    }
}

impl<T: Show> Show for BTreeMap<&str, T> {
    fn show(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, (name, value)) in self.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            name.show(out);
            out.push(b':');
            value.show(out);
        }
        out.push(b'}');
    }
}

fn list<'a, T: Show + 'a>(values: impl IntoIterator<Item = &'a T>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        value.show(out);
    }
    out.push(b']');
}

/// An object, as `json!` writes one: `shown!({"id": 7, "name": name, "parent": NULL})`. An object inside is another `shown!`.
macro_rules! shown {
    ({ $($name:literal : $value:expr),* $(,)? }) => {
        $crate::shown::Shown::object()$(.with($name, &$value))*.end()
    };
}
pub(crate) use shown;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_the_json_that_a_tree_gives() {
        let (tags, named) = (BTreeSet::from(["b", "a"]), BTreeMap::from([("a \"field\"", json!([1, null]))]));
        let nobody: Option<String> = None;
        let shown = shown!({
            "id": 7_u64, "text": "a \"b\"\n\u{1fad6}", "nobody": nobody, "somebody": Some("x"), "parent": NULL, "files": NOTHING,
            "tags": tags, "named": named, "inside": shown!({"flag": true, "list": vec![shown!({}), shown!({"n": -1_i64})]}),
        });
        let wanted = json!({
            "id": 7, "text": "a \"b\"\n\u{1fad6}", "nobody": null, "somebody": "x", "parent": null, "files": [],
            "tags": ["a", "b"], "named": {"a \"field\"": [1, null]}, "inside": {"flag": true, "list": [{}, {"n": -1}]},
        });
        assert_eq!(shown.value(), wanted);
        let answer = shown.answer(201);
        assert_eq!((answer.status, answer.body.len()), (201, wanted.to_string().len()));
        assert_eq!(answer.headers, Response::json(201, &wanted).headers);
    }
}
