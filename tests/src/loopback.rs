//! Services of a test's own, on loopback.

use axum::Router;
use tokio::net::TcpListener;

/// Listens on a free port; gives the address, too.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

/// Serves until the test ends; gives the address.
pub(crate) async fn serve(routes: Router) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}
