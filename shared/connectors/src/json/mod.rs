//! JSON that is gone through once: that checks its syntax, and finds where each value stands. Whatever is then asked of a body
//! takes a look at the values it is about, and at no others. A value of an unexpected shape spoils nothing but itself.

mod index;
mod part;
mod read;
#[cfg(test)]
mod tests;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde_json::Error;

use self::index::Node;
pub(crate) use self::part::{Part, Parts};
pub(crate) use self::read::{Raw, first, lenient, several};

/// A body that is JSON.
pub(crate) struct Json<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Json<'a> {
    /// Finds every value of a body.
    ///
    /// # Errors
    /// When it is not JSON in UTF-8, or longer than 4 GiB.
    pub(crate) fn of(body: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(Error::custom)?;
        match index::nodes(text) {
            Some(nodes) => Ok(Self { text, nodes }),
            // Somebody who knows why says it.
            None => Err(serde_json::from_str::<IgnoredAny>(text)
                .err()
                .unwrap_or_else(|| Error::custom("too long"))),
        }
    }

    /// The whole of it.
    pub(crate) fn root(&self) -> Part<'_> {
        Part::new(self.text, &self.nodes)
    }
}

/// A body as a typed value.
///
/// # Errors
/// When it is not JSON of that shape.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    T::deserialize(Json::of(body)?.root())
}
