//! What `tests/tests/budgets` counted, into the documents. `cargo xtask figures budgets` counts and runs this.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use deskbridge_figures::report::Report;

/// The tables that the tests wrote, by their file names and their marks in the documents.
const TABLES: [&str; 3] = ["budgets", "left-out", "calls"];

/// Where the tables are, and what to do with them.
#[derive(Parser)]
struct Arguments {
    /// The folder that the tests wrote them into.
    #[arg(long)]
    tables: PathBuf,
    /// Write nothing; fail when a document says something else.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut report = Report::default();
    for name in TABLES {
        let file = arguments.tables.join(name).with_extension("md");
        let table = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        report.counted(name, &table);
    }
    report.finish(arguments.check)
}
