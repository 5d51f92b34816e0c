//! `cargo xtask figures`: what everything costs, measured and counted on this machine.

use std::fs;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};
use deskbridge_report::Report;

use crate::package::{Arch, binaries, build, package};
use crate::shell::{Trouble, cargo, root};
use crate::throughput;

/// What to do with the figures.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this part of them.
    #[arg(value_enum)]
    part: Option<Part>,
    /// Write nothing; fail when a counted figure is not what the documents say.
    #[arg(long)]
    check: bool,
}

/// What can be measured or counted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What everything that happens costs, counted in the tests.
    Budgets,
    /// Instructions of what is computed for each event.
    Instructions,
    /// What the functions cost: the real binaries.
    Functions,
    /// How fast the one-process bridge is, and how it grows.
    Bridge,
    /// 200,000 comments against a helpdesk with limits, in virtual time. Only when asked for: it takes minutes.
    Storm,
    /// The bridge beside Node-RED, n8n and a handler in Python. Only when asked for: it installs them, and needs Node and Python.
    Peers,
}

/// Measures and counts what is wanted.
pub(crate) fn run(options: &Options) -> ExitCode {
    let parts: &[Part] = match &options.part {
        Some(part) => std::slice::from_ref(part),
        None => &[Part::Budgets, Part::Instructions, Part::Functions, Part::Bridge],
    };
    let mut code = ExitCode::SUCCESS;
    for part in parts {
        let done = match part {
            Part::Budgets => budgets(options.check),
            Part::Instructions => instructions(options.check),
            Part::Functions => functions(options.check),
            Part::Bridge => throughput::bridge(options.check),
            Part::Storm => storm(options.check),
            Part::Peers => throughput::peers(options.check),
        };
        match done {
            Ok(true) => {}
            Ok(false) => code = ExitCode::FAILURE,
            Err(trouble) => code = trouble.report(),
        }
    }
    code
}

/// Runs the tests that count, and hands their tables on.
fn budgets(check: bool) -> Result<bool, Trouble> {
    let mut tests = cargo();
    tests.args(["test", "--quiet", "--locked", "-p", "deskbridge-tests", "--test", "budgets"]);
    if !succeeds(&mut tests)? {
        return Ok(false);
    }
    let mut report = Report::default();
    for name in ["budgets", "left-out", "calls"] {
        let file = root().join("target/tmp").join(name).with_extension("md");
        let table = fs::read_to_string(&file);
        let table = table.map_err(|error| Trouble::new(format!("{}: {error}", file.display())))?;
        report.counted(name, &table);
    }
    Ok(report.finish(check) == ExitCode::SUCCESS)
}

/// Runs the program under a processor that counts.
fn instructions(check: bool) -> Result<bool, Trouble> {
    let mut figures = program("deskbridge-instructions");
    figures.args(check.then_some("--check"));
    succeeds(&mut figures)
}

/// Packages the functions, builds the smallest one beside them, and measures.
fn functions(check: bool) -> Result<bool, Trouble> {
    let zips = package(Arch::X86)?;
    let target = root().join("target");
    let hello = |profile| build(Arch::X86, &target, profile, &["deskbridge-hello"]);
    let (hello, hello_door) = (hello("function")?, hello("door")?);
    // With optimised stand-ins: what they take is measured too.
    let mut figures = program("deskbridge-figures");
    figures.arg("--binaries").arg(binaries(Arch::X86, &target)).arg("--zips").arg(zips);
    figures.arg("--hello").arg(hello.join("deskbridge-hello"));
    figures.arg("--hello-door").arg(hello_door.join("deskbridge-hello"));
    figures.args(check.then_some("--check"));
    succeeds(&mut figures)
}

/// Lets the storm blow.
fn storm(check: bool) -> Result<bool, Trouble> {
    succeeds(program("deskbridge-storm").args(check.then_some("--check")))
}

/// A program of the package of that name; its arguments follow.
fn program(name: &str) -> Command {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--locked", "-p", name, "--"]);
    command
}

fn succeeds(command: &mut Command) -> Result<bool, Trouble> {
    let status = command.status().map_err(|error| Trouble::new(error.to_string()))?;
    Ok(status.success())
}
