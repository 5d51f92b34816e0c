//! Values become types by `serde`, each value by itself.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

use super::part::Part;

/// By these names [`Raw`] and [`Lenient`] are known, and refused by all that reads JSON in another way.
const RAW: &str = "deskbridge::Raw";
const LENIENT: &str = "deskbridge::Lenient";

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = Error;

    /// What is neither asked for as an object nor as a list, and is no text, `serde_json` reads. (Only that: the code for reading a
    /// type is there once for each way in which it can be read.)
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.plain_text() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => serde_json::Deserializer::from_str(self.raw()).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_object() {
            visitor.visit_map(MapDeserializer::new(self.fields()))
        } else {
            Err(self.unexpected(&visitor))
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.items() {
            Some(items) => visitor.visit_seq(SeqDeserializer::new(items)),
            None => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            RAW => visitor.visit_borrowed_str(self.raw()),
            LENIENT => visitor.visit_some(self),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.raw()).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple tuple_struct identifier
    }
}

impl Part<'_> {
    fn unexpected(self, expected: &dyn Expected) -> Error {
        let found = match self.raw().bytes().next() {
            Some(b'{') => Unexpected::Map,
            Some(b'[') => Unexpected::Seq,
            Some(b'n') => Unexpected::Unit,
            Some(b'"') => Unexpected::Other("a text"),
            Some(b't' | b'f') => Unexpected::Other("a truth value"),
            _ => Unexpected::Other("a number"),
        };
        Error::invalid_type(found, expected)
    }
}

impl<'de> IntoDeserializer<'de, Error> for Part<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A value as it stands there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a>(pub(crate) &'a str);

impl<'a> Raw<'a> {
    /// What it says, if it is a text.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        let inside = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if inside.contains('\\') {
            serde_json::from_str(self.0).ok().map(Cow::Owned)
        } else {
            Some(inside.into())
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsItStands;
        impl<'de> Visitor<'de> for AsItStands {
            type Value = Raw<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part of a body that is read as such")
            }

            fn visit_borrowed_str<E>(self, raw: &'de str) -> Result<Raw<'de>, E> {
                Ok(Raw(raw))
            }
        }
        deserializer.deserialize_newtype_struct(RAW, AsItStands)
    }
}

/// A value that counts as absent if it has an unexpected shape.
struct Lenient<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IfItIs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for IfItIs<T> {
            type Value = Lenient<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part of a body that is read as such")
            }

            fn visit_some<D: Deserializer<'de>>(self, part: D) -> Result<Lenient<T>, D::Error> {
                Ok(Lenient(T::deserialize(part).ok()))
            }
        }
        deserializer.deserialize_newtype_struct(LENIENT, IfItIs(PhantomData))
    }
}

/// For fields that a message can do without: of an unexpected shape they count as absent.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Lenient::<Option<T>>::deserialize(deserializer)?.0.flatten())
}

/// The items of a list that have the expected shape; none if it is no list.
pub(crate) fn several<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list: Option<Vec<Lenient<T>>> = lenient(deserializer)?;
    Ok(list.into_iter().flatten().filter_map(|item| item.0).collect())
}

/// The first item of a list that has the expected shape.
pub(crate) fn first<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(several(deserializer)?.into_iter().next())
}
