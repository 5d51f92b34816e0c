//! The documents tell the truth: names that one needs are in them, and what they show works.

use std::collections::BTreeSet;

use deskbridge_connectors::{REGISTRY, Shelf};
use deskbridge_engine::config::{Config, schema};
use serde_json::Value;

use crate::folders::{read, root};

/// The names of the items between two marks of a source file.
fn names(source: &str, begins: &str, keyword: &str) -> Vec<String> {
    let from = source.find(begins).unwrap_or_else(|| panic!("no {begins:?}: correct this test"));
    let item = &source[from..];
    let item = &item[..item.find("\n}").expect("its end")];
    let name = |line: &str| {
        let rest = line.strip_prefix("    ")?.strip_prefix(keyword)?;
        let name: String =
            rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
        Some(name).filter(|name| !name.is_empty())
    };
    item.lines().filter_map(name).collect()
}

#[test]
fn the_guides_name_every_method_and_field_that_one_must_write() {
    let connector = read(&root().join("shared/connectors/src/connector.rs"));
    let registry = read(&root().join("shared/connectors/src/registry.rs"));
    let methods =
        ["pub trait Door", "pub trait Connector"].map(|item| names(&connector, item, "fn ")).concat();
    let items = ["pub struct DoorRegistration", "pub struct Registration"];
    let fields = items.map(|item| names(&registry, item, "pub ")).concat();
    assert!(methods.len() >= 10 && fields.len() >= 9, "{methods:?} {fields:?}: correct this test");
    for guide in ["docs/adding-a-platform.md", "docs/adding-a-helpdesk.md"] {
        let text = read(&root().join(guide));
        for name in methods.iter().chain(&fields) {
            assert!(text.contains(&format!("`{name}`")), "{guide} does not mention `{name}`");
        }
        for path in text.split('`').filter(|part| part.starts_with("shared/") || part.starts_with("tests/")) {
            let written_by_reader = path.contains('<') || path.contains('*') || path.contains(' ');
            assert!(written_by_reader || root().join(path).exists(), "{guide}: there is no {path}");
        }
    }
}

/// The account schemas by kind.
fn account_schemas(schema: &Value) -> Vec<&Value> {
    let accounts = schema.pointer("/properties/accounts/additionalProperties/oneOf");
    accounts.and_then(Value::as_array).expect("a schema per kind").iter().collect()
}

fn keys(schema: &Value) -> BTreeSet<String> {
    let properties = schema["properties"].as_object().expect("properties");
    properties.keys().cloned().collect()
}

/// The keys in the first column of the table under a heading of the document.
fn documented(text: &str, heading: &str) -> BTreeSet<String> {
    let from =
        text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("configuration.md has no {heading:?}"));
    let section = &text[from + heading.len() + 2..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).map(str::to_owned).collect()
}

#[test]
fn every_key_of_the_configuration_is_documented_and_no_other() {
    let text = read(&root().join("docs/configuration.md"));
    let schema = schema();
    assert_eq!(documented(&text, "## `[local]`"), keys(&schema["properties"]["local"]), "[local]");

    let common = documented(&text, "## Every platform account");
    for account in account_schemas(&schema) {
        let kind = account["properties"]["kind"]["const"].as_str().expect("a kind");
        let registration = deskbridge_connectors::find(kind).expect("registered");
        let mut found = documented(&text, &format!("## {} (`kind = \"{kind}\"`)", registration.title));
        found.insert("kind".to_owned());
        if registration.shelf == Shelf::Platform {
            found.extend(common.iter().cloned());
        }
        assert_eq!(found, keys(account), "{kind}");
    }
    assert_eq!(account_schemas(&schema).len(), REGISTRY.len());
}

#[test]
fn defaults_are_documented_as_they_are() {
    let text = read(&root().join("docs/configuration.md"));
    let schema = schema();
    let mut tables = vec![("## `[local]`".to_owned(), &schema["properties"]["local"])];
    for account in account_schemas(&schema) {
        let kind = account["properties"]["kind"]["const"].as_str().expect("a kind");
        let title = deskbridge_connectors::find(kind).expect("registered").title;
        tables.push((format!("## {title} (`kind = \"{kind}\"`)"), account));
    }
    for (heading, table) in tables {
        for (key, property) in table["properties"].as_object().expect("properties") {
            let Some(default) = property.get("default").filter(|default| !default.is_null()) else {
                continue;
            };
            if default.as_array().is_some_and(Vec::is_empty)
                || default.as_object().is_some_and(|map| map.is_empty())
            {
                continue;
            }
            let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
            let row = text.lines().find(|line| {
                line.starts_with(&format!("| `{key}` |")) && line.contains(&format!("`{default}`"))
            });
            assert!(row.is_some(), "{heading}: the row of {key} does not say its default `{default}`");
        }
    }
}

#[test]
fn every_example_of_the_configuration_is_accepted() {
    let text = read(&root().join("docs/configuration.md"));
    let mut examples = 0;
    for block in text.split("```toml\n").skip(1) {
        let example = block.split("```").next().unwrap_or_default();
        if let Err(problems) = Config::parse(example) {
            panic!("docs/configuration.md: {problems:?}\n{example}");
        }
        examples += 1;
    }
    assert!(examples > 0, "no example");
}

#[test]
fn the_demo_configuration_of_the_test_house_uses_every_connector() {
    let config = Config::parse(deskbridge_tests::CONFIG).expect("no problems");
    for registration in REGISTRY {
        let used = config.accounts.values().any(|account| account.registration.kind == registration.kind);
        assert!(used, "the test house has no {} account", registration.kind);
    }
}
