//! The SDK of AWS, for DynamoDB: region and credentials as [`Cloud`] has them, one TLS provider, few roots, short time
//! limits.

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
use secrecy::ExposeSecret as _;

use crate::cloud::Cloud;
use crate::roots;
use crate::trust::Trust;

/// Below the idle limits of AWS's endpoints, so that a connection is rarely found closed after a pause.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const CALL_TIMEOUT: Duration = Duration::from_secs(7);

/// The settings of one service's client.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn config(cloud: &Cloud, service: &str) -> Result<SdkConfig, String> {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls(Trust::of(&cloud.region))?)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let keys = &cloud.credentials;
    let token = keys.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let credentials =
        Credentials::new(&keys.key_id, keys.secret_key.expose_secret(), token, None, "environment");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(cloud.region.clone()))
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
        );
    config.set_endpoint_url(cloud.elsewhere(service));
    Ok(config.build())
}

fn tls(trust: Trust) -> Result<TlsContext, String> {
    let trusted = match trust {
        Trust::Amazon => TrustStore::empty().with_pem_certificate(roots::PEM),
        Trust::System => TrustStore::default(),
    };
    TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|error| format!("TLS cannot be set up: {error}"))
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
