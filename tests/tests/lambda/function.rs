//! One function: its process, and the runtime API that it asks for events.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

/// How long an invocation may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

type Answer = oneshot::Sender<Result<Value, String>>;

/// The state of one runtime API.
struct Runtime {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<(Value, Answer)>>,
    in_hand: Mutex<HashMap<String, Answer>>,
    asked: AtomicU64,
}

/// A running function.
pub(crate) struct Function {
    invocations: mpsc::UnboundedSender<(Value, Answer)>,
    runtime: Arc<Runtime>,
    child: Child,
    output: Arc<Mutex<Vec<String>>>,
}

impl Function {
    /// Starts the binary of that name with Lambda's environment and these further variables.
    pub(crate) async fn start(name: &str, variables: &[(&str, String)]) -> Self {
        let binary = tokio::task::spawn_blocking({
            let name = name.to_owned();
            move || binary(&name)
        })
        .await
        .unwrap();
        let (invocations, waiting) = mpsc::unbounded_channel();
        let runtime = Arc::new(Runtime {
            waiting: tokio::sync::Mutex::new(waiting),
            in_hand: Mutex::default(),
            asked: AtomicU64::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(answered))
            .with_state(Arc::clone(&runtime));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let mut child = Command::new(binary)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", name),
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
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Arc::default();
        collect(child.stdout.take().unwrap(), &output);
        collect(child.stderr.take().unwrap(), &output);
        Self { invocations, runtime, child, output }
    }

    /// Invokes the function; `Err` is what it reports as its error.
    pub(crate) async fn invoke(&self, event: Value) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        self.invocations.send((event, answer)).unwrap();
        tokio::time::timeout(TIME_LIMIT, answered).await.expect("the function answers in time").unwrap()
    }

    /// Waits until the process ends by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(TIME_LIMIT, self.child.wait()).await.expect("the function ends").unwrap()
    }

    /// How often it asked for an event: 0 means that it never started to work.
    pub(crate) fn asked(&self) -> u64 {
        self.runtime.asked.load(Ordering::SeqCst)
    }

    /// The lines it printed so far.
    pub(crate) fn output(&self) -> Vec<String> {
        self.output.lock().unwrap().clone()
    }
}

async fn next(State(runtime): State<Arc<Runtime>>) -> impl IntoResponse {
    let asked = runtime.asked.fetch_add(1, Ordering::SeqCst);
    let Some((event, answer)) = runtime.waiting.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let id = format!("invocation-{asked}");
    runtime.in_hand.lock().unwrap().insert(id.clone(), answer);
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIME_LIMIT;
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
    let answer = runtime.in_hand.lock().unwrap().remove(&id).expect("an invocation in hand");
    let result = match outcome.as_str() {
        "response" => Ok(serde_json::from_str(&body).unwrap()),
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
            output.lock().unwrap().push(line);
        }
    });
}

/// The binary, built beside this test.
fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap();
        let mut build = std::process::Command::new(env!("CARGO"));
        build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--locked", "--quiet", "--target-dir"]);
        build.arg(folder.parent().unwrap());
        // What cargo tells this test of its own package would make it build everything anew.
        let told = std::env::vars_os().map(|(name, _)| name);
        for name in told.filter(|name| name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME") {
            build.env_remove(name);
        }
        if folder.ends_with("release") {
            build.arg("--release");
        }
        build.args(["-p", "deskbridge-ingress", "-p", "deskbridge-relay", "-p", "deskbridge-sweep"]);
        assert!(build.status().unwrap().success());
        folder.to_owned()
    });
    folder.join(name)
}
