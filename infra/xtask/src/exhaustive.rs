//! `cargo xtask sim exhaustive`: every crash, and every two, of small conversations.

use std::process::ExitCode;

use clap::Args;
use deskbridge_simulation::{SCRIPTS, accounts, exhaust};

/// How much of it.
#[derive(Args)]
pub(crate) struct Options {
    /// Only one crash a run.
    #[arg(long)]
    single: bool,
    /// Only scripts whose name contains this.
    only: Option<String>,
}

/// Runs all schedules; fails if one breaks a promise.
pub(crate) fn run(options: &Options) -> ExitCode {
    let directory = accounts();
    let (mut schedules, mut violations) = (0, 0);
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    for script in SCRIPTS.iter().filter(|script| wanted(script.name)) {
        let all = exhaust(script, !options.single, &directory);
        println!("{:<48} {:>4} calls {:>8} schedules", script.name, all.calls, all.schedules);
        for (crashes, broken) in all.violations.iter().take(3) {
            println!("  VIOLATION with crashes at {crashes:?}: {broken}");
        }
        schedules += all.schedules;
        violations += all.violations.len();
    }
    println!("{schedules} schedules, {violations} violations");
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
