//! The targets of `tests/fuzz`, built as cargo-fuzz builds them, and run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use deskbridge_laws::Target;

use super::Fuzzed;
use crate::shell::{Trouble, root, without_cargo};

/// What cargo-fuzz instruments with, except for the address sanitizer: there is no unsafe code of ours that it could watch.
const FLAGS: [&str; 8] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Cdebug-assertions",
];
/// An input that takes so many seconds is as bad as one that panics.
const SECONDS_MAX: u64 = 10;
/// The longest input, in bytes: room for the longest fixture.
const BYTES_MAX: usize = 4_096;

/// Builds them; gives the folder of the binaries. `None`: there is no nightly toolchain.
pub(super) fn build() -> Result<Option<PathBuf>, Trouble> {
    let Some(host) = nightly() else {
        println!(
            "no nightly toolchain (rustup toolchain install nightly): samples are changed at random instead"
        );
        return Ok(None);
    };
    let target = folder().join("build");
    let mut cargo = without_cargo("rustup");
    cargo.args(["run", "nightly", "cargo", "build", "--release", "--locked", "--quiet", "--target", &host]);
    cargo.arg("--manifest-path").arg(root().join("tests/fuzz/Cargo.toml"));
    cargo.arg("--target-dir").arg(&target).env("RUSTFLAGS", FLAGS.join(" "));
    let built = cargo.status().map_err(|error| Trouble::new(format!("rustup does not start: {error}")))?;
    if !built.success() {
        return Err(Trouble::new("the fuzz targets do not compile"));
    }
    Ok(Some(target.join(host).join("release")))
}

/// For which system the nightly toolchain builds, if there is one.
fn nightly() -> Option<String> {
    let told = without_cargo("rustup").args(["run", "nightly", "rustc", "-vV"]).output().ok()?;
    let told = String::from_utf8(told.stdout).ok().filter(|_| told.status.success())?;
    told.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

fn folder() -> PathBuf {
    root().join("target/fuzz")
}

/// Fuzzes a target for so long, beginning with its samples and what earlier runs found.
pub(super) fn run(binaries: &Path, target: &Target, seconds: u64) -> Result<Fuzzed, Trouble> {
    let [samples, corpus, artifacts] =
        ["samples", "corpus", "artifacts"].map(|name| folder().join(name).join(target.name));
    for folder in [&samples, &corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| trouble(folder, &error))?;
    }
    for (nth, sample) in (target.samples)().iter().enumerate() {
        let file = samples.join(format!("{nth:04}"));
        fs::write(&file, sample).map_err(|error| trouble(&file, &error))?;
    }
    let mut fuzzer = Command::new(binaries.join(target.name));
    fuzzer.arg(&corpus).arg(&samples);
    fuzzer.arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={SECONDS_MAX}"));
    fuzzer.arg(format!("-max_len={BYTES_MAX}")).arg("-print_final_stats=1");
    fuzzer.arg(format!("-artifact_prefix={}/", artifacts.display()));
    let output = fuzzer.output().map_err(|error| trouble(&binaries.join(target.name), &error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let broken = (!output.status.success()).then(|| why(&said, target));
    let executions = number_after(&said, "stat::number_of_executed_units:").unwrap_or_default();
    let corpus = fs::read_dir(&corpus).map_err(|error| trouble(&corpus, &error))?.count();
    Ok(Fuzzed { executions, corpus: Some(corpus as u64), broken })
}

/// What the fuzzer said of the input that it kept.
fn why(said: &str, target: &Target) -> String {
    let panicked = said.lines().skip_while(|line| !line.contains("panicked at")).take(3);
    let mut why = panicked.collect::<Vec<_>>().join(" ");
    if why.is_empty() {
        let error = said.lines().find(|line| line.contains("ERROR: libFuzzer"));
        error.unwrap_or("the fuzzer stopped without saying why").clone_into(&mut why);
    }
    let kept = said.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, file)| file);
    let again = kept.map(|file| format!("\n  again: cargo xtask fuzz {} --input {file}", target.name));
    why + &again.unwrap_or_default()
}

fn number_after(said: &str, name: &str) -> Option<u64> {
    said.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

fn trouble(file: &Path, error: &io::Error) -> Trouble {
    Trouble::new(format!("{}: {error}", file.display()))
}
