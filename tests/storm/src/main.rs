//! Runs the full storm in each shape and prints what came of it.

use std::process::ExitCode;
use std::time::Instant;

use deskbridge_storm::{Scale, Shape, storm};

fn main() -> ExitCode {
    let small = std::env::args().any(|argument| argument == "--small");
    let scale = if small { Scale::SMALL } else { Scale::FULL };
    for shape in [Shape::OneMachine, Shape::Aws] {
        let started = Instant::now();
        let outcome = storm(&scale, shape, 1);
        println!("{shape:?}: {} wrong {:?}", outcome.wrong.len(), outcome.wrong.iter().take(5).collect::<Vec<_>>());
        println!(
            "tickets {} calls {:?} drained {:.1} least {:.1} ratio {:.3}",
            outcome.tickets,
            outcome.calls,
            outcome.drained_after,
            outcome.least,
            outcome.ratio()
        );
        for (name, times) in
            [("direct", &outcome.direct), ("public", &outcome.public), ("answers", &outcome.answers)]
        {
            println!(
                "{name}: {:.1} {:.1} {:.1}",
                times.percentile(50),
                times.percentile(99),
                times.percentile(100)
            );
        }
        println!(
            "receives {} {:.2} saves {:.2}; took {:?}",
            outcome.receives_max,
            outcome.receives_mean,
            outcome.saves_each,
            started.elapsed()
        );
    }
    ExitCode::SUCCESS
}
