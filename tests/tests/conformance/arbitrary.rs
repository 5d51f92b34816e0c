//! A bounded run of what is fuzzed (`cargo xtask fuzz`): samples, and samples changed at random.

use deskbridge_laws::{TARGETS, bounded};

use crate::folders::{read, root};

/// Changed samples of each target; fuzzing tries millions.
const CHANGED: u64 = 2_000;

#[test]
fn laws_hold_for_samples_and_changed_samples() {
    for target in TARGETS {
        assert!(!(target.samples)().is_empty(), "{}: nothing to begin with", target.name);
        if let Err(broken) = bounded(target, CHANGED, 1) {
            let input = String::from_utf8_lossy(&broken.input).into_owned();
            panic!("{}: {}\nfor {input:?}", target.name, broken.why);
        }
    }
}

#[test]
fn every_target_is_fuzzed() {
    let folder = root().join("tests/fuzz");
    let manifest = read(&folder.join("Cargo.toml"));
    let has_file = |name: &str| folder.join(format!("fuzz_targets/{name}.rs")).is_file();
    for target in TARGETS {
        let name = target.name;
        assert!(has_file(name), "tests/fuzz/fuzz_targets/{name}.rs is missing");
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "tests/fuzz/Cargo.toml does not name {name}"
        );
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len(), "a target that nobody knows");
}
