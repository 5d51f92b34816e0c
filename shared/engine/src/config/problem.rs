//! One thing that is wrong with a configuration.

use std::fmt;

/// What is wrong, where, and what to do. Never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key's path, such as `accounts.acme-facebook.page_token`.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// A problem at a key.
    pub fn new(path: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// A key that does not exist, with the nearest one that does.
    #[must_use]
    pub fn unknown_key(table: &str, key: &str, known: &[&str]) -> Self {
        let path = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
        let nearest =
            known.iter().min_by_key(|other| distance(key, other)).filter(|other| distance(key, other) <= 3);
        let remedy = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        Self::new(path, "unknown key", remedy)
    }

    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Self::new(format!("line {line}"), error.message(), "mend the TOML syntax there")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.path, self.problem, self.remedy)
    }
}

/// How many single-character edits lie between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
