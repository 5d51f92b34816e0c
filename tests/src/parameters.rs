//! The Parameter Store on loopback: as much of it as functions speak to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::loopback::serve;

#[derive(Default)]
struct Inner {
    values: BTreeMap<String, String>,
    asked: BTreeSet<String>,
    calls: usize,
}

/// Parameters, and who asked for them.
#[derive(Clone)]
pub struct Parameters {
    /// Where it listens.
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Parameters {
    /// Starts an empty one.
    pub async fn start() -> Self {
        let inner = Arc::<Mutex<Inner>>::default();
        let routes = Router::new().route("/", post(answer)).with_state(Arc::clone(&inner));
        Self { url: serve(routes).await, inner }
    }

    /// Writes a parameter.
    pub fn put(&self, name: &str, value: &str) {
        self.lock().values.insert(name.to_owned(), value.to_owned());
    }

    /// Removes a parameter.
    pub fn remove(&self, name: &str) {
        self.lock().values.remove(name);
    }

    /// The parameters that somebody asked for.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<String> {
        self.lock().asked.clone()
    }

    /// How many calls it took.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panicked")
    }
}

// The protocol has a content type of its own, which `Json` does not take.
async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let call: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(call["WithDecryption"], true, "secrets are asked for in the clear");
    let mut inner = inner.lock().expect("nobody panicked");
    inner.calls += 1;
    let mut one = |name: &str| {
        inner.asked.insert(name.to_owned());
        let value = inner.values.get(name)?;
        Some(json!({ "Name": name, "Type": "SecureString", "Value": value, "Version": 1 }))
    };
    match headers["x-amz-target"].to_str().expect("ASCII") {
        "AmazonSSM.GetParameter" => match one(call["Name"].as_str().expect("a name")) {
            Some(parameter) => (StatusCode::OK, Json(json!({ "Parameter": parameter }))),
            None => (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ParameterNotFound" }))),
        },
        "AmazonSSM.GetParameters" => {
            let names = call["Names"].as_array().expect("names");
            assert!(names.len() <= 10, "ten at most");
            let found: Vec<Value> = names.iter().filter_map(|name| one(name.as_str()?)).collect();
            (StatusCode::OK, Json(json!({ "Parameters": found, "InvalidParameters": [] })))
        }
        other => panic!("functions are not expected to call {other}"),
    }
}
