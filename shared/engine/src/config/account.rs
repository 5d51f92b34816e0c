//! One account's table: which connector, which settings, which secrets, which helpdesk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use deskbridge_connectors::{DOORS, DoorRegistration, SecretSpec, Shelf, find_door};
use deskbridge_core::Policy;
use deskbridge_core::file::{FilePolicy, RefusedTypes};
use deskbridge_core::policy::CardRules;
use deskbridge_core::style::ReplyStyle;
use deskbridge_core::text::{Markup, Measure};
use serde_json::Value;

use super::Problem;

/// Keys that every account may have.
pub(super) const COMMON_KEYS: [&str; 1] = ["kind"];
/// Keys that every platform account may have.
pub(super) const PLATFORM_KEYS: [&str; 16] = [
    "helpdesk",
    "grace_days",
    "give_up_hours",
    "tags",
    "nudge_minutes",
    "fallback_template",
    "fallback_email",
    "signature",
    "aliases",
    "preflight",
    "order_numbers",
    "private_reply_notice",
    "files",
    "files_max_mb",
    "ephemeral_files",
    "files_as_links",
];
/// Keys that every helpdesk account may have.
pub(super) const HELPDESK_KEYS: [&str; 1] = ["refused_file_types"];
/// Bytes of a megabyte.
const MB: u64 = 1024 * 1024;

/// An account as configured.
#[derive(Clone)]
pub struct AccountConfig {
    /// Which connector.
    pub registration: &'static DoorRegistration,
    /// The connector's own settings.
    pub settings: Value,
    /// References to secrets by setting.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// For a platform: its helpdesk account.
    pub helpdesk: Option<String>,
    /// After a direct conversation was solved for so long, a new message opens a new ticket.
    pub grace: Duration,
    /// An effect that could not be made for so long is parked.
    pub give_up_after: Duration,
    /// Tags of its tickets, beside our own.
    pub tags: Vec<String>,
    /// So long before the reply window closes, agents are told that a customer has no answer yet.
    pub nudge_before: Option<Duration>,
    /// What is sent instead of a reply that comes after the window.
    pub fallback_template: Option<String>,
    /// Whether the note about a reply that did not arrive tells if the customer has an e-mail address.
    pub fallback_email: bool,
    /// How its replies look.
    pub style: Arc<ReplyStyle>,
    /// What is done with files.
    pub files: FilePolicy,
}

impl std::fmt::Debug for AccountConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountConfig").field("kind", &self.registration.kind).finish_non_exhaustive()
    }
}

impl AccountConfig {
    /// The rules of its conversations.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let mut tags = vec![Policy::TAG.to_owned(), format!("{}_{}", Policy::TAG, self.registration.kind)];
        tags.extend(self.tags.iter().cloned());
        Policy {
            platform: self.registration.kind,
            platform_title: self.registration.title,
            grace: self.grace,
            // Longer than the longest redelivery that any platform documents (7 days).
            horizon: Duration::from_secs(8 * 24 * 3600),
            reply_characters_max: usize::MAX,
            reply_window: "",
            reply_window_length: None,
            links_cost: false,
            verbs: &[],
            reply_measure: Measure::Characters,
            reply_markup: Markup::None,
            give_up_after: self.give_up_after,
            tags,
            card: CardRules::default(),
            nudge_before: self.nudge_before,
            fallback_template: self.fallback_template.clone(),
            fallback_email: self.fallback_email,
            style: Arc::clone(&self.style),
            direct: None,
            files: self.files.clone(),
        }
    }
}

/// Reads the table of accounts; gives those without problems.
pub(super) fn read_all(
    accounts: Option<&toml::Value>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, AccountConfig> {
    let Some(accounts) = accounts.and_then(toml::Value::as_table).filter(|table| !table.is_empty()) else {
        let remedy = "add an [accounts.NAME] table for each platform and helpdesk account";
        problems.push(Problem::new("accounts", "no accounts", remedy));
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    let mut faulty = Vec::new();
    for (name, value) in accounts {
        let path = format!("accounts.{name}");
        let before = problems.len();
        if !is_name(name) {
            let remedy =
                "use 1 to 40 of a-z, 0-9 and `-`: it is part of the door's path and of conversation keys";
            problems.push(Problem::new(&path, "not a usable name", remedy));
        }
        match value.as_table() {
            Some(table) => {
                if let Some(account) = (Reader { path: &path, table, problems }).read() {
                    read.insert(name.clone(), account);
                }
            }
            None => problems.push(Problem::new(&path, "not a table", format!("write [{path}]"))),
        }
        if problems.len() > before {
            faulty.push(name);
        }
    }
    check_helpdesks(accounts, &read, problems);
    read.retain(|name, _| !faulty.contains(&name));
    read
}

fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(legal)
}

fn check_helpdesks(
    tables: &toml::Table,
    accounts: &BTreeMap<String, AccountConfig>,
    problems: &mut Vec<Problem>,
) {
    for (name, account) in accounts {
        let path = format!("accounts.{name}.helpdesk");
        let Some(helpdesk) = &account.helpdesk else { continue };
        match accounts.get(helpdesk) {
            Some(other) if other.registration.shelf == Shelf::Helpdesk => {}
            Some(_) => {
                let problem = format!("`{helpdesk}` is a platform");
                problems.push(Problem::new(path, problem, "name a helpdesk account"));
            }
            // An account that has problems of its own is there all the same.
            None if tables.contains_key(helpdesk) => {}
            None => {
                let problem = format!("there is no account `{helpdesk}`");
                problems.push(Problem::new(
                    path,
                    problem,
                    format!("add [accounts.{helpdesk}] or name another one"),
                ));
            }
        }
    }
}

pub(super) struct Reader<'a> {
    pub(super) path: &'a str,
    pub(super) table: &'a toml::Table,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<AccountConfig> {
        let registration = self.registration()?;
        let platform = registration.shelf == Shelf::Platform;
        let secrets = self.secrets(registration);
        let settings = self.settings(registration);
        let helpdesk = if platform { self.helpdesk() } else { None };
        Some(AccountConfig {
            registration,
            settings,
            secrets,
            helpdesk,
            grace: Duration::from_secs(24 * 3600 * self.number("grace_days", 4, 0, 365)),
            give_up_after: Duration::from_secs(3600 * self.number("give_up_hours", 24, 1, 24 * 14)),
            tags: self.tags(),
            nudge_before: Some(Duration::from_secs(60 * self.number("nudge_minutes", 120, 0, 24 * 60)))
                .filter(|before| !before.is_zero()),
            fallback_template: self.text("fallback_template"),
            fallback_email: self.switch("fallback_email", true),
            style: Arc::new(self.style()),
            files: self.files(),
        })
    }

    pub(super) fn problem(&mut self, key: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(format!("{}.{key}", self.path), problem, remedy));
    }

    fn registration(&mut self) -> Option<&'static DoorRegistration> {
        let kinds: Vec<String> = DOORS.iter().map(|one| format!("\"{}\"", one.kind)).collect();
        let remedy = format!("set it to one of {}", kinds.join(", "));
        match self.table.get("kind").and_then(toml::Value::as_str) {
            None => {
                self.problem("kind", "missing", remedy);
                None
            }
            Some(kind) => {
                let registration = find_door(kind);
                if registration.is_none() {
                    self.problem("kind", format!("there is no connector \"{kind}\""), remedy);
                }
                registration
            }
        }
    }

    fn helpdesk(&mut self) -> Option<String> {
        let helpdesk = self.table.get("helpdesk").and_then(toml::Value::as_str).map(str::to_owned);
        if helpdesk.is_none() {
            self.problem("helpdesk", "missing", "name the helpdesk account that gets its tickets");
        }
        helpdesk
    }

    fn number(&mut self, key: &str, default: u64, least: u64, most: u64) -> u64 {
        let Some(value) = self.table.get(key) else { return default };
        let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => number,
            None => {
                self.problem(
                    key,
                    "not a usable number",
                    format!("use a whole number from {least} to {most}"),
                );
                default
            }
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let value = self.table.get(key)?;
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if text.is_none() {
            self.problem(key, "not a text", "write it in quotes, or leave the setting out");
        }
        text
    }

    fn files(&mut self) -> FilePolicy {
        FilePolicy {
            copy: self.copies("files", true),
            copy_ephemeral: self.copies("ephemeral_files", false),
            bytes_max: self.number("files_max_mb", 1024, 1, 1024) * MB,
            as_links: self.switch("files_as_links", false),
            refused_types: self.refused_types(),
            ..FilePolicy::default()
        }
    }

    /// Whether a key says `copy`, and not `link`.
    fn copies(&mut self, key: &str, default: bool) -> bool {
        match self.table.get(key).map(|value| value.as_str()) {
            None => default,
            Some(Some("copy")) => true,
            Some(Some("link")) => false,
            Some(_) => {
                self.problem(key, "not a way to deal with files", "use \"copy\" or \"link\"");
                default
            }
        }
    }

    fn switch(&mut self, key: &str, default: bool) -> bool {
        let Some(value) = self.table.get(key) else { return default };
        value.as_bool().unwrap_or_else(|| {
            self.problem(key, "neither true nor false", "use true or false, without quotation marks");
            default
        })
    }

    fn refused_types(&mut self) -> RefusedTypes {
        let Some(value) = self.table.get("refused_file_types") else { return RefusedTypes::Risky };
        let types: Option<Vec<String>> = value
            .as_array()
            .and_then(|types| types.iter().map(|one| one.as_str().map(str::to_owned)).collect());
        let legal = |one: &String| {
            (1..=8).contains(&one.len())
                && one.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        match types.filter(|types| types.iter().all(legal)) {
            Some(types) => RefusedTypes::Chosen(types),
            None => {
                let remedy = "use a list of extensions without dots, in lower case: [\"exe\", \"js\"]";
                self.problem("refused_file_types", "not usable as types of files", remedy);
                RefusedTypes::Risky
            }
        }
    }

    fn tags(&mut self) -> Vec<String> {
        let Some(value) = self.table.get("tags") else { return Vec::new() };
        let tags: Option<Vec<String>> = value
            .as_array()
            .and_then(|tags| tags.iter().map(|tag| tag.as_str().map(str::to_owned)).collect());
        let legal = |tag: &String| {
            !tag.is_empty()
                && tag.len() <= 32
                && !tag.contains(char::is_whitespace)
                && *tag == tag.to_lowercase()
        };
        match tags.filter(|tags| tags.iter().all(legal)) {
            Some(tags) => tags,
            None => {
                let remedy = "use a list of strings: lower case, no spaces, at most 32 characters each";
                self.problem("tags", "not usable as tags", remedy);
                Vec::new()
            }
        }
    }

    fn secrets(&mut self, registration: &DoorRegistration) -> BTreeMap<String, Vec<String>> {
        let mut secrets = BTreeMap::new();
        for spec in registration.secrets {
            let references = self.references(spec);
            if !references.is_empty() {
                secrets.insert(spec.name.to_owned(), references);
            }
        }
        secrets
    }

    fn references(&mut self, spec: &SecretSpec) -> Vec<String> {
        let example = "a reference such as \"env:NAME\" or \"file:/run/secrets/name\"";
        let values = match self.table.get(spec.name) {
            None => {
                if spec.required {
                    self.problem(spec.name, format!("missing: {}", spec.what), format!("add {example}"));
                }
                return Vec::new();
            }
            Some(toml::Value::Array(values)) if spec.several && !values.is_empty() => values.clone(),
            Some(toml::Value::Array(_)) if spec.several => {
                self.problem(
                    spec.name,
                    "an empty list: the door would stand open or shut for ever",
                    format!("add {example}"),
                );
                return Vec::new();
            }
            Some(value) => vec![value.clone()],
        };
        let mut references = Vec::new();
        for value in values {
            match value.as_str() {
                Some(text) if is_reference(text) => references.push(text.to_owned()),
                Some(_) => {
                    let remedy =
                        format!("keep the secret itself out of this file, and write {example} instead");
                    self.problem(spec.name, "not a reference to a secret", remedy);
                }
                None => self.problem(spec.name, "not a string", format!("use {example}")),
            }
        }
        references
    }

    /// The connector's own settings; keys that it does not know, and those that it misses, are problems.
    fn settings(&mut self, registration: &DoorRegistration) -> Value {
        let others: Vec<&str> = other_keys(registration).collect();
        let own = self.table.iter().filter(|(key, _)| !others.contains(&key.as_str()));
        let settings =
            own.map(|(key, value)| (key.clone(), serde_json::to_value(value).unwrap_or(Value::Null)));
        let settings = Value::Object(settings.collect());
        // To build the schema takes a good part of a function's start, and it only tells what is wrong.
        if !(registration.fits)(&settings) {
            self.complain_about_keys(registration, &others);
        }
        settings
    }

    fn complain_about_keys(&mut self, registration: &DoorRegistration, others: &[&str]) {
        let schema = (registration.settings)();
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut known: Vec<&str> =
            properties.into_iter().flat_map(|keys| keys.keys()).map(String::as_str).collect();
        known.extend(others);
        for key in self.table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.problems.push(Problem::unknown_key(self.path, key, &known));
        }
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for key in required.iter().filter_map(Value::as_str).filter(|key| !self.table.contains_key(*key)) {
            let what = schema
                .pointer(&format!("/properties/{key}/description"))
                .and_then(Value::as_str)
                .unwrap_or("it is required")
                .to_owned();
            self.problems.push(Problem::new(
                format!("{}.{key}", self.path),
                format!("missing: {what}"),
                "add it",
            ));
        }
    }
}

/// The keys of an account's table that are not settings of its connector: secrets, and what every account may have.
pub(super) fn other_keys(registration: &DoorRegistration) -> impl Iterator<Item = &'static str> {
    let secrets = registration.secrets.iter().map(|spec| spec.name);
    let of_shelf: &[&str] = match registration.shelf {
        Shelf::Platform => &PLATFORM_KEYS,
        Shelf::Helpdesk => &HELPDESK_KEYS,
    };
    secrets.chain(COMMON_KEYS).chain(of_shelf.iter().copied())
}

/// Whether a text refers to a secret.
fn is_reference(text: &str) -> bool {
    ["env:", "file:", "ssm:"]
        .iter()
        .any(|prefix| text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
}
