//! Everybody outside of the bridge: customers who write, agents who answer, and the webhooks of both sides.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use deskbridge_connectors::http::{Method, Request};
use deskbridge_engine::{BODY_BYTES_MAX, Directory, accept};
use deskbridge_sandbox::StandIn;
use serde_json::json;

use crate::Scale;
use crate::people::{Draws, Utterance};
use crate::time::{START, lock};
use crate::world::{Ports, World, ZENDESK, url};

/// How often webhooks are carried to the doors, in milliseconds.
const ROUND: i64 = 100;
const AGENT: &str = "agent@acme.example/token:demo-agent-token";

/// Lets people write what they write.
pub(crate) async fn customers(world: &World, utterances: &[Utterance]) {
    for utterance in utterances {
        world.time.sleep_until(utterance.at).await;
        let acted = lock(&world.graph).act(utterance.act(), utterance.at);
        acted.expect("they can write");
    }
}

/// What agents answered, and when they had written it, by the number of the answer.
pub(crate) type Answers = Mutex<BTreeMap<u32, i64>>;

pub(crate) fn answer_mark(nth: u32) -> String {
    format!("(answer {nth})")
}

/// Agents answer in tickets that are there, through the same API and within the same limits.
pub(crate) async fn agents(world: &World, scale: &Scale, draws: &mut Draws, answers: &Answers) {
    for nth in 0..scale.answers {
        let at = START + scale.lasts_ms * i64::from(nth + 1) * 3 / i64::from(scale.answers);
        world.time.sleep_until(at).await;
        loop {
            let newest = lock(&world.zendesk).newest_ticket();
            if newest > 0 {
                let ticket =
                    1 + i64::try_from(draws.below(u64::try_from(newest).unwrap_or(1))).unwrap_or_default();
                let now = world.time.now();
                let response = lock(&world.zendesk).handle(&reply(ticket, nth), now);
                if response.is_success() {
                    lock(answers).insert(nth, now);
                    break;
                }
                assert_eq!(response.status, 429, "{}", String::from_utf8_lossy(&response.body));
            }
            world.time.sleep(5_000).await;
        }
    }
}

fn reply(ticket: i64, nth: u32) -> Request {
    let text = format!("Thank you for writing. We are looking into it. {}", answer_mark(nth));
    let basic = base64::engine::general_purpose::STANDARD.encode(AGENT);
    Request::new(Method::PUT, url(ZENDESK, &format!("/api/v2/tickets/{ticket}")))
        .header("authorization", &format!("Basic {basic}"))
        .json(&json!({"ticket": {"comment": {"body": text, "public": true}}}))
}

/// Carries webhooks to the doors until all is `over`.
pub(crate) async fn webhooks(world: &Arc<World>, directory: &Directory, over: &dyn Fn() -> bool) {
    let ports = Ports(Arc::clone(world));
    while !over() {
        carry(world, directory, &ports, &world.graph).await;
        carry(world, directory, &ports, &world.zendesk).await;
        world.time.sleep(ROUND).await;
    }
    // Whoever waits for news sees that it is over.
    lock(&world.queue).tell_news();
}

async fn carry<S: StandIn>(world: &World, directory: &Directory, ports: &Ports, side: &Mutex<S>) {
    let due = lock(side).due(world.time.now());
    for webhook in due {
        let door = webhook.request.url.path().trim_start_matches("/hooks/").to_owned();
        let response = accept(ports, directory, &door, BODY_BYTES_MAX, webhook.request).await;
        assert!(response.is_success(), "{door}: {}", response.status);
        lock(side).delivered(webhook.id, Some(response.status), world.time.now());
    }
}
