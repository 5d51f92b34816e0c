//! What the functions cost: measured and counted on one machine, with ceilings. `cargo xtask figures` packages them and runs
//! this, which writes the tables into the documents.
//!
//! Times are compared within one run and never across machines; everything else is a count.

mod bill;
mod events;
mod scene;
mod start;
mod tables;
mod warm;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use deskbridge_report::Report;

use crate::bill::Prices;
use crate::scene::Scene;

/// Where the binaries are, and what to do with the tables.
#[derive(Parser)]
struct Arguments {
    /// The folder of the functions' binaries.
    #[arg(long)]
    binaries: PathBuf,
    /// The folder of the functions' zip files.
    #[arg(long)]
    zips: PathBuf,
    /// The binary of the smallest function, built for size: what everything is compared with.
    #[arg(long)]
    hello: PathBuf,
    /// The same, built as the door is.
    #[arg(long)]
    hello_door: PathBuf,
    /// Write nothing; fail when a counted figure is not what the documents say.
    #[arg(long)]
    check: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let scene = Scene::open(&arguments.binaries).await;
    let mut report = Report::default();
    tables::sizes(&mut report, &arguments.zips);
    let hellos = [arguments.hello.as_path(), arguments.hello_door.as_path()];
    tables::starts(&mut report, &start::measure(&scene, hellos).await);
    let (warm, growth) = warm::measure(&scene, hellos).await;
    tables::warm(&mut report, &warm, &growth);
    // Counted in a house of its own: nothing that was measured before is known there.
    let scenarios = events::count(&Scene::open(&arguments.binaries).await).await;
    tables::events(&mut report, &scenarios, &Prices::read());
    report.finish(arguments.check)
}
