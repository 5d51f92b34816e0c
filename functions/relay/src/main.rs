//! Lambda behind the queue: takes batches of events and makes their effects.

use std::process::ExitCode;

use deskbridge_aws::{AwsBridge, Batch, relay_batch};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tokio::sync::Mutex;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    deskbridge_aws::tell_only_where_it_panicked();
    let bridge = match AwsBridge::open().await {
        Ok(bridge) => bridge,
        Err(problems) => return problems.report(),
    };
    // Lambda gives a process one batch at a time: nobody ever waits here.
    let bridge = &Mutex::new(bridge);
    let relay = |event: LambdaEvent<Batch>| async move {
        let mut bridge = bridge.lock().await;
        let deadline = event.context.deadline();
        Ok::<_, Error>(relay_batch(bridge.renewed().await, &event.payload, deadline).await)
    };
    match lambda_runtime::run(service_fn(relay)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
