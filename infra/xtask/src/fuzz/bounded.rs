//! Fuzzing without a fuzzer.

use std::fs;
use std::panic;
use std::time::{Duration, Instant};

use deskbridge_laws::{Broken, Target, bounded};

use super::Fuzzed;
use crate::shell::{Trouble, root};

/// Changed samples between two looks at the clock.
const AT_ONCE: u64 = 1_000;

/// Changes samples for so long.
pub(super) fn run(target: &Target, seconds: u64) -> Result<Fuzzed, Trouble> {
    // A law that does not hold is told once, with its input.
    panic::set_hook(Box::new(|_| {}));
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut fuzzed = Fuzzed { executions: 0, corpus: None, broken: None };
    for seed in 0.. {
        match bounded(target, AT_ONCE, seed) {
            Ok(executions) => fuzzed.executions += executions,
            Err(broken) => {
                fuzzed.broken = Some(keep(target, &broken)?);
                break;
            }
        }
        if start.elapsed() >= limit {
            break;
        }
    }
    let _ = panic::take_hook();
    Ok(fuzzed)
}

/// Keeps the input; gives what the law said, and how to see it again.
fn keep(target: &Target, broken: &Broken) -> Result<String, Trouble> {
    let folder = root().join("target/fuzz/artifacts").join(target.name);
    let file = folder.join("bounded");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, &broken.input))
        .map_err(|error| Trouble::new(format!("{}: {error}", file.display())))?;
    Ok(format!("{}\n  again: cargo xtask fuzz {} --input {}", broken.why, target.name, file.display()))
}
