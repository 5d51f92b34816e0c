//! The JSON schema of the configuration, for editors, made from the registry.

use deskbridge_connectors::{REGISTRY, Registration, SecretSpec, Shelf};
use deskbridge_core::file::RISKY_TYPES;
use serde_json::{Map, Value, json};

use super::Local;

/// The JSON schema of `bridge.toml`.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let accounts: Vec<Value> =
        REGISTRY.iter().map(|registration| account_schema(registration, &mut definitions)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bridge.toml",
        "description": "The configuration of Deskbridge. It contains no secrets, only references to them.",
        "type": "object",
        "additionalProperties": false,
        "required": ["accounts"],
        "properties": {
            "local": schemars::schema_for!(Local),
            "accounts": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": { "pattern": "^[a-z0-9-]{1,40}$" },
                "additionalProperties": { "oneOf": accounts },
            },
        },
        "$defs": definitions,
    })
}

fn account_schema(registration: &Registration, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = Value::from((registration.settings)());
    point_to_own_definitions(&mut schema, registration.kind);
    for (name, definition) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        definitions.insert(format!("{}.{name}", registration.kind), definition.clone());
    }
    let mut properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    required.push("kind".into());
    properties.insert("kind".into(), json!({ "const": registration.kind }));
    for spec in registration.secrets {
        properties.insert(spec.name.into(), secret_schema(spec));
        if spec.required {
            required.push(spec.name.into());
        }
    }
    match registration.shelf {
        Shelf::Platform => {
            required.push("helpdesk".into());
            properties.extend(platform_properties());
            properties.extend(super::style::properties());
        }
        Shelf::Helpdesk => properties.extend(helpdesk_properties()),
    }
    json!({
        "title": format!("{} account", registration.title),
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

/// References count from the root of the whole schema, where each connector's definitions stand under its kind.
fn point_to_own_definitions(schema: &mut Value, kind: &str) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref")
                && let Some(name) = target.strip_prefix("#/$defs/")
            {
                *target = format!("#/$defs/{kind}.{name}");
            }
            object.values_mut().for_each(|value| point_to_own_definitions(value, kind));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| point_to_own_definitions(value, kind)),
        _ => {}
    }
}

fn secret_schema(spec: &SecretSpec) -> Value {
    let reference = json!({ "type": "string", "pattern": "^(env|file|ssm):.+" });
    let mut schema = if spec.several {
        json!({ "oneOf": [reference, { "type": "array", "minItems": 1, "items": reference }] })
    } else {
        reference
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".into(), spec.what.into());
    }
    schema
}

fn platform_properties() -> Map<String, Value> {
    let properties = json!({
        "helpdesk": { "type": "string", "description": "The helpdesk account that gets the tickets." },
        "grace_days": {
            "type": "integer", "minimum": 0, "maximum": 365, "default": 4,
            "description": "A direct message that comes so long after its ticket was solved opens a new ticket.",
        },
        "give_up_hours": {
            "type": "integer", "minimum": 1, "maximum": 336, "default": 24,
            "description": "What could not be carried over for so long is parked for a person.",
        },
        "nudge_minutes": {
            "type": "integer", "minimum": 0, "maximum": 1440, "default": 120,
            "description": "So long before the platform's reply window closes, a note tells that the customer has no answer yet. 0: never.",
        },
        "fallback_template": {
            "type": "string",
            "description": "Sent instead of a reply that comes after the reply window: what an agent would write behind /template, with {reply} for the reply's text. Only where the platform has templates.",
        },
        "fallback_email": {
            "type": "boolean", "default": true,
            "description": "Whether the note about a reply that did not arrive tells if the customer has an e-mail address, to which the helpdesk mails public replies itself. It costs a read.",
        },
        "tags": {
            "type": "array", "items": { "type": "string", "maxLength": 32 },
            "description": "Tags of the tickets, beside those of the bridge.",
        },
        "files": {
            "enum": ["copy", "link"], "default": "copy",
            "description": "Whether customers' files are copied into the ticket, or only shown as the platform's links.",
        },
        "files_max_mb": {
            "type": "integer", "minimum": 1, "maximum": 1024,
            "description": "The largest file that is copied, in megabytes; if left out, what the helpdesk takes.",
        },
        "ephemeral_files": {
            "enum": ["copy", "link"], "default": "link",
            "description": "The same for what the platform means to vanish, such as stories.",
        },
        "files_as_links": {
            "type": "boolean", "default": false,
            "description": "Whether a file of an agent that cannot be sent is replaced by its link in the helpdesk.",
        },
    });
    members(properties)
}

fn helpdesk_properties() -> Map<String, Value> {
    members(json!({
        "refused_file_types": {
            "type": "array", "items": { "type": "string", "pattern": "^[a-z0-9]{1,8}$" },
            "examples": [&RISKY_TYPES[..]],
            "description": "Customers' files with these extensions are not copied; the link to them is shown. If left out: types that run when they are opened.",
        },
    }))
}

fn members(properties: Value) -> Map<String, Value> {
    match properties {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}
