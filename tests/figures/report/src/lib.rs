//! What all measuring programs share: what a process used, and tables into documents, between two marks: `<!-- figures:NAME -->` and `<!-- figures end -->`.

pub mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The documents that may hold tables.
const DOCUMENTS: [&str; 3] = ["README.md", "docs/figures.md", "docs/deploy.md"];
const END: &str = "<!-- figures end -->";

/// All tables of a run, and what passed its ceiling.
#[derive(Default)]
pub struct Report {
    tables: Vec<Table>,
    broken: Vec<String>,
}

struct Table {
    name: &'static str,
    text: String,
    counted: bool,
}

impl Report {
    /// Begins a table of what was measured: it differs from run to run.
    pub fn table(&mut self, name: &'static str, head: &str) {
        self.tables.push(Table { name, text: head.to_owned(), counted: false });
    }

    /// Begins a table of what was counted: it is the same in every run.
    pub fn counted(&mut self, name: &'static str, head: &str) {
        self.tables.push(Table { name, text: head.to_owned(), counted: true });
    }

    /// A row of the table that was begun last.
    pub fn row(&mut self, row: &str) {
        let table = self.tables.last_mut().expect("a table was begun");
        table.text.push_str(row);
        table.text.push('\n');
    }

    /// Remembers what is said if a ceiling is passed.
    pub fn ceiling(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(otherwise());
        }
    }

    /// Prints everything and writes it into the documents, or compares with them.
    pub fn finish(mut self, check: bool) -> ExitCode {
        for table in &self.tables {
            println!("{}\n{}", table.name, table.text);
        }
        for document in DOCUMENTS {
            let file = root().join(document);
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{document}: {error}"));
            let new = self.tables.iter().fold(text.clone(), |text, table| with_table(&text, table));
            if check {
                let counted = self.tables.iter().filter(|table| table.counted);
                let drifted = counted.filter(|table| with_table(&text, table) != text);
                let said = drifted.map(|table| {
                    format!(
                        "{document}: the table {:?} is not what was counted: run cargo xtask figures",
                        table.name
                    )
                });
                self.broken.extend(said.collect::<Vec<_>>());
            } else if new != text {
                fs::write(&file, new).unwrap_or_else(|error| panic!("{document}: {error}"));
                println!("wrote {document}");
            }
        }
        for broken in &self.broken {
            println!("PASSED ITS CEILING OR DRIFTED: {broken}");
        }
        println!("{} tables, {} ceilings passed or drifted", self.tables.len(), self.broken.len());
        if self.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The text with this table between its marks, wherever they are.
fn with_table(text: &str, table: &Table) -> String {
    let mark = format!("<!-- figures:{} -->\n", table.name);
    let Some((before, rest)) = text.split_once(&mark) else { return text.to_owned() };
    let Some((_, after)) = rest.split_once(END) else { return text.to_owned() };
    format!("{before}{mark}{}{END}{after}", table.text)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).map(Path::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_replaced_between_its_marks_and_nothing_else_is_touched() {
        let table = Table { name: "a", text: "| new |\n".to_owned(), counted: true };
        let text = "x\n<!-- figures:a -->\n| old |\n<!-- figures end -->\ny <!-- figures end -->";
        let new = "x\n<!-- figures:a -->\n| new |\n<!-- figures end -->\ny <!-- figures end -->";
        assert_eq!(with_table(text, &table), new);
        assert_eq!(with_table(new, &table), new);
        assert_eq!(with_table("no marks", &table), "no marks");
    }
}
