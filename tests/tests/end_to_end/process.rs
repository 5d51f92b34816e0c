//! The `deskbridge` binary: built once, run with arguments, watched, ended by signals.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Whatever does not happen within this time does not happen: generous, for machines that are busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// Variables that would change what the process does.
const NOT_INHERITED: [&str; 5] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "RUST_LOG"];

/// The binary, built with the profile and in the target folder of this test, so that what is tested is never stale.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // target/PROFILE/deps/end_to_end-HASH
        let this = std::env::current_exe().expect("a test knows its own path");
        let profile_folder = this.ancestors().nth(2).expect("a profile's folder");
        let target = profile_folder.parent().expect("a target folder");
        let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo tells this test about itself would make it build dependencies anew that look at such variables.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix)) {
                cargo.env_remove(&*name);
            }
        }
        let status = cargo
            .args(["build", "--quiet", "--package", "deskbridge", "--profile", profile])
            .arg("--manifest-path")
            .arg(manifest)
            .arg("--target-dir")
            .arg(target)
            .status();
        assert!(status.expect("cargo runs").success(), "deskbridge does not build");
        profile_folder.join("deskbridge")
    })
}

/// A port that nobody listens on. Not one of those that the system gives to outgoing connections: a process that is
/// started again must find its port still free.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 15_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() * 97 % u32::from(COUNT)).unwrap_or(0);
    loop {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < end, "it never happened that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn command(arguments: &[&str], environment: &[(&str, &str)], folder: &Path) -> Command {
    let mut command = Command::new(binary());
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    command.args(arguments).envs(environment.iter().copied()).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command of `deskbridge` to its end.
pub(crate) async fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(arguments, environment, folder);
    tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs")
}

/// What a command printed on both ways.
pub(crate) fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it prints goes to a file in `folder`.
    pub(crate) fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let log = folder.join(format!("run-{}.log", RUNS.fetch_add(1, Ordering::Relaxed)));
        let file = File::create(&log).expect("a log file");
        let child = command(arguments, environment, folder)
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .expect("deskbridge starts");
        Self { child, log }
    }

    /// All that it printed so far.
    pub(crate) fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).expect("its log")
    }

    /// Waits until it printed this.
    pub(crate) async fn says(&mut self, text: &str) {
        let what = format!("deskbridge says {text:?}");
        eventually(&what, async || {
            if self.printed().contains(text) {
                return Some(());
            }
            let ended = self.child.try_wait().expect("its status");
            assert!(ended.is_none(), "it ended ({ended:?}) before it said {text:?}:\n{}", self.printed());
            None
        })
        .await;
    }

    /// `SIGTERM`, and what it ends with.
    pub(crate) async fn terminate(mut self) -> (ExitStatus, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it can be signalled");
        let status = eventually("deskbridge ends", async || self.child.try_wait().expect("its status")).await;
        (status, self.printed())
    }

    /// `SIGKILL`: it gets to do nothing any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let printed = self.printed();
            let start = printed.len().saturating_sub(4_000);
            eprintln!(
                "--- the end of what deskbridge printed ---\n{}",
                printed.get(start..).unwrap_or(&printed)
            );
        }
    }
}
