//! The query language of `/search`: `(status:2 OR status:3) AND cf_x:'text'`.

use serde_json::Value;

use super::errors::Refusal;
use super::time::parse as parse_time;

/// A parsed query.
#[derive(Debug)]
pub(super) enum Query {
    All(Vec<Query>),
    Any(Vec<Query>),
    Compare { field: String, order: Order, value: Wanted },
}

/// `:` means equal, `:>` at least, `:<` at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    AtLeast,
    AtMost,
}

/// What a field is compared with. Texts and times must be in single quotes, everything else must not.
#[derive(Debug)]
pub(super) enum Wanted {
    Text(String),
    Number(i64),
    Flag(bool),
    Nothing,
}

/// The refusal of a query.
pub(super) fn invalid(message: &str) -> Refusal {
    Refusal::field("query", message, "invalid_value")
}

/// Parses a query in which only fields that `is_known` accepts may occur.
pub(super) fn parse(text: &str, is_known: impl Fn(&str) -> bool) -> Result<Query, Refusal> {
    let mut parser = Parser { rest: text, depth: 0, is_known: &is_known };
    let query = parser.any()?;
    if parser.rest.trim_start().is_empty() { Ok(query) } else { Err(invalid("Given query is invalid")) }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    is_known: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Query, Refusal> {
        let mut parts = vec![self.all()?];
        while self.word("OR") {
            parts.push(self.all()?);
        }
        Ok(Query::Any(parts))
    }

    fn all(&mut self) -> Result<Query, Refusal> {
        let mut parts = vec![self.one()?];
        while self.word("AND") {
            parts.push(self.one()?);
        }
        Ok(Query::All(parts))
    }

    fn one(&mut self) -> Result<Query, Refusal> {
        if !self.token("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > 20 {
            return Err(invalid("Given query is nested too deeply"));
        }
        let query = self.any()?;
        self.depth -= 1;
        if self.token(")") { Ok(query) } else { Err(invalid("Given query is invalid")) }
    }

    fn comparison(&mut self) -> Result<Query, Refusal> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        if field.is_empty() || !self.token(":") {
            return Err(invalid("Given query is invalid"));
        }
        if !(self.is_known)(field) {
            return Err(Refusal::field(field, "Unexpected/invalid field in request", "invalid_field"));
        }
        let order = match (self.token(">"), self.token("<")) {
            (true, _) => Order::AtLeast,
            (_, true) => Order::AtMost,
            _ => Order::Equal,
        };
        Ok(Query::Compare { field: field.to_owned(), order, value: self.value()? })
    }

    fn value(&mut self) -> Result<Wanted, Refusal> {
        if self.token("'") {
            let (text, rest) =
                self.rest.split_once('\'').ok_or_else(|| invalid("A single quote is missing"))?;
            self.rest = rest;
            return Ok(Wanted::Text(text.to_owned()));
        }
        let end = self.rest.find([' ', ')']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" => Ok(Wanted::Flag(true)),
            "false" => Ok(Wanted::Flag(false)),
            "null" => Ok(Wanted::Nothing),
            _ => {
                let number = word.parse().map_err(|_| invalid("Texts must be enclosed in single quotes"));
                number.map(Wanted::Number)
            }
        }
    }

    fn token(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A connective, with white space or a bracket after it.
    fn word(&mut self, word: &str) -> bool {
        match self.rest.trim_start().strip_prefix(word) {
            Some(rest) if rest.starts_with([' ', '(']) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}

impl Query {
    /// Whether a document, in the API's shape, is meant.
    pub(super) fn matches(&self, document: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(document)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(document)),
            Self::Compare { field, order, value } => {
                let held = match field.as_str() {
                    "tag" => &document["tags"],
                    "agent_id" => &document["responder_id"],
                    own if own.starts_with("cf_") => &document["custom_fields"][own],
                    field => &document[field],
                };
                match held {
                    Value::Array(items) => items.iter().any(|item| compares(item, *order, value)),
                    held => compares(held, *order, value),
                }
            }
        }
    }
}

fn compares(held: &Value, order: Order, wanted: &Wanted) -> bool {
    let ordering = match (held, wanted) {
        (Value::Null, Wanted::Nothing) => return true,
        (Value::Bool(held), Wanted::Flag(wanted)) => return held == wanted,
        (Value::Number(held), Wanted::Number(wanted)) => held.as_i64().map(|held| held.cmp(wanted)),
        (Value::String(held), Wanted::Text(wanted)) if order == Order::Equal => {
            // uncertain: search is taken to ignore case, so a caller must compare what it found.
            return held.to_lowercase() == wanted.to_lowercase();
        }
        (Value::String(held), Wanted::Text(wanted)) => match (parse_time(held), parse_time(wanted)) {
            (Some(held), Some(wanted)) => Some(held.cmp(&wanted)),
            _ => None,
        },
        _ => None,
    };
    ordering.is_some_and(|ordering| match order {
        Order::Equal => ordering.is_eq(),
        Order::AtLeast => ordering.is_ge(),
        Order::AtMost => ordering.is_le(),
    })
}
