//! Where configuration and secrets come from, and when they are read again: a secret can be changed without a restart.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_engine::Directory;
use deskbridge_engine::config::{Config, Openable, open};
use deskbridge_engine::ports::{Clock, Reception};
use deskbridge_engine::telemetry::Line;

use crate::clock::SystemClock;
use crate::cloud::{Cloud, variable};
use crate::secrets::CloudSecrets;
use crate::start::CannotStart;

/// What was read is read again after this while.
const AGE_MAX: Duration = Duration::from_secs(300);
/// When something was refused, it is read again sooner, but not sooner than this: callers with wrong signatures must not
/// decide how often we call the Parameter Store.
const AGE_MIN: Duration = Duration::from_secs(20);
/// Reading again never takes longer; what is there goes on being used.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The configuration's accounts, opened.
pub(crate) struct Opened<C: ?Sized> {
    pub(crate) directory: Directory<C>,
    pub(crate) body_bytes_max: usize,
}

/// The Parameter Store and the environment.
pub(crate) struct Source {
    secrets: CloudSecrets,
    read_at: Moment,
}

impl Source {
    pub(crate) fn new(cloud: &Cloud) -> Result<Self, String> {
        Ok(Self { secrets: CloudSecrets::new(cloud)?, read_at: SystemClock.now() })
    }

    /// Reads everything: `DESKBRIDGE_CONFIG` (the TOML itself) or the parameter that `DESKBRIDGE_CONFIG_PARAMETER` names,
    /// and the secrets that it refers to.
    pub(crate) async fn read<C: Openable + ?Sized>(&self) -> Result<Opened<C>, CannotStart> {
        let config = Config::parse(&self.text().await?)?;
        let directory = open(&config, &self.secrets).await?;
        Ok(Opened { directory, body_bytes_max: config.local.body_bytes_max })
    }

    /// Reads everything again if it is time; `None` if it is not, or if something is wrong with it now. That is told, and
    /// what was read before goes on being used.
    pub(crate) async fn read_again<C: Openable + ?Sized>(
        &mut self,
        refused: bool,
        reception: &impl Reception,
    ) -> Option<Opened<C>> {
        let now = SystemClock.now();
        let age = now.since(self.read_at);
        if age < if refused { AGE_MIN } else { AGE_MAX } {
            return None;
        }
        self.read_at = now;
        let why = match tokio::time::timeout(TIME_LIMIT, self.read()).await {
            Ok(Ok(opened)) => return Some(opened),
            Ok(Err(problems)) => problems.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        reception.record(&Line::Fault { what: "reading configuration and secrets again", why });
        None
    }

    async fn text(&self) -> Result<String, CannotStart> {
        match (variable("DESKBRIDGE_CONFIG"), variable("DESKBRIDGE_CONFIG_PARAMETER")) {
            (Some(text), _) => Ok(text),
            (None, Some(name)) => Ok(self.secrets.parameter(&name).await?),
            (None, None) => {
                let problem = "there is no configuration: set DESKBRIDGE_CONFIG_PARAMETER to the name of the parameter \
                               that holds it, or DESKBRIDGE_CONFIG to its text";
                Err(problem.to_owned().into())
            }
        }
    }
}
