//! Lambda behind a function URL: the public doors. Knows what verifies webhooks, and the queue; nothing else.

use std::process::ExitCode;

use deskbridge_aws::WebRequest;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tokio::sync::Mutex;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    deskbridge_aws::tell_only_where_it_panicked();
    let front = match deskbridge_aws::open_front().await {
        Ok(front) => front,
        Err(problems) => return problems.report(),
    };
    // Lambda gives a process one request at a time: nobody ever waits here.
    let front = &Mutex::new(front);
    let answer = |event: LambdaEvent<WebRequest>| async move {
        Ok::<_, Error>(front.lock().await.answer(&event.payload).await)
    };
    match lambda_runtime::run(service_fn(answer)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
