//! The accounts of a storm: one page, one helpdesk.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use deskbridge_engine::Directory;
use deskbridge_engine::config::{self, Config};
use deskbridge_engine::ports::Secrets;
use secrecy::SecretString;

const CONFIG: &str = r#"
[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:demo-app-secret"
verify_tokens = "env:demo-verify-token"
page_token = "env:demo-page-token"

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "http://127.0.0.1:8081"
client_id = "deskbridge"
client_secret = "env:demo-client-secret"
webhook_secrets = "env:demo-zendesk-webhook-secret"
"#;

/// Each reference names its value: they are public.
struct PublicSecrets;

impl Secrets for PublicSecrets {
    async fn read(&self, reference: &str) -> Result<SecretString, String> {
        let value = reference.strip_prefix("env:").unwrap_or_default();
        Ok(SecretString::from(value))
    }
}

pub(crate) fn accounts() -> Directory {
    let config = Config::parse(CONFIG).expect("the configuration has no problems");
    let opening = pin!(config::open(&config, &PublicSecrets));
    match opening.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(opened) => opened.expect("the accounts open"),
        Poll::Pending => unreachable!("secrets from memory are there at once"),
    }
}
