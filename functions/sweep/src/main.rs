//! Lambda on a schedule: looks for what webhooks did not tell, and whether all accounts work. Invoked by an operator, it
//! shows or puts back what waits for a person.

use std::process::ExitCode;

use deskbridge_aws::{AwsBridge, Command};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tokio::sync::Mutex;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    deskbridge_aws::tell_only_where_it_panicked();
    let bridge = match AwsBridge::open().await {
        Ok(bridge) => bridge,
        Err(problems) => return problems.report(),
    };
    // Lambda gives a process one event at a time: nobody ever waits here.
    let bridge = &Mutex::new(bridge);
    let obey = |event: LambdaEvent<Command>| async move {
        let mut bridge = bridge.lock().await;
        event.payload.carry_out(bridge.renewed().await).await.map_err(Error::from)
    };
    match lambda_runtime::run(service_fn(obey)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
