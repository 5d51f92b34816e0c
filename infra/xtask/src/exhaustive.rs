//! `cargo xtask sim exhaustive`: every crash, and every two, of small conversations.

use std::process::ExitCode;

use clap::Args;
use deskbridge_simulation::{SCRIPTS, accounts, exhaust};

use crate::reliability;

/// How much of it.
#[derive(Args)]
pub(crate) struct Options {
    /// Only one crash a run.
    #[arg(long)]
    single: bool,
    /// Write the table into docs/reliability.md.
    #[arg(long)]
    write: bool,
    /// Only scripts whose name contains this.
    only: Option<String>,
}

/// Runs all schedules; fails if one breaks a promise.
pub(crate) fn run(options: &Options) -> ExitCode {
    let directory = accounts();
    let (mut schedules, mut violations) = (0, 0);
    let mut table = "| conversation | calls | schedules | violations |\n|---|---|---|---|\n".to_owned();
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    for script in SCRIPTS.iter().filter(|script| wanted(script.name)) {
        let all = exhaust(script, !options.single, &directory);
        println!("{:<48} {:>4} calls {:>8} schedules", script.name, all.calls, all.schedules);
        for (crashes, broken) in all.violations.iter().take(3) {
            println!("  VIOLATION with crashes at {crashes:?}: {broken}");
        }
        table.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            script.name,
            all.calls,
            all.schedules,
            all.violations.len()
        ));
        schedules += all.schedules;
        violations += all.violations.len();
    }
    println!("{schedules} schedules, {violations} violations");
    table.push_str(&format!("| all | | {schedules} | {violations} |\n"));
    if options.write
        && let Err(trouble) = reliability::write("exhaustive", &table)
    {
        return trouble.report();
    }
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
