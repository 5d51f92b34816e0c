//! The bridge beside what people use today, one after the other in one run: the same webhooks, the same stand-in helpdesk with
//! its real limits, the same machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::house::CONNECTIONS_MAX;
use crate::load::{Outcome, Pace, exchange, send};
use crate::process::{DOOR, Running, command, free_port, metric};
use crate::stand_ins::StandIns;
use crate::webhooks::{APP_SECRET, comment, comments, request};

/// Where the peers' flows are, from the root of the repository.
const FLOWS: &str = "tests/budgets/peers";
/// The full load: as many connections as the bridge's own, for so long.
const CONNECTIONS: usize = CONNECTIONS_MAX;
const FULL: Duration = Duration::from_secs(8);
const FULL_EVENTS: usize = 300_000;
const PEOPLE: usize = 1_000;
/// So many webhooks are accepted, at most, before the process is killed; the helpdesk takes 700 calls a minute.
const KILLED_AFTER: usize = 2_000;
const KILLED_WITHIN: Duration = Duration::from_secs(15);
/// The longest wait that the helpdesk asks for, and some more: if nothing came for so long, nothing will.
const QUIET: Duration = Duration::from_secs(75);
/// What every flow answers, and so does the bridge.
const ACCEPTED: &[u8] = b"accepted";
/// n8n takes its time.
const START_PATIENCE: Duration = Duration::from_secs(180);

/// One of those that stand side by side.
pub(crate) struct Peer {
    /// What it is called, with its version.
    pub(crate) name: String,
    /// The path of its webhook.
    path: &'static str,
    kind: Kind,
}

enum Kind {
    Deskbridge { binary: PathBuf },
    Aiohttp { python: PathBuf, keeps: Keeps },
    NodeRed { script: PathBuf },
    N8n { script: PathBuf },
}

/// What the handler in Python does with what it took.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// It makes the ticket before it answers, as a function must that ends with its answer: there is nothing to keep.
    Nothing,
    /// In memory.
    InMemory,
    /// On the disk.
    OnDisk,
}

/// What was measured of one.
pub(crate) struct Compared {
    pub(crate) name: String,
    /// Whether what is accepted is on a disk.
    pub(crate) durable: bool,
    /// From the start of the process to the first webhook that it accepts.
    pub(crate) start: Duration,
    /// As many webhooks as it takes.
    pub(crate) full: Outcome,
    /// Memory after that, in KiB.
    pub(crate) rss: u64,
    /// Tickets too many, when a webhook was sent twice.
    pub(crate) duplicates: usize,
    /// Accepted before `kill -9`.
    pub(crate) accepted: usize,
    /// Of these, never in a ticket, although it was started again.
    pub(crate) lost: usize,
}

/// All of them: the bridge, and what is installed in that folder.
pub(crate) fn all(bridge: &Path, installed: &Path) -> Vec<Peer> {
    let node = |package: &str| installed.join(package).join("node_modules").join(package);
    let (node_red, n8n) = (node("node-red"), node("n8n"));
    let python = installed.join("aiohttp/venv/bin/python");
    let aiohttp = aiohttp_version(&python);
    let peer = |name: String, path, kind| Peer { name, path, kind };
    let handler = |how, keeps| {
        peer(format!("{aiohttp}, {how}"), "/webhook", Kind::Aiohttp { python: python.clone(), keeps })
    };
    vec![
        peer("Deskbridge".to_owned(), DOOR, Kind::Deskbridge { binary: bridge.to_owned() }),
        handler("as a function", Keeps::Nothing),
        handler("in memory", Keeps::InMemory),
        handler("on SQLite", Keeps::OnDisk),
        peer(version("Node-RED", &node_red), "/webhook", Kind::NodeRed { script: node_red.join("red.js") }),
        peer(version("n8n", &n8n), "/webhook/webhook", Kind::N8n { script: n8n.join("bin/n8n") }),
    ]
}

fn version(name: &str, package: &Path) -> String {
    let file = package.join("package.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let package: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    format!("{name} {}", package["version"].as_str().expect("a version"))
}

fn aiohttp_version(python: &Path) -> String {
    let output =
        Command::new(python).args(["-c", "import aiohttp; print('aiohttp', aiohttp.__version__)"]).output();
    String::from_utf8_lossy(&output.expect("it is installed").stdout).trim().to_owned()
}

impl Peer {
    /// Measures everything.
    pub(crate) async fn compare(self) -> Compared {
        let (start, duplicates) = self.start_and_send_twice().await;
        let (full, rss) = self.load().await;
        let (accepted, lost) = self.kill().await;
        let durable = match self.kind {
            Kind::Deskbridge { .. } => true,
            // What is in a ticket need not be on a disk.
            Kind::Aiohttp { keeps, .. } => keeps != Keeps::InMemory,
            Kind::NodeRed { .. } | Kind::N8n { .. } => false,
        };
        Compared { name: self.name, durable, start, full, rss, duplicates, accepted, lost }
    }

    /// Whether it accepts as much as the helpdesk does: then it is measured before a helpdesk without limits.
    fn waits_for_the_helpdesk(&self) -> bool {
        matches!(self.kind, Kind::Aiohttp { keeps: Keeps::Nothing, .. })
    }

    async fn start_and_send_twice(&self) -> (Duration, usize) {
        let stage = Stage::set(self).await;
        let (_running, start) = stage.start().await;
        let webhook = request(self.path, &comment(1, 1));
        for _ in 0..2 {
            assert!(stage.knock(&webhook).await, "{} accepts", self.name);
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        (start, stage.stand_ins.tickets.of(1).map_or(0, |arrival| arrival.times.saturating_sub(1)))
    }

    async fn load(&self) -> (Outcome, u64) {
        let stage = Stage::set(self).await;
        let (running, _) = stage.start().await;
        if !self.waits_for_the_helpdesk() {
            stage.stand_ins.limit_helpdesk();
        }
        let full = stage.accept(FULL_EVENTS, FULL);
        (full, running.usage().rss)
    }

    /// How many were accepted before it was killed, and how many of them never came to a ticket.
    async fn kill(&self) -> (usize, usize) {
        let stage = Stage::set(self).await;
        let (running, _) = stage.start().await;
        stage.stand_ins.limit_helpdesk();
        let accepted = stage.accept(KILLED_AFTER, KILLED_WITHIN).accepted;
        drop(running);
        stage.stand_ins.unlimit_helpdesk();
        let (_running, _) = stage.start().await;
        // What asks whether it has started was never sent before.
        let first = usize::from(stage.stand_ins.tickets.of(0).is_some());
        let (mut arrived, mut since) = (0, Instant::now());
        while arrived < accepted && (since.elapsed() < QUIET || stage.still_waits().await) {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = stage.stand_ins.tickets.count() - first;
            if now > arrived {
                (arrived, since) = (now, Instant::now());
            }
        }
        (accepted, accepted.saturating_sub(arrived))
    }
}

/// Where one peer runs: stand-ins, a port, a folder of its own.
struct Stage<'a> {
    peer: &'a Peer,
    stand_ins: StandIns,
    port: u16,
    operator: u16,
    folder: TempDir,
}

impl<'a> Stage<'a> {
    async fn set(peer: &'a Peer) -> Self {
        let port = free_port();
        // On a disk, not in memory.
        let folder = tempfile::tempdir_in("target").expect("a folder");
        let stage =
            Self { peer, stand_ins: StandIns::serve(port).await, port, operator: free_port(), folder };
        stage.prepare();
        stage
    }

    /// Puts the flow where the peer looks for it.
    fn prepare(&self) {
        match &self.peer.kind {
            Kind::Deskbridge { .. } | Kind::Aiohttp { .. } => {}
            Kind::NodeRed { .. } => {
                let flow = flow("node-red/flows.json");
                std::fs::copy(flow, self.folder.path().join("flows.json")).expect("a flow");
            }
            Kind::N8n { script } => {
                let input = format!("--input={}", flow("n8n/workflow.json").display());
                for arguments in
                    [&["import:workflow", &*input][..], &["update:workflow", "--all", "--active=true"]]
                {
                    let output = self.n8n(script).args(arguments).output().expect("n8n runs");
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                }
            }
        }
    }

    /// Starts it and waits until it accepts a webhook: the one with number 0.
    async fn start(&self) -> (Running, Duration) {
        let command = match &self.peer.kind {
            Kind::Deskbridge { binary } => {
                command(binary, self.folder.path(), (self.port, self.operator), &self.stand_ins)
            }
            Kind::Aiohttp { python, keeps } => {
                let mut command = self.with_settings(Command::new(python));
                command.arg(flow("aiohttp/handler.py"));
                match keeps {
                    Keeps::Nothing => command.env("FIRST", "ticket"),
                    Keeps::InMemory => &mut command,
                    Keeps::OnDisk => command.env("DATABASE", "comments.sqlite"),
                };
                command
            }
            Kind::NodeRed { script } => {
                let mut command = self.with_settings(Command::new("node"));
                command.arg(script).arg("--userDir").arg(self.folder.path());
                command.arg("--settings").arg(flow("node-red/settings.js"));
                command
            }
            Kind::N8n { script } => {
                let mut command = self.n8n(script);
                command.arg("start");
                command
            }
        };
        let begin = Instant::now();
        let running = Running::start(command, self.folder.path());
        let webhook = request(self.peer.path, &comment(0, 0));
        while !self.knock(&webhook).await {
            if begin.elapsed() > START_PATIENCE {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                panic!("{} does not start:\n{log}", self.peer.name);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (running, begin.elapsed())
    }

    /// Whether it says that something waits for a later time. The bridge does of what found the helpdesk's limit used up.
    async fn still_waits(&self) -> bool {
        let is_bridge = matches!(self.peer.kind, Kind::Deskbridge { .. });
        is_bridge && metric(self.operator, "deskbridge_queue_depth").await > 0.0
    }

    /// Sends one webhook; tells whether the flow took it. n8n answers 200 while it starts, and forgets what it was sent.
    async fn knock(&self, request: &[u8]) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)).await else { return false };
        let mut answer = Vec::new();
        let status = exchange(&mut stream, request, &mut answer).await;
        status == Some(200) && answer.ends_with(ACCEPTED)
    }

    fn accept(&self, events: usize, at_most: Duration) -> Outcome {
        let people = (0..events).map(|nth| nth % PEOPLE);
        let requests = comments(self.peer.path, 10, people);
        tokio::task::block_in_place(|| {
            send(self.port, CONNECTIONS, Pace::AsFastAsAnswered, &requests, at_most)
        })
    }

    /// What every flow takes from its environment.
    fn with_settings(&self, mut command: Command) -> Command {
        command
            .env("PORT", self.port.to_string())
            .env("APP_SECRET", APP_SECRET)
            .env("ZENDESK_URL", &self.stand_ins.zendesk_url)
            .env("ZENDESK_USER", "agent@acme.example/token")
            .env("ZENDESK_TOKEN", "demo-agent-token")
            .env("NODE_ENV", "production");
        command
    }

    /// n8n in one process: no task runner, the expression engine that needs none of the install scripts and is the faster one,
    /// successful executions not kept.
    fn n8n(&self, script: &Path) -> Command {
        let mut command = self.with_settings(Command::new("node"));
        command
            .arg(script)
            .env("N8N_USER_FOLDER", self.folder.path())
            .env("N8N_PORT", self.port.to_string())
            .env("N8N_LISTEN_ADDRESS", "127.0.0.1")
            .env("N8N_RUNNERS_ENABLED", "false")
            .env("N8N_EXPRESSION_ENGINE", "legacy")
            .env("N8N_DIAGNOSTICS_ENABLED", "false")
            .env("N8N_VERSION_NOTIFICATIONS_ENABLED", "false")
            .env("N8N_TEMPLATES_ENABLED", "false")
            .env("N8N_LOG_LEVEL", "warn")
            .env("N8N_BLOCK_ENV_ACCESS_IN_NODE", "false")
            .env("NODE_FUNCTION_ALLOW_BUILTIN", "crypto")
            .env("DB_SQLITE_POOL_SIZE", "4")
            .env("EXECUTIONS_DATA_SAVE_ON_SUCCESS", "none");
        command
    }
}

fn flow(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root");
    root.join(FLOWS).join(name)
}
