//! The checked-in record of instructions: `record.txt`, one case a line, with the compiler that made the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use deskbridge_report::Report;

use crate::cases::TYPICAL;

/// By so much a figure may differ from the recorded one, in percent; and by so many instructions, for the smallest.
const TOLERANCE_PERCENT: u64 = 2;
const TOLERANCE: u64 = 50;
const COMPILER: &str = "compiler: ";
/// What is told of a typical message in the documents.
const COLUMNS: [(&str, &str); 6] = [
    ("parse", "read the webhook"),
    ("queue", "write the queue's message"),
    ("unqueue", "read it"),
    ("decode", "read the item"),
    ("plan", "plan"),
    ("encode", "write the item"),
];

/// Instructions by case, and the compiler that they depend on.
pub(crate) struct Record {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

impl Record {
    /// What this program took.
    pub(crate) fn of(counts: Vec<(String, u64)>) -> Self {
        Self { compiler: env!("DESKBRIDGE_COMPILER").to_owned(), counts: counts.into_iter().collect() }
    }

    /// Reads the record.
    ///
    /// # Panics
    /// When it is not as it must be.
    pub(crate) fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (mut compiler, mut counts) = (String::new(), BTreeMap::new());
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if let Some(version) = line.strip_prefix(COMPILER) {
                version.clone_into(&mut compiler);
            } else {
                let read = line
                    .rsplit_once(' ')
                    .and_then(|(name, count)| Some((name.trim_end(), count.parse().ok()?)));
                let (name, count) = read.unwrap_or_else(|| panic!("{}: {line}", file.display()));
                counts.insert(name.to_owned(), count);
            }
        }
        Self { compiler, counts }
    }

    /// Writes the record.
    ///
    /// # Panics
    /// When it cannot be written.
    pub(crate) fn write(&self, file: &Path) {
        let mut text = format!(
            "# Instructions, counted under callgrind: of this program itself, without hashing and without the C library. A figure that\n\
             # differs by more than {TOLERANCE_PERCENT} % fails `cargo xtask figures instructions --check`; without --check it is written anew.\n\
             {COMPILER}{}\n",
            self.compiler
        );
        for (name, count) in &self.counts {
            let _ = writeln!(text, "{name:<56} {count:>7}");
        }
        fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Holds what was counted now against the record.
    pub(crate) fn compare(&self, now: &Self, report: &mut Report) {
        if self.compiler != now.compiler {
            println!("recorded with {}, and this is {}: not compared", self.compiler, now.compiler);
            return;
        }
        for (name, count) in &now.counts {
            let recorded = self.counts.get(name).copied();
            report.ceiling(recorded.is_some_and(|recorded| is_near(*count, recorded)), || match recorded {
                Some(recorded) => format!("{name}: {count} instructions, {recorded} are recorded"),
                None => format!("{name} is not recorded: run cargo xtask figures instructions"),
            });
        }
        for name in self.counts.keys().filter(|name| !now.counts.contains_key(*name)) {
            report.ceiling(false, || format!("{name} is recorded, and there is no such case"));
        }
    }

    /// What typical messages take, for the documents.
    pub(crate) fn table(&self, report: &mut Report) {
        let names: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
        let rules = "---|".repeat(names.len() + 1);
        report.counted("instructions", &format!("| instructions | {} |\n|{rules}\n", names.join(" | ")));
        for (kind, fixture) in TYPICAL {
            let count = |what: &str| {
                self.counts.get(&format!("{what} {kind} {fixture}")).copied().unwrap_or_default()
            };
            let cells: Vec<String> = COLUMNS.iter().map(|(what, _)| count(what).to_string()).collect();
            report.row(&format!("| {kind} `{fixture}` | {} |", cells.join(" | ")));
        }
    }
}

fn is_near(count: u64, recorded: u64) -> bool {
    count.abs_diff(recorded) <= (recorded * TOLERANCE_PERCENT / 100).max(TOLERANCE)
}
