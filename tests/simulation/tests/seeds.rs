//! What every test run simulates: what once found a bug, every single crash of small conversations, and a minute of fresh
//! seeds; and the proof that a seed names a run.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbridge_simulation::{Campaign, Draws, SCRIPTS, accounts, campaign, exhaust, run};

/// How long fresh ground is tried.
const FRESH: Duration = Duration::from_secs(60);

#[test]
fn no_promise_is_broken_on_fresh_seeds_and_runs_are_about_something() {
    // Other seeds every second; whichever fails is told and names its run.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let found = campaign(&Campaign {
        from: now * 1_000,
        about: None,
        seeds: u64::MAX,
        limit: Some(FRESH),
        threads: 1,
        violations_max: 1,
    });
    let told =
        found.violations.iter().map(|(seed, why)| format!("cargo xtask sim --seed {seed} --trace: {why}"));
    assert_eq!(told.collect::<Vec<_>>(), [""; 0]);
    let (balance, crashes) = (found.balance, found.figures.crashes.values().sum::<u64>());
    println!(
        "{} seeds, {} messages, {} replies, {crashes} crashes",
        found.seeds, balance.messages, balance.replies
    );
    assert!(balance.messages > found.seeds / 2 && balance.published > found.seeds / 10, "{balance:?}");
    assert!(crashes > found.seeds / 10, "{crashes} crashes in {} seeds", found.seeds);
}

#[test]
fn what_once_found_a_bug_finds_none() {
    let accounts = accounts();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut tapes = 0;
    for entry in fs::read_dir(folder).expect("the regressions") {
        let file = entry.expect("a regression").path();
        let text = fs::read_to_string(&file).expect("a tape");
        let report = run(Draws::of_tape(text.parse().expect("a tape")), &accounts, false);
        assert_eq!(report.broken, None, "cargo xtask sim --tape {} --trace", file.display());
        tapes += 1;
    }
    assert!(tapes >= 8, "{tapes}");
}

#[test]
fn a_process_may_die_at_every_call_of_a_small_conversation() {
    let accounts = accounts();
    for script in &SCRIPTS {
        let all = exhaust(script, false, &accounts);
        assert_eq!(all.violations, [], "{}", script.name);
        assert!(all.calls > 8 && all.schedules > 16, "{}: {} calls", script.name, all.calls);
    }
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
        assert!(first.trace.steps() > 30, "seed {seed} does too little");
    }
    let hashes: Vec<u64> =
        (1..=10).map(|seed| run(Draws::of_seed(seed), &accounts, false).trace.hash()).collect();
    assert!(hashes.iter().enumerate().all(|(at, hash)| !hashes[..at].contains(hash)), "seeds differ");
}
