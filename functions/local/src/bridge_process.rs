//! What demo and serve have in common: the bridge over one data folder, its consumer, its sweep, its orderly end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use deskbridge_embedded::listener::doors;
use deskbridge_embedded::{HttpClient, Sqlite, SystemClock};
use deskbridge_engine::config::Local;
use deskbridge_engine::{Bridge, Directory, accept, sweep};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::runner;
use crate::world::{LocalWorld, Telemetry};

/// How long requests in hand may take once the process was asked to end.
pub(crate) const GRACE: Duration = Duration::from_secs(20);
/// The file in the data folder that says where the operator's address is.
const OPERATOR_FILE: &str = "operator-address";

/// Opens the bridge of these accounts over a data folder.
pub(crate) fn open(
    data: &Path,
    directory: Directory,
    clock: SystemClock,
    print: bool,
) -> Result<Arc<Bridge<LocalWorld>>, String> {
    Ok(Arc::new(Bridge::new(world(data, clock, print)?, directory)))
}

/// The ports over a data folder.
pub(crate) fn world(data: &Path, clock: SystemClock, print: bool) -> Result<LocalWorld, String> {
    Ok(LocalWorld {
        sqlite: Sqlite::open(data, Arc::new(clock)).map_err(|error| error.to_string())?,
        http: HttpClient::from_environment().map_err(|fault| fault.to_string())?,
        clock,
        telemetry: Arc::new(Telemetry::new(print)),
    })
}

/// The doors of a bridge.
pub(crate) fn door_routes(bridge: &Arc<Bridge<LocalWorld>>, body_bytes_max: usize) -> Router {
    let bridge = Arc::clone(bridge);
    let accept = move |door: String, request| {
        let bridge = Arc::clone(&bridge);
        async move { accept(&bridge.world, &bridge.directory, &door, body_bytes_max, request).await }
    };
    doors(accept, body_bytes_max)
}

/// Starts the consumer, the sweep and the printing of lines; they end with `stop`, after what is in hand.
pub(crate) fn start(
    bridge: &Arc<Bridge<LocalWorld>>,
    local: &Local,
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let consumer = runner::run(Arc::clone(bridge), local.conversations_at_once, stop.clone());
    let pause = Duration::from_secs(60 * u64::from(local.sweep_minutes.max(1)));
    let print = Arc::clone(&bridge.world.telemetry).print_regularly(stop.clone());
    let sweep = sweep_regularly(Arc::clone(bridge), pause, stop.clone());
    vec![tokio::spawn(consumer), tokio::spawn(sweep), tokio::spawn(print)]
}

async fn sweep_regularly(bridge: Arc<Bridge<LocalWorld>>, pause: Duration, stop: CancellationToken) {
    loop {
        let swept = sweep(&bridge).await;
        for (_, why) in &swept.failing {
            tracing::warn!("{why}");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Waits for tasks that were told to stop, and prints what they told last.
pub(crate) async fn finish(bridge: &Bridge<LocalWorld>, tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        // A task that panicked has said so already.
        let _ = task.await;
    }
    bridge.world.telemetry.print_rest();
}

/// Listens on `address`.
pub(crate) async fn listen(address: &str, what: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        format!(
            "cannot listen on {address} for {what}: {error}; is another one running, or choose another port"
        )
    })
}

/// Notes in the data folder where the operator's commands find this process.
pub(crate) fn note_operator(data: &Path, address: &str) -> Result<(), String> {
    let file = data.join(OPERATOR_FILE);
    std::fs::write(&file, format!("http://{address}\n"))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// Where the operator's commands find the process that uses a data folder.
pub(crate) fn noted_operator(data: &Path) -> Option<String> {
    std::fs::read_to_string(data.join(OPERATOR_FILE)).ok().map(|text| text.trim().to_owned())
}

/// Ends when the process is asked to: SIGTERM or Ctrl-C.
pub(crate) async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
