//! Commands for people who work on the bridge, or deploy it: `cargo xtask ...`.

mod deploy;
mod exhaustive;
mod figures;
mod fuzz;
mod glibc;
mod mutants;
mod package;
mod redrive;
mod reliability;
mod shell;
mod sim;
mod test_aws;
mod throughput;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Commands for people who work on the bridge, or deploy it")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the whole engine against a faulty world, one run per seed.
    Sim(sim::Options),
    /// Holds the laws of whatever comes in against what a fuzzer finds.
    Fuzz(fuzz::Options),
    /// Builds the functions and zips them for Lambda.
    Package(package::Options),
    /// Packages, uploads and deploys a stack in your AWS account.
    Deploy(deploy::Deploy),
    /// Removes a stack, except for its table.
    Destroy(deploy::Destroy),
    /// Puts a stack's dead letters back into its queue.
    Redrive(redrive::Options),
    /// Measures and counts what the functions cost and how fast the bridge is, and writes it into the documents.
    Figures(figures::Options),
    /// Deploys the template into an emulator of AWS and drives it.
    TestAws(test_aws::Options),
}

fn main() -> std::process::ExitCode {
    match Arguments::parse().command {
        Command::Sim(options) => sim::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Package(options) => package::run(&options),
        Command::Deploy(options) => deploy::deploy(&options),
        Command::Destroy(options) => deploy::destroy(&options),
        Command::Redrive(options) => redrive::run(&options),
        Command::Figures(options) => figures::run(&options),
        Command::TestAws(options) => test_aws::run(&options),
    }
}
