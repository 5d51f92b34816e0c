//! A look at a reply before it goes out: what hardly belongs into public, and what will look other than the agent thinks.
//!
//! Made to be silent about ordinary replies: dates, prices, tracking numbers and ids are no personal data.

mod asked;
mod numbers;
mod shape;

use minicbor::{Decode, Encode};

use super::urls;
use crate::model::Surface;

pub use shape::shape;

/// A public reply in more parts than this is worth a word.
const PARTS_MAX: usize = 2;
/// With fewer digits a pattern would find years and prices.
const ORDER_DIGITS_MIN: usize = 4;

/// Something that an agent may want to think about again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Caution {
    /// A number of a payment card.
    #[n(0)]
    Card,
    /// A bank account.
    #[n(1)]
    Iban,
    /// A phone number.
    #[n(2)]
    Phone,
    /// Somebody's e-mail address.
    #[n(3)]
    Email,
    /// An order number.
    #[n(4)]
    OrderNumber,
    /// The customer is asked for something that others should not read.
    #[n(5)]
    Asked,
    /// A table became lines of text.
    #[n(6)]
    Table,
    /// A picture in the text is not carried.
    #[n(7)]
    Image,
    /// The platform charges more for a link.
    #[n(8)]
    Link,
    /// The reply goes out in many parts.
    #[n(9)]
    Parts,
}

impl Caution {
    /// Whether it is about personal data, so that the reply can be held.
    #[must_use]
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Card | Self::Iban | Self::Phone | Self::Email | Self::OrderNumber | Self::Asked)
    }
}

/// What an order number looks like: literal characters, and `#` for a digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNumber(String);

impl OrderNumber {
    /// Reads a pattern such as `ACME-######`; `None` if it has fewer than four `#`, or is longer than 40 characters.
    #[must_use]
    pub fn read(pattern: &str) -> Option<Self> {
        let digits = pattern.matches('#').count();
        let fits = digits >= ORDER_DIGITS_MIN && pattern.chars().count() <= 40;
        (fits && !pattern.contains(char::is_whitespace)).then(|| Self(pattern.to_owned()))
    }

    /// Whether it stands in the text, as a word of its own.
    fn is_in(&self, text: &str) -> bool {
        let mut before = None;
        for (start, c) in text.char_indices() {
            let starts_word = before.is_none_or(|before: char| !before.is_alphanumeric());
            before = Some(c);
            if starts_word && self.begins(&text[start..]) {
                return true;
            }
        }
        false
    }

    fn begins(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let fits = self.0.chars().all(|wanted| match (wanted, rest.next()) {
            ('#', Some(c)) => c.is_ascii_digit(),
            (wanted, Some(c)) => c.eq_ignore_ascii_case(&wanted),
            (_, None) => false,
        });
        fits && rest.next().is_none_or(|after| !after.is_alphanumeric())
    }
}

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Who can read the reply.
    pub surface: Surface,
    /// What order numbers look like.
    pub order_numbers: &'a [OrderNumber],
    /// Whether the platform charges more for a link.
    pub links_cost: bool,
    /// In how many parts the reply goes out.
    pub parts: usize,
}

/// What is found in the text of a reply, each once and in order. In a direct conversation only a card number is worth a word.
#[must_use]
pub fn cautions(text: &str, look: &Look<'_>) -> Vec<Caution> {
    let links = urls::spans(text);
    let bare = without(text, &links);
    let public = look.surface == Surface::Public;
    let mut found: Vec<Caution> = numbers::found(&bare).into_iter().collect();
    if public {
        found.extend(asked::has_email(&bare).then_some(Caution::Email));
        found.extend(look.order_numbers.iter().any(|one| one.is_in(&bare)).then_some(Caution::OrderNumber));
        found.extend(asked::asks(&bare).then_some(Caution::Asked));
        found.extend((look.links_cost && !links.is_empty()).then_some(Caution::Link));
        found.extend((look.parts > PARTS_MAX).then_some(Caution::Parts));
    }
    found.retain(|one| public || *one == Caution::Card);
    found.sort_unstable();
    found.dedup();
    found
}

/// The text with nothing where addresses of the web stand: their numbers are ids.
fn without(text: &str, links: &[std::ops::Range<usize>]) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut from = 0;
    for link in links {
        bare.push_str(&text[from..link.start]);
        bare.push('\u{fffc}');
        from = link.end;
    }
    bare.push_str(&text[from..]);
    bare
}

#[cfg(test)]
mod tests;
