//! Other programs that these commands run, and what is said when one fails.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::Value;

/// Why a command did not do what it was asked for, and what to do.
#[derive(Debug)]
pub(crate) struct Trouble(String);

impl Trouble {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    /// Says it, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {self}");
        ExitCode::FAILURE
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

/// Cargo, in the workspace.
pub(crate) fn cargo() -> Command {
    without_cargo(env!("CARGO"))
}

/// A program, in the workspace. What cargo tells this command of its own package would make another cargo build everything
/// anew.
pub(crate) fn without_cargo(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    let told = std::env::vars_os().map(|(name, _)| name);
    for name in told.filter(|name| name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME") {
        command.env_remove(name);
    }
    command
}

/// The stock AWS CLI, so that profiles, single sign-on and proxies work as everywhere.
pub(crate) struct Aws {
    region: Option<String>,
}

impl Aws {
    pub(crate) fn new(region: Option<&str>) -> Result<Self, Trouble> {
        match Command::new("aws").arg("--version").output() {
            Ok(output) if output.status.success() => Ok(Self { region: region.map(str::to_owned) }),
            _ => Err(Trouble::new(
                "the AWS CLI is missing: install it (https://aws.amazon.com/cli/, or pip install awscli) and log in",
            )),
        }
    }

    /// Runs `aws` with these arguments; gives what it answered as JSON.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Value, Trouble> {
        let text = self.run(arguments)?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text)
            .map_err(|error| Trouble::new(format!("aws {} answered no JSON: {error}", short(arguments))))
    }

    /// Runs `aws` with these arguments; gives what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, Trouble> {
        let mut command = Command::new("aws");
        command.args(arguments).args(["--output", "json"]);
        if let Some(region) = &self.region {
            command.args(["--region", region]);
        }
        // Version 1 of the CLI does not heed the variable for every service.
        if let Ok(endpoint) = std::env::var("AWS_ENDPOINT_URL") {
            command.args(["--endpoint-url", &endpoint]);
        }
        // No pager, whatever the profile says.
        command.env("AWS_PAGER", "");
        let output =
            command.output().map_err(|error| Trouble::new(format!("aws does not start: {error}")))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr);
        Err(Trouble::new(format!("aws {}: {}", short(arguments), why.trim())))
    }
}

/// The service and the operation: arguments may hold what is nobody's business.
fn short(arguments: &[&str]) -> String {
    arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ")
}
