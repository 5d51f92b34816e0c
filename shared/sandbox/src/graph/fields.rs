//! The `fields` parameter: which fields of a node, and of the nodes under it, a reader asks for.

use std::collections::BTreeMap;

use super::error::GraphError;

/// One asked field: `name`, `name{sub,sub}` or `name.limit(5).order(x){sub}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) args: BTreeMap<String, String>,
    pub(super) sub: Vec<Field>,
}

/// How deep fields may nest; deeper requests are refused.
const DEPTH: usize = 6;

/// Reads a `fields` text.
pub(super) fn parse(text: &str) -> Result<Vec<Field>, GraphError> {
    let mut reader = Reader { text, at: 0 };
    let fields = reader.list(0)?;
    if reader.at < text.len() { Err(reader.unexpected()) } else { Ok(fields) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn list(&mut self, depth: usize) -> Result<Vec<Field>, GraphError> {
        if depth > DEPTH {
            return Err(GraphError::parameter("fields nest too deeply"));
        }
        let mut fields = vec![self.field(depth)?];
        while self.eat(',') {
            fields.push(self.field(depth)?);
        }
        Ok(fields)
    }

    fn field(&mut self, depth: usize) -> Result<Field, GraphError> {
        let name = self.word()?;
        let mut args = BTreeMap::new();
        while self.eat('.') {
            let arg = self.word()?;
            let rest = self.text[self.at..].strip_prefix('(').and_then(|rest| rest.split_once(')'));
            let Some((value, _)) = rest else { return Err(self.unexpected()) };
            self.at += value.len() + 2;
            args.insert(arg, value.to_owned());
        }
        let mut sub = Vec::new();
        if self.eat('{') {
            sub = self.list(depth + 1)?;
            if !self.eat('}') {
                return Err(self.unexpected());
            }
        }
        Ok(Field { name, args, sub })
    }

    fn word(&mut self) -> Result<String, GraphError> {
        let rest = self.text[self.at..].trim_start();
        let start = self.text.len() - rest.len();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length == 0 {
            return Err(self.unexpected());
        }
        self.at = start + length;
        Ok(rest[..length].to_owned())
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.text[self.at..].trim_start();
        let found = rest.starts_with(wanted);
        if found {
            self.at = self.text.len() - rest.len() + wanted.len_utf8();
        }
        found
    }

    fn unexpected(&self) -> GraphError {
        let message =
            format!("Syntax error \"Unexpected end or character in fields\" at character {}", self.at);
        GraphError::new(2500, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_nest_and_take_arguments() {
        let fields =
            parse("id, from{id,name},comments.limit(5).order(reverse_chronological){message}").unwrap();
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["id", "from", "comments"]);
        assert_eq!(fields[1].sub.len(), 2);
        assert_eq!(fields[2].args["limit"], "5");
        assert_eq!(fields[2].args["order"], "reverse_chronological");
        assert_eq!(fields[2].sub[0].name, "message");
    }

    #[test]
    fn broken_fields_are_refused() {
        for text in ["", "id,", "from{id", "from}", "a.limit(3", "ä", "a b"] {
            assert_eq!(parse(text).unwrap_err().code, 2500, "{text:?}");
        }
        let deep = "a{".repeat(5_000);
        assert_eq!(parse(&deep).unwrap_err().code, 100);
    }
}
