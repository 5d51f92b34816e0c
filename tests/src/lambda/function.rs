//! One function: its process, and the runtime API that it asks for events.

use std::collections::HashMap;
use std::path::{Path as FilePath, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot, watch};

/// How long an invocation may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

type Answer = oneshot::Sender<Result<Value, String>>;

/// The state of one runtime API.
struct Runtime {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<(Value, Answer)>>,
    in_hand: Mutex<HashMap<String, Answer>>,
    asked: AtomicU64,
    started: OnceLock<Instant>,
    /// How long after the start it asked for the first event.
    first_asked: watch::Sender<Option<Duration>>,
}

/// A running function.
pub struct Function {
    invocations: mpsc::UnboundedSender<(Value, Answer)>,
    runtime: Arc<Runtime>,
    child: Child,
    output: Arc<Mutex<Vec<String>>>,
}

impl Function {
    /// Starts a binary with Lambda's environment and these further variables.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(binary: &FilePath, variables: &[(&str, String)]) -> Self {
        let (invocations, waiting) = mpsc::unbounded_channel();
        let runtime = Arc::new(Runtime {
            waiting: tokio::sync::Mutex::new(waiting),
            in_hand: Mutex::default(),
            asked: AtomicU64::new(0),
            started: OnceLock::new(),
            first_asked: watch::Sender::new(None),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("loopback").to_string();
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(answered))
            .with_state(Arc::clone(&runtime));
        tokio::spawn(async move { axum::serve(listener, routes).await.expect("loopback") });
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "function"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "key"),
                ("AWS_SECRET_ACCESS_KEY", "aws-secret-key"),
                ("AWS_SESSION_TOKEN", "aws-session-token"),
            ])
            .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let _ = runtime.started.set(Instant::now());
        let mut child = command.spawn().expect("the binary starts");
        let output = Arc::default();
        collect(child.stdout.take().expect("loopback"), &output);
        collect(child.stderr.take().expect("loopback"), &output);
        Self { invocations, runtime, child, output }
    }

    /// Invokes the function; `Err` is what it reports as its error.
    pub async fn invoke(&self, event: Value) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        self.invocations.send((event, answer)).expect("loopback");
        tokio::time::timeout(TIME_LIMIT, answered)
            .await
            .expect("the function answers in time")
            .expect("loopback")
    }

    /// Ends the process at once, as Lambda does when the time is over.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it is running");
    }

    /// The id of the process.
    pub fn process_id(&self) -> u32 {
        self.child.id().expect("it is running")
    }

    /// How long it took from its start until it asked for the first event.
    pub async fn first_asked(&self) -> Duration {
        let mut asked = self.runtime.first_asked.subscribe();
        let asked = tokio::time::timeout(TIME_LIMIT, asked.wait_for(Option::is_some)).await;
        asked.expect("it asks in time").expect("it is running").expect("it asked")
    }

    /// Waits until the process ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(TIME_LIMIT, self.child.wait())
            .await
            .expect("the function ends")
            .expect("loopback")
    }

    /// How often it asked for an event: 0 means that it never started to work.
    pub fn asked(&self) -> u64 {
        self.runtime.asked.load(Ordering::SeqCst)
    }

    /// Forgets what it printed so far.
    pub fn forget_output(&self) {
        self.output.lock().expect("nobody panicked").clear();
    }

    /// The lines it printed so far.
    pub fn output(&self) -> Vec<String> {
        self.output.lock().expect("loopback").clone()
    }
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let asked = runtime.asked.fetch_add(1, Ordering::SeqCst);
    if asked == 0 {
        runtime.first_asked.send_replace(runtime.started.get().map(Instant::elapsed));
    }
    let Some((event, answer)) = runtime.waiting.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let id = format!("invocation-{asked}");
    runtime.in_hand.lock().expect("loopback").insert(id.clone(), answer);
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("loopback") + TIME_LIMIT;
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:f".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event.to_string())
}

async fn answered(
    State(runtime): State<Arc<Runtime>>,
    Path((id, outcome)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let answer = runtime.in_hand.lock().expect("loopback").remove(&id).expect("an invocation in hand");
    let result = match outcome.as_str() {
        "response" => Ok(serde_json::from_str(&body).expect("loopback")),
        _ => Err(body),
    };
    // The test may have stopped waiting.
    let _ = answer.send(result);
    StatusCode::ACCEPTED
}

fn collect(stream: impl AsyncRead + Unpin + Send + 'static, output: &Arc<Mutex<Vec<String>>>) {
    let output = Arc::clone(output);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            output.lock().expect("loopback").push(line);
        }
    });
}

/// The folder of the functions' binaries, built beside the test that asks.
///
/// # Panics
/// When they cannot be built.
pub async fn binaries() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let build = || FOLDER.get_or_init(build).clone();
    tokio::task::spawn_blocking(build).await.expect("the binaries are built")
}

fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let folder = test.ancestors().nth(2).expect("a folder of a profile");
    let mut build = std::process::Command::new(env!("CARGO"));
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--locked", "--quiet", "--target-dir"]);
    build.arg(folder.parent().expect("a target folder"));
    // What cargo tells this test of its own package would make it build everything anew.
    let told = std::env::vars_os().map(|(name, _)| name);
    for name in told.filter(|name| name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME") {
        build.env_remove(name);
    }
    if folder.ends_with("release") {
        build.arg("--release");
    }
    build.args(["-p", "deskbridge-ingress", "-p", "deskbridge-relay", "-p", "deskbridge-sweep"]);
    assert!(build.status().expect("cargo starts").success());
    folder.to_owned()
}
