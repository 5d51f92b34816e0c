//! The command `demo`: the bridge and the sandbox in one process, with fixed names and secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbridge_connectors::http::Url;
use deskbridge_embedded::SystemClock;
use deskbridge_embedded::listener::serve;
use deskbridge_engine::Directory;
use deskbridge_engine::config::{self, Config};
use deskbridge_engine::ports::Secrets;
use deskbridge_sandbox::freshdesk::{Freshdesk, FreshdeskSeed};
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::x::{X, XSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{ServeOptions, Served, StandIn};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::arguments::DemoOptions;
use crate::bridge_process::{self, GRACE};
use crate::{operator, page};

/// The demo's secrets: public, fixed, and refused nowhere but here.
const SECRETS: [(&str, &str); 14] = [
    ("DEMO_APP_SECRET", "demo-app-secret"),
    ("DEMO_VERIFY_TOKEN", "demo-verify-token"),
    ("DEMO_PAGE_TOKEN", "demo-page-token"),
    ("DEMO_INSTAGRAM_TOKEN", "demo-instagram-token"),
    ("DEMO_WHATSAPP_TOKEN", "demo-whatsapp-token"),
    ("DEMO_X_CONSUMER_KEY", "demo-consumer-key"),
    ("DEMO_X_CONSUMER_SECRET", "demo-consumer-secret"),
    ("DEMO_X_ACCESS_TOKEN", "9001-demo-access-token"),
    ("DEMO_GLOBEX_X_ACCESS_TOKEN", "9002-demo-access-token"),
    ("DEMO_X_ACCESS_TOKEN_SECRET", "demo-access-token-secret"),
    ("DEMO_ZENDESK_CLIENT_SECRET", "demo-client-secret"),
    ("DEMO_ZENDESK_WEBHOOK_SECRET", "demo-zendesk-webhook-secret"),
    ("DEMO_FRESHDESK_API_KEY", "demo-bridge-key"),
    ("DEMO_FRESHDESK_WEBHOOK_KEY", "demo-freshdesk-hook-key"),
];

/// Real searches lag by minutes. Long enough to be noticed, short enough to try things out.
const SEARCH_LAG_MS: i64 = 2_000;

/// `deskbridge demo`
pub(crate) async fn run(options: DemoOptions) -> Result<(), String> {
    let places = Places::new(&options)?;
    std::fs::create_dir_all(&places.data)
        .map_err(|error| format!("cannot make the folder {}: {error}", places.data.display()))?;
    let (config, directory) = open_accounts(&places).await?;
    let listener = bridge_process::listen(&places.authority(&places.bridge), "the bridge").await?;
    let ahead = Duration::from_secs(options.ahead);
    let stand_ins = serve_stand_ins(&places, ahead).await?;
    let clock = SystemClock::ahead_by(ahead);
    let bridge = bridge_process::open(&places.data, directory, clock, options.verbose)?;
    bridge_process::note_operator(&places.data, &places.authority(&places.bridge))?;
    let stop = CancellationToken::new();
    let workers = bridge_process::start(&bridge, &config.local, &stop);
    // One listener for everything: this process is for trying out, on loopback. `serve` keeps the public side apart.
    let doors = bridge_process::door_routes(&bridge, config.local.body_bytes_max);
    let routes = doors
        .merge(operator::routes(bridge.clone()))
        .merge(page::routes(bridge.world.telemetry.clone(), places.about(ahead)));
    let served = tokio::spawn(serve(listener, routes, stop.clone().cancelled_owned(), GRACE));
    println!("{}", places.filled(include_str!("welcome.txt")));
    bridge_process::asked_to_end().await;
    println!("finishing what is in hand");
    stop.cancel();
    bridge_process::finish(&bridge, workers.into_iter().chain([served])).await;
    for stand_in in stand_ins {
        stand_in.shutdown().await;
    }
    Ok(())
}

/// Where everything is.
struct Places {
    data: PathBuf,
    bridge: Url,
    zendesk: Url,
    freshdesk: Url,
    graph: Url,
    x: Url,
}

impl Places {
    fn new(options: &DemoOptions) -> Result<Self, String> {
        let at =
            |port: u16| format!("http://127.0.0.1:{port}/").parse::<Url>().map_err(|error| error.to_string());
        Ok(Self {
            data: options.data.clone().unwrap_or_else(fresh_folder),
            bridge: at(options.bridge_port)?,
            zendesk: at(options.zendesk_port)?,
            freshdesk: at(options.freshdesk_port)?,
            graph: at(options.graph_port)?,
            x: at(options.x_port)?,
        })
    }

    fn authority(&self, url: &Url) -> String {
        url.authority().to_owned()
    }

    /// Everything that has an address, by the name that texts have for it.
    fn named(&self) -> [(&'static str, &Url); 5] {
        let Self { bridge, zendesk, freshdesk, graph, x, .. } = self;
        [("bridge", bridge), ("zendesk", zendesk), ("freshdesk", freshdesk), ("graph", graph), ("x", x)]
    }

    /// A text with the addresses in it.
    fn filled(&self, text: &str) -> String {
        let text = text.replace("{data}", &self.data.display().to_string());
        self.named()
            .into_iter()
            .fold(text, |text, (name, url)| text.replace(&format!("{{{name}}}"), trimmed(url)))
    }

    /// What the page must know.
    fn about(&self, ahead: Duration) -> Value {
        let account = |kind: &str, name: &str, id: &str| json!({ "kind": kind, "name": name, "id": id });
        json!({
            "ahead_ms": ahead.as_secs() * 1_000,
            "at": self.named().map(|(name, url)| (name, trimmed(url))).into_iter().collect::<BTreeMap<_, _>>(),
            "brands": [
                { "name": "Acme", "helpdesk": "zendesk", "accounts": [
                    account("facebook", "acme-facebook", "1001"),
                    account("instagram", "acme-instagram", "17001"),
                    account("whatsapp", "acme-whatsapp", "5001"),
                    account("x", "acme-x", "9001"),
                ] },
                { "name": "Globex", "helpdesk": "freshdesk", "accounts": [
                    account("facebook", "globex-facebook", "1002"),
                    account("instagram", "globex-instagram", "17002"),
                    account("whatsapp", "globex-whatsapp", "5002"),
                    account("x", "globex-x", "9002"),
                ] },
            ],
        })
    }
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

/// A folder that is new with this run.
fn fresh_folder() -> PathBuf {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis());
    std::env::temp_dir().join(format!("deskbridge-demo-{now}-{}", std::process::id()))
}

async fn open_accounts(places: &Places) -> Result<(Config, Directory), String> {
    let text = places.filled(include_str!("demo.toml"));
    let file = places.data.join("bridge.toml");
    std::fs::write(&file, &text).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    let explain = |problems: Vec<config::Problem>| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        format!("the demo's configuration has problems: {}", lines.join("; "))
    };
    let config = Config::parse(&text).map_err(explain)?;
    let directory = config::open(&config, &DemoSecrets::new()).await.map_err(explain)?;
    Ok((config, directory))
}

async fn serve_stand_ins(places: &Places, ahead: Duration) -> Result<Vec<Served>, String> {
    let zendesk = ZendeskSeed {
        base_url: places.zendesk.clone(),
        search_lag_ms: SEARCH_LAG_MS,
        ..ZendeskSeed::demo(&places.bridge)
    };
    let freshdesk = FreshdeskSeed {
        base_url: places.freshdesk.clone(),
        search_lag_ms: SEARCH_LAG_MS,
        ..FreshdeskSeed::demo(&places.bridge)
    };
    let graph = GraphSeed::demo(&places.bridge);
    let x = XSeed::demo(&places.bridge);
    let stand_ins: [(&str, &Url, Box<dyn StandIn>); 4] = [
        ("zendesk", &places.zendesk, Box::new(Zendesk::new(zendesk))),
        ("freshdesk", &places.freshdesk, Box::new(Freshdesk::new(freshdesk))),
        ("graph", &places.graph, Box::new(Graph::new(graph))),
        ("x", &places.x, Box::new(X::new(x))),
    ];
    let mut served = Vec::new();
    for (name, url, stand_in) in stand_ins {
        let listener = bridge_process::listen(&places.authority(url), name).await?;
        let journal = journal(&places.data, name);
        let options = ServeOptions { journal: Some(journal.clone()), name: name.to_owned(), ahead };
        let one = deskbridge_sandbox::serve(listener, stand_in, options)
            .await
            .map_err(|error| format!("cannot use {}: {error}", journal.display()))?;
        served.push(one);
    }
    Ok(served)
}

fn journal(data: &Path, name: &str) -> PathBuf {
    data.join(format!("sandbox-{name}.journal"))
}

struct DemoSecrets(BTreeMap<String, &'static str>);

impl DemoSecrets {
    fn new() -> Self {
        Self(SECRETS.iter().map(|(name, value)| (format!("env:{name}"), *value)).collect())
    }
}

impl Secrets for DemoSecrets {
    async fn read(&self, reference: &str) -> Result<SecretString, String> {
        self.0
            .get(reference)
            .map(|value| SecretString::from(*value))
            .ok_or_else(|| "no such demo secret".to_owned())
    }
}
