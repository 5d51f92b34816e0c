//! Approved templates: the list, and what a message makes of one.

use serde_json::{Value, json};

use crate::graph::error::GraphError;
use crate::graph::route::Call;
use crate::graph::state::Graph;

use super::Number;

impl Graph {
    /// `GET /{business}/message_templates`; `name` also finds names that contain it.
    pub(in crate::graph) fn message_templates(
        &self,
        call: &Call,
        business: &str,
    ) -> Result<Value, GraphError> {
        let number = self.numbers.values().find(|number| number.seed.business == business);
        let number = number.ok_or_else(|| call.gone(business))?;
        self.admit_number(call, &number.seed.id)?;
        let wanted = call.params.text("name").unwrap_or_default();
        let fitting = number.seed.templates.iter().filter(|(name, _, _)| name.contains(&wanted));
        let rows: Vec<Value> = fitting
            .map(|(name, language, body)| {
                json!({
                    "id": format!("{name}-{language}"), "name": name, "language": language, "status": "APPROVED",
                    "components": [{"type": "BODY", "text": body}, {"type": "FOOTER", "text": "Acme"}],
                })
            })
            .collect();
        Ok(json!({ "data": rows }))
    }
}

/// The text that a person gets.
pub(super) fn rendered(number: &Number, template: &Value) -> Result<String, GraphError> {
    let (name, language) = (template["name"].as_str(), template["language"]["code"].as_str());
    let known = number
        .seed
        .templates
        .iter()
        .find(|(known, spoken, _)| Some(known.as_str()) == name && Some(spoken.as_str()) == language);
    let Some((_, _, body)) = known else {
        return Err(GraphError::new(132_001, "(#132001) Template name does not exist in the translation"));
    };
    let values: Vec<&str> = template["components"][0]["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|parameter| parameter["text"].as_str())
        .collect();
    if values.len() != body.matches("{{").count() {
        return Err(GraphError::new(
            132_000,
            "(#132000) Number of parameters does not match the expected number",
        ));
    }
    Ok((1..)
        .zip(values)
        .fold(body.clone(), |text, (place, value)| text.replace(&format!("{{{{{place}}}}}"), value)))
}
