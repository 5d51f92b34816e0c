//! `cargo xtask sim`: a campaign of many seeds, or one seed with its trace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use deskbridge_simulation::{Campaign, Draws, ENOUGH, Tape, Theme, accounts, campaign, shrink};

use crate::shell::{Trouble, root};
use crate::{exhaustive, mutants, reliability};

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
    /// Only runs about this, a name of the simulation's themes, as in `FirstAttempts`.
    #[arg(long)]
    about: Option<Theme>,
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
    /// Only this tape, a file that a failing campaign wrote.
    #[arg(long)]
    tape: Option<PathBuf>,
    /// Write the campaign's figures into docs/reliability.md.
    #[arg(long)]
    write: bool,
    /// With --seed or --tape: show everything that happened.
    #[arg(long)]
    trace: bool,
}

/// What else the simulation is for.
#[derive(Subcommand)]
enum Other {
    /// Takes the protocol's guards out one by one; each must be noticed.
    Mutants(mutants::Options),
    /// Lets a process die at every call of small conversations, and at every two.
    Exhaustive(exhaustive::Options),
}

impl Options {
    fn draws(&self, seed: u64) -> Draws {
        Draws::of_seed(seed).about(self.about)
    }
}

pub(crate) fn run_options(options: &Options) -> Campaign {
    Campaign {
        from: options.from,
        about: options.about,
        seeds: if options.minutes.is_some() { u64::MAX } else { options.seeds },
        limit: options.minutes.map(|minutes| Duration::from_secs(60 * minutes)),
        threads: options.threads,
        violations_max: options.violations,
    }
}

/// Runs it; fails on a violation, and if a large campaign misses a mark.
pub(crate) fn run(options: &Options) -> ExitCode {
    match (&options.other, options.seed, &options.tape) {
        (Some(Other::Mutants(options)), ..) => mutants::run(options),
        (Some(Other::Exhaustive(options)), ..) => exhaustive::run(options),
        (None, Some(seed), _) => one(options.draws(seed), options.trace),
        (None, None, Some(file)) => match tape(file) {
            Ok(tape) => one(Draws::of_tape(tape), options.trace),
            Err(trouble) => trouble.report(),
        },
        (None, None, None) => many(options),
    }
}

fn tape(file: &Path) -> Result<Tape, Trouble> {
    let trouble = |why: String| Trouble::new(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| trouble(error.to_string()))?;
    text.parse().map_err(trouble)
}

fn one(draws: Draws, show: bool) -> ExitCode {
    let report = deskbridge_simulation::run(draws, &accounts(), true);
    let lines = report.trace.lines();
    let shown = if show { lines } else { &lines[lines.len().saturating_sub(30)..] };
    for line in shown {
        println!("{line}");
    }
    println!("{} steps, hash {:016x}, {:?}", report.trace.steps(), report.trace.hash(), report.balance);
    match &report.broken {
        Some(broken) => {
            println!("BROKEN: {broken}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

fn many(options: &Options) -> ExitCode {
    let found = campaign(&run_options(options));
    print!("{found}");
    for (seed, broken) in &found.violations {
        let about = options.about.map(|theme| format!("--about {theme:?} ")).unwrap_or_default();
        println!("\nseed {seed}: {broken}\n  again: cargo xtask sim --seed {seed} {about}--trace");
    }
    if let Some((seed, _)) = found.violations.first() {
        println!();
        keep_tape(*seed, options.draws(*seed));
        return one(options.draws(*seed), false);
    }
    if options.write
        && let Err(trouble) =
            reliability::write("campaign", &reliability::campaign(&found, &command(options)))
    {
        return trouble.report();
    }
    let missed = found.missed();
    if found.seeds >= ENOUGH && !missed.is_empty() {
        println!("never reached: {}", missed.join("; "));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The command that repeats a campaign.
fn command(options: &Options) -> String {
    let much = options
        .minutes
        .map_or_else(|| format!("--seeds {}", options.seeds), |minutes| format!("--minutes {minutes}"));
    let about = options.about.map(|theme| format!(" --about {theme:?}")).unwrap_or_default();
    format!("cargo xtask sim {much}{about} --from {} --threads {}", options.from, options.threads)
}

/// Writes the kindest tape that breaks the same promise as this seed.
fn keep_tape(seed: u64, draws: Draws) {
    let directory = accounts();
    let report = deskbridge_simulation::run(draws, &directory, false);
    let tape = shrink(&report.tape, &directory);
    let file = root().join(format!("tests/simulation/regressions/{seed}.tape"));
    match fs::write(&file, tape.to_string()) {
        Ok(()) => println!(
            "{} of its {} draws matter at most; kept:\n  cargo xtask sim --tape {} --trace\n",
            tape.draws.iter().filter(|value| **value != 0).count(),
            report.tape.draws.len(),
            file.display(),
        ),
        Err(error) => println!("{}: {error}", file.display()),
    }
}
