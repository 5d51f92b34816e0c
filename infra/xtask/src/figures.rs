//! `cargo xtask figures`: what the functions cost and how fast the bridge is, measured and counted on this machine.

use std::process::{Command, ExitCode};

use clap::{Args, Subcommand};

use crate::package::{Arch, build, package};
use crate::shell::{Trouble, root};
use crate::throughput;

/// What to do with the figures.
#[derive(Args)]
pub(crate) struct Options {
    /// Which part; without one, the functions and the bridge.
    #[command(subcommand)]
    part: Option<Part>,
    /// Write nothing; fail when a counted figure is not what the documents say, or a measured one passes its limit.
    #[arg(long, global = true)]
    check: bool,
}

#[derive(Clone, Copy, Subcommand)]
enum Part {
    /// What the functions cost.
    Functions,
    /// How fast the one-process bridge is, and how it grows.
    Bridge,
    /// The bridge beside Node-RED, n8n and a handler in Python. Installs them; needs Node and Python.
    Peers,
}

/// Builds what is measured, and measures.
pub(crate) fn run(options: &Options) -> ExitCode {
    let check = options.check;
    let measured = match options.part {
        Some(Part::Functions) => functions(check),
        Some(Part::Bridge) => throughput::bridge(check),
        Some(Part::Peers) => throughput::peers(check),
        None => functions(check).and_then(|code| {
            let bridge = throughput::bridge(check)?;
            Ok(if code == ExitCode::SUCCESS { bridge } else { code })
        }),
    };
    measured.unwrap_or_else(|trouble| trouble.report())
}

/// Packages the functions, builds the smallest one beside them, and measures.
fn functions(check: bool) -> Result<ExitCode, Trouble> {
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
    figures.args(check.then_some("--check"));
    let status = figures.status().map_err(|error| Trouble::new(error.to_string()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
