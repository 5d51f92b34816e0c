//! The accounts of a run, as a user would configure them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deskbridge_core::Policy;
use deskbridge_engine::config::{self, Config};
use deskbridge_engine::ports::Secrets;
use deskbridge_engine::{Account, Directory};
use secrecy::SecretString;

use crate::talks::Talk;
use crate::weather::Topology;

/// What the platform may sign with from some moment on.
pub(crate) const NEXT_APP_SECRET: &str = "next-app-secret";

const CONFIG: &str = r#"
[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
base_url = "http://127.0.0.1:8083"
app_secrets = ["env:APP_SECRET", "env:NEXT_APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
page_token = "env:PAGE_TOKEN"

[accounts.globex-facebook]
kind = "facebook"
helpdesk = "globex-freshdesk"
page_id = "1002"
base_url = "http://127.0.0.1:8083"
app_secrets = ["env:APP_SECRET", "env:NEXT_APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
page_token = "env:PAGE_TOKEN"

[accounts.acme-instagram]
kind = "instagram"
helpdesk = "acme-zendesk"
account_id = "17001"
login = "facebook"
page_id = "17101"
base_url = "http://127.0.0.1:8083"
app_secrets = ["env:APP_SECRET", "env:NEXT_APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:INSTAGRAM_TOKEN"

[accounts.globex-instagram]
kind = "instagram"
helpdesk = "globex-freshdesk"
account_id = "17002"
login = "instagram"
base_url = "http://127.0.0.1:8083"
app_secrets = ["env:APP_SECRET", "env:NEXT_APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:INSTAGRAM_TOKEN"

[accounts.acme-whatsapp]
kind = "whatsapp"
helpdesk = "acme-zendesk"
phone_number_id = "5001"
business_account_id = "4001"
base_url = "http://127.0.0.1:8083"
app_secrets = ["env:APP_SECRET", "env:NEXT_APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:WHATSAPP_TOKEN"

[accounts.globex-whatsapp]
kind = "whatsapp"
helpdesk = "globex-freshdesk"
phone_number_id = "5002"
business_account_id = "4002"
base_url = "http://127.0.0.1:8083"
app_secrets = ["env:APP_SECRET", "env:NEXT_APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:WHATSAPP_TOKEN"

[accounts.acme-x]
kind = "x"
helpdesk = "acme-zendesk"
user_id = "9001"
base_url = "http://127.0.0.1:8084"
webhook_secrets = "env:X_CONSUMER_SECRET"
consumer_key = "env:X_CONSUMER_KEY"
consumer_secret = "env:X_CONSUMER_SECRET"
access_token = "env:X_ACCESS_TOKEN"
access_token_secret = "env:X_ACCESS_TOKEN_SECRET"

[accounts.globex-x]
kind = "x"
helpdesk = "globex-freshdesk"
user_id = "9002"
base_url = "http://127.0.0.1:8084"
webhook_secrets = "env:X_CONSUMER_SECRET"
consumer_key = "env:X_CONSUMER_KEY"
consumer_secret = "env:X_CONSUMER_SECRET"
access_token = "env:GLOBEX_X_ACCESS_TOKEN"
access_token_secret = "env:X_ACCESS_TOKEN_SECRET"

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "http://127.0.0.1:8081"
client_id = "deskbridge"
client_secret = "env:ZENDESK_CLIENT_SECRET"
webhook_secrets = "env:ZENDESK_WEBHOOK_SECRET"

[accounts.globex-freshdesk]
kind = "freshdesk"
base_url = "http://127.0.0.1:8082"
api_key = "env:FRESHDESK_API_KEY"
webhook_keys = "env:FRESHDESK_WEBHOOK_KEY"
"#;

struct HouseSecrets(BTreeMap<&'static str, &'static str>);

impl Secrets for HouseSecrets {
    async fn read(&self, reference: &str) -> Result<SecretString, String> {
        self.0.get(reference).map(|value| SecretString::from(*value)).ok_or_else(|| "not set".to_owned())
    }
}

/// The accounts of a run: all of the house, or those with which these customers talk, and their helpdesks; as patient as the run wants.
pub(crate) fn accounts_of(house: &Directory, talks: &[Talk], topology: &Topology) -> Directory {
    let talked_with = house
        .iter()
        .filter(|account| topology.all_accounts || talks.iter().any(|talk| talk.account == account.name));
    let with_helpdesks =
        talked_with.flat_map(|account| house.helpdesk_of(account).into_iter().chain([account]));
    let give_up_after = Duration::from_secs(3600 * u64::from(topology.give_up_hours));
    let patient = |account: &Account| {
        let grace = if topology.returns { Duration::ZERO } else { account.policy.grace };
        let policy = Policy { give_up_after, grace, ..account.policy.clone() };
        Account { policy, ..account.clone() }
    };
    Directory::new(with_helpdesks.map(patient).collect())
}

/// Opens all accounts of the house.
///
/// # Panics
/// When the configuration above has a mistake.
#[must_use]
pub fn accounts() -> Directory {
    let config = Config::parse(CONFIG).expect("the configuration has no problems");
    let secrets = HouseSecrets(BTreeMap::from([
        ("env:APP_SECRET", "demo-app-secret"),
        ("env:NEXT_APP_SECRET", NEXT_APP_SECRET),
        ("env:VERIFY_TOKEN", "demo-verify-token"),
        ("env:PAGE_TOKEN", "demo-page-token"),
        ("env:WHATSAPP_TOKEN", "demo-whatsapp-token"),
        ("env:INSTAGRAM_TOKEN", "demo-instagram-token"),
        ("env:X_CONSUMER_KEY", "demo-consumer-key"),
        ("env:X_CONSUMER_SECRET", "demo-consumer-secret"),
        ("env:X_ACCESS_TOKEN", "9001-demo-access-token"),
        ("env:GLOBEX_X_ACCESS_TOKEN", "9002-demo-access-token"),
        ("env:X_ACCESS_TOKEN_SECRET", "demo-access-token-secret"),
        ("env:ZENDESK_CLIENT_SECRET", "demo-client-secret"),
        ("env:ZENDESK_WEBHOOK_SECRET", "demo-zendesk-webhook-secret"),
        ("env:FRESHDESK_API_KEY", "demo-bridge-key"),
        ("env:FRESHDESK_WEBHOOK_KEY", "demo-freshdesk-hook-key"),
    ]));
    match pin!(config::open(&config, &secrets)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(opened) => opened.expect("the accounts open"),
        Poll::Pending => unreachable!("secrets from memory are there at once"),
    }
}
