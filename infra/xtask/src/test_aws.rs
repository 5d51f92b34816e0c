//! `cargo xtask test-aws`: the shipped template with the real functions in an emulator of AWS.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use crate::package::{Arch, package};
use crate::shell::{Trouble, root};

/// What runs beside the tests, all from PyPI, at versions that they were written against.
const PROGRAMS: [&str; 5] = [
    "ministack==1.5.33",
    "cryptography==50.0.2",
    "aws-sam-translator==1.115.0",
    "awscli==1.46.3",
    "cfn-lint==1.58.0",
];

/// Which scenarios to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Only scenarios whose name contains this.
    only: Option<String>,
}

/// Checks the template, packages, and runs the scenarios.
pub(crate) fn run(options: &Options) -> ExitCode {
    match try_run(options) {
        Ok(code) => code,
        Err(trouble) => trouble.report(),
    }
}

fn try_run(options: &Options) -> Result<ExitCode, Trouble> {
    let programs = programs()?;
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", programs.display());
    let template = root().join("infra/template.yaml");
    succeed(
        Command::new(programs.join("cfn-lint")).arg(&template),
        "cfn-lint finds mistakes in the template",
    )?;
    println!("cfn-lint: the template is clean");
    package(Arch::X86)?;
    let xtask = std::env::current_exe().map_err(|error| Trouble::new(error.to_string()))?;
    let mut tests = Command::new(env!("CARGO"));
    tests.current_dir(root()).args(["run", "--quiet", "--locked", "-p", "deskbridge-aws-tests", "--"]);
    tests.args(options.only.iter()).env("PATH", path).env("DESKBRIDGE_XTASK", xtask);
    let status = tests.status().map_err(|error| Trouble::new(error.to_string()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder of the programs, installed if need be.
fn programs() -> Result<PathBuf, Trouble> {
    let folder = root().join("target/aws-programs");
    let (installed, wanted) = (folder.join("installed"), PROGRAMS.join("\n"));
    let programs = folder.join("bin");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    println!("installing {} ...", PROGRAMS.join(", "));
    succeed(
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
        "python3 -m venv does not work: install Python 3 with venv",
    )?;
    let pip = |folder: &Path| Command::new(folder.join("bin/pip"));
    succeed(pip(&folder).args(["install", "--quiet"]).args(PROGRAMS), "pip install does not work")?;
    std::fs::write(&installed, wanted).map_err(|error| Trouble::new(error.to_string()))?;
    Ok(programs)
}

fn succeed(command: &mut Command, otherwise: &str) -> Result<(), Trouble> {
    let succeeded = command.status().is_ok_and(|status| status.success());
    if succeeded { Ok(()) } else { Err(Trouble::new(otherwise)) }
}
