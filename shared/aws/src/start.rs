//! What a function does before its first event: read configuration and secrets, make the ports, open the connection that
//! the first event will need. Whatever is wrong is told at once, and the function does not start.

use std::fmt;
use std::process::ExitCode;

use deskbridge_engine::config::{Config, Needed, Problem, open};

use crate::cloud::{Cloud, required, variable};
use crate::front::{AwsReception, Front};
use crate::queue::SqsQueue;
use crate::secrets::CloudSecrets;

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
/// Reads `DESKBRIDGE_CONFIG` (the TOML itself) or `DESKBRIDGE_CONFIG_PARAMETER` (its name in the Parameter Store), and
/// `DESKBRIDGE_QUEUE_URL`.
///
/// # Errors
/// Everything that is wrong.
pub async fn open_front() -> Result<Front, CannotStart> {
    let cloud = Cloud::from_environment()?;
    let queue = SqsQueue::new(&cloud, required("DESKBRIDGE_QUEUE_URL")?);
    let secrets = CloudSecrets::new(&cloud);
    let (config, ()) = tokio::join!(read_config(&secrets), queue.warm_up());
    let config = config?;
    let directory = open(&config, &secrets, Needed::Doors).await?;
    Ok(Front { reception: AwsReception::new(queue), directory, body_bytes_max: config.local.body_bytes_max })
}

pub(crate) async fn read_config(secrets: &CloudSecrets) -> Result<Config, CannotStart> {
    let text = match (variable("DESKBRIDGE_CONFIG"), variable("DESKBRIDGE_CONFIG_PARAMETER")) {
        (Some(text), _) => text,
        (None, Some(name)) => secrets.parameter(&name).await?,
        (None, None) => {
            let problem = "there is no configuration: set DESKBRIDGE_CONFIG_PARAMETER to the name of the parameter \
                           that holds it, or DESKBRIDGE_CONFIG to its text";
            return Err(problem.to_owned().into());
        }
    };
    Ok(Config::parse(&text)?)
}
