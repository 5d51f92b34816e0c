//! Makes the tape of a failing run shorter and kinder, as long as the same promise is broken.

use deskbridge_engine::Directory;

use crate::draws::Draws;
use crate::run::run;
use crate::tape::Tape;

/// So many runs are spent on it.
const RUNS_MAX: usize = 3_000;

/// The kindest tape found that breaks the same promise as this one.
#[must_use]
pub fn shrink(tape: &Tape, directory: &Directory) -> Tape {
    let promise = |draws: &[u32]| {
        let tape = Tape { format: tape.format, draws: draws.to_vec() };
        let broken = run(Draws::of_tape(tape), directory, false).broken?;
        broken.split(':').next().map(str::to_owned)
    };
    let Some(wanted) = promise(&tape.draws) else { return tape.clone() };
    let (mut best, mut runs) = (tape.draws.clone(), 0);
    let mut size = best.len().max(1);
    while size > 0 && runs < RUNS_MAX {
        let mut at = 0;
        while at < best.len() && runs < RUNS_MAX {
            let end = (at + size).min(best.len());
            let candidate = without(&best, at, end);
            runs += 1;
            if candidate != best && promise(&candidate).as_ref() == Some(&wanted) {
                best = candidate;
            }
            at = end;
        }
        size /= 2;
    }
    Tape { format: tape.format, draws: best }
}

/// The tape with zeros, which are always the kind choice, from here to there; zeros at its end go without saying.
fn without(tape: &[u32], from: usize, to: usize) -> Vec<u32> {
    let mut tape = tape.to_vec();
    tape[from..to].fill(0);
    let used = tape.iter().rposition(|value| *value != 0).map_or(0, |last| last + 1);
    tape.truncate(used);
    tape
}
