//! A hundred thousand groups: every statement finds its rows by an index.

use std::time::Instant;

use super::*;
use crate::sqlite::{claims, consumer, memory, operator, queue, store, tidy};

const GROUPS: u64 = 100_000;

/// A hundred thousand groups of one delivery each; every tenth failed and waits.
async fn crowd() -> Bench {
    let bench = Bench::new();
    let body = envelope("g", "e").encode();
    let numbers =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {GROUPS})");
    bench
        .file
        .write("filling", move |connection, changes| {
            let queue = "INSERT INTO queue (id, grp, account, body, received_at, visible_at, why) SELECT i, 'g' || i, 'g', \
                 ?1, ?2, ?2 + iif(i % 10 = 0, 60000, 0), iif(i % 10 = 0, 'busy', NULL) FROM n";
            connection.execute(&format!("{numbers} {queue}"), rusqlite::params![body, START])?;
            connection.execute("INSERT INTO heads SELECT grp, seq, visible_at, lane, account FROM queue", [])?;
            changes.taken += GROUPS;
            Ok(())
        })
        .await
        .unwrap();
    bench.reopen()
}

#[tokio::test]
async fn a_hundred_thousand_groups_slow_nothing_down() {
    let bench = crowd().await;
    let started = Instant::now();
    for _ in 0..100 {
        let claimed = bench.claim(16, 10).await;
        assert_eq!(claimed.len(), 16);
        for batch in &claimed[..8] {
            bench.finish(batch, &Settle::Done).await;
        }
        bench.finish(&claimed[8..].concat(), &again(60)).await;
    }
    assert_eq!(bench.file.waiting(50).await.unwrap().len(), 50);
    assert!(bench.file.next_visible(HeldBack::default()).await.unwrap().is_some());
    assert_eq!(bench.file.depth(), 100_000 - 800);
    // Some ten milliseconds when every statement uses its index, minutes when one of them does not.
    let took = started.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let bench = Bench::new();
    for sql in [
        consumer::NEXT_ACCOUNT,
        consumer::TURN,
        consumer::BATCH,
        consumer::NEWEST,
        consumer::DONE,
        consumer::AGAIN,
        consumer::URGENT_SINCE,
        queue::FIRST,
        queue::IS_KNOWN,
        queue::RAISE_GROUP,
        queue::WAKE_GROUP,
        claims::COUNT,
        operator::WAITING,
        operator::COUNT,
        operator::RETRY_DELIVERIES,
        operator::RETRY_HEADS,
        operator::OLDEST,
        store::LOAD,
        store::UPDATE,
        store::HELD,
        memory::FORGET,
        memory::FORGET_TAKEN,
        memory::OLDEST_TAKEN,
        memory::NEWEST_TAKEN,
        memory::FORGET_OLDEST,
        memory::FORGET_OLDEST_TAKEN,
        tidy::FORGET_CONVERSATIONS,
    ] {
        let plan = bench
            .file
            .at_desk("explaining", move |desk| {
                let mut explain = desk.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
                let rows =
                    explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await
            .unwrap();
        for step in &plan {
            // In the order of an index, and no further than the caller reads; or by the place in the queue.
            let in_order = step.contains(" USING ") || (sql == operator::OLDEST && step == "SCAN queue");
            assert!(!step.starts_with("SCAN") || in_order, "{sql}\n{plan:#?}");
            assert!(!step.contains("TEMP B-TREE"), "{sql}\n{plan:#?}");
        }
    }
}
