//! The keys of a platform account that say how its replies look and what is checked before they go out.

use std::collections::BTreeMap;

use deskbridge_core::style::{Preflight, ReplyStyle, Signature};
use deskbridge_core::text::preflight::OrderNumber;
use serde_json::{Map, Value, json};

use super::account::Reader;

impl Reader<'_> {
    pub(super) fn style(&mut self) -> ReplyStyle {
        ReplyStyle {
            signature: self.word("signature", &Signature::ALL),
            aliases: self.aliases(),
            preflight: self.word("preflight", &Preflight::ALL),
            order_numbers: self.order_numbers(),
            private_notice: self.private_notice(),
        }
    }

    /// One of several words.
    fn word<T: Copy + Default>(&mut self, key: &str, choices: &[(T, &str)]) -> T {
        let Some(value) = self.table.get(key) else { return T::default() };
        let chosen = value.as_str().and_then(|word| choices.iter().find(|(_, choice)| *choice == word));
        match chosen {
            Some((choice, _)) => *choice,
            None => {
                let words: Vec<String> = choices.iter().map(|(_, word)| format!("\"{word}\"")).collect();
                self.problem(key, "not a choice", format!("set it to one of {}", words.join(", ")));
                T::default()
            }
        }
    }

    fn aliases(&mut self) -> BTreeMap<String, String> {
        let Some(value) = self.table.get("aliases") else { return BTreeMap::new() };
        let aliases: Option<BTreeMap<String, String>> = value.as_table().and_then(|table| {
            table.iter().map(|(name, alias)| Some((name.clone(), alias.as_str()?.to_owned()))).collect()
        });
        let legal = |alias: &String| !alias.trim().is_empty() && alias.chars().count() <= 40;
        match aliases.filter(|aliases| aliases.values().all(legal)) {
            Some(aliases) => aliases,
            None => {
                let remedy =
                    "write \"Ana Lopez\" = \"Ana\": an agent's name in the helpdesk, and 1 to 40 characters";
                self.problem("aliases", "not usable as aliases", remedy);
                BTreeMap::new()
            }
        }
    }

    fn private_notice(&mut self) -> Option<String> {
        let value = self.table.get("private_reply_notice")?;
        let notice = value.as_str().map(str::trim).unwrap_or_default();
        let fits = (1..=200).contains(&notice.chars().count()) && !notice.starts_with('/');
        if !fits {
            let remedy = "use one line of 1 to 200 characters, such as \"We wrote to you privately.\"";
            self.problem("private_reply_notice", "not usable as a public line", remedy);
        }
        fits.then(|| notice.to_owned())
    }

    fn order_numbers(&mut self) -> Vec<OrderNumber> {
        let Some(value) = self.table.get("order_numbers") else { return Vec::new() };
        let patterns: Option<Vec<OrderNumber>> = value.as_array().and_then(|patterns| {
            patterns.iter().map(|pattern| OrderNumber::read(pattern.as_str()?)).collect()
        });
        patterns.unwrap_or_else(|| {
            let remedy =
                "use a list such as [\"ACME-######\"]: each `#` is a digit, with at least four of them";
            self.problem("order_numbers", "not usable as patterns", remedy);
            Vec::new()
        })
    }
}

/// What the schema says of these keys.
pub(super) fn properties() -> Map<String, Value> {
    let words = |choices: &[&str]| Value::from(choices.to_vec());
    let properties = json!({
        "signature": {
            "enum": words(&Signature::ALL.map(|(_, word)| word)), "default": "none",
            "description": "How agents sign: not at all, with their name on a line of its own, `^AL`, or `^Ana`.",
        },
        "aliases": {
            "type": "object", "additionalProperties": { "type": "string", "minLength": 1, "maxLength": 40 },
            "description": "What stands in the signature instead of an agent's name, by that name in the helpdesk.",
        },
        "preflight": {
            "enum": words(&Preflight::ALL.map(|(_, word)| word)), "default": "warn",
            "description": "What happens to a reply with personal data and the like: nothing, a note, or it is held.",
        },
        "private_reply_notice": {
            "type": "string", "minLength": 1, "maxLength": 200,
            "description": "What is said in public under a message that got a private reply.",
        },
        "order_numbers": {
            "type": "array", "items": { "type": "string", "maxLength": 40 },
            "description": "What the company's order numbers look like, each `#` a digit: they do not belong into public.",
        },
    });
    match properties {
        Value::Object(properties) => properties,
        _ => Map::new(),
    }
}
