//! What the operator sees, and trying again.

use super::*;
use crate::sqlite::{Retry, Waiting};

async fn failed(bench: &Bench) {
    bench
        .send(&[("acme:1", "a"), ("globex:1", "b"), ("acme:2", "c"), ("acme:1", "d"), ("acme:3", "e")])
        .await;
    for batch in bench.claim(3, 1).await {
        bench.finish(&batch, &again(300)).await;
    }
}

#[tokio::test]
async fn the_operator_sees_what_waits_and_why() {
    let bench = Bench::new();
    assert_eq!(bench.file.oldest_age().await.unwrap(), None);
    failed(&bench).await;
    let waiting = bench.file.waiting(2).await.unwrap();
    let expected = |group: &str, account: &str, deliveries| Waiting {
        group: group.into(),
        account: account.into(),
        receives: 1,
        why: "the helpdesk is down".into(),
        since: Moment(START),
        visible_at: Moment(START + 300_000),
        deliveries,
    };
    assert_eq!(waiting, [expected("acme:1", "acme", 2), expected("globex:1", "globex", 1)]);
    assert_eq!(bench.file.waiting(10).await.unwrap().len(), 3);
    bench.clock.forward(Duration::from_secs(7));
    assert_eq!(bench.file.oldest_age().await.unwrap(), Some(Duration::from_secs(7)));
    assert_eq!(bench.file.depth(), 5);
}

#[tokio::test]
async fn what_waits_is_tried_again_as_asked() {
    for (what, groups, names) in [
        (Retry::All, 3, vec!["acme:1:a,d", "acme:2:c", "globex:1:b"]),
        (Retry::Account("acme".into()), 2, vec!["acme:1:a,d", "acme:2:c"]),
        (Retry::Group("globex:1".into()), 1, vec!["globex:1:b"]),
        (Retry::Group("acme:3".into()), 0, vec![]),
    ] {
        let bench = Bench::new();
        failed(&bench).await;
        assert_eq!(bench.claim_names().await, ["acme:3:e"]);
        assert_eq!(bench.file.retry_now(what.clone()).await.unwrap(), groups, "{what:?}");
        let mut claimed = bench.claim_names().await;
        claimed.sort();
        assert_eq!(claimed, names, "{what:?}");
    }
}
