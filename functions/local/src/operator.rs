//! The operator's view: metrics, health in detail, and what waits for a person. Never on the public listener of `serve`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use deskbridge_embedded::sqlite::{Retry, Waiting};
use deskbridge_engine::ports::{Clock, Fault, Held, HeldKind, Store};
use deskbridge_engine::{Bridge, NotPutBack, put_back};
use serde::{Deserialize, Serialize};

use crate::metrics::Gauge;
use crate::world::LocalWorld;

/// Lists show at most so many entries.
const ENTRIES_MAX: usize = 10_000;

type Shared = Arc<Bridge<LocalWorld>>;

/// The routes of the operator.
pub(crate) fn routes(bridge: Shared) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .route("/operator/held/{kind}", get(list))
        .route("/operator/held/{kind}/{id}/put-back", post(put_one_back))
        .route("/operator/waiting", get(waiting))
        .route("/operator/waiting/retry", post(retry))
        .with_state(bridge)
}

/// What is wrong with an account.
#[derive(Serialize)]
struct Ill {
    account: String,
    since: String,
    what_to_do: String,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    accounts_not_working: Vec<Ill>,
    queue_depth: u64,
    oldest_seconds: u64,
    quarantined: u64,
    parked: u64,
}

/// A list of records, as the commands read it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Records {
    /// The records, oldest first.
    pub(crate) held: Vec<Held>,
}

/// The number of events that were put back.
#[derive(Deserialize, Serialize)]
pub(crate) struct PutBack {
    /// How many.
    pub(crate) events: usize,
}

/// The number of conversations that are tried at once.
#[derive(Deserialize, Serialize)]
pub(crate) struct Retried {
    /// How many.
    pub(crate) conversations: usize,
}

/// Why an operator's request failed: a status and words.
struct Failed(StatusCode, String);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, fault.to_string())
    }
}

impl From<NotPutBack> for Failed {
    fn from(error: NotPutBack) -> Self {
        let status = match &error {
            NotPutBack::NoSuchRecord(_) => StatusCode::NOT_FOUND,
            NotPutBack::StillUnreadable { .. }
            | NotPutBack::OnlyTells { .. }
            | NotPutBack::NoAccount { .. } => StatusCode::CONFLICT,
            NotPutBack::Fault(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self(status, error.to_string())
    }
}

async fn health(State(bridge): State<Shared>) -> Result<Response, Failed> {
    let health = look_at_health(&bridge).await?;
    let status = if health.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(health)).into_response())
}

async fn look_at_health(bridge: &Bridge<LocalWorld>) -> Result<Health, Fault> {
    let sqlite = &bridge.world.sqlite;
    let accounts_not_working: Vec<Ill> = bridge
        .ill_accounts()
        .into_iter()
        .map(|(account, illness)| Ill {
            what_to_do: illness.what_to_do,
            since: illness.since.to_string(),
            account,
        })
        .collect();
    Ok(Health {
        status: if accounts_not_working.is_empty() { "ok" } else { "an account does not work" },
        accounts_not_working,
        queue_depth: sqlite.depth(),
        oldest_seconds: sqlite.oldest_age().await?.map_or(0, |age| age.as_secs()),
        quarantined: sqlite.held_count(HeldKind::Quarantine).await?,
        parked: sqlite.held_count(HeldKind::Parked).await?,
    })
}

async fn metrics(State(bridge): State<Shared>) -> Result<String, Failed> {
    let health = look_at_health(&bridge).await?;
    let counts = bridge.world.sqlite.counts();
    #[expect(clippy::cast_precision_loss, reason = "it is 0, or a small number")]
    let unaccounted = bridge.world.sqlite.unaccounted().await? as f64;
    let ill: Vec<String> = health.accounts_not_working.into_iter().map(|ill| ill.account).collect();
    let up = |name: &str| if ill.iter().any(|other| other == name) { 0.0 } else { 1.0 };
    let accounts =
        bridge.directory.iter().map(|account| (Some(("account", account.name.clone())), up(&account.name)));
    let number = |value: u64| vec![(None, as_f64(value))];
    let kind = |kind: &str| Some(("kind", kind.to_owned()));
    let held =
        vec![(kind("quarantine"), as_f64(health.quarantined)), (kind("parked"), as_f64(health.parked))];
    let gauges = [
        Gauge {
            name: "deskbridge_account_up",
            help: "Whether an account works.",
            values: accounts.collect(),
        },
        Gauge {
            name: "deskbridge_queue_depth",
            help: "Deliveries in the queue.",
            values: number(health.queue_depth),
        },
        Gauge {
            name: "deskbridge_queue_oldest_seconds",
            help: "Age of the oldest delivery.",
            values: number(health.oldest_seconds),
        },
        Gauge { name: "deskbridge_held", help: "Records that wait for a person.", values: held },
        Gauge {
            name: "deskbridge_disk_commits",
            help: "Transactions written since the start.",
            values: number(counts.commits),
        },
        Gauge {
            name: "deskbridge_disk_commands",
            help: "Changes that shared them.",
            values: number(counts.commands),
        },
        Gauge {
            name: "deskbridge_unaccounted",
            help: "Deliveries taken into the queue, minus those finished and those still in it. Must be 0.",
            values: vec![(None, unaccounted)],
        },
    ];
    Ok(bridge.world.telemetry.metrics.text(&gauges))
}

async fn list(State(bridge): State<Shared>, Path(kind): Path<String>) -> Result<Json<Records>, Failed> {
    let held = bridge.world.sqlite.held(kind_of(&kind)?, ENTRIES_MAX).await?;
    Ok(Json(Records { held }))
}

async fn put_one_back(
    State(bridge): State<Shared>,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<PutBack>, Failed> {
    let events = put_back(&bridge, kind_of(&kind)?, &id).await?;
    Ok(Json(PutBack { events }))
}

async fn waiting(State(bridge): State<Shared>) -> Result<Json<Vec<Waiting>>, Failed> {
    Ok(Json(bridge.world.sqlite.waiting(ENTRIES_MAX).await?))
}

async fn retry(State(bridge): State<Shared>) -> Result<Json<Retried>, Failed> {
    bridge.try_all_again(bridge.world.clock.now());
    Ok(Json(Retried { conversations: bridge.world.sqlite.retry_now(Retry::All).await? }))
}

fn kind_of(name: &str) -> Result<HeldKind, Failed> {
    match name {
        "quarantine" => Ok(HeldKind::Quarantine),
        "parked" => Ok(HeldKind::Parked),
        _ => Err(Failed(StatusCode::NOT_FOUND, "there are quarantine and parked".to_owned())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur")]
fn as_f64(value: u64) -> f64 {
    value as f64
}
