//! Days on which AWS or a remote side fails in mid-work: what the ledger then does.

use std::sync::Arc;

use deskbridge_tests::lambda::records;
use deskbridge_tests::until;
use serde_json::json;

use crate::scene::{PATIENCE, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_table_delays_and_doubles_nothing() {
    let scene = Scene::open().await;
    let relay = scene.house.relay().await;
    scene.write("7", "throttled");
    for operation in ["GetItem", "PutItem"] {
        scene.house.table.refuse(operation, "ProvisionedThroughputExceededException");
        assert_eq!(scene.house.trigger(&relay).await, ["m0"], "{operation}");
    }
    let faults = relay.output().iter().filter(|line| line.contains("ProvisionedThroughputExceeded")).count();
    assert!(faults >= 2, "{:?}", relay.output());
    scene.house.table.relent();
    scene.drain(&relay).await;
    assert_eq!(scene.tickets_with("throttled"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_ran_out_of_time_in_mid_effect_leaves_one_ticket() {
    let scene = Scene::open().await;
    let relay = Arc::new(scene.house.relay().await);
    // Zendesk makes the ticket, and answers when the function's time is over.
    scene.fault(
        &scene.zendesk,
        &json!({ "method": "POST", "path": "/api/v2/tickets", "kind": { "hang": { "ms": 60_000 } } }),
    );
    scene.write("7", "timeout");
    let batch = records(&scene.house.sqs.receive());
    let invocation = tokio::spawn({
        let relay = Arc::clone(&relay);
        async move { relay.invoke(batch).await }
    });
    until("the ticket is made", PATIENCE, async || (scene.tickets_with("timeout") == 1).then_some(())).await;
    invocation.abort();
    let _ = invocation.await;
    Arc::try_unwrap(relay).ok().expect("nobody else holds it").kill().await;
    scene.mend(&scene.zendesk);

    let relay = scene.house.relay().await;
    scene.write("7", "afterwards");
    scene.drain(&relay).await;
    assert_eq!(scene.tickets_with("timeout"), 1);
    assert_eq!(scene.tickets_with("afterwards"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_comes_again_while_the_first_is_in_hand_doubles_nothing() {
    let scene = Scene::open().await;
    let (slow, quick) = (scene.house.relay().await, scene.house.relay().await);
    scene.fault(
        &scene.zendesk,
        &json!({ "method": "POST", "path": "/api/v2/tickets", "kind": { "slow": { "ms": 3_000 } } }),
    );
    scene.write("7", "visible again");
    let first = records(&scene.house.sqs.receive());
    // The queue believes that the first consumer is gone.
    let second = records(&scene.house.sqs.receive());
    let (first, second) = tokio::join!(slow.invoke(first), quick.invoke(second));
    assert!(first.is_ok() && second.is_ok());
    scene.drain(&quick).await;
    assert_eq!(scene.tickets_with("visible again"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_one_conversation_leaves_the_others_alone() {
    let scene = Scene::open().await;
    let relay = scene.house.relay().await;
    scene.write("7", "one");
    scene.house.sqs.put("acme-facebook:direct:8", "\u{7}");
    scene.write("9", "three");
    assert_eq!(scene.house.trigger(&relay).await, [""; 0]);
    assert_eq!((scene.tickets_with("one"), scene.tickets_with("three")), (1, 1));
}
