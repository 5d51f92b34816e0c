//! Each function alone: what it answers, and when it refuses to start.

use deskbridge_aws::{Cloud, DynamoStore};
use deskbridge_connectors::http::{Method, Request, Url};
use deskbridge_core::Moment;
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{HeldKind, Store};
use deskbridge_tests::lambda::{Function, House, TABLE, edge, parameter};
use secrecy::SecretString;

use crate::scene::message;

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

pub(crate) fn webhook(secret: &str) -> Request {
    let facebook = deskbridge_connectors::find("facebook").unwrap();
    let body = facebook.fixtures.iter().find(|one| one.name == "messenger_text.json").unwrap().body;
    let mut request =
        Request::new(Method::POST, door("acme-facebook")).header("content-type", "application/json");
    request.body = body.into();
    (facebook.sign)(request, &SecretString::from(secret), Moment(0))
}

fn door(name: &str) -> Url {
    format!("http://edge.example/hooks/{name}").parse().unwrap()
}

async fn status(ingress: &Function, request: &Request) -> (u64, String) {
    let answer = ingress.invoke(edge::event(request)).await.unwrap();
    (answer["statusCode"].as_u64().unwrap(), answer["body"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_door_takes_what_is_signed_and_nothing_else() {
    let house = House::build(NOWHERE, NOWHERE).await;
    let ingress = house.ingress().await;

    let challenge = "?hub.mode=subscribe&hub.verify_token=demo-verify-token&hub.challenge=4711";
    let handshake = Request::get(door("acme-facebook").join(challenge).unwrap());
    assert_eq!(status(&ingress, &handshake).await, (200, "4711".to_owned()));

    let forged = webhook("guessed");
    let mut twice = webhook("demo-app-secret");
    let other = forged.headers["x-hub-signature-256"].clone();
    twice.headers.append("x-hub-signature-256", other);
    let mut unsigned = webhook("demo-app-secret");
    unsigned.headers.remove("x-hub-signature-256");
    for (what, request) in [("forged", forged), ("signed twice", twice), ("unsigned", unsigned)] {
        let (status, _) = status(&ingress, &request).await;
        assert!((400..=403).contains(&status), "{what}: {status}");
    }
    let health = |method| Request::new(method, "http://edge.example/healthz".parse().unwrap());
    assert_eq!(status(&ingress, &health(Method::GET)).await, (200, "ok".to_owned()));
    assert_eq!(status(&ingress, &health(Method::POST)).await.0, 404);
    let elsewhere = Request { url: door("somebody-else"), ..webhook("demo-app-secret") };
    assert_eq!(status(&ingress, &elsewhere).await.0, 404);
    assert_eq!(house.sqs.messages(), []);

    house.sqs.set_down(true);
    assert_eq!(status(&ingress, &webhook("demo-app-secret")).await.0, 503);
    house.sqs.set_down(false);
    assert_eq!(status(&ingress, &webhook("demo-app-secret")).await.0, 200);
    assert_eq!(status(&ingress, &webhook("demo-app-secret")).await.0, 200, "platforms send things twice");
    let messages = house.sqs.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].group, "acme-facebook:direct:24001");
    let envelope = Envelope::decode(&messages[0].body).unwrap();
    assert_eq!(
        (envelope.account.as_str(), envelope.group.as_str()),
        ("acme-facebook", "acme-facebook:direct:24001")
    );
    let counted = ingress.output().iter().filter(|line| line.contains("\"events_accepted\":1")).count();
    assert_eq!(counted, 2, "{:?}", ingress.output());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_keeps_what_nobody_understands_and_leaves_what_cannot_be_done_now() {
    let house = House::build(NOWHERE, NOWHERE).await;
    let relay = house.relay().await;
    let put = |envelope: &Envelope| house.sqs.put(&envelope.group, &envelope.encode());
    put(&message("7", "confidential one"));
    house.sqs.put("acme-facebook:direct:8", "{\"not\":\"an envelope\"}");
    put(&message("7", "confidential two"));

    assert_eq!(house.trigger(&relay).await, ["m0", "m2"], "the helpdesk cannot be reached");
    let postponed = house.sqs.postponed();
    assert_eq!(postponed.keys().collect::<Vec<_>>(), ["receipt-m0", "receipt-m2"]);
    assert!(postponed.values().all(|seconds| (1..=400).contains(seconds)), "{postponed:?}");

    let store = DynamoStore::new(&Cloud::emulated(&house.table.url).unwrap(), TABLE.to_owned()).unwrap();
    let held = store.held(HeldKind::Quarantine, 10).await.unwrap();
    assert_eq!(held.len(), 1, "{held:?}");
    assert!(!held[0].reason.contains("envelope"), "reasons never quote: {}", held[0].reason);
    assert!(relay.output().iter().all(|line| !line.contains("confidential")), "{:?}", relay.output());
}

#[tokio::test]
async fn what_cannot_work_does_not_start() {
    let house = House::build(NOWHERE, NOWHERE).await;
    let good = house.variables();
    let without = |name: &str| good.iter().filter(|one| one.0 != name).cloned().collect::<Vec<_>>();
    let with = |name: &'static str, value: &str| {
        let mut variables = without(name);
        variables.push((name, value.to_owned()));
        variables
    };
    for (what, variables, said) in [
        ("no configuration", without("DESKBRIDGE_CONFIG_PARAMETER"), vec!["DESKBRIDGE_CONFIG_PARAMETER"]),
        ("no queue", without("DESKBRIDGE_QUEUE_URL"), vec!["DESKBRIDGE_QUEUE_URL is not set"]),
        (
            "a typo",
            with("DESKBRIDGE_CONFIG", "[acounts.x]\nkind = \"fax\""),
            vec!["did you mean `accounts`?", "no accounts"],
        ),
    ] {
        let mut ingress = Function::start(&house.binaries.join("deskbridge-ingress"), &variables).await;
        assert!(!ingress.ended().await.success(), "{what}");
        assert_eq!(ingress.asked(), 0, "{what}");
        let output = settled_output(&ingress).await;
        for text in said {
            assert!(output.contains(text), "{what}: {output}");
        }
    }
}

#[tokio::test]
async fn a_missing_or_empty_secret_never_opens_a_door() {
    let house = House::build(NOWHERE, NOWHERE).await;
    house.parameters.remove(&parameter("doors/app-secret"));
    house.parameters.put(&parameter("doors/zendesk-webhook"), "\n");
    let mut ingress = house.ingress().await;
    assert!(!ingress.ended().await.success());
    assert_eq!(ingress.asked(), 0, "a function that does not start answers no health check either");
    let output = settled_output(&ingress).await;
    assert!(output.contains("accounts.acme-facebook.app_secrets"), "{output}");
    assert!(
        output.contains("there is no parameter /deskbridge/desk/doors/app-secret in this region"),
        "{output}"
    );
    assert!(output.contains("accounts.acme-zendesk.webhook_secrets"), "{output}");
}

#[tokio::test]
async fn a_door_asks_for_no_token() {
    let house = House::build(NOWHERE, NOWHERE).await;
    let ingress = house.ingress().await;
    ingress.first_asked().await;
    let asked = house.parameters.asked();
    assert!(asked.contains(&parameter("doors/app-secret")), "{asked:?}");
    assert!(asked.iter().all(|name| !name.contains("/tokens/")), "{asked:?}");
    assert_eq!(house.parameters.calls(), 2, "configuration, and all secrets at once");
}

#[tokio::test]
async fn a_door_without_its_queue_does_not_start() {
    let house = House::build(NOWHERE, NOWHERE).await;
    house.sqs.set_missing(true);
    let mut ingress = house.ingress().await;
    assert!(!ingress.ended().await.success());
    assert_eq!(ingress.asked(), 0);
    let output = settled_output(&ingress).await;
    assert!(output.contains("there is no queue") && output.contains("AWS_REGION is wrong"), "{output}");
}

#[tokio::test]
async fn a_relay_without_its_table_does_not_start() {
    let mut house = House::build(NOWHERE, NOWHERE).await;
    house.table_name = "no-such-table".to_owned();
    let mut relay = house.relay().await;
    assert!(!relay.ended().await.success());
    assert_eq!(relay.asked(), 0);
    let output = settled_output(&relay).await;
    assert!(output.contains("there is no table no-such-table in this region"), "{output}");
}

/// The pipes of a process that ended are read to the end a little later.
async fn settled_output(function: &Function) -> String {
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    function.output().join("\n")
}
