//! The house: opens the demo's accounts over the sandbox, carries webhooks to the doors, and runs the relay until nothing
//! is left to do.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbridge_connectors::http::{Method, Request, Response, Url};
use deskbridge_core::Moment;
use deskbridge_engine::config::{self, Config};
use deskbridge_engine::ports::{Clock, Secrets};
use deskbridge_engine::{Bridge, Delivery, Directory};
use deskbridge_sandbox::freshdesk::{Freshdesk, FreshdeskSeed};
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::x::{X, XSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::process::Process;
use crate::world::{Remote, SandboxWorld};

const BRIDGE: u16 = 8080;
const ZENDESK: u16 = 8081;
const FRESHDESK: u16 = 8082;
const GRAPH: u16 = 8083;
const X_API: u16 = 8084;
/// When the house opens.
const START: Moment = Moment(1_795_000_000_000);

/// The configuration of the house, as a user would write it.
pub const CONFIG: &str = r#"
[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
page_token = "env:PAGE_TOKEN"

[accounts.globex-facebook]
kind = "facebook"
helpdesk = "globex-freshdesk"
page_id = "1002"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
page_token = "env:PAGE_TOKEN"

[accounts.acme-instagram]
kind = "instagram"
helpdesk = "acme-zendesk"
account_id = "17001"
login = "facebook"
page_id = "17101"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:INSTAGRAM_TOKEN"

[accounts.globex-instagram]
kind = "instagram"
helpdesk = "globex-freshdesk"
account_id = "17002"
login = "instagram"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:INSTAGRAM_TOKEN"

[accounts.acme-whatsapp]
kind = "whatsapp"
helpdesk = "acme-zendesk"
phone_number_id = "5001"
business_account_id = "4001"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
access_token = "env:WHATSAPP_TOKEN"

[accounts.globex-whatsapp]
kind = "whatsapp"
helpdesk = "globex-freshdesk"
phone_number_id = "5002"
business_account_id = "4002"
base_url = "http://127.0.0.1:8083"
app_secrets = "env:APP_SECRET"
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

/// [`CONFIG`] with more keys in these accounts, each as TOML lines.
#[must_use]
pub fn config_with(more: &[(&str, &str)]) -> String {
    more.iter().fold(CONFIG.to_owned(), |config, (account, lines)| {
        let head = format!("[accounts.{account}]\n");
        config.replace(&head, &format!("{head}{lines}\n"))
    })
}

struct HouseSecrets(BTreeMap<&'static str, &'static str>);

impl Secrets for HouseSecrets {
    async fn read(&self, reference: &str) -> Result<SecretString, String> {
        self.0.get(reference).map(|value| SecretString::from(*value)).ok_or_else(|| "not set".to_owned())
    }
}

/// The whole house.
pub struct House {
    /// The bridge; its world is [`SandboxWorld`].
    pub bridge: Bridge<SandboxWorld>,
}

impl House {
    /// Opens the house: pages 1001 and 1002, Instagram accounts 17001 and 17002, WhatsApp numbers 5001 and 5002, X accounts
    /// 9001 and 9002 (each first to Zendesk, each second to Freshdesk), as in the demo.
    ///
    /// # Panics
    /// When the configuration does not open.
    pub async fn open() -> Self {
        Self::open_with(CONFIG, &[]).await
    }

    /// Opens the house with another configuration, and with more secrets.
    ///
    /// # Panics
    /// When the configuration does not open.
    pub async fn open_with(config: &str, more: &[(&'static str, &'static str)]) -> Self {
        let config = Config::parse(config).expect("the configuration has no problems");
        let mut secrets = HouseSecrets(BTreeMap::from([
            ("env:APP_SECRET", "demo-app-secret"),
            ("env:VERIFY_TOKEN", "demo-verify-token"),
            ("env:PAGE_TOKEN", "demo-page-token"),
            ("env:INSTAGRAM_TOKEN", "demo-instagram-token"),
            ("env:WHATSAPP_TOKEN", "demo-whatsapp-token"),
            ("env:X_APP_TOKEN", "demo-x-app-token"),
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
        secrets.0.extend(more.iter().copied());
        let directory = config::open(&config, &secrets).await.expect("the accounts open");
        let bridge = url(BRIDGE, "/");
        let zendesk = ZendeskSeed { base_url: url(ZENDESK, "/"), ..ZendeskSeed::demo(&bridge) };
        let freshdesk = FreshdeskSeed { base_url: url(FRESHDESK, "/"), ..FreshdeskSeed::demo(&bridge) };
        let graph = GraphSeed { adopts_unknown: false, ..GraphSeed::demo(&bridge) };
        let remotes = vec![
            Remote::new(ZENDESK, Box::new(Zendesk::new(zendesk))),
            Remote::new(FRESHDESK, Box::new(Freshdesk::new(freshdesk))),
            Remote::new(GRAPH, Box::new(Graph::new(graph))),
            Remote::new(X_API, Box::new(X::new(XSeed::demo(&bridge)))),
        ];
        Self { bridge: Bridge::new(SandboxWorld::new(remotes, START), directory) }
    }

    /// A process that takes over from this one: the world stays, everything in memory is new.
    pub async fn restart(self) -> Self {
        let fresh = Self::open().await;
        let Self { bridge } = self;
        let directory = fresh.bridge.directory;
        Self { bridge: Bridge::new(bridge.world, directory) }
    }

    /// The accounts of another process with this configuration and these secrets beside those of the house: as an operator who
    /// changed something starts it.
    ///
    /// # Panics
    /// When the configuration does not open.
    pub async fn directory_with(config: &str, more: &[(&'static str, &'static str)]) -> Directory {
        Self::open_with(config, more).await.bridge.directory
    }

    /// A process beside the one of the house, over the same world.
    #[must_use]
    pub fn beside(&self, directory: Directory) -> Bridge<&SandboxWorld> {
        Bridge::new(&self.bridge.world, directory)
    }

    /// A process that takes over with these accounts: the world stays, everything in memory is new.
    #[must_use]
    pub fn restart_as(self, directory: Directory) -> Self {
        Self { bridge: Bridge::new(self.bridge.world, directory) }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        use deskbridge_engine::ports::Reception;
        self.bridge.world.clock().now()
    }

    /// Lets time pass without anything else.
    pub fn pass(&self, time: Duration) {
        self.bridge.world.set_now(self.now().plus(time));
    }

    /// The stand-in of Zendesk.
    #[must_use]
    pub fn zendesk(&self) -> &Remote {
        &self.bridge.world.remotes[0]
    }

    /// The stand-in of Freshdesk.
    #[must_use]
    pub fn freshdesk(&self) -> &Remote {
        &self.bridge.world.remotes[1]
    }

    /// The stand-in of the Graph API.
    #[must_use]
    pub fn graph(&self) -> &Remote {
        &self.bridge.world.remotes[2]
    }

    /// The stand-in of the X API.
    #[must_use]
    pub fn x(&self) -> &Remote {
        &self.bridge.world.remotes[3]
    }

    /// Lets somebody act at a stand-in (`POST /_sandbox/act`), a second after whatever came before; gives its answer.
    ///
    /// # Panics
    /// When the stand-in refuses the act.
    pub fn act(&self, remote: &Remote, act: &Value) -> Value {
        self.pass(Duration::from_secs(1));
        let request = Request::new(Method::POST, url(remote.port, "/_sandbox/act")).json(act);
        let response = remote.ask(&request, self.now());
        assert!(response.is_success(), "{act}: {}", String::from_utf8_lossy(&response.body));
        response.parse().unwrap_or(Value::Null)
    }

    /// Turns a switch of a stand-in (`POST /_sandbox/control`).
    ///
    /// # Panics
    /// When the stand-in has no such switch.
    pub fn control(&self, remote: &Remote, control: &Value) {
        let request = Request::new(Method::POST, url(remote.port, "/_sandbox/control")).json(control);
        let response = remote.ask(&request, self.now());
        assert!(response.is_success(), "{control}: {}", String::from_utf8_lossy(&response.body));
    }

    /// Reads a stand-in's own API, with these Basic credentials.
    #[must_use]
    pub fn ask(&self, remote: &Remote, path: &str, credentials: &str) -> Value {
        self.call(remote, "GET", path, credentials, &Value::Null)
    }

    /// Calls a stand-in's own API, with these Basic credentials; gives its answer, or `null`.
    ///
    /// # Panics
    /// When there is no such method.
    pub fn call(&self, remote: &Remote, method: &str, path: &str, credentials: &str, body: &Value) -> Value {
        use base64::Engine as _;
        self.pass(Duration::from_secs(1));
        let basic = base64::engine::general_purpose::STANDARD.encode(credentials);
        let method = method.parse().expect("a method");
        let request = Request::new(method, url(remote.port, path));
        let request = request.header("authorization", &format!("Basic {basic}"));
        let request = if body.is_null() { request } else { request.json(body) };
        remote.ask(&request, self.now()).parse().unwrap_or(Value::Null)
    }

    /// What a stand-in shows (`GET /_sandbox/state`).
    ///
    /// # Panics
    /// When the stand-in shows nothing.
    #[must_use]
    pub fn state(&self, remote: &Remote) -> Value {
        let request = Request::get(url(remote.port, "/_sandbox/state"));
        remote.ask(&request, self.now()).parse().expect("a view")
    }

    /// A customer's comment on a page's post; gives its id.
    ///
    /// # Panics
    /// When the stand-in does not take it.
    pub fn comment(&self, on: &str, person: &str, text: &str) -> String {
        let act = json!({ "do": "comment", "on": on, "person": person, "text": text });
        self.act(self.graph(), &act)["id"].as_str().expect("an id").to_owned()
    }

    /// A customer's direct message; gives its id.
    ///
    /// # Panics
    /// When the stand-in does not take it.
    pub fn message(&self, page: &str, person: &str, text: &str) -> String {
        let act = json!({ "do": "message", "page": page, "person": person, "text": text });
        self.act(self.graph(), &act)["id"].as_str().expect("an id").to_owned()
    }

    /// Sends a request to a door.
    pub async fn knock(&self, request: Request) -> Response {
        self.bridge.knock(request).await
    }

    /// Sends a signed Meta webhook to a door.
    pub async fn knock_signed(&self, door: &str, body: &[u8]) -> Response {
        let signature = sign_meta("demo-app-secret", body);
        let mut request = Request::new(Method::POST, url(BRIDGE, &format!("/hooks/{door}")))
            .header("x-hub-signature-256", &signature);
        request.body = body.to_vec().into();
        self.knock(request).await
    }
}

/// The signature header of Meta for these bytes.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn sign_meta(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// An address of the house.
fn url(port: u16, path: &str) -> Url {
    format!("http://127.0.0.1:{port}{path}").parse().expect("an address")
}

/// A delivery as a queue makes it that counts receives durably.
#[must_use]
pub fn delivery(body: &str, receives: u32) -> Delivery {
    Delivery { body: body.to_owned(), receives, receives_are_durable: true }
}
