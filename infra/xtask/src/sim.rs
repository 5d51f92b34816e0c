//! `cargo xtask sim`: a campaign of many seeds, or one seed with its trace.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use deskbridge_simulation::{Campaign, Draws, accounts, campaign};

use crate::mutants;

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    other: Option<Other>,
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Run for so many minutes instead of so many seeds.
    #[arg(long)]
    minutes: Option<u64>,
    /// On how many threads.
    #[arg(long, default_value_t = 1)]
    threads: u64,
    /// Go on after a violation, up to so many of them.
    #[arg(long, default_value_t = 1)]
    violations: usize,
    /// Only this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// With --seed: show everything that happened.
    #[arg(long)]
    trace: bool,
}

/// What else the simulation is for.
#[derive(Subcommand)]
enum Other {
    /// Takes the protocol's guards out one by one; each must be noticed.
    Mutants(mutants::Options),
}

pub(crate) fn run_options(options: &Options) -> Campaign {
    Campaign {
        from: options.from,
        seeds: if options.minutes.is_some() { u64::MAX } else { options.seeds },
        limit: options.minutes.map(|minutes| Duration::from_secs(60 * minutes)),
        threads: options.threads,
        violations_max: options.violations,
    }
}

/// Runs it; fails on a violation.
pub(crate) fn run(options: &Options) -> ExitCode {
    match (&options.other, options.seed) {
        (Some(Other::Mutants(mutants)), _) => mutants::run(mutants),
        (None, Some(seed)) => one(seed, options.trace),
        (None, None) => many(options),
    }
}

fn one(seed: u64, show: bool) -> ExitCode {
    let report = deskbridge_simulation::run(Draws::of_seed(seed), &accounts(), true);
    let lines = report.trace.lines();
    let shown = if show { lines } else { &lines[lines.len().saturating_sub(30)..] };
    for line in shown {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} steps, hash {:016x}, {:?}",
        report.trace.steps(),
        report.trace.hash(),
        report.balance
    );
    match &report.broken {
        Some(broken) => {
            println!("BROKEN: {broken}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

fn many(options: &Options) -> ExitCode {
    let result = campaign(&run_options(options));
    print!("{result}");
    for (seed, broken) in &result.violations {
        println!("\nseed {seed}: {broken}\n  again: cargo xtask sim --seed {seed} --trace");
    }
    if let Some((seed, _)) = result.violations.first() {
        println!();
        return one(*seed, false);
    }
    ExitCode::SUCCESS
}
