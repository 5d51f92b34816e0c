//! `cargo xtask figures bridge` and `peers`: how fast the one-process bridge is, by itself and beside what people use today.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Trouble, cargo, root, without_cargo};

/// The peers' flows and package lists.
const PEERS: &str = "tests/budgets/peers";
const NEEDS: &str = "this needs Node 20 with npm, and Python 3 with venv";

/// Measures the bridge.
pub(crate) fn bridge(check: bool) -> Result<bool, Trouble> {
    measure(check, |_| {})
}

/// Installs the peers into the target folder, where they stay, and measures them beside the bridge.
pub(crate) fn peers(check: bool) -> Result<bool, Trouble> {
    let folder = root().join("target/peers");
    install_aiohttp(&folder.join("aiohttp"))?;
    install_node_package(&folder, "node-red", &[])?;
    // Its database driver is the one package whose install script is needed.
    install_node_package(&folder, "n8n", &["rebuild", "sqlite3"])?;
    measure(check, |figures| {
        figures.arg("--peers").arg(&folder);
    })
}

fn measure(check: bool, what: impl FnOnce(&mut Command)) -> Result<bool, Trouble> {
    let packages = ["-p", "deskbridge", "-p", "deskbridge-throughput"];
    run(cargo().args(["build", "--release", "--quiet", "--locked"]).args(packages), "it does not build")?;
    let built = root().join("target/release");
    let mut figures = Command::new(built.join("deskbridge-throughput"));
    figures
        .current_dir(root())
        .arg("--bridge")
        .arg(built.join("deskbridge"))
        .args(check.then_some("--check"));
    what(&mut figures);
    let status = figures.status().map_err(|error| Trouble::new(error.to_string()))?;
    Ok(status.success())
}

fn install_aiohttp(folder: &Path) -> Result<(), Trouble> {
    let python = folder.join("venv/bin/python");
    if !python.exists() {
        run(without_cargo("python3").args(["-m", "venv"]).arg(folder.join("venv")), NEEDS)?;
    }
    let requirements = flows("aiohttp").join("requirements.txt");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(&python).args(install).arg(requirements), "aiohttp cannot be installed")
}

/// Installs without running the packages' own scripts, then runs npm once more with `afterwards`.
fn install_node_package(folder: &Path, name: &str, afterwards: &[&str]) -> Result<(), Trouble> {
    let folder = folder.join(name);
    let (listed, installed) = (flows(name).join("package.json"), folder.join("package.json"));
    let read = |file: &Path| std::fs::read(file).unwrap_or_default();
    if read(&listed) == read(&installed) && folder.join("node_modules").join(name).exists() {
        return Ok(());
    }
    println!("installing {name}; this takes some minutes");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::copy(&listed, &installed))
        .map_err(|error| Trouble::new(format!("{}: {error}", folder.display())))?;
    let install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    run(Command::new("npm").args(install).current_dir(&folder), NEEDS)?;
    if afterwards.is_empty() {
        return Ok(());
    }
    run(Command::new("npm").args(afterwards).current_dir(&folder), "its database driver does not build")
}

fn flows(name: &str) -> PathBuf {
    root().join(PEERS).join(name)
}

fn run(command: &mut Command, otherwise: &str) -> Result<(), Trouble> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Trouble::new(format!("{otherwise} ({command:?}: {status})"))),
        Err(error) => Err(Trouble::new(format!("{otherwise} ({command:?}: {error})"))),
    }
}
