//! One value of a body.

use std::borrow::Cow;

use serde::Deserialize;

use super::index::Node;

/// What stands where there is nothing.
const NOTHING: Node = Node { start: 0, end: 0, size: 1, first: b'n', escaped: false };

/// A value as it stands in a body, with all that is in it.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    text: &'a str,
    /// Of this value first, then of what is in it; then of what follows in the body.
    nodes: &'a [Node],
}

impl<'a> Part<'a> {
    pub(super) fn new(text: &'a str, nodes: &'a [Node]) -> Self {
        Self { text, nodes }
    }

    fn node(self) -> Node {
        self.nodes.first().copied().unwrap_or(NOTHING)
    }

    /// The JSON of it.
    pub(crate) fn raw(self) -> &'a str {
        let node = self.node();
        self.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    pub(crate) fn is_object(self) -> bool {
        self.node().first == b'{'
    }

    pub(crate) fn is_null(self) -> bool {
        self.node().first == b'n'
    }

    /// What it says, if it is a text that can be read.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        self.read().map(Cow::Borrowed).or_else(|_| self.read().map(Cow::Owned)).ok()
    }

    /// A text in which nothing is escaped.
    pub(super) fn plain_text(self) -> Option<&'a str> {
        let node = self.node();
        let inside = node.start as usize + 1..(node.end as usize).saturating_sub(1);
        if node.first == b'"' && !node.escaped { self.text.get(inside) } else { None }
    }

    /// As a typed value.
    ///
    /// # Errors
    /// When it has another shape.
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        T::deserialize(self)
    }

    /// Whether this is an object with something under that name.
    pub(crate) fn has(self, name: &str) -> bool {
        self.under(name).next().is_some()
    }

    /// What stands under a name; `None` if nothing does. Nor if several things do: none of them is to be overlooked.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        let mut found = self.under(name);
        found.next().filter(|_| found.next().is_none())
    }

    /// All that stands under a name: more than one thing, if it is there more than once.
    pub(crate) fn under(self, name: &str) -> impl Iterator<Item = Self> {
        self.fields().filter(move |(field, _)| field.is_text(name)).map(|(_, value)| value)
    }

    fn is_text(self, name: &str) -> bool {
        let node = self.node();
        match node.escaped {
            true => self.text().as_deref() == Some(name),
            false => (node.end - node.start) as usize == name.len() + 2 && self.plain_text() == Some(name),
        }
    }

    /// The names and values of an object; none if it is none.
    pub(crate) fn fields(self) -> impl Iterator<Item = (Self, Self)> + use<'a> {
        let mut inside = if self.is_object() { self.inside() } else { Parts::default() };
        std::iter::from_fn(move || Some((inside.next()?, inside.next()?)))
    }

    /// The items of a list; `None` if it is no list.
    pub(crate) fn items(self) -> Option<Parts<'a>> {
        (self.node().first == b'[').then(|| self.inside())
    }

    /// The items of the list under a name, none if nothing or `null` stands there; `None` if something else does, or this is
    /// no object.
    pub(crate) fn list(self, name: &str) -> Option<Parts<'a>> {
        match self.get(name) {
            Some(part) if !part.is_null() => part.items(),
            Some(_) => Some(Parts::default()),
            None => (self.is_object() && !self.has(name)).then(Parts::default),
        }
    }

    fn inside(self) -> Parts<'a> {
        Parts { text: self.text, nodes: self.nodes.get(1..self.node().size as usize).unwrap_or_default() }
    }
}

/// Values one after the other.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts<'a> {
    text: &'a str,
    nodes: &'a [Node],
}

impl Parts<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let part = Part::new(self.text, self.nodes);
        let size = self.nodes.first()?.size;
        self.nodes = self.nodes.get(size as usize..).unwrap_or_default();
        Some(part)
    }
}
