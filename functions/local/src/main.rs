//! `deskbridge`: one process with doors, relay and sweep over an embedded store; and its operator's commands.

mod arguments;
mod bridge_process;
mod check;
mod demo;
mod held;
mod metrics;
mod operator;
mod page;
mod runner;
mod serve;
mod world;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;

/// Exit code of a configuration with problems.
const EXIT_PROBLEMS: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(message) => fail(&message),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, String> {
    match arguments.command.unwrap_or_default() {
        Command::Demo(options) => demo::run(options).await.map(|()| ExitCode::SUCCESS),
        Command::Serve(options) => serve::run(options).await,
        Command::Check(options) => check::run(options).await,
        Command::Schema => {
            println!("{:#}", deskbridge_engine::config::schema());
            Ok(ExitCode::SUCCESS)
        }
        Command::Quarantine(options) => held::quarantine(options).await.map(|()| ExitCode::SUCCESS),
        Command::Parked(options) => held::parked(options).await.map(|()| ExitCode::SUCCESS),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("deskbridge: {message}");
    ExitCode::FAILURE
}
