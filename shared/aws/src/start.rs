//! What a function does before its first event: read configuration and secrets, make the ports, open the connection that
//! the first event will need. Whatever is wrong is told at once, and the function does not start.

use std::fmt;
use std::process::ExitCode;

use deskbridge_engine::config::Problem;

use crate::cloud::{Cloud, required};
use crate::front::{AwsReception, Front};
use crate::queue::SqsQueue;
use crate::source::Source;

/// Why a function cannot start: everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotStart(Vec<String>);

impl CannotStart {
    /// Prints what is wrong, one JSON line each, and gives the exit code.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        for problem in &self.0 {
            eprintln!("{}", serde_json::json!({ "line": "cannot_start", "problem": problem }));
        }
        ExitCode::FAILURE
    }
}

impl fmt::Display for CannotStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl From<String> for CannotStart {
    fn from(problem: String) -> Self {
        Self(vec![problem])
    }
}

impl From<Vec<Problem>> for CannotStart {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems.iter().map(|problem| format!("configuration: {problem}")).collect())
    }
}

/// The doors, ready. Of the secrets only those that verify webhooks are read.
///
/// Reads `DESKBRIDGE_CONFIG` (the TOML itself) or `DESKBRIDGE_CONFIG_PARAMETER` (its name in the Parameter Store),
/// `DESKBRIDGE_QUEUE_URL`, and `DESKBRIDGE_STACK`.
///
/// # Errors
/// Everything that is wrong.
pub async fn open_front() -> Result<Front, CannotStart> {
    let cloud = Cloud::from_environment()?;
    let queue = SqsQueue::new(&cloud, required("DESKBRIDGE_QUEUE_URL")?)?;
    let source = Source::new(&cloud)?;
    let (opened, reached) = tokio::join!(source.read(), queue.warm_up());
    reached?;
    Ok(Front { reception: AwsReception::new(queue), source, opened: opened? })
}
