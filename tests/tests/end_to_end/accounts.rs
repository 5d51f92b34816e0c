//! A configuration file for the stand-ins, and `deskbridge serve` over it.

use std::path::Path;

use crate::process::{Process, free_port};
use deskbridge_tests::live::{Site, StandIns};

/// The secrets that the configuration takes from the environment.
pub(crate) const ENVIRONMENT: [(&str, &str); 6] = [
    ("APP_SECRET", "demo-app-secret"),
    ("VERIFY_TOKEN", "demo-verify-token"),
    ("ZENDESK_CLIENT_SECRET", "demo-client-secret"),
    ("ZENDESK_WEBHOOK_SECRET", "demo-zendesk-webhook-secret"),
    ("FRESHDESK_API_KEY", "demo-bridge-key"),
    ("FRESHDESK_WEBHOOK_KEY", "demo-freshdesk-hook-key"),
];

/// Both pages and both helpdesks of the stand-ins; the page's token is in the file `page-token` beside it.
pub(crate) fn config(folder: &Path, bridge_port: u16, operator_port: u16, urls: &[String; 3]) -> String {
    let token = folder.join("page-token");
    std::fs::write(&token, "demo-page-token\n").expect("a secret's file");
    let token = token.display();
    let [zendesk, freshdesk, graph] = urls;
    let local = format!(
        "[local]\ndoors = \"127.0.0.1:{bridge_port}\"\noperator = \"127.0.0.1:{operator_port}\"\nsweep_minutes = 1\n"
    );
    let page = |name: &str, id: &str, helpdesk: &str| {
        format!(
            r#"
[accounts.{name}-facebook]
kind = "facebook"
helpdesk = "{name}-{helpdesk}"
page_id = "{id}"
base_url = "{graph}"
app_secrets = ["env:APP_SECRET"]
verify_tokens = "env:VERIFY_TOKEN"
page_token = "file:{token}"
"#
        )
    };
    let helpdesks = format!(
        r#"
[accounts.acme-zendesk]
kind = "zendesk"
base_url = "{zendesk}"
client_id = "deskbridge"
client_secret = "env:ZENDESK_CLIENT_SECRET"
webhook_secrets = "env:ZENDESK_WEBHOOK_SECRET"

[accounts.globex-freshdesk]
kind = "freshdesk"
base_url = "{freshdesk}"
api_key = "env:FRESHDESK_API_KEY"
webhook_keys = "env:FRESHDESK_WEBHOOK_KEY"
"#
    );
    let (acme, globex) = (page("acme", "1001", "zendesk"), page("globex", "1002", "freshdesk"));
    format!("{local}{acme}{helpdesks}{globex}")
}

/// The same without the second page.
pub(crate) fn without_globex_page(config: &str) -> String {
    let (rest, _) = config.split_once("\n[accounts.globex-facebook]").expect("the second page comes last");
    format!("{rest}\n")
}

/// A bridge that serves the stand-ins' accounts; its folder keeps `bridge.toml` and the state in `state`.
pub(crate) struct Bridge {
    pub(crate) process: Process,
    pub(crate) doors: Site,
    pub(crate) operator: Site,
}

/// Where a bridge is to be.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) bridge_port: u16,
    pub(crate) operator_port: u16,
}

impl<'a> Place<'a> {
    /// A place for a bridge, and the stand-ins that know it.
    pub(crate) async fn new(folder: &'a Path) -> (Self, StandIns) {
        let place = Self { folder, bridge_port: free_port(), operator_port: free_port() };
        let stand_ins = StandIns::serve(place.bridge_port).await;
        std::fs::write(folder.join("bridge.toml"), place.config(&stand_ins)).expect("a configuration");
        (place, stand_ins)
    }

    /// The whole configuration.
    pub(crate) fn config(&self, stand_ins: &StandIns) -> String {
        config(self.folder, self.bridge_port, self.operator_port, &stand_ins.urls)
    }

    /// Starts the bridge with what `bridge.toml` says now.
    pub(crate) async fn serve(&self) -> Bridge {
        let arguments = ["serve", "--config", "bridge.toml", "--data", "state"];
        let mut process = Process::start(self.folder, &arguments, &ENVIRONMENT);
        process.says("door /hooks/acme-zendesk").await;
        Bridge { process, doors: Site::at(self.bridge_port), operator: Site::at(self.operator_port) }
    }
}
