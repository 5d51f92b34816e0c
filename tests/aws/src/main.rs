//! The shipped template with the real functions, deployed into an emulator of AWS by the command that users deploy with, and
//! driven through its public doors. `cargo xtask test-aws` prepares everything and runs it.

mod cli;
mod emulator;
mod forward;
mod scenarios;
mod stack;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use cli::Cli;
use emulator::Emulator;
use futures_util::FutureExt as _;
use scenarios::SCENARIOS;
use stack::Stack;

#[tokio::main]
async fn main() -> ExitCode {
    let emulator = Emulator::start().await;
    let cli = Cli::new(emulator.url());
    let stack = Stack::deploy(&cli, emulator.port(), "desk-alpha", &[]).await;
    let only = std::env::args().nth(1);
    let (mut passed, mut failed) = (0, 0);
    for (name, scenario) in SCENARIOS {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let begun = std::time::Instant::now();
        // A panic is this scenario's alone.
        let outcome =
            AssertUnwindSafe(scenario(cli.clone(), stack.clone(), emulator.port())).catch_unwind().await;
        let seconds = begun.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => {
                passed += 1;
                println!("ok      {name} ({seconds:.1} s)");
            }
            Err(_) => {
                failed += 1;
                println!("FAILED  {name} ({seconds:.1} s)");
            }
        }
    }
    if failed > 0 {
        println!("\nwhat the functions said last:\n{}", stack.last_lines(&cli, 40).await);
        println!("the emulator's log is {}", emulator.log().display());
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
