//! Starting: how long, and with how much memory, until a function asks for its first event.

use std::path::Path;
use std::time::Duration;

use deskbridge_tests::lambda::Function;

use crate::scene::Scene;
use deskbridge_report::usage::{median, usage};

/// Functions take turns, so that whatever else the machine does hits all of them.
const ROUNDS: usize = 25;

/// What starting took: medians.
pub(crate) struct Start {
    pub(crate) name: &'static str,
    /// From the start of the process to the first question for an event.
    pub(crate) wall: Duration,
    /// Time on a processor until then.
    pub(crate) cpu: Duration,
    /// The most memory until then, in KiB.
    pub(crate) peak: u64,
}

/// Measures the smallest function, built for size and as the door is, and the bridge's three.
pub(crate) async fn measure(scene: &Scene, [hello, hello_door]: [&Path; 2]) -> Vec<Start> {
    let binaries = &scene.house.binaries;
    let functions = [
        ("hello-world", hello.to_owned()),
        ("hello-world, built as the door is", hello_door.to_owned()),
        ("ingress", binaries.join("deskbridge-ingress")),
        ("relay", binaries.join("deskbridge-relay")),
        ("sweep", binaries.join("deskbridge-sweep")),
    ];
    // No meter on the way: it would be measured too.
    let direct = |(name, value): (&'static str, String)| match name {
        "AWS_ENDPOINT_URL_DYNAMODB" => (name, scene.house.table.site().to_owned()),
        _ => (name, value),
    };
    let variables: Vec<_> = scene.house.variables().into_iter().map(direct).collect();
    let mut seen = functions.each_ref().map(|_| (Vec::new(), Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        for ((_, binary), seen) in functions.iter().zip(&mut seen) {
            let function = Function::start(binary, &variables).await;
            seen.0.push(function.first_asked().await);
            let used = usage(function.process_id());
            seen.1.push(used.cpu);
            seen.2.push(used.peak);
            function.kill().await;
        }
    }
    let starts = functions.iter().zip(seen).map(|((name, _), (wall, cpu, peak))| Start {
        name,
        wall: median(&wall),
        cpu: median(&cpu),
        peak: median(&peak),
    });
    starts.collect()
}
