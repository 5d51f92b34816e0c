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
}

/// Packages the functions, builds the smallest one beside them, and measures.
pub(crate) fn run(options: &Options) -> ExitCode {
    match try_run(options) {
        Ok(code) => code,
        Err(trouble) => trouble.report(),
    }
}

fn try_run(options: &Options) -> Result<ExitCode, Trouble> {
    let zips = package(Arch::X86)?;
    let binaries = build(Arch::X86, &root().join("target"), &["deskbridge-hello"])?;
    // With optimised stand-ins: what they take is measured too.
    let mut figures = Command::new(env!("CARGO"));
    figures.current_dir(root()).args([
        "run",
        "--release",
        "--quiet",
        "--locked",
        "-p",
        "deskbridge-figures",
        "--",
    ]);
    figures.arg("--binaries").arg(&binaries).arg("--zips").arg(zips);
    figures.arg("--hello").arg(binaries.join("deskbridge-hello"));
    figures.args(options.check.then_some("--check"));
    let status = figures.status().map_err(|error| Trouble::new(error.to_string()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
