//! What was counted, as tables for the documents: `cargo xtask figures budgets` puts them there.

use std::fs;
use std::path::Path;

use deskbridge_tests::Desk;

use crate::counter::COLUMNS;
use crate::scenarios::{ALL, Counted};
use crate::surfaces::WAYS;

/// So many columns are in the short table: calls, reads, writes.
const SHORT: usize = 4;

/// Writes the tables into this folder, each into a file of its name.
///
/// # Panics
/// When they cannot be written.
pub(crate) fn write(folder: &Path, counted: &[Counted]) {
    for (name, table) in
        [("budgets", full(counted)), ("left-out", left_out(counted)), ("calls", short(counted))]
    {
        fs::write(folder.join(name).with_extension("md"), table).expect("the folder can be written to");
    }
}

/// A row for each scenario on each way.
fn full(counted: &[Counted]) -> String {
    let mut table = head("| what happens | where |", &COLUMNS);
    for scenario in ALL {
        for way in &WAYS {
            let here: Vec<_> =
                counted.iter().filter(|one| one.scenario == scenario && one.way.name == way.name).collect();
            let cells: Vec<String> = (0..COLUMNS.len()).map(|column| cell(&here, column)).collect();
            if here.iter().any(|one| one.count.is_ok()) {
                table.push_str(&format!("| {} | {} | {} |\n", scenario.name(), way.name, cells.join(" | ")));
            }
        }
    }
    table
}

/// A row for each scenario: the least and the most of all ways.
fn short(counted: &[Counted]) -> String {
    let mut table = head("| what happens |", &COLUMNS[..SHORT]);
    for scenario in ALL {
        let here: Vec<_> = counted.iter().filter(|one| one.scenario == scenario).collect();
        let cells: Vec<String> = (0..SHORT).map(|column| cell(&here, column)).collect();
        table.push_str(&format!("| {} | {} |\n", scenario.name(), cells.join(" | ")));
    }
    table
}

/// What cannot happen, and why: a row for each scenario.
fn left_out(counted: &[Counted]) -> String {
    let mut table = "| left out | because |\n|---|---|\n".to_owned();
    for scenario in ALL {
        let of_scenario = counted.iter().filter(|one| one.scenario == scenario && one.desk == Desk::Zendesk);
        let why = of_scenario
            .filter_map(|one| one.count.as_ref().err().map(|why| format!("{}: {why}", one.way.name)));
        let why: Vec<String> = why.collect();
        if !why.is_empty() {
            table.push_str(&format!("| {} | {} |\n", scenario.name(), why.join("; ")));
        }
    }
    table
}

fn head(first: &str, columns: &[&str]) -> String {
    let rules = "---|".repeat(first.matches('|').count() - 1 + columns.len());
    format!("{first} {} |\n|{rules}\n", columns.join(" | "))
}

/// One figure for both helpdesks, or `Zendesk / Freshdesk`; where it differs from way to way, from the least to the most.
fn cell(counted: &[&Counted], column: usize) -> String {
    let [zendesk, freshdesk] = Desk::BOTH.map(|desk| {
        let here = counted.iter().filter(|one| one.desk == desk).filter_map(|one| one.count.as_ref().ok());
        let figures: Vec<usize> = here.map(|count| count.figures()[column]).collect();
        let (least, most) = (figures.iter().min().unwrap_or(&0), figures.iter().max().unwrap_or(&0));
        if least == most { most.to_string() } else { format!("{least}–{most}") }
    });
    if zendesk == freshdesk { zendesk } else { format!("{zendesk} / {freshdesk}") }
}
