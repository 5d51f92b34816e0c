//! The shipped CloudFormation template as JSON; `!Ref X` is `{"!Ref": "X"}`.

use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// Reads `infra/template.yaml`.
///
/// # Panics
/// When it is not there, or not YAML.
#[must_use]
pub fn template() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/template.yaml");
    let text = std::fs::read_to_string(file).expect("the template");
    let documents = Yaml::load_from_str(&text).expect("the template is YAML");
    plain(&documents[0])
}

/// The resources of a type, with their names.
pub fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let resources = template["Resources"].as_object().expect("resources").iter();
    resources.filter(move |(_, one)| one["Type"] == kind).map(|(name, one)| (name.as_str(), one))
}

fn plain(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(entries) => {
            let entry = |(key, value): (&Yaml<'_>, &Yaml<'_>)| {
                let key = plain(key);
                (key.as_str().map_or_else(|| key.to_string(), str::to_owned), plain(value))
            };
            Value::Object(entries.iter().map(entry).collect())
        }
        Yaml::Tagged(tag, value) => {
            let name = format!("!{}", tag.suffix);
            Value::Object(Map::from_iter([(name, plain(value))]))
        }
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::Boolean(truth)) => json!(truth),
        _ => Value::Null,
    }
}
