//! `cargo xtask redrive`: puts dead letters back into the queue, in their order.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::deploy::outputs;
use crate::shell::{Aws, Trouble};

/// Whose dead letters.
#[derive(Args)]
pub(crate) struct Options {
    /// The stack's name.
    #[arg(long)]
    stack: String,
    /// The region; without it that of your AWS profile.
    #[arg(long)]
    region: Option<String>,
}

/// Puts them back.
pub(crate) fn run(options: &Options) -> ExitCode {
    match try_run(options) {
        Ok(count) => {
            println!("{count} dead letters are back in the queue");
            ExitCode::SUCCESS
        }
        Err(trouble) => trouble.report(),
    }
}

fn try_run(options: &Options) -> Result<u32, Trouble> {
    let aws = Aws::new(options.region.as_deref())?;
    let outputs = outputs(&aws, &options.stack)?;
    let output = |name: &str| {
        let found = outputs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.ok_or_else(|| Trouble::new(format!("stack {} has no output {name}", options.stack)))
    };
    let (queue, dead) = (output("QueueUrl")?, output("DeadLetterQueueUrl")?);
    let mut count = 0;
    loop {
        let receive = ["sqs", "receive-message", "--queue-url", dead, "--attribute-names", "All"];
        let limits = ["--max-number-of-messages", "1", "--visibility-timeout", "60"];
        let answer = aws.ask(&[&receive[..], &limits].concat())?;
        let Some(message) = answer["Messages"].as_array().and_then(|messages| messages.first()) else {
            return Ok(count);
        };
        send(&aws, queue, message)?;
        let receipt = text(&message["ReceiptHandle"]);
        aws.run(&["sqs", "delete-message", "--queue-url", dead, "--receipt-handle", receipt])?;
        count += 1;
    }
}

/// Under a new deduplication id: the queue may still remember the old one.
fn send(aws: &Aws, queue: &str, message: &Value) -> Result<(), Trouble> {
    let group = text(&message["Attributes"]["MessageGroupId"]);
    let id = format!("redriven-{}", text(&message["MessageId"]));
    let mut send = vec!["sqs", "send-message", "--queue-url", queue, "--message-group-id", group];
    send.extend(["--message-deduplication-id", &id, "--message-body", text(&message["Body"])]);
    aws.run(&send).map(drop)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
