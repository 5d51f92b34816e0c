//! The command `serve`: the bridge for real accounts.

use std::process::ExitCode;

use deskbridge_embedded::SystemClock;
use deskbridge_embedded::listener::{bare_health, serve};
use tokio_util::sync::CancellationToken;

use crate::arguments::ServeOptions;
use crate::bridge_process::{self, GRACE};
use crate::{check, operator};

/// `deskbridge serve`
pub(crate) async fn run(options: ServeOptions) -> Result<ExitCode, String> {
    let (config, directory) = match check::load(&options.config).await {
        Ok(loaded) => loaded,
        Err(code) => return Ok(code),
    };
    let bridge = bridge_process::open(&options.data, directory, SystemClock::default(), true)?;
    let public = bridge_process::listen(&config.local.doors, "the doors").await?;
    let private = bridge_process::listen(&config.local.operator, "the operator").await?;
    let operator_address = private.local_addr().map_err(|error| error.to_string())?;
    bridge_process::note_operator(&options.data, &operator_address.to_string())?;
    let doors_address = public.local_addr().map_err(|error| error.to_string())?;
    eprintln!("deskbridge: doors on {doors_address}, operator on {operator_address}");
    for account in bridge.directory.iter() {
        eprintln!("deskbridge: door /hooks/{} ({})", account.name, account.registration.title);
    }
    let stop = CancellationToken::new();
    let workers = bridge_process::start(&bridge, &config.local, &stop);
    let public_routes =
        bridge_process::door_routes(&bridge, config.local.body_bytes_max).merge(bare_health());
    let public = tokio::spawn(serve(public, public_routes, stop.clone().cancelled_owned(), GRACE));
    let private = serve(private, operator::routes(bridge.clone()), stop.clone().cancelled_owned(), GRACE);
    let private = tokio::spawn(private);
    bridge_process::asked_to_end().await;
    eprintln!("deskbridge: finishing what is in hand");
    stop.cancel();
    bridge_process::finish(&bridge, workers.into_iter().chain([public, private])).await;
    Ok(ExitCode::SUCCESS)
}
