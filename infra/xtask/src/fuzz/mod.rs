//! `cargo xtask fuzz`: the laws of `tests/laws` against whatever libFuzzer finds; without a nightly toolchain against
//! samples changed at random.

mod bounded;
mod libfuzzer;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use deskbridge_laws::{TARGETS, Target, check, target};

use crate::reliability;
use crate::shell::Trouble;

/// What to fuzz.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this target.
    only: Option<String>,
    /// How long each.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Write what was done into docs/reliability.md.
    #[arg(long)]
    write: bool,
    /// Do not fuzz: check this input of the target, a file that a failing run kept.
    #[arg(long, requires = "only")]
    input: Option<PathBuf>,
}

/// What came of one target.
struct Fuzzed {
    executions: u64,
    /// How many inputs that do something of their own are known by now.
    corpus: Option<u64>,
    /// Why the law does not hold, and for which input.
    broken: Option<String>,
}

/// Runs it; fails if a law does not hold.
pub(crate) fn run(options: &Options) -> ExitCode {
    let done = match &options.input {
        Some(input) => again(options.only.as_deref().unwrap_or_default(), input),
        None => fuzz(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => trouble.report(),
    }
}

fn again(name: &str, input: &Path) -> Result<(), Trouble> {
    let target = target(name).ok_or_else(|| unknown(name))?;
    let bytes = fs::read(input).map_err(|error| Trouble::new(format!("{}: {error}", input.display())))?;
    check(target, &bytes).map_err(|broken| Trouble::new(broken.why))
}

fn fuzz(options: &Options) -> Result<(), Trouble> {
    let wanted = |target: &&Target| options.only.as_ref().is_none_or(|only| target.name == only);
    let targets: Vec<&Target> = TARGETS.iter().filter(wanted).collect();
    if targets.is_empty() {
        return Err(unknown(options.only.as_deref().unwrap_or_default()));
    }
    let fuzzer = libfuzzer::build()?;
    let (mut rows, mut sum, mut broken) = (String::new(), 0, 0);
    for target in targets {
        let fuzzed = match &fuzzer {
            Some(folder) => libfuzzer::run(folder, target, options.seconds)?,
            None => bounded::run(target, options.seconds)?,
        };
        println!("{:<10} {:>12} executions", target.name, fuzzed.executions);
        if let Some(why) = &fuzzed.broken {
            println!("{:<10} BROKEN: {why}", target.name);
            broken += 1;
        }
        rows.push_str(&row(target, &fuzzed));
        sum += fuzzed.executions;
    }
    println!("{sum} executions, {broken} targets broken");
    if options.write {
        reliability::write("fuzz", &table(options, fuzzer.is_some(), &rows, sum, broken))?;
    }
    if broken == 0 { Ok(()) } else { Err(Trouble::new("a law does not hold")) }
}

fn unknown(name: &str) -> Trouble {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    Trouble::new(format!("there is no target {name}; there are {}", names.join(", ")))
}

fn row(target: &Target, fuzzed: &Fuzzed) -> String {
    let corpus = fuzzed.corpus.map_or_else(String::new, |corpus| corpus.to_string());
    let broken = if fuzzed.broken.is_some() { "**yes**" } else { "no" };
    format!("| {} | {} | {} | {corpus} | {broken} |\n", target.name, target.law, fuzzed.executions)
}

/// The table with the command that repeats it.
fn table(options: &Options, is_guided: bool, rows: &str, sum: u64, broken: usize) -> String {
    let only = options.only.as_ref().map_or_else(String::new, |only| format!(" {only}"));
    let how = if is_guided {
        "guided by coverage"
    } else {
        "samples changed at random, without a nightly toolchain"
    };
    format!(
        "`cargo xtask fuzz{only} --seconds {}` ({how})\n\n\
         | target | law | executions | corpus | broken |\n|---|---|---|---|---|\n\
         {rows}| all | | {sum} | | {broken} |\n",
        options.seconds,
    )
}
