//! A hundred seeds in every test run, the seeds that once found a bug, and the proof that a seed names a run.

use deskbridge_simulation::{Draws, accounts, run};

/// Fresh ground is for `cargo xtask sim`; these guard what was once green.
const SEEDS: u64 = 100;

/// Seeds on which the engine once broke a promise; `docs/reliability.md` tells which.
const REGRESSIONS: [u64; 8] = [50, 51, 56, 705, 888, 2247, 3625, 6684];

#[test]
fn no_promise_is_broken_and_runs_are_about_something() {
    let accounts = accounts();
    let (mut messages, mut published, mut crashes) = (0, 0, 0);
    for seed in (1..=SEEDS).chain(REGRESSIONS) {
        let report = run(Draws::of_seed(seed), &accounts, false);
        assert_eq!(report.broken, None, "seed {seed}: cargo xtask sim --seed {seed} --trace");
        messages += report.balance.messages;
        published += report.balance.published;
        crashes += report.figures.crashes.values().sum::<u64>();
    }
    assert!(messages > 200 && published > 50 && crashes > 20, "{messages}, {published}, {crashes}");
}

#[test]
fn the_same_seed_is_the_same_run_and_so_is_its_tape() {
    let accounts = accounts();
    for seed in [1, 888] {
        let first = run(Draws::of_seed(seed), &accounts, false);
        let again = run(Draws::of_seed(seed), &accounts, true);
        let taped = run(Draws::of_tape(first.tape.clone()), &accounts, false);
        assert_eq!(first.trace.hash(), again.trace.hash(), "seed {seed}");
        assert_eq!(first.trace.hash(), taped.trace.hash(), "seed {seed}");
        assert!(first.trace.steps() > 50, "seed {seed} does too little");
    }
    let hashes: Vec<u64> =
        (1..=10).map(|seed| run(Draws::of_seed(seed), &accounts, false).trace.hash()).collect();
    assert!(hashes.iter().enumerate().all(|(at, hash)| !hashes[..at].contains(hash)), "seeds differ");
}
