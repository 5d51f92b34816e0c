//! `cargo xtask sim mutants`: takes guard after guard out of a copy of the source, and runs the simulation until it notices.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use serde::Deserialize;

use crate::reliability;
use crate::shell::{Trouble, cargo, root};

/// Which mutants, and how long each may live.
#[derive(Args)]
pub(crate) struct Options {
    /// Only mutants whose name contains one of these.
    only: Vec<String>,
    /// Write the table into docs/reliability.md.
    #[arg(long)]
    write: bool,
    /// A mutant that lives through so many seeds shows a gap.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
}

/// `tests/simulation/mutants.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutants {
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    guards: String,
    file: String,
    /// What the runs are about that are tried if none of the others notices: the rarer of two things that must come together.
    about: Option<String>,
    find: String,
    put: String,
}

/// How a mutant died.
struct Killed {
    /// The seed or the tape.
    by: String,
    /// After so many seeds; none if it took a tape.
    seeds: Option<u64>,
    broken: String,
}

/// Runs them; fails if one lives.
pub(crate) fn run(options: &Options) -> ExitCode {
    match try_run(options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(trouble) => trouble.report(),
    }
}

fn try_run(options: &Options) -> Result<usize, Trouble> {
    let mutants = read(&root().join("tests/simulation/mutants.toml"))?;
    let source = root().join("target/mutants/source");
    copy_source(&source)?;
    if let Some(killed) = campaign(&source, options.seeds, None)? {
        return Err(Trouble::new(format!("without any mutant, {}: {}", killed.by, killed.broken)));
    }
    let named = |mutant: &Mutant| options.only.iter().any(|only| mutant.name.contains(only));
    let wanted = |mutant: &&Mutant| options.only.is_empty() || named(mutant);
    let (mut seeds, mut living) = (Vec::new(), 0);
    let mut table =
        "| guard taken out | what it guards | noticed by | which promise broke |\n|---|---|---|---|\n"
            .to_owned();
    for mutant in mutants.iter().filter(wanted) {
        let file = source.join(&mutant.file);
        let text = fs::read_to_string(&file).map_err(|error| trouble(&file, &error))?;
        if text.matches(&mutant.find).count() != 1 {
            let why = "what it takes out does not stand there exactly once";
            return Err(Trouble::new(format!("{}: {}: {why}", mutant.name, mutant.file)));
        }
        write(&file, &text.replace(&mutant.find, &mutant.put))?;
        let killed = campaign(&source, options.seeds, mutant.about.as_deref());
        write(&file, &text)?;
        match killed? {
            Some(killed) => {
                println!(
                    "killed by {:<28} {} ({}): {}",
                    killed.by, mutant.name, mutant.guards, killed.broken
                );
                table.push_str(&format!(
                    "| {} | {} | {} | {} |\n",
                    mutant.name, mutant.guards, killed.by, killed.broken
                ));
                seeds.push(killed.seeds.unwrap_or(options.seeds));
            }
            None => {
                println!("LIVES                               {} ({})", mutant.name, mutant.guards);
                table.push_str(&format!("| {} | {} | **nobody** | |\n", mutant.name, mutant.guards));
                living += 1;
            }
        }
    }
    seeds.sort_unstable();
    let median = seeds.get(seeds.len() / 2).copied().unwrap_or_default();
    let sum = format!("{} of {} mutants killed, median {median} seeds", seeds.len(), seeds.len() + living);
    println!("{sum}");
    if options.write {
        reliability::write("mutants", &format!("{sum}.\n\n{table}"))?;
    }
    Ok(living)
}

fn read(file: &Path) -> Result<Vec<Mutant>, Trouble> {
    let text = fs::read_to_string(file).map_err(|error| trouble(file, &error))?;
    let mutants: Mutants =
        toml::from_str(&text).map_err(|error| Trouble::new(format!("{}: {error}", file.display())))?;
    Ok(mutants.mutant)
}

/// Copies what git knows of, files that did not change left alone: so only what changed is built again.
fn copy_source(to: &Path) -> Result<(), Trouble> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let listed = listed.map_err(|error| Trouble::new(format!("git does not start: {error}")))?;
    for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root().join(name), to.join(name));
        // What was deleted and not yet committed is nowhere to be copied from.
        let Ok(bytes) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        let folder = to.parent().map(PathBuf::from).unwrap_or_default();
        fs::create_dir_all(&folder).map_err(|error| trouble(&folder, &error))?;
        fs::write(&to, bytes).map_err(|error| trouble(&to, &error))?;
    }
    Ok(())
}

/// Builds the simulation from this source and runs it: seeds, then as many that are about something, then tapes.
fn campaign(source: &Path, seeds: u64, about: Option<&str>) -> Result<Option<Killed>, Trouble> {
    let sim = build(source)?;
    if let Some(killed) = run_seeds(&sim, source, seeds, None)? {
        return Ok(Some(killed));
    }
    let killed = about.map(|about| run_seeds(&sim, source, seeds, Some(about))).transpose()?.flatten();
    if killed.is_some() { Ok(killed) } else { tapes(&sim, source) }
}

fn build(source: &Path) -> Result<PathBuf, Trouble> {
    let target = root().join("target/mutants/target");
    let mut build = cargo();
    build.current_dir(source).args(["build", "--release", "--locked", "--quiet", "-p", "xtask"]);
    // Building takes longer than running: only what is never built again is optimised.
    build.arg("--target-dir").arg(&target);
    build.args(["--config", "profile.release.package.'*'.opt-level=2"]);
    build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_INCREMENTAL", "1");
    build.env("RUSTFLAGS", "-Awarnings");
    let built = build.status().is_ok_and(|status| status.success());
    if built { Ok(target.join("release/xtask")) } else { Err(Trouble::new("a mutant does not compile")) }
}

/// The first seed that broke a promise.
fn run_seeds(sim: &Path, source: &Path, seeds: u64, about: Option<&str>) -> Result<Option<Killed>, Trouble> {
    let mut command = Command::new(sim);
    command.args(["sim", "--threads", "2", "--seeds", &seeds.to_string()]).current_dir(source);
    if let Some(about) = about {
        command.args(["--about", about]);
    }
    let output = command.output();
    let output = output.map_err(|error| Trouble::new(format!("the simulation does not start: {error}")))?;
    if output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let first = said.lines().find_map(|line| {
        let (seed, broken) = line.strip_prefix("seed ")?.split_once(": ")?;
        let number: u64 = seed.parse().ok()?;
        let about = about.map(|about| format!(" about {about}")).unwrap_or_default();
        Some(Killed { by: format!("seed {number}{about}"), seeds: Some(number), broken: broken.to_owned() })
    });
    first.map(Some).ok_or_else(|| Trouble::new(format!("the simulation failed without a seed: {said}")))
}

/// What once found a bug, for guards against what is too rare for seeds; the first that breaks a promise.
fn tapes(sim: &Path, source: &Path) -> Result<Option<Killed>, Trouble> {
    // Not those of the copy: other mutants left tapes there.
    let folder = root().join("tests/simulation/regressions");
    let files = fs::read_dir(&folder).map_err(|error| trouble(&folder, &error))?;
    let mut files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    files.sort();
    for file in files {
        let output = Command::new(sim).args(["sim", "--tape"]).arg(&file).current_dir(source).output();
        let output =
            output.map_err(|error| Trouble::new(format!("the simulation does not start: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let broken = said.lines().find_map(|line| line.strip_prefix("BROKEN: ")).map(str::to_owned);
        if let Some(broken) = broken {
            let tape = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Some(Killed { by: format!("tape {tape}"), seeds: None, broken }));
        }
    }
    Ok(None)
}

fn write(file: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(file, text).map_err(|error| trouble(file, &error))
}

fn trouble(file: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_stands_in_the_source_exactly_once_and_every_theme_is_one() {
        let Ok(mutants) = read(&root().join("tests/simulation/mutants.toml")) else { panic!("mutants.toml") };
        for mutant in &mutants {
            let text = fs::read_to_string(root().join(&mutant.file)).expect(&mutant.file);
            assert_eq!(text.matches(&mutant.find).count(), 1, "{}: {}", mutant.name, mutant.file);
            let about = mutant.about.as_ref().map(|about| about.parse::<deskbridge_simulation::Theme>());
            assert!(about.is_none_or(|about| about.is_ok()), "{}: no such theme", mutant.name);
        }
    }
}
