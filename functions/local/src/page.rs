//! The demo's page and its live feed.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;
use tokio_stream::wrappers::BroadcastStream;

use crate::world::Telemetry;

const HTML: &str = include_str!("../page/index.html");
const CSS: &str = include_str!("../page/page.css");
const JS: &str = include_str!("../page/page.js");

/// The page, what it must know of the demo, and the bridge's lines as they come.
pub(crate) fn routes(telemetry: Arc<Telemetry>, about: Value) -> Router {
    Router::new()
        .route("/", get(|| async { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], HTML) }))
        .route("/page.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], CSS) }))
        .route("/page.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], JS) }))
        .route("/demo.json", get(move || async move { axum::Json(about) }))
        .route("/events", get(move || async move { events(&telemetry) }))
}

fn events(telemetry: &Telemetry) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let (recent, coming) = telemetry.watch();
    // A page that cannot keep up misses lines, and sees the state anyway.
    let coming = BroadcastStream::new(coming).filter_map(|line| async move { line.ok() });
    let lines = stream::iter(recent).chain(coming);
    Sse::new(lines.map(|line| Ok(Event::default().data(&*line)))).keep_alive(KeepAlive::default())
}
