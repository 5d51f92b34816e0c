//! Reading a body's fields the way Freshdesk checks them: every problem at once, each with its code.

use serde_json::{Map, Value};

use super::body::Form;
use super::errors::{Problem, Refusal};

/// The fields of one body and what is wrong with them.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// Multipart has only strings: numbers and flags are read from them.
    loose: bool,
    problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    /// Looks at a body in which only the `known` fields are allowed.
    pub(super) fn new(form: &'a Form, known: &[&str]) -> Self {
        let mut fields = Self { map: &form.fields, loose: form.multipart, problems: Vec::new() };
        for name in form.fields.keys().filter(|name| !known.contains(&name.as_str())) {
            fields.refuse(name, "Unexpected/invalid field in request", "invalid_field");
        }
        fields
    }

    /// Whether the field is there, be it `null`.
    pub(super) fn given(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Whether the field is there with a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Notes a problem; only the first one of a field is told.
    pub(super) fn refuse(&mut self, field: &str, message: impl Into<String>, code: &'static str) {
        if self.problems.iter().any(|problem| problem.field == field) {
            return;
        }
        self.problems.push(Problem { field: field.to_owned(), message: message.into(), code });
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => self.mismatch(name, other, "String"),
        }
    }

    /// A text that must be there and not be empty.
    pub(super) fn required_text(&mut self, name: &str) -> String {
        match self.text(name) {
            Some(text) if !text.trim().is_empty() => text,
            Some(_) => {
                self.refuse(name, "It should not be blank as this is a mandatory field", "invalid_value");
                String::new()
            }
            None => {
                self.refuse(name, "It should be a/an String", "missing_field");
                String::new()
            }
        }
    }

    /// A text of at most `max` characters.
    pub(super) fn short_text(&mut self, name: &str, max: usize) -> Option<String> {
        let text = self.text(name);
        if text.as_ref().is_some_and(|text| text.chars().count() > max) {
            self.refuse(name, format!("It should have maximum of {max} characters"), "invalid_value");
        }
        text
    }

    pub(super) fn number(&mut self, name: &str) -> Option<u64> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::Number(number) if number.is_u64() => number.as_u64(),
            Value::String(text) if self.loose && text.parse::<u64>().is_ok() => text.parse().ok(),
            other => self.mismatch(name, other, "Integer"),
        }
    }

    /// A number out of a list.
    pub(super) fn choice(&mut self, name: &str, allowed: &[u64]) -> Option<u64> {
        let number = self.number(name)?;
        if !allowed.contains(&number) {
            self.refuse(name, one_of(allowed), "invalid_value");
        }
        Some(number)
    }

    /// Insists on a number out of a list.
    pub(super) fn require_choice(&mut self, name: &str, allowed: &[u64]) {
        if !self.has(name) {
            self.refuse(name, one_of(allowed), "missing_field");
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if self.loose && text.parse::<bool>().is_ok() => text.parse().ok(),
            other => self.mismatch(name, other, "Boolean"),
        }
    }

    /// A list of texts, each of at most `max` characters.
    pub(super) fn texts(&mut self, name: &str, max: usize) -> Option<Vec<String>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        let texts = value.as_array().and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        let Some(texts) = texts else { return self.mismatch(name, value, "Array") };
        if texts.iter().any(|text| text.chars().count() > max) {
            self.refuse(name, format!("It should have maximum of {max} characters"), "invalid_value");
        }
        Some(texts)
    }

    pub(super) fn numbers(&mut self, name: &str) -> Option<Vec<u64>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        let numbers =
            value.as_array().and_then(|items| items.iter().map(Value::as_u64).collect::<Option<Vec<_>>>());
        match numbers {
            Some(numbers) => Some(numbers),
            None => self.mismatch(name, value, "Array"),
        }
    }

    pub(super) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        match self.map.get(name)? {
            Value::Null => None,
            Value::Object(object) => Some(object),
            other => self.mismatch(name, other, "key/value pair"),
        }
    }

    /// Whether numbers and flags may come as strings.
    pub(super) fn loose(&self) -> bool {
        self.loose
    }

    /// All problems as one refusal.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.problems)) }
    }

    fn mismatch<T>(&mut self, name: &str, value: &Value, wanted: &str) -> Option<T> {
        self.refuse(name, wrong_type(value, wanted), "datatype_mismatch");
        None
    }
}

/// Freshdesk's words for a value of the wrong type.
pub(super) fn wrong_type(value: &Value, wanted: &str) -> String {
    let got = match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "key/value pair",
    };
    format!("Value set is of type {got}.It should be a/an {wanted}")
}

fn one_of(allowed: &[u64]) -> String {
    let values: Vec<String> = allowed.iter().map(u64::to_string).collect();
    format!("It should be one of these values: '{}'", values.join(","))
}
