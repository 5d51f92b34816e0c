//! Commands for people who work on the bridge: `cargo xtask sim ...`.

mod sim;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Commands for people who work on the bridge")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the whole engine against a faulty world, one run per seed.
    Sim(sim::Options),
}

fn main() -> std::process::ExitCode {
    match Arguments::parse().command {
        Command::Sim(options) => sim::run(&options),
    }
}
