//! The real `deskbridge serve`, as an operator runs it: a release binary, a file on a disk, its log in a file.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::load::connect;
use crate::stand_ins::StandIns;
use crate::webhooks::APP_SECRET;
use deskbridge_report::usage::{Usage, usage};

const SECRETS: [(&str, &str); 5] = [
    ("APP_SECRET", APP_SECRET),
    ("VERIFY_TOKEN", "demo-verify-token"),
    ("PAGE_TOKEN", "demo-page-token"),
    ("ZENDESK_CLIENT_SECRET", "demo-client-secret"),
    ("ZENDESK_WEBHOOK_SECRET", "demo-zendesk-webhook-secret"),
];
/// The door of the page.
pub(crate) const DOOR: &str = "/hooks/acme-facebook";
/// Whatever does not happen within this time does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running bridge; killed when dropped.
pub(crate) struct Bridge {
    /// Where its doors are.
    pub(crate) port: u16,
    process: Running,
    operator: u16,
    folder: TempDir,
}

impl Bridge {
    /// Starts one between these stand-ins, over an empty folder.
    pub(crate) async fn start(binary: &Path, port: u16, stand_ins: &StandIns) -> Self {
        let folder = tempfile::tempdir_in(binary.parent().expect("a folder")).expect("a folder");
        let operator = free_port();
        let process =
            Running::start(command(binary, folder.path(), (port, operator), stand_ins), folder.path());
        until_open(port).await;
        Self { port, process, operator, folder }
    }

    /// What it used so far.
    pub(crate) fn usage(&self) -> Usage {
        self.process.usage()
    }

    /// One of its metrics.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        metric(self.operator, name).await
    }

    /// How many transactions it wrote: each is one fsync of the write-ahead log.
    pub(crate) async fn fsyncs(&self) -> f64 {
        self.metric("deskbridge_disk_commits").await
    }

    /// Bytes of its database once the log is copied into it.
    pub(crate) fn file_bytes(&self) -> u64 {
        let file = self.folder.path().join("state/deskbridge.sqlite");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(file, flags).expect("the database");
        let number =
            |name| database.pragma_query_value(None, name, |row| row.get::<_, u64>(0)).expect("a number");
        number("page_count") * number("page_size")
    }
}

/// A process, whose words go to a file; killed when dropped.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it.
    pub(crate) fn start(mut command: Command, folder: &Path) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log");
        command.current_dir(folder).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// What it used so far.
    pub(crate) fn usage(&self) -> Usage {
        usage(self.0.id())
    }
}

impl Drop for Running {
    /// `kill -9`.
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The bridge over a folder, with its doors and its operator's view at these ports.
pub(crate) fn command(binary: &Path, folder: &Path, ports: (u16, u16), stand_ins: &StandIns) -> Command {
    fs::write(folder.join("bridge.toml"), config(ports, stand_ins)).expect("a configuration");
    let mut command = Command::new(binary);
    command.args(["serve", "--config", "bridge.toml", "--data", "state"]).env_clear().envs(SECRETS);
    command
}

/// One of the metrics without labels of a bridge whose operator's view is at this port; 0 if it was never counted.
pub(crate) async fn metric(operator: u16, name: &str) -> f64 {
    let mut stream = connect(operator).await;
    let request = b"GET /metrics HTTP/1.1\r\nHost: operator\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.expect("the operator's address");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("metrics");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}

/// Waits until somebody listens on a port of this machine.
pub(crate) async fn until_open(port: u16) {
    let end = Instant::now() + PATIENCE;
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < end, "nobody listens on port {port}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn config((port, operator): (u16, u16), stand_ins: &StandIns) -> String {
    let StandIns { zendesk_url, graph_url, .. } = stand_ins;
    format!(
        r#"
[local]
doors = "127.0.0.1:{port}"
operator = "127.0.0.1:{operator}"

[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
base_url = "{graph_url}"
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
page_token = "env:PAGE_TOKEN"

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "{zendesk_url}"
client_id = "deskbridge"
client_secret = "env:ZENDESK_CLIENT_SECRET"
webhook_secrets = "env:ZENDESK_WEBHOOK_SECRET"
"#
    )
}
