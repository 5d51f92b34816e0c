//! The account's own ticket fields: what they take and when they must be filled in.

use serde_json::{Map, Value};

use super::seed::{FieldKind, FieldSeed};
use super::server::Freshdesk;
use super::validate::{Fields, wrong_type};

impl Freshdesk {
    /// `current` with the given `custom_fields` written over it. Required fields are enforced on API calls just as in
    /// the agents' form; those for closing only when the ticket is being resolved or closed.
    pub(super) fn read_custom_fields(
        &self,
        fields: &mut Fields<'_>,
        current: &Map<String, Value>,
        closing: bool,
    ) -> Map<String, Value> {
        let mut custom = current.clone();
        let given = fields.object("custom_fields");
        for (name, value) in given.into_iter().flatten() {
            match self.custom_fields.iter().find(|(_, field)| field.name == *name) {
                None => fields.refuse(name, "Unexpected/invalid field in request", "invalid_field"),
                Some((_, field)) => match accept(field, value, fields.loose()) {
                    Ok(value) => {
                        custom.insert(name.clone(), value);
                    }
                    Err((message, code)) => fields.refuse(name, message, code),
                },
            }
        }
        for (_, field) in &self.custom_fields {
            let required = field.required_for_agents || (closing && field.required_for_closure);
            if required && is_blank(custom.get(&field.name)) {
                fields.refuse(&field.name, missing(&field.kind), "missing_field");
            }
        }
        custom
    }

    /// All custom fields of a ticket, the unset ones as `null`.
    pub(super) fn custom_values(&self, custom: &Map<String, Value>) -> Map<String, Value> {
        let names = self.custom_fields.iter().map(|(_, field)| field.name.clone());
        names.map(|name| (name.clone(), custom.get(&name).cloned().unwrap_or(Value::Null))).collect()
    }
}

/// The value as it is stored, or the message and code of the refusal.
fn accept(field: &FieldSeed, value: &Value, loose: bool) -> Result<Value, (String, &'static str)> {
    let mismatch = |wanted: &str| Err((wrong_type(value, wanted), "datatype_mismatch"));
    match (&field.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (FieldKind::Text, Value::String(text)) if text.chars().count() > 255 => {
            Err(("It should have maximum of 255 characters".to_owned(), "invalid_value"))
        }
        (FieldKind::Text | FieldKind::Paragraph, Value::String(_)) => Ok(value.clone()),
        (FieldKind::Text | FieldKind::Paragraph, _) => mismatch("String"),
        (FieldKind::Number, Value::Number(number)) if number.is_i64() => Ok(value.clone()),
        (FieldKind::Number, Value::String(text)) if loose => match text.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => mismatch("Integer"),
        },
        (FieldKind::Number, _) => mismatch("Integer"),
        (FieldKind::Checkbox, Value::Bool(_)) => Ok(value.clone()),
        (FieldKind::Checkbox, Value::String(text)) if loose => match text.parse::<bool>() {
            Ok(flag) => Ok(flag.into()),
            Err(_) => mismatch("Boolean"),
        },
        (FieldKind::Checkbox, _) => mismatch("Boolean"),
        (FieldKind::Date, Value::String(text)) if text.parse::<jiff::civil::Date>().is_ok() => {
            Ok(value.clone())
        }
        (FieldKind::Date, _) => Err(("It should be in the 'yyyy-mm-dd' format".to_owned(), "invalid_value")),
        (FieldKind::Dropdown(labels), Value::String(text)) if labels.contains(text) => Ok(value.clone()),
        (FieldKind::Dropdown(labels), Value::String(_)) => {
            Err((format!("It should be one of these values: '{}'", labels.join(",")), "invalid_value"))
        }
        (FieldKind::Dropdown(_), _) => mismatch("String"),
    }
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

fn missing(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text | FieldKind::Paragraph => "It should be a/an String".to_owned(),
        FieldKind::Number => "It should be a/an Integer".to_owned(),
        FieldKind::Checkbox => "It should be a/an Boolean".to_owned(),
        FieldKind::Date => "It should be in the 'yyyy-mm-dd' format".to_owned(),
        FieldKind::Dropdown(labels) => format!("It should be one of these values: '{}'", labels.join(",")),
    }
}
