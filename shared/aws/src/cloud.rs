//! How the clients of AWS are made: region and credentials from Lambda's environment, one TLS provider, few roots, short
//! time limits. All of it is for a quick start: looking for credentials and parsing the system's roots take longer than
//! everything else before the first event.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// The roots that Amazon Trust Services publishes for the endpoints of AWS.
const AMAZON_ROOTS: &[u8] = include_bytes!("roots.pem");
/// Below the idle limits of AWS's endpoints, so that a connection is rarely found closed after a pause.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// All attempts of one call together. Platforms wait for the answer of a webhook for as little as ten seconds.
const CALL_TIMEOUT: Duration = Duration::from_secs(7);

/// Access to AWS.
#[derive(Clone, Debug)]
pub struct Cloud {
    shared: SdkConfig,
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
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            variable("AWS_SESSION_TOKEN"),
            None,
            "lambda",
        );
        Self::new(region, credentials, None)
    }

    /// An emulator of AWS at this address, for tests.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn emulated(url: &str) -> Result<Self, String> {
        let credentials = Credentials::new("emulator", "emulator", None, None, "emulator");
        Self::new("us-east-1".to_owned(), credentials, Some(url.to_owned()))
    }

    fn new(region: String, credentials: Credentials, emulator: Option<String>) -> Result<Self, String> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls(&region)?)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .timeout_config(timeouts)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(Duration::from_millis(50))
                    .with_max_backoff(Duration::from_secs(1)),
            )
            .build();
        Ok(Self { shared, emulator })
    }

    /// The settings of one service's client. `AWS_ENDPOINT_URL_SQS` (and so on) or `AWS_ENDPOINT_URL` lead elsewhere,
    /// without TLS if they begin with `http:`.
    pub(crate) fn service(&self, name: &str) -> SdkConfig {
        let elsewhere = self
            .emulator
            .clone()
            .or_else(|| variable(&format!("AWS_ENDPOINT_URL_{name}")))
            .or_else(|| variable("AWS_ENDPOINT_URL"));
        match elsewhere {
            Some(url) => self.shared.to_builder().endpoint_url(url).build(),
            None => self.shared.clone(),
        }
    }
}

/// The system's roots are trusted instead where Amazon's own may not be in use: in other partitions, and behind an endpoint
/// of one's own.
fn tls(region: &str) -> Result<TlsContext, String> {
    let elsewhere = std::env::vars()
        .any(|(name, value)| name.starts_with("AWS_ENDPOINT_URL") && value.starts_with("https:"));
    let roots = if elsewhere || region.starts_with("cn-") || region.contains("-iso") {
        TrustStore::default()
    } else {
        TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
    };
    TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// The value of an environment variable; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The value of an environment variable, or that it is missing.
pub(crate) fn required(name: &str) -> Result<String, String> {
    variable(name).ok_or_else(|| format!("the environment variable {name} is not set"))
}

/// Why a call failed: the error's code, or at what stage. What the service says beside it may quote content, and is left
/// out.
pub(crate) fn why<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(context) => {
            context.err().code().unwrap_or("refused without a code").to_owned()
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "no connection in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_io() => "the connection failed".to_owned(),
        SdkError::DispatchFailure(_) => "the request could not be sent".to_owned(),
        SdkError::ConstructionFailure(_) => "the request could not be made".to_owned(),
        _ => "the answer is not understood".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_roots_are_five() {
        let text = std::str::from_utf8(AMAZON_ROOTS).unwrap();
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        assert_eq!(text.matches("-----END CERTIFICATE-----").count(), 5);
    }
}
