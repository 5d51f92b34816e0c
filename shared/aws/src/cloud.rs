//! Access to AWS: region and credentials from Lambda's environment, and whose certificates are trusted. Nothing is searched
//! for, so that a function starts quickly.

use std::sync::Arc;

use rustls::ClientConfig;
use secrecy::SecretString;

use crate::json_api::{Connections, Credentials, Endpoint, JsonApi, Service};
use crate::trust::Trust;

/// Access to AWS.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    tls: Arc<ClientConfig>,
    emulator: Option<String>,
}

impl Cloud {
    /// Access with the region and the credentials that Lambda puts into the environment (`AWS_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`).
    ///
    /// # Errors
    /// Which variable is missing, or that TLS cannot be set up.
    pub fn from_environment() -> Result<Self, String> {
        let region = required("AWS_REGION")?;
        let credentials = Credentials {
            key_id: required("AWS_ACCESS_KEY_ID")?,
            secret_key: required("AWS_SECRET_ACCESS_KEY")?.into(),
            session_token: variable("AWS_SESSION_TOKEN").map(SecretString::from),
        };
        Self::new(region, credentials, None)
    }

    /// An emulator of AWS at this address, for tests.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn emulated(url: &str) -> Result<Self, String> {
        let (key_id, secret_key) = ("emulator".to_owned(), SecretString::from("emulator"));
        let credentials = Credentials { key_id, secret_key, session_token: None };
        Self::new("us-east-1".to_owned(), credentials, Some(url.to_owned()))
    }

    fn new(region: String, credentials: Credentials, emulator: Option<String>) -> Result<Self, String> {
        let tls = Trust::of(&region).tls()?;
        Ok(Self { region, credentials, tls, emulator })
    }

    /// Where a service is found, by its name in endpoints.
    ///
    /// # Errors
    /// When a variable names an address for it that is none.
    pub(crate) fn endpoint(&self, service: &str) -> Result<Endpoint, String> {
        match self.elsewhere(&service.to_ascii_uppercase()) {
            Some(url) => Endpoint::at(&url),
            None => Ok(Endpoint::of(service, &self.region)),
        }
    }

    /// Connections to that endpoint.
    pub(crate) fn connections(&self, endpoint: Endpoint) -> Connections {
        Connections::new(endpoint, Arc::clone(&self.tls))
    }

    /// A client of this service.
    ///
    /// # Errors
    /// When a variable names an address for it that is none.
    pub(crate) fn client(&self, service: Service) -> Result<JsonApi, String> {
        let endpoint = self.endpoint(service.name)?;
        let (region, credentials) = (self.region.clone(), self.credentials.clone());
        Ok(JsonApi::new(service, region, credentials, self.connections(endpoint)))
    }

    /// `AWS_ENDPOINT_URL_SQS` (and so on) or `AWS_ENDPOINT_URL` lead elsewhere, without TLS if they begin with `http:`.
    fn elsewhere(&self, service: &str) -> Option<String> {
        self.emulator
            .clone()
            .or_else(|| variable(&format!("AWS_ENDPOINT_URL_{service}")))
            .or_else(|| variable("AWS_ENDPOINT_URL"))
    }
}

/// The value of an environment variable; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The value of an environment variable, or that it is missing.
pub(crate) fn required(name: &str) -> Result<String, String> {
    variable(name).ok_or_else(|| format!("the environment variable {name} is not set"))
}
