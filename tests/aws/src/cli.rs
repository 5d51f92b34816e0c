//! The stock AWS CLI, pointed at the emulator.

use serde_json::Value;
use tokio::process::Command;

/// What the emulator is asked with.
#[derive(Clone)]
pub(crate) struct Cli {
    endpoint: String,
}

/// The environment of everything that calls the emulator.
pub(crate) fn environment(endpoint: &str) -> [(&'static str, String); 6] {
    [
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_PAGER", String::new()),
    ]
}

impl Cli {
    pub(crate) fn new(endpoint: String) -> Self {
        Self { endpoint }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Runs `aws` with these arguments; gives its answer, or what it complained about.
    pub(crate) async fn try_ask(&self, arguments: &[&str]) -> Result<Value, String> {
        let mut command = Command::new("aws");
        // Version 1 of the CLI does not heed the variable of the address for every service.
        command.args(arguments).args(["--output", "json", "--endpoint-url", &self.endpoint]);
        command.envs(environment(&self.endpoint));
        let output = command.output().await.expect("the AWS CLI starts");
        if output.status.success() {
            return Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null));
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The same, for what must work.
    pub(crate) async fn ask(&self, arguments: &[&str]) -> Value {
        let answer = self.try_ask(arguments).await;
        answer.unwrap_or_else(|why| panic!("aws {}: {why}", arguments.join(" ")))
    }

    /// Writes a parameter.
    pub(crate) async fn put_secret(&self, name: &str, value: &str) {
        let put = ["ssm", "put-parameter", "--overwrite", "--type", "SecureString", "--name"];
        self.ask(&[&put[..], &[name, "--value", value]].concat()).await;
    }
}
