//! The emulator of AWS: a process of its own on a loopback port, gone with this one.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::cli::environment;
use deskbridge_tests::until;

pub(crate) struct Emulator {
    port: u16,
    log: PathBuf,
    _process: Child,
}

impl Emulator {
    /// Starts it. `cargo xtask test-aws` has put its program into the path.
    pub(crate) async fn start() -> Self {
        let port = free_port().await;
        let log = std::env::temp_dir().join(format!("deskbridge-emulator-{port}.log"));
        let file = File::create(&log).expect("a log file");
        let url = format!("http://127.0.0.1:{port}");
        let process = Command::new("ministack")
            .envs(environment(&url))
            .env("GATEWAY_PORT", port.to_string())
            .env("LAMBDA_EXECUTOR", "local")
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("the log file"))
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .expect("the emulator starts");
        until("the emulator listens", Duration::from_secs(60), async || {
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        Self { port, log, _process: process }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }
}

/// A port that is free now.
pub(crate) async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address").port()
}
