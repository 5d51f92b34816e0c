//! The configuration: one TOML file without secrets. Everything wrong with it is found at once, with the key's path and
//! what to do.

mod account;
mod local;
mod open;
mod problem;
mod schema;
mod style;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use account::AccountConfig;
pub use open::{Openable, open};
pub use problem::Problem;
pub use schema::schema;

use crate::ingress::BODY_BYTES_MAX;

/// A configuration whose every account passed its checks, secrets not yet read.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the one-process bridge listens, and how often it sweeps.
    pub local: Local,
    /// The accounts by name.
    pub accounts: BTreeMap<String, AccountConfig>,
}

/// Settings of the one-process bridge.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Local {
    /// Where the doors listen; put a reverse proxy with TLS in front of it.
    pub doors: String,
    /// Where metrics, health and the operator's view listen. Keep it off the public network.
    pub operator: String,
    /// Longer webhook bodies are refused with 413.
    pub body_bytes_max: usize,
    /// How often helpdesks are asked for what their webhooks may not have told, and credentials are tried.
    pub sweep_minutes: u32,
    /// How many conversations are worked on at once.
    pub conversations_at_once: usize,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            doors: "0.0.0.0:8080".to_owned(),
            operator: "127.0.0.1:9090".to_owned(),
            body_bytes_max: BODY_BYTES_MAX,
            sweep_minutes: 5,
            conversations_at_once: 32,
        }
    }
}

impl Config {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let (config, problems) = Self::read(text);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Reads as much of a configuration file's text as has no problems, and tells those it has: so that what opening the
    /// rest brings to light can be told with them.
    #[must_use]
    pub fn read(text: &str) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let table: toml::Table = text.parse().unwrap_or_else(|error| {
            problems.push(Problem::syntax(text, &error));
            toml::Table::new()
        });
        if !problems.is_empty() {
            return (Self { local: Local::default(), accounts: BTreeMap::new() }, problems);
        }
        for key in table.keys().filter(|key| !["local", "accounts"].contains(&key.as_str())) {
            problems.push(Problem::unknown_key("", key, &["local", "accounts"]));
        }
        let local = local::read(table.get("local"), &mut problems);
        let accounts = account::read_all(table.get("accounts"), &mut problems);
        (Self { local, accounts }, problems)
    }
}

#[cfg(test)]
mod tests;
