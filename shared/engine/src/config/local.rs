//! The table `local`, read key by key, so that every mistake in it is told with its key.

use serde_json::Value;

use super::{Local, Problem};

/// Reads the table; keys with problems keep their defaults.
pub(super) fn read(value: Option<&toml::Value>, problems: &mut Vec<Problem>) -> Local {
    let Some(value) = value else { return Local::default() };
    let Some(table) = value.as_table() else {
        problems.push(Problem::new("local", "not a table", "write [local]"));
        return Local::default();
    };
    let schema = schemars::schema_for!(Local);
    let properties = schema.get("properties").and_then(Value::as_object);
    let known: Vec<&str> = properties.into_iter().flat_map(|keys| keys.keys()).map(String::as_str).collect();
    let mut usable = toml::Table::new();
    for (key, value) in table {
        if !known.contains(&key.as_str()) {
            problems.push(Problem::unknown_key("local", key, &known));
            continue;
        }
        let alone = toml::Table::from_iter([(key.clone(), value.clone())]);
        match alone.try_into::<Local>() {
            Ok(_) => drop(usable.insert(key.clone(), value.clone())),
            Err(error) => {
                let path = format!("local.{key}");
                problems.push(Problem::new(
                    path,
                    error.message().trim_end(),
                    "compare with docs/configuration.md",
                ));
            }
        }
    }
    usable.try_into().unwrap_or_default()
}
