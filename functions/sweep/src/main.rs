//! Lambda on a schedule: looks for what webhooks did not tell, and whether all accounts work.

use std::process::ExitCode;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    deskbridge_aws::tell_only_where_it_panicked();
    let bridge = match deskbridge_aws::open_bridge().await {
        Ok(bridge) => bridge,
        Err(problems) => return problems.report(),
    };
    let bridge = &bridge;
    // What the schedule says does not matter: each time everything is looked at.
    let sweep =
        |_: LambdaEvent<IgnoredAny>| async move { Ok::<_, Error>(deskbridge_engine::sweep(bridge).await) };
    match lambda_runtime::run(service_fn(sweep)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
