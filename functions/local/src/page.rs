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

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page's files: path, media type, content.
const FILES: [(&str, &str, &str); 18] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/index.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("../page/page.css")),
    ("/chats.js", SCRIPT, include_str!("../page/chats.js")),
    ("/comments.js", SCRIPT, include_str!("../page/comments.js")),
    ("/customers.js", SCRIPT, include_str!("../page/customers.js")),
    ("/dom.js", SCRIPT, include_str!("../page/dom.js")),
    ("/facebook.js", SCRIPT, include_str!("../page/facebook.js")),
    ("/helpdesk.js", SCRIPT, include_str!("../page/helpdesk.js")),
    ("/instagram.js", SCRIPT, include_str!("../page/instagram.js")),
    ("/live.js", SCRIPT, include_str!("../page/live.js")),
    ("/messenger.js", SCRIPT, include_str!("../page/messenger.js")),
    ("/page.js", SCRIPT, include_str!("../page/page.js")),
    ("/person.js", SCRIPT, include_str!("../page/person.js")),
    ("/rows.js", SCRIPT, include_str!("../page/rows.js")),
    ("/stream.js", SCRIPT, include_str!("../page/stream.js")),
    ("/trouble.js", SCRIPT, include_str!("../page/trouble.js")),
    ("/whatsapp.js", SCRIPT, include_str!("../page/whatsapp.js")),
    ("/x.js", SCRIPT, include_str!("../page/x.js")),
];

/// The page, what it must know of the demo, and the bridge's lines as they come.
pub(crate) fn routes(telemetry: Arc<Telemetry>, about: Value) -> Router {
    let files = FILES.into_iter().fold(Router::new(), |routes, (path, kind, content)| {
        routes.route(path, get(move || async move { ([(header::CONTENT_TYPE, kind)], content) }))
    });
    files
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
