//! Lambda behind the queue: takes batches of events and makes their effects.

use std::process::ExitCode;

use deskbridge_aws::{Batch, relay_batch};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    deskbridge_aws::tell_only_where_it_panicked();
    let bridge = match deskbridge_aws::open_bridge().await {
        Ok(bridge) => bridge,
        Err(problems) => return problems.report(),
    };
    let bridge = &bridge;
    let relay = |event: LambdaEvent<Batch>| async move {
        Ok::<_, Error>(relay_batch(bridge, &event.payload, event.context.deadline()).await)
    };
    match lambda_runtime::run(service_fn(relay)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
