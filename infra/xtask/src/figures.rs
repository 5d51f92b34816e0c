//! `cargo xtask figures`: what the functions cost, measured and counted on this machine.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::package::{Arch, build, package};
use crate::shell::{Trouble, root};

/// What to do with the figures.
#[derive(Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a counted figure is not what the documents say.
    #[arg(long)]
    check: bool,
    /// Only this part. The storm is never part of the others: it takes minutes.
    only: Option<Only>,
}

/// Parts that can be asked for.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Only {
    /// 200,000 comments against a helpdesk with limits, in virtual time.
    Storm,
}

/// Packages the functions, builds the smallest one beside them, and measures.
pub(crate) fn run(options: &Options) -> ExitCode {
    match try_run(options) {
        Ok(code) => code,
        Err(trouble) => trouble.report(),
    }
}

fn try_run(options: &Options) -> Result<ExitCode, Trouble> {
    if let Some(Only::Storm) = options.only {
        return finish(run_release("deskbridge-storm").args(options.check.then_some("--check")));
    }
    let zips = package(Arch::X86)?;
    let binaries = build(Arch::X86, &root().join("target"), &["deskbridge-hello"])?;
    // With optimised stand-ins: what they take is measured too.
    let mut figures = run_release("deskbridge-figures");
    figures.arg("--binaries").arg(&binaries).arg("--zips").arg(zips);
    figures.arg("--hello").arg(binaries.join("deskbridge-hello"));
    finish(figures.args(options.check.then_some("--check")))
}

/// `cargo run --release -p PACKAGE --`, to be given more arguments.
fn run_release(package: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    let arguments = ["run", "--release", "--quiet", "--locked", "-p", package, "--"];
    command.current_dir(root()).args(arguments);
    command
}

fn finish(command: &mut Command) -> Result<ExitCode, Trouble> {
    let status = command.status().map_err(|error| Trouble::new(error.to_string()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
