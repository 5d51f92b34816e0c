//! The SDK of AWS, for DynamoDB: region, credentials and connections as [`Cloud`] has them, short time limits.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use http::HeaderValue;
use http::header::HOST;
use http::uri::InvalidUri;
use http_body_util::Full;
use secrecy::ExposeSecret as _;

use crate::cloud::Cloud;
use crate::json_api::{Connections, Trouble};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const CALL_TIMEOUT: Duration = Duration::from_secs(7);

/// The settings of DynamoDB's client.
///
/// # Errors
/// When a variable names an address for it that is none.
pub(crate) fn config(cloud: &Cloud) -> Result<SdkConfig, String> {
    let endpoint = cloud.endpoint("dynamodb")?;
    let url = endpoint.url();
    let http = SharedHttpClient::new(Wire(Arc::new(cloud.connections(endpoint))));
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let keys = &cloud.credentials;
    let token = keys.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let credentials =
        Credentials::new(&keys.key_id, keys.secret_key.expose_secret(), token, None, "environment");
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(cloud.region.clone()))
        .endpoint_url(url)
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
        .build())
}

/// The SDK's requests go over the connections that the other services' go over, too: one HTTP client, one set of trusted roots.
#[derive(Clone, Debug)]
struct Wire(Arc<Connections>);

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connections = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let request = outgoing(request, &connections.endpoint().authority)?;
            // Whether a request may be repeated is for the SDK to know: a save may not.
            incoming(connections.exchange_once(request).await.map_err(|trouble| connector_error(&trouble))?)
        })
    }
}

/// The request with its body at hand, as it is sent to a server: its target is a path, and it names the host.
fn outgoing(request: HttpRequest, authority: &str) -> Result<http::Request<Full<Bytes>>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (mut head, body) = request.into_parts();
    let body = body.bytes().ok_or_else(|| ConnectorError::user("a body that is not at hand".into()))?;
    let body = Bytes::copy_from_slice(body);
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    head.uri = target.parse().map_err(|error: InvalidUri| ConnectorError::user(error.into()))?;
    let host = HeaderValue::from_str(authority).map_err(|error| ConnectorError::user(error.into()))?;
    head.headers.entry(HOST).or_insert(host);
    Ok(http::Request::from_parts(head, Full::new(body)))
}

fn incoming(response: http::Response<Bytes>) -> Result<HttpResponse, ConnectorError> {
    let response = response.map(SdkBody::from);
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

/// The SDK makes another attempt where one may end better.
fn connector_error(trouble: &Trouble) -> ConnectorError {
    match trouble {
        Trouble::Unreachable | Trouble::Silent => ConnectorError::timeout(trouble.to_string().into()),
        Trouble::Impossible => ConnectorError::user(trouble.to_string().into()),
        _ => ConnectorError::io(trouble.to_string().into()),
    }
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
    use deskbridge_core::{ConversationKey, Moment};
    use deskbridge_engine::ports::{SaveError, Store as _};

    use super::*;
    use crate::json_api::scripted::{Act, Server};
    use crate::store::DynamoStore;

    #[test]
    fn a_request_is_sent_as_servers_want_it() {
        let request = http::Request::post("https://dynamodb.eu-central-1.amazonaws.com/").header("x-a", "b");
        let request = HttpRequest::try_from(request.body(SdkBody::from("{}")).unwrap()).unwrap();
        let sent = outgoing(request, "dynamodb.eu-central-1.amazonaws.com").unwrap();
        assert_eq!((sent.method().as_str(), sent.uri().to_string().as_str()), ("POST", "/"));
        let header = |name: &str| sent.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            (header("host").as_str(), header("x-a").as_str()),
            ("dynamodb.eu-central-1.amazonaws.com", "b")
        );
    }

    #[test]
    fn the_sdk_is_told_whether_another_attempt_may_end_better() {
        assert!(connector_error(&Trouble::Unreachable).is_timeout());
        assert!(connector_error(&Trouble::Broken).is_io() && connector_error(&Trouble::Garbled).is_io());
        assert!(connector_error(&Trouble::Impossible).is_user());
    }

    #[tokio::test]
    async fn what_breaks_or_is_refused_for_now_is_asked_again_and_what_is_answered_is_read() {
        let again = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#;
        for first in [Act::Close, Act::Answer(500, "{}"), Act::Answer(400, again)] {
            let server = Server::start(&[first, Act::Answer(200, "{}")]).await;
            let store = DynamoStore::new(&Cloud::emulated(&server.url).unwrap(), "table".to_owned()).unwrap();
            let key = ConversationKey::parse("acme:direct:7").unwrap().0;
            assert_eq!(store.load(&key).await, Ok(None));
            let requests = server.requests();
            assert_eq!(requests.len(), 2);
            assert!(
                requests[1].to_ascii_lowercase().contains("x-amz-target: dynamodb_20120810.getitem"),
                "{requests:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_save_is_sent_once_and_no_connection_that_was_closed_meanwhile_costs_it() {
        let key = ConversationKey::parse("acme:direct:7").unwrap().0;
        for (script, saved, sent) in [
            // Closed without an answer: it may have been saved.
            (vec![Act::Answer(200, "{}"), Act::Close], false, 2),
            // Closed while it was kept: it was not sent at all.
            (vec![Act::AnswerAndClose(200, "{}"), Act::Answer(200, "{}")], true, 2),
        ] {
            let server = Server::start(&script).await;
            let store = DynamoStore::new(&Cloud::emulated(&server.url).unwrap(), "table".to_owned()).unwrap();
            assert_eq!(store.load(&key).await, Ok(None));
            tokio::time::sleep(Duration::from_millis(50)).await;
            let result = store.save(&key, vec![1], 0, Moment(0)).await;
            assert_eq!((result.is_ok(), server.requests().len()), (saved, sent), "{result:?}");
            assert_ne!(result, Err(SaveError::Conflict));
        }
    }
}
